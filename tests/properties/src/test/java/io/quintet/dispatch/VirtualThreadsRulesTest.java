package io.quintet.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.kernel.ForwardingWorld;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.kernel.World;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a thread for each request counts, and whom it tells, where the test runs the threads. */
class VirtualThreadsRulesTest {
  private final List<String> names = new ArrayList<>();
  private final List<Runnable> begun = new ArrayList<>();
  private final List<String> done = new ArrayList<>();
  private final CapacitySignal room = new CapacitySignal();
  private final VirtualThreads threads =
      new VirtualThreads(
          room,
          new QueueLimit(0, 0, () -> 0),
          new ForwardingWorld(World.linux()) {
            @Override
            public Thread startVirtual(String name, Runnable life) {
              names.add(name);
              begun.add(life);
              return Thread.currentThread();
            }
          });

  private final class Noted extends HandlerTask {
    private final Runnable handled;
    private final @Nullable HandlerTask following;

    Noted(Runnable handled, @Nullable HandlerTask following) {
      this.handled = handled;
      this.following = following;
    }

    @Override
    public void handle() {
      handled.run();
    }

    @Override
    public @Nullable HandlerTask done() {
      return following;
    }

    @Override
    public void deliver() {
      throw new IllegalStateException("it is handled only");
    }
  }

  @Test
  void eachRequestHasAThreadAndWhatFollowsItRunsThere() {
    Noted second = new Noted(() -> done.add("b"), null);
    assertTrue(threads.execute(new Noted(() -> done.add("a"), second)));
    assertTrue(threads.execute(new Noted(() -> done.add("c"), null)));
    assertEquals(List.of("quintet-virtual-0", "quintet-virtual-1"), names);
    assertEquals(2, threads.load());
    begun.get(0).run();
    assertEquals(List.of("a", "b"), done);
    assertEquals(1, threads.load());
    begun.get(1).run();
    assertEquals(Map.of("thread", "quintet-virtual", "requests", 3L, "load", 0L), threads.stats());
  }

  @Test
  void whoRunsOneIsInterruptedAndNobodyElse() {
    threads.execute(
        new Noted(
            () -> {
              threads.interrupt();
              assertTrue(Thread.interrupted());
            },
            null));
    begun.get(0).run();
    threads.interrupt();
    assertFalse(Thread.interrupted(), "its thread has ended");
  }

  @Test
  void whoeverWaitsForRoomIsToldWhenOneHasEnded() {
    WaitingLoop waiting = new WaitingLoop(new ScriptedKernel(), room, List.of(threads), 1);
    threads.execute(new Noted(() -> done.add("a"), null));
    waiting.waits("w");
    assertEquals(0, waiting.turn());
    begun.get(0).run();
    assertEquals(2, waiting.turn());
    assertEquals(List.of("w"), waiting.resumed());
  }
}
