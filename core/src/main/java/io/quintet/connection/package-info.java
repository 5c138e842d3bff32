/** An accepted socket: its machine, its bytes, and what the connections of a loop share. */
@NullMarked
package io.quintet.connection;

import org.jspecify.annotations.NullMarked;
