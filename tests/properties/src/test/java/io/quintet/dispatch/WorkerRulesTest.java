package io.quintet.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a worker does in each turn, when it sleeps, and what it owes when it stops. */
class WorkerRulesTest {
  /** Turns without a request before it sleeps. */
  private static final int POLLS = 200;

  private final ScriptedKernel machine = new ScriptedKernel();
  private final CapacitySignal room = new CapacitySignal();
  private final List<String> done = new ArrayList<>();

  /** A request that notes what becomes of it. */
  private final class Noted extends HandlerTask {
    private final String name;
    private @Nullable HandlerTask following;

    Noted(String name) {
      this.name = name;
    }

    @Override
    public void handle() {
      done.add(name);
    }

    @Override
    public @Nullable HandlerTask done() {
      return following;
    }

    @Override
    public void deliver() {
      throw new IllegalStateException("it is handled only");
    }

    @Override
    public void undelivered() {
      done.add("undelivered " + name);
    }
  }

  private Worker worker(Optional<RequestQueues> queues) {
    return new Worker(
        "worker", machine.kernel(), room, new QueueLimit(0, 0, machine.kernel()::nanoTime), queues);
  }

  private Worker worker() {
    return worker(Optional.empty());
  }

  private List<String> done() {
    List<String> all = List.copyOf(done);
    done.clear();
    return all;
  }

  private static long figure(Worker worker, String name) {
    return ((Number) worker.stats().get(name)).longValue();
  }

  private static void turn(Worker worker, int times) {
    for (int i = 0; i < times && !worker.isStopped(); i++) {
      worker.turn();
    }
  }

  @Test
  void aTurnRunsOneRequest() {
    Worker worker = worker();
    assertEquals(0, worker.turn(), "nothing is there");
    worker.execute(new Noted("a"));
    worker.execute(new Noted("b"));
    assertEquals(2, worker.load());
    assertEquals(1, worker.turn());
    assertEquals(List.of("a"), done());
    assertEquals(1, worker.load());
    assertEquals(1, worker.turn());
    assertEquals(List.of("b"), done());
    assertEquals(0, worker.load());
    assertEquals(2, figure(worker, "requests"));
    assertEquals(0, worker.turn());
    Map<String, Integer> counted = new HashMap<>();
    worker.execute(new Noted("c"));
    worker.count(counted::put);
    assertEquals(Map.of("load", 1), counted);
    assertEquals("worker", worker.stats().get("thread"));
    assertEquals("worker", worker.name());
  }

  @Test
  void whatFollowsOneIsRunBehindIt() {
    Worker worker = worker();
    Noted first = new Noted("a");
    first.following = new Noted("b");
    worker.execute(first);
    worker.turn();
    assertEquals(List.of("a", "b"), done());
    assertEquals(2, figure(worker, "requests"));
    assertEquals(0, worker.load());
  }

  @Test
  void itSleepsOnceNothingHasComeForAWhile() {
    Worker worker = worker();
    turn(worker, POLLS - 1);
    assertEquals(List.of(), machine.calls("epollWait"));
    worker.execute(new Noted("a"));
    turn(worker, 1);
    turn(worker, POLLS - 1);
    assertEquals(List.of(), machine.calls("epollWait"), "it counts anew");
    worker.sleepTime();
    turn(worker, POLLS);
    machine.whileItWaits(
        () -> {
          machine.pass(5);
          assertTrue(worker.execute(new Noted("b")));
        });
    turn(worker, 1);
    List<String> calls = machine.calls();
    assertTrue(calls.contains("epollWait -1"), calls.toString());
    assertTrue(calls.stream().anyMatch(call -> call.startsWith("signal")), "it is woken");
    assertEquals(1, figure(worker, "sleeps"));
    assertEquals(5, worker.sleepTime().nanos(100));
    assertEquals(List.of("a"), done());
    turn(worker, 2);
    assertEquals(List.of("b"), done());
  }

  @Test
  void whatComesBeforeItSleepsKeepsItAwake() {
    Worker worker = worker();
    turn(worker, POLLS);
    machine.calls();
    worker.execute(new Noted("a"));
    turn(worker, 1);
    assertEquals(List.of("a"), done());
    assertEquals(List.of(), machine.calls("epollWait"));
  }

  @Test
  void aSleepThatIsInterruptedIsNoneAndOneThatFailsEndsIt() {
    Worker worker = worker();
    machine.fail("epollWait", Linux.EINTR());
    turn(worker, POLLS + 1);
    assertFalse(worker.isStopped());
    assertEquals(List.of(), machine.said());
    machine.fail("epollWait", Linux.EBADF());
    turn(worker, POLLS);
    assertTrue(worker.isStopped());
    assertEquals(1, machine.said().size());
    assertEquals(2, machine.calls("close").size());
    assertFalse(worker.execute(new Noted("a")));
    assertEquals(0, worker.load());
  }

  @Test
  void itStopsBehindWhatItWasGivenBefore() {
    Worker worker = worker();
    worker.execute(new Noted("a"));
    worker.stopLater();
    worker.execute(new Noted("b"));
    turn(worker, 1);
    assertFalse(worker.isStopped());
    assertEquals(List.of("a"), done());
    machine.calls();
    turn(worker, 1);
    assertTrue(worker.isStopped());
    assertEquals(List.of("undelivered b"), done(), "its loop hears of it");
    assertEquals(0, worker.load());
    assertEquals(2, machine.calls("close").size(), "its eventfd and its epoll instance");
  }

  @Test
  void whoeverWaitsForRoomIsToldWhenOneHasEnded() {
    Worker worker = worker();
    WaitingLoop waiting = new WaitingLoop(machine, room, List.of(worker), 1);
    worker.execute(new Noted("a"));
    waiting.waits("w");
    assertEquals(0, waiting.turn());
    turn(worker, 1);
    assertEquals(2, waiting.turn(), "it is told, and who waits is resumed");
    assertEquals(List.of("w"), waiting.resumed());
    turn(worker, 1);
    assertEquals(0, waiting.turn());
  }

  @Test
  void aWorkerThatStopsIsRoomAsWell() {
    Worker worker = worker();
    Worker other = worker();
    WaitingLoop waiting = new WaitingLoop(machine, room, List.of(worker, other), 1);
    worker.execute(new Noted("a"));
    other.execute(new Noted("b"));
    waiting.waits("w");
    waiting.turn();
    worker.release();
    assertEquals(List.of("undelivered a"), done());
    assertEquals(2, waiting.turn());
    assertEquals(List.of("w"), waiting.resumed());
  }

  @Test
  void whoStillWaitsAsksAgain() {
    Worker worker = worker();
    WaitingLoop waiting = new WaitingLoop(machine, room, List.of(worker), 1);
    worker.execute(new Noted("a"));
    waiting.waits("v");
    waiting.waits("w");
    waiting.waits("gone");
    waiting.leaves("gone");
    turn(worker, 1);
    worker.execute(new Noted("b")); // another loop was faster
    assertEquals(1, waiting.turn(), "it is told, and there is no room");
    assertEquals(List.of(), waiting.resumed());
    assertFalse(waiting.hasWork());
    turn(worker, 1);
    waiting.turn();
    assertEquals(List.of("v", "w"), waiting.resumed());
    turn(worker, 1);
    assertEquals(0, waiting.turn(), "nobody waits any more");
  }

  @Test
  void itTakesWhatWaitsForAnyWorkerBeforeItStops() {
    RequestQueues queues = new RequestQueues("shared", 0, room);
    Worker worker = worker(Optional.of(queues));
    assertEquals(Optional.of(queues), worker.queues());
    queues.execute(new Noted("a"));
    queues.execute(new Noted("b"));
    assertEquals(1, worker.turn());
    assertEquals(List.of("a"), done());
    assertEquals(0, worker.load(), "it has ended");
    worker.stopLater();
    turn(worker, 2);
    assertEquals(List.of("b"), done());
    assertFalse(worker.isStopped());
    turn(worker, 1);
    assertTrue(worker.isStopped());
    queues.execute(new Noted("c"));
    assertEquals(List.of("undelivered c"), done(), "nobody is there");
  }

  @Test
  void oneThatSleepsIsCalledForWhatWaits() {
    RequestQueues queues = new RequestQueues("shared", 0, room);
    Worker worker = worker(Optional.of(queues));
    machine.whileItWaits(() -> queues.execute(new Noted("a")));
    turn(worker, POLLS + 1);
    List<String> calls = machine.calls();
    assertTrue(calls.contains("epollWait -1"));
    assertTrue(calls.stream().anyMatch(call -> call.startsWith("signal")));
    machine.whileItWaits(() -> {});
    turn(worker, 3);
    assertEquals(List.of("a"), done());
  }

  @Test
  void whatWaitsKeepsItFromSleeping() {
    RequestQueues queues = new RequestQueues("shared", 0, room);
    Worker worker = worker(Optional.of(queues));
    turn(worker, POLLS);
    machine.calls();
    queues.execute(new Noted("a"));
    turn(worker, 2);
    assertEquals(List.of("a"), done());
    assertEquals(List.of(), machine.calls("epollWait"));
  }

  @Test
  void aBugEndsItAndIsSaid() {
    Worker worker = worker();
    worker.begin();
    machine.pass(9);
    worker.execute(new Noted("a"));
    worker.broke(new IllegalStateException("a fault"));
    assertTrue(worker.isStopped());
    assertEquals(List.of("undelivered a"), done());
    assertEquals(1, machine.said().size());
    machine.pass(9);
    assertEquals(9, worker.cpu().nanos(machine.kernel()));
  }

  @Test
  void oneThatBreaksInItsSleepCanBeEnded() {
    Worker worker = worker();
    machine.whileItWaits(
        () -> {
          throw new IllegalStateException("a fault");
        });
    worker.broke(assertThrows(IllegalStateException.class, () -> turn(worker, POLLS)));
    assertTrue(worker.isStopped());
    assertFalse(worker.execute(new Noted("a")));
  }

  @Test
  void itIsPinnedToAProcessorOrSaysWhyNot() {
    Worker worker = worker();
    worker.pin(1);
    assertEquals(List.of("pin 1"), machine.calls("pin"));
    machine.fail("pin", Linux.EINVAL());
    worker.pin(2);
    assertEquals(1, machine.said().size());
    worker.interrupt();
    assertFalse(worker.isStopped());
  }
}
