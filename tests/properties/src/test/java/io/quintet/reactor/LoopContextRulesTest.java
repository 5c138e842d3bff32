package io.quintet.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.metrics.Counts.Number;
import io.quintet.metrics.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** What those who work on a loop are told, and what is counted and said of them. */
class LoopContextRulesTest {
  private static final long TENTH = 100_000_000;

  private final ScriptedKernel machine = new ScriptedKernel();
  private final LoopContext context = Loops.context(machine);
  private final List<String> done = new ArrayList<>();

  private void deliver() {
    Mail mail = context.mailbox().take();
    while (mail != null) {
      Mail following = mail.next;
      mail.deliver();
      mail = following;
    }
  }

  private void close() {
    context.mailbox().close(context.arena());
  }

  private long count(Number number) {
    return context.metrics().get(number);
  }

  @Test
  void theTimeOfDayIsATenthOfASecondOldAtMost() {
    machine.pass(5_950_000_000L);
    context.readClock();
    assertEquals(5, context.epochSeconds());
    machine.pass(TENTH - 1);
    context.readClock();
    assertEquals(5, context.epochSeconds(), "read a moment ago");
    machine.pass(1);
    context.readClock();
    assertEquals(6, context.epochSeconds());
  }

  @Test
  void itsFirstTimeOfDayIsRead() {
    ScriptedKernel late = new ScriptedKernel();
    late.pass(9_000_000_000L);
    LoopContext begun = Loops.context(late);
    assertEquals(9, begun.epochSeconds());
    assertEquals(9_000_000_000L, begun.now());
  }

  @Test
  void questionsAreAnsweredThereOrOtherwise() throws Exception {
    CompletableFuture<String> first = context.ask(() -> "here", "gone");
    assertFalse(first.isDone());
    deliver();
    assertEquals("here", first.get());
    CompletableFuture<String> second = context.ask(() -> "here", "gone");
    close();
    assertEquals("gone", second.get());
    assertEquals("gone", context.ask(() -> "here", "gone").get());
  }

  @Test
  void ordersAreCarriedOutUntilItStops() {
    assertTrue(context.order(() -> done.add("order")));
    assertEquals(List.of(), done);
    deliver();
    assertEquals(List.of("order"), done);
    assertTrue(context.order(() -> done.add("order")));
    close();
    assertEquals(List.of("order"), done);
    assertFalse(context.order(() -> done.add("order")));
  }

  @Test
  void tasksOfUsersAreRunAlsoWhereItStopped() {
    context.tasks().execute(() -> done.add("first"));
    deliver();
    context.tasks().execute(() -> done.add("second"));
    close();
    assertEquals(List.of("first", "second"), done);
    assertThrows(
        RejectedExecutionException.class, () -> context.tasks().execute(() -> done.add("third")));
    assertEquals(List.of("first", "second"), done);
  }

  @Test
  void aTaskThatFailsIsSaidAndCounted() {
    context.runTask(
        () -> {
          throw new IllegalStateException("a fault");
        });
    assertEquals(1, count(Number.FAILURES));
    assertTrue(machine.said().getFirst().contains("a fault"));
  }

  @Test
  void aFailureElsewhereIsSaidHereOnce() {
    context.handlerFailedElsewhere("a request", new IllegalStateException("a fault"));
    assertEquals(0, count(Number.FAILURES));
    deliver();
    assertEquals(1, count(Number.FAILURES));
    assertEquals(1, machine.said().size());
    close();
    context.handlerFailedElsewhere("another", new IllegalStateException("a fault"));
    assertEquals(1, machine.said().size(), "nobody counts it, but it is said");
    assertEquals(1, count(Number.FAILURES));
  }

  @Test
  void pausesAndRefusalsAreCountedAndSaid() {
    context.paused("accept4", 3, -Linux.EMFILE());
    assertEquals(1, count(Number.PAUSES));
    assertEquals(1, count(Number.FAILURES));
    assertTrue(machine.said().getFirst().contains("accept4"));
    context.refused(Refusal.LATE, "GET /slow");
    assertTrue(machine.said().getFirst().contains("GET /slow"));
    assertEquals(1L, context.metrics().counts().toMap().get("refusedLate"));
    context.refused(Refusal.EXCESS);
    assertEquals(1L, context.metrics().counts().toMap().get("refusedExcess"));
    context.report("send", 4, -Linux.EPERM());
    assertEquals(2, count(Number.FAILURES));
  }

  @Test
  void answersThatLeaveTogetherAreTimedTogether() {
    machine.pass(100);
    context.readClock();
    context.timeAnswers();
    context.metrics().answered();
    context.metrics().answered();
    machine.pass(7);
    context.timeAnswers();
    assertEquals(14L, context.metrics().counts().toMap().get("durationNanos"));
    assertFalse(context.metrics().hasUntimed());
  }

  @Test
  void itIsAsleepWhileItSaysSo() {
    assertFalse(context.isAsleep());
    context.mailbox().doze();
    assertTrue(context.isAsleep());
    assertFalse(context.isRetired());
    context.retire();
    assertTrue(context.isRetired());
    assertEquals("loop", context.name());
  }
}
