package io.quintet.accept;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Line;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.server.ScriptedLoop;
import io.quintet.service.Service;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What a listener accepts, how long it pauses, and what it keeps in its hand, call by call. */
class ListenerRulesTest {
  private static final int LISTENER = ScriptedLoop.LISTENER;
  private static final int UNIT_MILLIS = 129; // a pause's 128, and its slack
  private static final String ACCEPT = "accept4 " + LISTENER;

  private final ScriptedKernel machine = new ScriptedKernel();

  private ScriptedLoop loop(Map<String, ? extends Number> limits) {
    return new ScriptedLoop(machine, Service.of(Line.codec(), line -> line), limits);
  }

  private List<String> accepts(int count) {
    return Collections.nCopies(count, ACCEPT);
  }

  private void come(int first, int count) {
    machine.answer("accept4", LongStream.range(first, first + count).toArray());
  }

  @Test
  void aTurnAcceptsAsManyAsItsBudgetAllows() {
    ScriptedLoop loop = loop(Map.of("acceptBudget", 3)).listening(false);
    come(50, 5);
    loop.readable(LISTENER);
    assertEquals(accepts(3), machine.calls("accept4"));
    assertEquals(3, loop.figure("accepted"));
    assertEquals(3, loop.figure("open"));
    loop.readable(LISTENER);
    assertEquals(accepts(3), machine.calls("accept4"), "two, and nobody more");
    assertEquals(5, loop.figure("open"));
    loop.readable(LISTENER);
    assertEquals(accepts(1), machine.calls("accept4"));
  }

  @Test
  void oneThatIsSharedGoesToTheEndOfTheKernelsLineWhenItsBudgetIsSpent() {
    ScriptedLoop loop = loop(Map.of("acceptBudget", 2)).listening(true);
    assertEquals(Linux.EPOLLIN() | Linux.EPOLLEXCLUSIVE(), machine.events(LISTENER), "waits alone");
    come(50, 3);
    loop.readable(LISTENER);
    String add = "epollCtl ADD " + LISTENER;
    String remove = "epollCtl DEL " + LISTENER;
    List<String> calls = machine.calls();
    assertTrue(
        calls.indexOf(remove) > calls.lastIndexOf(ACCEPT)
            && calls.indexOf(add) > calls.indexOf(remove),
        calls.toString());
    assertEquals(2, calls.stream().filter(ACCEPT::equals).count());
    loop.readable(LISTENER);
    assertEquals(accepts(2), machine.calls("accept4"), "one, and nobody more");
    come(60, 1);
    loop.readable(LISTENER);
    assertEquals(
        accepts(1), machine.calls("accept4"), "its place in the line was for two connections");
  }

  @Test
  void aSharedOneAcceptsSixteenAtItsPlaceAtMost() {
    ScriptedLoop loop = loop(Map.of("acceptBudget", 100)).listening(true);
    come(50, 20);
    loop.readable(LISTENER);
    assertEquals(accepts(16), machine.calls("accept4"));
  }

  @Test
  void aSharedOneThatCannotBeRegisteredAnewPauses() {
    ScriptedLoop loop = loop(Map.of("acceptBudget", 1)).listening(true);
    come(50, 1);
    machine.answer("epollCtl", 0, 0); // the connection, and the removal
    machine.fail("epollCtl", Linux.ENOMEM());
    loop.readable(LISTENER);
    assertEquals(1, loop.figure("pauses"));
    assertEquals(1, machine.said().size());
    loop.pass(UNIT_MILLIS);
    assertEquals(accepts(1), machine.calls("accept4").subList(1, 2));
    assertEquals(Linux.EPOLLIN() | Linux.EPOLLEXCLUSIVE(), machine.events(LISTENER));
  }

  @Test
  void aSharedOneThatMayNotBeRegisteredAnewEnds() {
    ScriptedLoop loop = loop(Map.of("acceptBudget", 1)).listening(true);
    come(50, 1);
    machine.answer("epollCtl", 0, 0); // the connection, and the removal
    machine.fail("epollCtl", Linux.EBADF());
    loop.readable(LISTENER);
    assertEquals(List.of("close " + LISTENER), machine.calls("close"));
    assertEquals(1, machine.said().size());
    assertEquals(1, loop.figure("failures"));
    assertEquals(0, loop.figure("pauses"));
    assertEquals(1, loop.figure("open"), "who was accepted stays");
  }

  @Test
  void whatPassesIsTriedAgainAtOnce() {
    ScriptedLoop loop = loop(Map.of()).listening(false);
    machine.answer("accept4", -Linux.ECONNABORTED(), -Linux.EINTR(), 50);
    loop.readable(LISTENER);
    assertEquals(accepts(4), machine.calls("accept4"));
    assertEquals(1, loop.figure("open"));
    assertEquals(List.of(), machine.said());
  }

  @Test
  void whatDoesNotPassEndsIt() {
    ScriptedLoop loop = loop(Map.of()).listening(false);
    machine.fail("accept4", Linux.EBADF());
    loop.readable(LISTENER);
    assertEquals(List.of("close " + LISTENER), machine.calls("close"));
    assertEquals(1, machine.said().size());
    assertEquals(1, loop.figure("failures"));
    assertEquals(0, loop.figure("pauses"));
  }

  @Test
  void aPauseIsTwiceAsLongEachTimeInVainAndOneUnitAgainBehindAConnection() {
    ScriptedLoop loop = loop(Map.of()).listening(false);
    machine.fail("accept4", Linux.ENOBUFS());
    machine.fail("accept4", Linux.ENOBUFS());
    loop.readable(LISTENER);
    assertEquals(accepts(2), machine.calls("accept4"), "it looks again once it is in the line");
    assertEquals(1, loop.figure("pauses"));
    assertEquals(0, machine.events(LISTENER));
    for (int units : new int[] {1, 2, 4, 8, 8}) {
      loop.pass(units * UNIT_MILLIS - 1L);
      assertEquals(List.of(), machine.calls("accept4"), units + " units are not over");
      machine.fail("accept4", Linux.ENOBUFS());
      loop.pass(1);
      assertEquals(accepts(1), machine.calls("accept4"), "once, behind " + units);
    }
    come(50, 1);
    loop.pass(8 * UNIT_MILLIS);
    assertEquals(accepts(2), machine.calls("accept4"));
    assertEquals(Linux.EPOLLIN(), machine.events(LISTENER));
    machine.fail("accept4", Linux.ENOMEM());
    machine.fail("accept4", Linux.ENOMEM());
    loop.readable(LISTENER);
    machine.calls();
    loop.pass(UNIT_MILLIS);
    assertEquals(accepts(1), machine.calls("accept4"), "its pause is one unit again");
    assertEquals(7, loop.figure("pauses"));
  }

  @Test
  void whoIsToldOfADescriptorLooksBeforeItsPauseEnds() {
    ScriptedLoop loop = loop(Map.of()).listening(false);
    loop.accepts(50);
    machine.fail("accept4", Linux.EMFILE());
    machine.fail("accept4", Linux.EMFILE());
    loop.readable(LISTENER);
    machine.calls();
    come(51, 1);
    machine.arrives(50, "");
    loop.readable(50); // it leaves
    loop.turn();
    assertEquals(accepts(2), machine.calls("accept4"));
    assertEquals(1, loop.figure("open"));
    assertEquals(2, loop.figure("accepted"));
  }

  @Test
  void oneThatShedsKeepsADescriptorForIt() {
    ScriptedLoop loop = loop(Map.of("sheds", 1));
    int reserve = machine.next();
    loop.listening(false);
    assertEquals(reserve + 1, machine.next());
    machine.answer("accept4", -Linux.EMFILE(), 50, -Linux.EAGAIN());
    loop.readable(LISTENER);
    assertEquals(
        List.of(ACCEPT, "close " + reserve, ACCEPT, "close 50", "eventfd", ACCEPT),
        machine.calls().stream().filter(call -> !call.startsWith("epoll")).toList());
    assertEquals(1, loop.figure("refusedShed"));
    assertEquals(1, loop.figure("accepted"));
    assertEquals(0, loop.figure("open"));
    assertEquals(Linux.EPOLLIN(), machine.events(LISTENER));
    machine.answer("accept4", -Linux.ENFILE(), -Linux.EAGAIN());
    loop.readable(LISTENER);
    assertEquals(
        List.of(ACCEPT, "close " + (reserve + 1), ACCEPT, "eventfd"),
        machine.calls().stream().filter(call -> !call.startsWith("epoll")).toList());
    assertEquals(1, loop.figure("refusedShed"), "nobody waited after all");
    loop.loop().abort();
    loop.turn();
    assertTrue(machine.calls("close").contains("close " + (reserve + 2)));
  }

  @Test
  void oneWhoseReserveAnotherThreadHasTakenPauses() {
    ScriptedLoop loop = loop(Map.of("sheds", 1)).listening(false);
    machine.answer("accept4", -Linux.EMFILE(), -Linux.EMFILE());
    machine.fail("eventfd", Linux.EMFILE());
    machine.fail("eventfd", Linux.EMFILE());
    machine.fail("accept4", Linux.EMFILE());
    loop.readable(LISTENER);
    assertEquals(1, loop.figure("pauses"));
    assertEquals(1, machine.said().size(), "of accept4 alone");
    machine.calls();
    loop.pass(UNIT_MILLIS);
    assertEquals(
        List.of("eventfd", ACCEPT),
        machine.calls().stream().filter(call -> !call.startsWith("epoll")).toList());
  }

  @Test
  void aReserveThatCannotBeMadeForAnotherReasonIsSaid() {
    ScriptedLoop loop = loop(Map.of("sheds", 1)).listening(false);
    machine.answer("accept4", -Linux.EMFILE(), -Linux.EMFILE());
    machine.fail("eventfd", Linux.EINVAL());
    loop.readable(LISTENER);
    assertTrue(machine.said().getFirst().contains("eventfd"));
  }

  @Test
  void aListenerWithoutAReserveIsNotTakenOver() {
    ScriptedLoop loop = loop(Map.of("sheds", 1));
    machine.calls();
    machine.fail("eventfd", Linux.EMFILE());
    assertEquals(-Linux.EMFILE(), loop.loop().listen(LISTENER, false, false));
    assertEquals(List.of("eventfd"), machine.calls());
    int reserve = machine.next();
    machine.fail("epollCtl", Linux.ENOMEM());
    assertEquals(-Linux.ENOMEM(), loop.loop().listen(LISTENER, false, false));
    assertEquals(List.of("close " + reserve), machine.calls("close"));
    assertFalse(loop.loop().listeners().sockets().iterator().hasNext());
  }

  @Test
  void aDrainTakesWhatTheKernelHasQueuedAndCloses() {
    ScriptedLoop loop = loop(Map.of("acceptBudget", 1)).listening(false);
    come(50, 3);
    loop.loop().drain();
    loop.turn();
    List<String> calls = machine.calls();
    assertEquals(4, calls.stream().filter(ACCEPT::equals).count());
    assertEquals(calls.lastIndexOf(ACCEPT) + 1, calls.indexOf("close " + LISTENER));
    assertEquals(3, loop.figure("accepted"));
  }

  @Test
  void aDrainWithoutADescriptorEndsOnceTheKernelHasNobody() {
    ScriptedLoop loop = loop(Map.of()).listening(false);
    machine.fail("accept4", Linux.EMFILE());
    machine.fail("accept4", Linux.EMFILE());
    loop.loop().drain();
    loop.turn();
    assertEquals(Linux.EPOLLIN(), machine.events(LISTENER), "it asks whether one waits");
    machine.fail("accept4", Linux.EMFILE());
    loop.readable(LISTENER);
    assertEquals(0, machine.events(LISTENER), "one does");
    machine.calls();
    come(50, 1);
    loop.pass(2 * UNIT_MILLIS);
    loop.pass(2 * UNIT_MILLIS);
    loop.pass(2 * UNIT_MILLIS);
    assertTrue(machine.calls("close").contains("close " + LISTENER));
  }

  @Test
  void whatBelongsToAnotherProcessTooIsTakenOutBeforeItIsClosed() {
    ScriptedLoop loop = loop(Map.of());
    loop.loop().listen(LISTENER, false, true);
    machine.calls();
    loop.loop().abort();
    loop.turn();
    List<String> calls = machine.calls();
    assertTrue(calls.contains("epollCtl DEL " + LISTENER), calls.toString());
  }

  @Test
  void aHangUpEndsItAndIsSaid() {
    ScriptedLoop loop = loop(Map.of()).listening(false);
    machine.ready(LISTENER, Linux.EPOLLHUP());
    loop.turn();
    assertEquals(List.of("close " + LISTENER), machine.calls("close"));
    assertEquals(1, machine.said().size());
  }
}
