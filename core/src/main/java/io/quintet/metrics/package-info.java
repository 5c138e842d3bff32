/**
 * Counting and telling: numbers that one thread counts and any thread reads, events of the JDK's
 * flight recorder, and a log that no flood of failures can fill.
 */
@NullMarked
package io.quintet.metrics;

import org.jspecify.annotations.NullMarked;
