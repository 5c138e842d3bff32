package io.quintet.loop;

import io.quintet.kernel.Interleaving;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Loops that wait until an executor has room. Any thread. */
public final class Room {
  private final Queue<Crowd> waiting = new ConcurrentLinkedQueue<>();

  /** An empty room. */
  public Room() {}

  /** The loop is told at the next end of a request, wherever it ran. */
  void await(Crowd crowd) {
    Interleaving.point();
    waiting.add(crowd);
  }

  /** A request has ended. */
  void freed() {
    Crowd crowd;
    while ((crowd = waiting.poll()) != null) {
      Interleaving.point();
      crowd.roomFreed();
    }
  }
}
