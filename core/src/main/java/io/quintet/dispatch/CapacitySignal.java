package io.quintet.dispatch;

import io.quintet.kernel.Interleaving;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Tells loops that wait that an executor has room. Any thread. */
public final class CapacitySignal {
  private final Queue<WaitQueue> waiting = new ConcurrentLinkedQueue<>();

  /** Nobody waits. */
  public CapacitySignal() {}

  /** The loop is told at the next end of a request, wherever it ran. */
  void await(WaitQueue queue) {
    Interleaving.point();
    waiting.add(queue);
  }

  /** A request has ended. */
  void freed() {
    WaitQueue queue;
    while ((queue = waiting.poll()) != null) {
      Interleaving.point();
      queue.roomFreed();
    }
  }
}
