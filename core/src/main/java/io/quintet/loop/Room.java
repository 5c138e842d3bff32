package io.quintet.loop;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Loops that wait until an executor has room. Any thread. */
public final class Room {
  private final Queue<Crowd> waiting = new ConcurrentLinkedQueue<>();

  /** An empty room. */
  public Room() {}

  /** The loop is told at the next end of a request, wherever it ran. */
  void await(Crowd crowd) {
    waiting.add(crowd);
  }

  /** A request has ended. */
  void freed() {
    Crowd crowd;
    while ((crowd = waiting.poll()) != null) {
      crowd.roomFreed();
    }
  }
}
