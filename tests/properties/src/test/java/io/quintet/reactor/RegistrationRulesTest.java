package io.quintet.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.metrics.Counts.Number;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a descriptor waits for and until when, as its machine goes from state to state. */
class RegistrationRulesTest {
  private static final long SECOND = 1_000_000_000;

  private final ScriptedKernel machine = new ScriptedKernel();
  private int freed;
  private final LoopContext context =
      new LoopContext(
          "loop",
          machine.kernel(),
          new Timeouts(0, 2_560, 1_280, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0),
          List.of(),
          () -> freed++);
  private final LoopContext another = Loops.context(machine);
  private final int fd = 77;
  private final Probe probe = new Probe(context);

  private Probe opened() {
    assertEquals(0, probe.open(fd));
    probe.noted();
    machine.calls();
    return probe;
  }

  private int kind() {
    return context.timers().kind(probe.slot());
  }

  private long left() {
    return context.timers().left(probe.slot(), context.now());
  }

  @Test
  void itIsRegisteredForWhatItsStateAsks() {
    machine.calls();
    assertEquals(0, probe.open(fd));
    assertEquals(List.of("epollCtl ADD 77"), machine.calls("epollCtl"));
    assertEquals(Linux.EPOLLIN(), machine.events(fd));
    assertEquals(Deadline.IDLE.ordinal(), kind());
    assertEquals(fd, probe.fd());
    assertEquals(List.of("settle"), probe.noted());
    assertTrue(probe.toString().startsWith("fd 77, probe:"), probe.toString());
  }

  @Test
  void oneThatCannotBeRegisteredLeavesNothingBehind() {
    int used = context.slots().used();
    machine.fail("epollCtl", Linux.ENOMEM());
    assertEquals(-Linux.ENOMEM(), probe.open(fd));
    assertEquals(-1, probe.slot());
    assertEquals(0, context.timers().count(Deadline.IDLE));
    new Probe(context).openWithout();
    assertEquals(used + 1, context.slots().used(), "its slot is free");
    assertEquals(List.of(), machine.calls("close"));
  }

  @Test
  void onlyWhatChangesIsTold() {
    opened().fire(Probe.Event.READ);
    assertEquals(List.of(), machine.calls("epollCtl"));
    probe.fire(Probe.Event.WRITE);
    assertEquals(List.of("epollCtl MOD 77"), machine.calls("epollCtl"));
    assertEquals(Linux.EPOLLOUT(), machine.events(fd));
    probe.fire(Probe.Event.NEITHER);
    assertEquals(0, machine.events(fd));
    assertEquals(Timers.NO_DEADLINE, kind());
    probe.fire(Probe.Event.BOTH);
    assertEquals(Linux.EPOLLIN() | Linux.EPOLLOUT(), machine.events(fd));
  }

  @Test
  void aStateThatIsEnteredAgainBeginsItsTimeAnew() {
    opened();
    long length = left();
    machine.pass(SECOND);
    context.readClock();
    assertEquals(length - SECOND, left());
    probe.fire(Probe.Event.READABLE); // it stays where it is
    assertEquals(length - SECOND, left());
    probe.fire(Probe.Event.WRITE);
    assertEquals(length, left());
    machine.pass(SECOND);
    context.readClock();
    probe.fire(Probe.Event.SHAKE);
    assertEquals(Deadline.HANDSHAKE.ordinal(), kind());
    long shaking = left();
    machine.pass(SECOND);
    context.readClock();
    probe.fire(Probe.Event.SHAKEN);
    assertEquals(shaking - SECOND, left(), "a handshake has its time once");
  }

  @Test
  void whoIsToldHasItsBeginningFirst() {
    opened().ready(Linux.EPOLLIN());
    assertEquals(List.of("begin", "readable", "told", "settle"), probe.noted());
    probe.ready(Linux.EPOLLOUT());
    assertEquals(List.of("begin"), probe.noted(), "it does not wait for that");
    probe.ready(Linux.EPOLLIN() | Linux.EPOLLHUP());
    assertEquals(List.of("begin", "hungUp", "told", "settle"), probe.noted());
    probe.ready(Linux.EPOLLERR());
    assertEquals(List.of("begin", "hungUp", "told", "settle"), probe.noted());
    probe.fire(Probe.Event.WRITE);
    probe.noted();
    probe.ready(Linux.EPOLLIN());
    assertEquals(List.of("begin"), probe.noted());
  }

  @Test
  void ofTwoEventsTheSecondIsForWhatTheFirstHasLeft() {
    opened().fire(Probe.Event.BOTH);
    probe.noted();
    probe.ready(Linux.EPOLLIN() | Linux.EPOLLOUT());
    assertEquals(
        List.of("begin", "writable", "told", "settle", "readable", "told", "settle"),
        probe.noted());
    probe.atWritable(Probe.Event.NEITHER);
    probe.ready(Linux.EPOLLIN() | Linux.EPOLLOUT());
    assertEquals(List.of("begin", "writable", "settle"), probe.noted());
  }

  @Test
  void oneThatHasEndedIsToldNothing() {
    opened().fire(Probe.Event.BOTH);
    probe.atWritable(Probe.Event.END);
    probe.noted();
    machine.calls();
    probe.ready(Linux.EPOLLIN() | Linux.EPOLLOUT());
    assertEquals(List.of("begin", "writable", "destroy"), probe.noted());
    assertEquals(List.of("close 77"), machine.calls(), "the kernel forgets it with that");
    assertEquals(1, freed);
    assertEquals(-1, probe.slot());
    assertEquals(0, context.timers().count(Deadline.IDLE));
    probe.endAtOnce();
    assertEquals(List.of(), machine.calls());
  }

  @Test
  void oneThatIsOpenElsewhereIsTakenOutFirst() {
    opened().elsewhere().fire(Probe.Event.END);
    assertEquals(List.of("epollCtl DEL 77", "close 77"), machine.calls());
  }

  @Test
  void aCloseThatFailsIsSaidAndNotRepeated() {
    opened();
    machine.fail("close", Linux.EINTR());
    probe.fire(Probe.Event.END);
    assertEquals(List.of("close 77"), machine.calls());
    assertEquals(1, machine.said().size());
    assertEquals(1, context.metrics().get(Number.FAILURES));
  }

  @Test
  void aBugEndsItAloneAndIsSaid() {
    opened().fire(Probe.Event.BREAK);
    assertTrue(probe.isEnded());
    assertEquals(List.of("destroy"), probe.noted());
    assertEquals(List.of("close 77"), machine.calls());
    assertEquals(1, machine.said().size());
    assertEquals(1, context.metrics().get(Number.FAILURES));
  }

  @Test
  void whatTheKernelRefusesToWaitForEndsIt() {
    opened();
    machine.fail("epollCtl", Linux.ENOMEM());
    probe.fire(Probe.Event.WRITE);
    assertTrue(probe.isEnded());
    assertTrue(probe.noted().contains("abort"));
    assertEquals(1, machine.said().size());
  }

  @Test
  void whereTheLoopDrainsEachRestIsLookedAt() {
    opened().fire(Probe.Event.WRITE);
    assertFalse(probe.noted().contains("restedInDrain"));
    context.beginDrain();
    probe.fire(Probe.Event.READ);
    assertTrue(probe.noted().contains("restedInDrain"));
    probe.fire(Probe.Event.END);
    assertFalse(probe.noted().contains("restedInDrain"));
  }

  @Test
  void itsDeadlineFiresTheEventOfItsState() {
    opened().deadlinePassed();
    assertEquals(List.of("told", "settle"), probe.noted());
  }

  @Test
  void oneWithoutADescriptorClosesNone() {
    probe.openWithout();
    assertEquals(Deadline.IDLE.ordinal(), kind());
    machine.calls();
    probe.fire(Probe.Event.END);
    assertEquals(List.of(), machine.calls());
    assertEquals(1, freed);
    assertEquals(-1, probe.slot());
    assertEquals(0, context.timers().count(Deadline.IDLE));
  }

  @Test
  void itGoesToAnotherLoopWithTheTimeThatItHad() {
    opened();
    long length = left();
    machine.pass(SECOND);
    context.readClock();
    long due = probe.leave(another);
    assertEquals(SECOND + length - SECOND, due);
    assertSame(another, probe.owner());
    assertEquals(List.of("epollCtl DEL 77"), machine.calls());
    assertEquals(0, context.timers().count(Deadline.IDLE));
    assertEquals(-1, probe.slot());
    int used = context.slots().used();
    new Probe(context).openWithout();
    assertEquals(used, context.slots().used(), "its slot is free");
    machine.calls();
    another.readClock();
    assertEquals(0, probe.enter(due));
    assertEquals(List.of("epollCtl ADD 77"), machine.calls());
    assertEquals(length - SECOND, another.timers().left(probe.slot(), another.now()));
    probe.goOn(Probe.Event.READABLE);
    assertEquals(length - SECOND, another.timers().left(probe.slot(), another.now()));
    assertEquals(Linux.EPOLLIN(), machine.events(fd));
    assertEquals(List.of(), machine.said());
  }

  @Test
  void aTimeThatIsOverOnTheWayPassesAtOnce() {
    opened();
    long due = probe.leave(another);
    machine.pass(10 * SECOND);
    another.readClock();
    assertEquals(0, probe.enter(due));
    assertEquals(Deadline.IDLE.ordinal(), another.timers().kind(probe.slot()));
    assertEquals(0, another.timers().left(probe.slot(), another.now()));
  }

  @Test
  void oneThatCannotEnterIsOnItsWayStill() {
    opened();
    long due = probe.leave(another);
    int used = another.slots().used();
    machine.fail("epollCtl", Linux.ENOSPC());
    assertEquals(-Linux.ENOSPC(), probe.enter(due));
    assertEquals(0, another.timers().count(Deadline.IDLE));
    new Probe(another).openWithout();
    assertEquals(used + 1, another.slots().used());
    machine.calls();
    probe.fire(Probe.Event.END);
    assertEquals(List.of("close 77"), machine.calls());
  }

  @Test
  void whatGoesWrongOnTheWayIsSaid() {
    opened().fire(Probe.Event.NEITHER);
    machine.fail("epollCtl", Linux.EBADF());
    long due = probe.leave(another);
    assertEquals(1, machine.said().size());
    assertEquals(0, probe.enter(due));
    assertEquals(Timers.NO_DEADLINE, another.timers().kind(probe.slot()));
    probe.goOn(Probe.Event.BREAK);
    assertTrue(probe.isEnded());
    assertEquals(1, machine.said().size());
  }
}
