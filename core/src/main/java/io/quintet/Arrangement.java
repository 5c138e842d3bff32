package io.quintet;

import io.quintet.dispatch.HandlerExecutor;
import io.quintet.server.ServerLoop;
import io.quintet.specs.Topology;
import java.util.ArrayList;
import java.util.List;

/**
 * The loops and workers that a topology asks for, joined, each without its thread and its listener
 * yet. One thread.
 */
final class Arrangement {
  private final LoopMaker maker;

  /** Who own connections, then the acceptor, where there is one. */
  private final List<ServerLoop> loops;

  private final int owners;

  private Arrangement(LoopMaker maker, List<ServerLoop> loops, int owners) {
    this.maker = maker;
    this.loops = List.copyOf(loops);
    this.owners = owners;
  }

  /** Makes all of it, or leaves nothing open. */
  static Arrangement make(LoopMaker maker) {
    Topology topology = maker.topology();
    List<ServerLoop> loops = new ArrayList<>();
    try {
      maker.makeExecutors();
      int count = topology.loops().equals("one") ? 1 : LoopMaker.count(maker.options().loops());
      for (int i = 0; i < count; i++) {
        loops.add(maker.next());
      }
      List<ServerLoop> owners = List.copyOf(loops);
      if (topology.accepts().equals("acceptor")) {
        ServerLoop acceptor = maker.acceptor();
        loops.add(acceptor);
        acceptor.placeOn(owners, topology.connections());
      }
      return new Arrangement(maker, loops, owners.size());
    } catch (RuntimeException | Error e) {
      loops.forEach(ServerLoop::release);
      maker.executors().forEach(HandlerExecutor::release);
      throw e;
    }
  }

  LoopMaker maker() {
    return maker;
  }

  Topology topology() {
    return maker.topology();
  }

  List<ServerLoop> loops() {
    return loops;
  }

  /** Whether each loop has a listener of its own. */
  boolean hasListenerEach() {
    return topology().listeners().equals("one-a-loop");
  }

  /** Whether several loops wait for one listener. */
  boolean sharesListener() {
    return topology().listeners().equals("shared") && owners > 1;
  }

  /** Who own connections. */
  List<ServerLoop> owners() {
    return loops.subList(0, owners);
  }

  /** Who accept: the acceptor, or else the loops that own. */
  List<ServerLoop> accepting() {
    return owners < loops.size() ? loops.subList(owners, loops.size()) : loops;
  }
}
