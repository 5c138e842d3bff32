package io.quintet.specs.explore.model;

import io.quintet.specs.Topology;

/**
 * How many of everything a topology has within some bounds, and who does what.
 *
 * @param bounds the bounds, of which several threads or processes must do with less
 * @param loops loops that own connections
 * @param workers workers
 * @param acceptor whether one more loop only accepts
 * @param processes whether the loops are those of other processes
 * @param listenerEach whether each loop has a listener of its own
 */
record Arrangement(
    Bounds bounds,
    int loops,
    int workers,
    boolean acceptor,
    boolean processes,
    boolean listenerEach) {
  static Arrangement of(Topology topology, Bounds given, boolean follows) {
    boolean processes = topology.owns().equals("backend");
    boolean executes = topology.executes().equals("worker");
    boolean oneThread = topology.loops().equals("one") && !executes && !processes;
    Bounds fewer = processes ? given.withProcesses() : given.withThreads();
    Bounds bounds = oneThread || follows ? given : fewer;
    return new Arrangement(
        bounds,
        topology.loops().equals("one") && !processes ? 1 : bounds.loops(),
        executes ? bounds.workers() : 0,
        topology.accepts().equals("acceptor") || processes,
        processes,
        topology.listeners().equals("one-a-loop"));
  }

  /** Loops of the server's own process. */
  int running() {
    return processes ? 1 : loops + (acceptor ? 1 : 0);
  }

  /** Loops that may be retired. */
  int retires() {
    return listenerEach && loops > 1 ? 1 : 0;
  }
}
