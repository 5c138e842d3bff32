/** Bugs that a test puts back to see that it finds them. */
@NullMarked
package io.quintet.fault;

import org.jspecify.annotations.NullMarked;
