package io.quintet.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.ffi.linux.Linux;
import io.quintet.io.EventSource;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.metrics.Counts.Number;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a loop does in each step of its turns, on a kernel that is a script. */
class EventLoopRulesTest {
  private static final long MILLI = 1_000_000;

  private final ScriptedKernel machine = new ScriptedKernel();
  private final LoopContext context = Loops.context(machine);
  private final EventLoop loop = new EventLoop(context, 2);
  private final List<String> steps = new ArrayList<>();

  /** A phase that notes when it is asked. */
  private final class Noted implements TurnPhase {
    private final String name;
    private boolean works;
    private boolean empty = true;
    private int resumes;

    Noted(String name) {
      this.name = name;
    }

    private void note(String step) {
      steps.add(name + " " + step);
    }

    @Override
    public boolean hasWork() {
      return works;
    }

    @Override
    public int resume() {
      note("resume");
      return resumes;
    }

    @Override
    public void flush() {
      note("flush");
    }

    @Override
    public void turnEnded() {
      note("turnEnded");
    }

    @Override
    public boolean isEmpty() {
      return empty;
    }

    @Override
    public void drain() {
      note("drain");
    }

    @Override
    public void abort() {
      note("abort");
    }

    @Override
    public void leave() {
      note("leave");
    }

    @Override
    public void lastWord() {
      note("lastWord");
    }

    @Override
    public void stop() {
      note("stop");
    }

    @Override
    public void count(java.util.function.ObjIntConsumer<String> to) {
      to.accept(name, resumes);
    }
  }

  private List<String> steps() {
    List<String> all = List.copyOf(steps);
    steps.clear();
    return all;
  }

  private List<String> waits() {
    return machine.calls("epollWait");
  }

  @Test
  void aTurnTakesMailUpToItsBudgetAndDoesNotSleepBeforeTheRest() {
    for (int i = 1; i <= 5; i++) {
      String name = "mail " + i;
      context.order(() -> steps.add(name));
    }
    assertEquals(2, loop.turn());
    assertEquals(List.of("mail 1", "mail 2"), steps());
    assertEquals(List.of("epollWait 0"), waits());
    assertEquals(2, loop.turn());
    assertEquals(List.of("mail 3", "mail 4"), steps());
    assertEquals(List.of("epollWait 0"), waits());
    assertEquals(1, loop.turn());
    assertEquals(List.of("epollWait -1"), waits());
    assertEquals(List.of("mail 5"), steps());
    assertEquals(0, loop.turn());
  }

  @Test
  void mailThatComesWhileTheLoopDeliversEndsItsSleep() {
    context.order(() -> context.order(() -> steps.add("second")));
    assertEquals(1, loop.turn());
    assertEquals(List.of("epollWait 0"), waits());
    assertEquals(1, loop.turn());
    assertEquals(List.of("second"), steps());
  }

  @Test
  void itSleepsUntilTheNextDeadlineRoundedUp() {
    Probe probe = new Probe(context);
    probe.openWithout();
    context.timers().arm(probe.slot(), Deadline.IDLE.ordinal(), context.now());
    long left = context.timers().nanosToNext(0);
    assertEquals(0, left % MILLI);
    machine.pass(1);
    loop.turn();
    assertEquals(List.of("epollWait " + left / MILLI), waits(), "asked with the old time");
    loop.turn();
    assertEquals(List.of("epollWait " + left / MILLI), waits(), "a millisecond less one");
    machine.pass(MILLI);
    loop.turn();
    machine.calls();
    loop.turn();
    assertEquals(List.of("epollWait " + (left / MILLI - 1)), waits());
    machine.pass(left - MILLI - 2);
    loop.turn();
    machine.calls();
    loop.turn();
    assertEquals(List.of("epollWait 1"), waits(), "a nanosecond is left");
    machine.pass(1);
    loop.turn();
    machine.calls();
    assertEquals(1, loop.turn(), "it passes");
    assertTrue(probe.noted().contains("told"));
    assertEquals(List.of("epollWait " + left / MILLI), waits(), "it is armed again");
  }

  @Test
  void itNeverSleepsLongerThanFiveSeconds() {
    Probe probe = new Probe(context);
    probe.openWithout();
    context.timers().arm(probe.slot(), Deadline.REQUEST.ordinal(), 0);
    loop.turn();
    assertEquals(List.of("epollWait 5000"), waits());
  }

  @Test
  void whoHasWorkKeepsItAwake() {
    Noted phase = new Noted("a");
    Noted other = new Noted("b");
    loop.add(phase);
    loop.add(other);
    phase.works = true;
    loop.turn();
    assertEquals(List.of("epollWait 0"), waits());
    phase.works = false;
    other.works = true;
    loop.turn();
    assertEquals(List.of("epollWait 0"), waits());
    other.works = false;
    loop.turn();
    assertEquals(List.of("epollWait -1"), waits());
  }

  @Test
  void aTurnAsksItsPhasesInOrder() {
    Noted first = new Noted("a");
    loop.add(first);
    loop.add(new Noted("b"));
    first.resumes = 3;
    assertEquals(3, loop.turn());
    assertEquals(
        List.of("a resume", "b resume", "a flush", "b flush", "a turnEnded", "b turnEnded"),
        steps());
    Map<String, Integer> counted = new TreeMap<>();
    loop.count(counted::put);
    assertEquals(Map.of("a", 3, "b", 0, "draining", 0), counted);
  }

  @Test
  void eachSleepIsCountedAndMeasuredAndNoOtherWait() {
    context.sleep().measure();
    loop.turn();
    assertEquals(1, context.metrics().get(Number.WAKE_UPS));
    Noted busy = new Noted("a");
    busy.works = true;
    loop.add(busy);
    loop.turn();
    assertEquals(1, context.metrics().get(Number.WAKE_UPS));
    assertEquals(0, context.sleep().nanos(0));
    assertFalse(context.isAsleep());
  }

  @Test
  void eventsAreForWhomeverHasTheirSlotNow() {
    Probe probe = new Probe(context);
    int fd = machine.next();
    assertEquals(0, probe.open(fd));
    machine.ready(fd, Linux.EPOLLIN());
    assertEquals(1, loop.turn());
    assertTrue(probe.noted().contains("readable"));
    machine.ready(fd, Linux.EPOLLIN());
    context.slots().free(probe.slot());
    context.slots().take((EventSource) bits -> steps.add("not for it"));
    assertEquals(1, loop.turn());
    assertEquals(List.of(), probe.noted());
    assertEquals(List.of(), steps());
  }

  @Test
  void aTurnHasTheEventsOfItsOwnWaitAlone() {
    Probe first = new Probe(context);
    Probe second = new Probe(context);
    first.open(70);
    second.open(71);
    machine.ready(70, Linux.EPOLLIN());
    machine.ready(71, Linux.EPOLLIN());
    assertEquals(2, loop.turn());
    assertTrue(second.noted().contains("readable"));
    machine.ready(70, Linux.EPOLLIN());
    assertEquals(1, loop.turn());
    assertEquals(List.of(), second.noted());
  }

  @Test
  void whatWasCountedCanBeReadWhileItSleeps() {
    List<Long> read = new ArrayList<>();
    machine.whileItWaits(
        () -> {
          read.add(context.metrics().get(Number.RECEIVED_BYTES));
          read.add(context.isAsleep() ? 1L : 0L);
          machine.pass(5);
        });
    context.sleep().measure();
    context.order(() -> context.metrics().received(3));
    loop.turn();
    assertEquals(List.of(3L, 1L), read);
    assertEquals(5, context.sleep().nanos(100), "nobody waits any more");
    assertEquals(5, context.now());
    assertFalse(context.isAsleep());
  }

  @Test
  void oneThatBreaksInItsSleepIsEndedLikeAnyOther() {
    loop.add(new Noted("a"));
    machine.whileItWaits(
        () -> {
          throw new IllegalStateException("a bug");
        });
    IllegalStateException bug = assertThrows(IllegalStateException.class, loop::turn);
    loop.broke(bug);
    assertTrue(loop.isStopped());
    assertEquals(List.of("a leave", "a lastWord", "a abort", "a stop"), steps());
    assertFalse(context.arena().scope().isAlive());
  }

  @Test
  void aCallThatIsInterruptedIsMadeAgainAndOneThatFailsEndsTheLoop() {
    loop.add(new Noted("a"));
    machine.fail("epollWait", Linux.EINTR());
    loop.turn();
    assertFalse(loop.isStopped());
    assertEquals(List.of(), machine.said());
    steps();
    machine.fail("epollWait", Linux.EBADF());
    loop.turn();
    assertTrue(loop.isStopped());
    assertEquals(1, machine.said().size());
    assertEquals(1, context.metrics().get(Number.FAILURES));
    assertEquals(List.of("a leave", "a lastWord", "a abort", "a stop"), steps());
    assertFalse(context.post(Loops.mail(() -> {})));
  }

  @Test
  void whatWaitsInALoopThatStandsStillIsNotLate() {
    Probe probe = new Probe(context);
    probe.openWithout();
    context.timers().arm(probe.slot(), Deadline.IDLE.ordinal(), 0);
    long length = context.timers().left(probe.slot(), 0);
    Noted busy = new Noted("a");
    busy.works = true;
    loop.add(busy);
    machine.pass(1_000 * MILLI); // as much as a turn may take
    loop.turn();
    assertEquals(length - 1_000 * MILLI, context.timers().left(probe.slot(), context.now()));
    machine.pass(1_500 * MILLI);
    loop.turn();
    assertEquals(length - 2_000 * MILLI, context.timers().left(probe.slot(), context.now()));
    busy.works = false; // it sleeps beside that
    long left = context.timers().left(probe.slot(), context.now());
    machine.pass(left + 1_000 * MILLI);
    loop.turn();
    assertEquals(0, context.timers().left(probe.slot(), context.now()));
  }

  @Test
  void aSleepWithoutEndIsNoReasonToForgive() {
    loop.turn();
    Probe probe = new Probe(context);
    probe.openWithout();
    context.timers().arm(probe.slot(), Deadline.IDLE.ordinal(), 0);
    long length = context.timers().left(probe.slot(), 0);
    context.timers().disarm(probe.slot());
    machine.pass(9_000 * MILLI);
    loop.turn();
    context.timers().arm(probe.slot(), Deadline.IDLE.ordinal(), 9_000 * MILLI);
    assertEquals(length, context.timers().left(probe.slot(), 9_000 * MILLI));
  }

  @Test
  void aDrainIsToldInTheOppositeOrderAndEndsWhenAllAreEmpty() {
    Noted first = new Noted("a");
    Noted second = new Noted("b");
    loop.add(first);
    loop.add(second);
    first.empty = false;
    loop.turn();
    assertFalse(loop.isStopped(), "nobody drains it");
    steps();
    loop.drain();
    assertFalse(context.isDraining());
    loop.turn();
    assertTrue(context.isDraining());
    assertEquals(List.of("b drain", "a drain"), steps().subList(0, 2));
    assertFalse(loop.isStopped());
    second.empty = false;
    first.empty = true;
    loop.turn();
    assertFalse(loop.isStopped());
    assertEquals(-1, context.timers().first(Deadline.IDLE));
    second.empty = true;
    steps();
    machine.calls();
    loop.turn();
    assertTrue(loop.isStopped());
    assertEquals(List.of("epollWait 0"), waits());
    assertEquals(
        List.of("a lastWord", "b lastWord", "a abort", "b abort", "a stop", "b stop"),
        steps().subList(6, 12));
  }

  @Test
  void oneThatIsRetiredEndsWhenAllAreEmptyToo() {
    Noted phase = new Noted("a");
    phase.empty = false;
    loop.add(phase);
    context.retire();
    loop.turn();
    assertFalse(loop.isStopped());
    phase.empty = true;
    loop.turn();
    assertTrue(loop.isStopped());
  }

  @Test
  void anAbortEndsAllRegistrationsOnce() {
    Probe probe = new Probe(context);
    probe.open(machine.next());
    Probe ended = new Probe(context);
    ended.open(machine.next() + 1);
    loop.add(new Noted("a"));
    loop.turn();
    steps();
    loop.abort();
    loop.turn();
    assertTrue(probe.isEnded());
    assertEquals(1, probe.noted().stream().filter("abort"::equals).count());
    assertTrue(context.isDraining());
    assertEquals("a abort", steps().getFirst());
    assertTrue(loop.isStopped());
  }

  @Test
  void whatIsLeftWhenItStopsIsClosedAndMailIsCleared() {
    List<String> cleared = new ArrayList<>();
    loop.turn();
    context.order(loop::release);
    for (int i = 0; i < 3; i++) {
      context.post(Loops.uncarried(() -> cleared.add("cleared")));
    }
    Probe probe = new Probe(context);
    probe.openWithout();
    machine.calls();
    loop.release();
    assertTrue(probe.isEnded());
    assertEquals(3, cleared.size());
    assertEquals(2, machine.calls("close").size(), "the eventfd and the epoll instance");
    assertTrue(loop.isStopped());
  }

  @Test
  void mailThatATurnHasLeftIsClearedWhenItBreaks() {
    List<String> cleared = new ArrayList<>();
    context.order(() -> {});
    context.order(() -> {});
    context.post(Loops.uncarried(() -> cleared.add("cleared")));
    loop.add(new Noted("a"));
    loop.begin();
    loop.turn();
    steps();
    machine.pass(7);
    loop.broke(new IllegalStateException("a bug"));
    assertEquals(1, cleared.size());
    assertEquals(List.of("a leave", "a lastWord", "a abort", "a stop"), steps());
    assertEquals(1, machine.said().size());
    machine.pass(7);
    assertEquals(7, loop.cpu().nanos(machine.kernel()), "it has ended then");
  }

  @Test
  void whereItMayNotBePinnedIsSaid() {
    loop.pin(1);
    assertEquals(List.of("pin 1"), machine.calls("pin"));
    assertEquals(List.of(), machine.said());
    machine.fail("pin", Linux.EINVAL());
    loop.pin(1);
    assertEquals(1, machine.said().size());
    assertEquals("loop", loop.name());
  }

  @Test
  void answersAreTimedAndCallsCountedAtTheEndOfATurn() {
    context.metrics().answered();
    loop.turn();
    assertFalse(context.metrics().hasUntimed());
    assertTrue(context.metrics().get(Number.SYSTEM_CALLS) > 0);
  }
}
