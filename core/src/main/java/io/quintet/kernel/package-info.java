/**
 * The seam between the runtime and the world: {@link io.quintet.kernel.Kernel} is the one interface
 * through which loops reach Linux, the clock and randomness, so that a simulated kernel can stand
 * in for the real one.
 */
@NullMarked
package io.quintet.kernel;

import org.jspecify.annotations.NullMarked;
