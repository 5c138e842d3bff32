/** A server's loops and workers on their threads, from its start to its end. */
@NullMarked
package io.quintet.server;

import org.jspecify.annotations.NullMarked;
