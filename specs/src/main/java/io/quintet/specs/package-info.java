/**
 * The specs as data: machines, topologies and dispositions, read from JSON, checked, and drawn.
 *
 * <p>{@link io.quintet.specs.Specs} gives the ones that Quintet ships; {@link
 * io.quintet.specs.SpecReader} reads anyone's. A {@link io.quintet.specs.Machine} is immutable
 * data; {@link io.quintet.specs.Transitions} is the same machine as a dense table for running it.
 * Nothing here knows about sockets or threads.
 */
@NullMarked
package io.quintet.specs;

import org.jspecify.annotations.NullMarked;
