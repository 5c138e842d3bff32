/**
 * A simulated Linux in pure Java, and properties of codecs and handlers that run on it: every
 * pattern, every order of the threads, every error that a call declares, all from one seed.
 *
 * <p>{@link io.quintet.testkit.QuintetProperties} is where users begin. {@link
 * io.quintet.testkit.SimulatedMachine} is the machine whose processes, threads and clients take
 * turns on one thread.
 */
@NullMarked
package io.quintet.testkit;

import org.jspecify.annotations.NullMarked;
