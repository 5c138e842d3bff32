/**
 * Side-by-side runs: {@link io.quintet.bench.Bench} starts the servers that are compared, each in a
 * process of its own pinned to one core, and loads them in turn from another.
 */
package io.quintet.bench;
