package io.quintet.loop;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Loops that wait until an executor has room. Any thread. */
public final class Room {
  private final Queue<Loop> waiting = new ConcurrentLinkedQueue<>();

  /** An empty room. */
  public Room() {}

  /** The loop is woken at the next end of a request, wherever it ran. */
  void await(Loop loop) {
    waiting.add(loop);
  }

  /** A request has ended. */
  void freed() {
    Loop loop;
    while ((loop = waiting.poll()) != null) {
      loop.roomFreed();
    }
  }
}
