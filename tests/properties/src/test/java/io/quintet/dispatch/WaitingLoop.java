package io.quintet.dispatch;

import io.quintet.balance.Balancer;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.reactor.EventLoop;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Timeouts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A loop whose requests wait for workers. */
final class WaitingLoop {
  private final List<String> resumed = new ArrayList<>();
  private final Map<String, WaitQueue.Waiter> waiters = new LinkedHashMap<>();
  private final WaitQueue queue;
  private final EventLoop loop;

  WaitingLoop(
      ScriptedKernel machine,
      CapacitySignal room,
      List<? extends HandlerExecutor> executors,
      int most) {
    LoopContext context =
        new LoopContext(
            "loop",
            machine.kernel(),
            new Timeouts(0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0),
            List.of(),
            () -> {});
    queue =
        new WaitQueue(
            context, room, new Balancer<>("round-robin", List.copyOf(executors), most, 1));
    loop = new EventLoop(context, 64);
    loop.add(queue);
  }

  void waits(String name) {
    WaitQueue.Waiter waiter = () -> resumed.add(name);
    waiters.put(name, waiter);
    queue.add(waiter);
  }

  void leaves(String name) {
    queue.remove(waiters.get(name));
  }

  boolean hasWork() {
    return queue.hasWork();
  }

  int turn() {
    return loop.turn();
  }

  /** Who was told of room since this was asked last. */
  List<String> resumed() {
    List<String> all = List.copyOf(resumed);
    resumed.clear();
    return all;
  }
}
