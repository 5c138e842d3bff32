/** Machines at work: a table of {@code specs/machines} and the object whose actions it names. */
@NullMarked
package io.quintet.machine;

import org.jspecify.annotations.NullMarked;
