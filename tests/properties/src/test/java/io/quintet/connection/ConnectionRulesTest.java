package io.quintet.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Line;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.server.ScriptedLoop;
import io.quintet.service.Service;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a connection reads and answers in each turn, and how long it waits, call by call. */
class ConnectionRulesTest {
  private static final int FD = 50;
  private static final int IN = Linux.EPOLLIN();
  private static final int OUT = Linux.EPOLLOUT();

  private final ScriptedKernel machine = new ScriptedKernel();

  /** A loop with one client. */
  private ScriptedLoop loop(Map<String, ? extends Number> limits) {
    Service<String, String> service =
        Service.of(Line.codec(100), line -> line.toUpperCase(Locale.ROOT));
    ScriptedLoop loop = new ScriptedLoop(machine, service, limits).listening(false);
    loop.accepts(FD);
    machine.calls();
    return loop;
  }

  private ScriptedLoop loop() {
    return loop(Map.of());
  }

  private boolean isClosed() {
    return machine.calls("close").contains("close " + FD);
  }

  private boolean hasSaidItsEnd() {
    return machine.calls("shutdown").contains("shutdown " + FD);
  }

  /** Late by a 128th at most. */
  private static long slack(long millis) {
    return millis + millis / 128 + 1;
  }

  @Test
  void whatCameTogetherIsAnsweredTogether() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a\nbc\n");
    assertEquals(1, machine.calls("send").size());
    assertEquals("A\nBC\n", machine.sent());
    assertEquals(2, loop.figure("requests"));
    assertEquals(5, loop.figure("receivedBytes"));
    assertEquals(5, loop.figure("sentBytes"));
    assertEquals(IN, machine.events(FD));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void aTurnAnswersAsManyRequestsAsItsBudgetAllows() {
    ScriptedLoop loop = loop(Map.of("requestBudget", 3));
    machine.arrives(FD, "a\nb\nc\nd\ne\nf\ng\n");
    machine.ready(FD, IN);
    assertEquals(2, loop.turn(), "it is gone on with once");
    assertEquals(6, loop.figure("requests"));
    assertEquals(2, machine.calls("send").size());
    assertEquals("A\nB\nC\nD\nE\nF\n", machine.sent());
    assertEquals(IN, machine.events(FD));
    assertEquals(1, loop.turn());
    assertEquals(List.of("epollWait 0", "send " + FD), machine.calls(), "it does not sleep");
    assertEquals("G\n", machine.sent());
    assertEquals(0, loop.turn());
    assertEquals(7, loop.figure("requests"));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void aRequestInPartsIsHeldUntilItIsWhole() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "he");
    assertEquals(0, loop.figure("requests"));
    assertTrue(loop.figure("queuedBytes") > 0, "its bytes wait");
    loop.accepts(51);
    loop.receives(51, "other\n");
    assertEquals("OTHER\n", machine.sent());
    loop.receives(FD, "llo\nwo");
    assertEquals("HELLO\n", machine.sent());
    loop.receives(FD, "rld\n");
    assertEquals("WORLD\n", machine.sent());
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void whatPassesIsReadAgainAndWhatDoesNotEndsIt() {
    ScriptedLoop loop = loop();
    machine.fail("recv", Linux.EINTR());
    loop.receives(FD, "a\n");
    assertEquals("A\n", machine.sent());
    machine.fail("recv", Linux.ECONNRESET());
    loop.readable(FD);
    assertTrue(isClosed());
    assertEquals(List.of(), machine.said(), "a peer may do that");
    assertEquals(0, loop.figure("open"));
    loop.accepts(51);
    machine.fail("recv", Linux.EBADF());
    loop.readable(51);
    assertEquals(1, machine.said().size());
    assertEquals(1, loop.figure("failures"));
    assertEquals(0, loop.figure("open"));
  }

  @Test
  void aPeerThatEndsGetsItsRepliesAndThenTheEnd() {
    ScriptedLoop loop = loop();
    machine.arrives(FD, "a\n");
    loop.readable(FD);
    loop.receives(FD, "");
    assertEquals("A\n", machine.sent());
    List<String> calls = machine.calls();
    assertTrue(calls.contains("close " + FD), calls.toString());
    assertEquals(0, loop.figure("open"));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void whatIsNoRequestIsRefusedAndWhatFollowsIsReadAway() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "x".repeat(120));
    assertEquals("error: line longer than 100 bytes\n", machine.sent());
    assertEquals(1, loop.figure("refusedMalformed"));
    assertTrue(hasSaidItsEnd());
    assertEquals(1, loop.figure("open"), "the peer may not have read it yet");
    assertEquals(IN, machine.events(FD));
    loop.receives(FD, "a\n");
    assertEquals("", machine.sent());
    assertEquals(122, loop.figure("receivedBytes"));
    loop.receives(FD, "");
    assertEquals(0, loop.figure("open"));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void aRequestLargerThanTheReadBufferIsRefused() {
    Service<String, String> service = Service.of(Line.codec(), line -> line);
    ScriptedLoop loop =
        new ScriptedLoop(machine, service, Map.of("readBufferBytes", 64)).listening(false);
    loop.accepts(FD);
    loop.receives(FD, "x".repeat(64));
    assertEquals(1, loop.figure("refusedMalformed"));
    assertEquals("error: request larger than the read buffer\n", machine.sent());
    loop.accepts(51);
    loop.receives(51, "y".repeat(63));
    assertEquals(1, loop.figure("refusedMalformed"));
    loop.receives(51, "\n");
    assertEquals("y".repeat(63) + "\n", machine.sent());
  }

  @Test
  void aHandlerThatFailsEndsItsRequestAlone() {
    Service<String, String> service =
        Service.of(
            Line.codec(),
            line -> {
              if (line.equals("bad")) {
                throw new IllegalStateException("a fault");
              }
              return line.equals("none") ? null : line;
            });
    ScriptedLoop loop = new ScriptedLoop(machine, service, Map.of()).listening(false);
    loop.accepts(FD);
    loop.receives(FD, "bad\nnone\ngood\n");
    assertEquals("error: the request failed\nerror: the request failed\ngood\n", machine.sent());
    assertEquals(2, loop.figure("failures"));
    assertEquals(2, machine.said().size());
    assertEquals(
        3,
        ((List<?>) loop.loop().stats().get("durations"))
            .stream().mapToLong(each -> (long) each).sum());
  }

  @Test
  void whoSaysNothingIsClosedInTime() {
    ScriptedLoop loop = loop();
    loop.pass(999);
    assertEquals(1, loop.figure("open"));
    loop.pass(slack(1_000) - 999);
    assertEquals(0, loop.figure("open"));
    assertTrue(isClosed());
  }

  @Test
  void whoIsIdleIsToldOfTheEndAndMayLingerAWhile() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a\n");
    loop.pass(1_500);
    loop.receives(FD, "b\n"); // its time begins anew
    loop.pass(1_999);
    assertEquals(List.of(), machine.calls("shutdown"));
    loop.pass(slack(2_000) - 1_999);
    assertTrue(hasSaidItsEnd());
    loop.pass(7_999);
    assertEquals(1, loop.figure("open"));
    loop.pass(slack(8_000) - 7_999);
    assertEquals(0, loop.figure("open"));
  }

  @Test
  void aRequestThatDoesNotComeWholeIsRefusedInTime() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a");
    loop.pass(2_000);
    loop.receives(FD, "b"); // that is no reason to wait longer
    loop.pass(999);
    assertEquals(0, loop.figure("refusedLate"));
    loop.pass(slack(3_000) - 2_999);
    assertEquals(1, loop.figure("refusedLate"));
    assertEquals("error: request too slow\n", machine.sent());
    assertTrue(hasSaidItsEnd());
  }

  @Test
  void whatTheSocketDoesNotTakeWaitsUntilItIsWritable() {
    ScriptedLoop loop = loop();
    machine.answer("send", 2);
    loop.receives(FD, "abcd\n");
    assertEquals("AB", machine.sent());
    assertEquals(IN | OUT, machine.events(FD));
    machine.answer("send", -Linux.EAGAIN());
    loop.writable(FD);
    assertEquals("", machine.sent());
    loop.receives(FD, "e\n"); // behind what waits
    assertEquals("CD\nE\n", machine.sent());
    assertEquals(IN, machine.events(FD));
    assertEquals(0, loop.figure("queuedBytes"));
    assertEquals(7, loop.figure("sentBytes"));
  }

  @Test
  void aSendThatPassesIsMadeAgainAndOneThatDoesNotEndsIt() {
    ScriptedLoop loop = loop();
    machine.fail("send", Linux.EINTR());
    loop.receives(FD, "a\n");
    assertEquals("A\n", machine.sent());
    machine.fail("send", Linux.EPIPE());
    loop.receives(FD, "b\n");
    assertEquals(0, loop.figure("open"));
    assertEquals(List.of(), machine.said());
    loop.accepts(51);
    machine.answer("send", 1);
    loop.receives(51, "ab\n");
    machine.fail("send", Linux.EBADF());
    loop.writable(51);
    assertEquals(0, loop.figure("open"));
    assertEquals(1, machine.said().size());
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void whoHasTooMuchQueuedIsNotReadUntilLittleIsLeft() {
    ScriptedLoop loop = loop(Map.of("highWatermarkBytes", 64, "lowWatermarkBytes", 16));
    machine.answer("send", -Linux.EAGAIN());
    loop.receives(FD, "x".repeat(63) + "\n");
    assertEquals(IN | OUT, machine.events(FD), "as much as may be");
    machine.answer("send", 1);
    loop.receives(FD, "yy\n");
    assertEquals(OUT, machine.events(FD), "64 - 1 + 3");
    machine.answer("send", 49);
    loop.writable(FD);
    assertEquals(OUT, machine.events(FD), "17 are left");
    machine.answer("send", 1, -Linux.EAGAIN());
    machine.arrives(FD, "z\n");
    loop.writable(FD);
    assertEquals(IN | OUT, machine.events(FD), "16 are");
    loop.writable(FD);
    assertEquals(IN, machine.events(FD));
  }

  @Test
  void whoeverHasSomethingQueuedIsNotReadWhereAllHaveTooMuch() {
    ScriptedLoop loop = loop(Map.of("bufferBytesMax", 1, "highWatermarkBytes", 64));
    machine.answer("send", 1);
    loop.receives(FD, "abc\n");
    assertEquals(OUT, machine.events(FD));
    loop.accepts(51);
    loop.receives(51, "a\n");
    assertEquals(IN, machine.events(51), "it has nothing queued");
    loop.writable(FD);
    assertEquals(IN, machine.events(FD));
  }

  @Test
  void aPeerThatTakesNothingIsClosedInTime() {
    ScriptedLoop loop = loop();
    machine.answer("send", 1);
    loop.receives(FD, "abc\n");
    loop.pass(6_999);
    assertEquals(1, loop.figure("open"));
    loop.pass(slack(7_000) - 6_999);
    assertEquals(0, loop.figure("open"));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void aConnectionOfAnAgeEndsWithItsNextReply() {
    ScriptedLoop loop = loop(Map.of("connectionAgeNanos", 500_000_000L));
    loop.pass(499);
    loop.receives(FD, "a\n");
    assertEquals(List.of(), machine.calls("shutdown"));
    loop.pass(1);
    loop.receives(FD, "b\n");
    assertEquals("A\nB\n", machine.sent());
    assertEquals(1, loop.figure("open"));
  }

  @Test
  void asManyLingerAsMayAndTheLongestGivesWay() {
    ScriptedLoop loop = loop(Map.of("lingeringMax", 2));
    for (int fd = 51; fd <= 53; fd++) {
      loop.accepts(fd);
    }
    for (int fd = FD; fd <= 53; fd++) {
      machine.calls();
      loop.receives(fd, "x".repeat(120));
      assertEquals(Math.max(0, fd - 51), loop.figure("refusedLingering"));
      assertEquals(fd < 52 ? List.of() : List.of("close " + (fd - 2)), machine.calls("close"));
    }
    assertEquals(2, loop.figure("open"));
  }

  @Test
  void aDrainAnswersWhatIsThereAndEndsWhatIsIdle() {
    ScriptedLoop loop = loop();
    machine.arrives(FD, "a\n");
    loop.loop().drain();
    loop.turn();
    assertEquals("A\n", machine.sent());
    assertEquals(1, loop.figure("open"));
    loop.pass(8_999);
    assertEquals(List.of(), machine.calls("shutdown"));
    loop.pass(slack(9_000) - 8_999);
    assertTrue(hasSaidItsEnd());
    loop.receives(FD, "");
    assertEquals(0, loop.figure("open"));
    loop.turn();
    assertTrue(loop.loop().isStopped());
  }

  @Test
  void anAbortEndsAllAtOnce() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a\nb");
    machine.answer("send", 1);
    loop.receives(FD, "c\nd");
    loop.loop().abort();
    loop.turn();
    assertEquals(0, loop.figure("open"));
    assertTrue(isClosed());
    assertTrue(loop.loop().isStopped());
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void oneThatCannotBeRegisteredIsClosedAgain() {
    ScriptedLoop loop = loop();
    machine.answer("accept4", 51, -Linux.EAGAIN());
    machine.fail("epollCtl", Linux.ENOSPC());
    loop.readable(ScriptedLoop.LISTENER);
    assertEquals(1, loop.figure("open"));
    assertEquals(List.of("close 51"), machine.calls("close"));
    assertEquals(1, machine.said().size());
  }

  @Test
  void oneThatCouldNotBeRegisteredDoesNotCount() {
    ScriptedLoop loop = loop(Map.of("connectionsMax", 2));
    machine.answer("accept4", 51, -Linux.EAGAIN());
    machine.fail("epollCtl", Linux.ENOSPC());
    loop.readable(ScriptedLoop.LISTENER);
    loop.accepts(52);
    assertEquals(0, loop.figure("refusedExcess"));
    assertEquals(2, loop.figure("open"));
  }

  @Test
  void oneMoreThanThereMayBeIsToldSo() {
    ScriptedLoop loop = loop(Map.of("connectionsMax", 1));
    loop.accepts(51);
    assertEquals("error: too many connections\n", machine.sent());
    assertEquals(List.of("shutdown 51"), machine.calls("shutdown"));
    assertEquals(1, loop.figure("refusedExcess"));
  }

  @Test
  void aHangUpIsReadToItsEnd() {
    ScriptedLoop loop = loop();
    machine.arrives(FD, "a\n");
    machine.arrives(FD, "");
    machine.ready(FD, IN | Linux.EPOLLHUP());
    loop.turn();
    assertEquals("A\n", machine.sent());
    machine.ready(FD, IN | Linux.EPOLLHUP());
    loop.turn();
    assertEquals(0, loop.figure("open"));
  }

  @Test
  void whatConnectionsHaveComeThroughCanBeAsked() throws Exception {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a\n");
    CompletableFuture<Map<Integer, String>> asked = loop.loop().explainConnections();
    loop.turn();
    assertTrue(asked.get().get(FD).contains("serving --REPLIED->"), asked.get().toString());
  }
}
