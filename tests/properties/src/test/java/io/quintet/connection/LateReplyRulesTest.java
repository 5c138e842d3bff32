package io.quintet.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Line;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.server.ScriptedLoop;
import io.quintet.service.Reply;
import io.quintet.service.Service;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What becomes of replies that are given later, in which order they leave, and until when. */
class LateReplyRulesTest {
  private static final int FD = 50;

  private final ScriptedKernel machine = new ScriptedKernel();

  /** By request. */
  private final Map<String, Reply<String>> replies = new LinkedHashMap<>();

  private final List<String> dropped = new ArrayList<>();
  private final List<String> cancelled = new ArrayList<>();

  /** Lines, whose replies are counted when nobody takes them. */
  private final class Dropping implements Codec<String, String> {
    private final Codec<String, String> lines = Line.codec();

    @Override
    public String name() {
      return "line";
    }

    @Override
    public Decoder<String> decoder() {
      return lines.decoder();
    }

    @Override
    public Encoder<String, String> encoder() {
      return lines.encoder();
    }

    @Override
    public String describe(String request) {
      return "line " + request;
    }

    @Override
    public void drop(String reply) {
      dropped.add(reply);
    }
  }

  private ScriptedLoop loop(Map<String, ? extends Number> limits) {
    Service<String, String> service =
        Service.later(
            new Dropping(),
            (line, reply) -> {
              if (line.equals("bad")) {
                throw new IllegalStateException("a fault");
              }
              if (line.startsWith("now")) {
                reply.send(line);
                return;
              }
              replies.put(line, reply);
              reply.onCancelled(() -> cancelled.add(line));
            });
    ScriptedLoop loop = new ScriptedLoop(machine, service, limits).listening(false);
    loop.accepts(FD);
    machine.calls();
    return loop;
  }

  private ScriptedLoop loop() {
    return loop(Map.of());
  }

  private void send(String request) {
    replies.get(request).send("re " + request);
  }

  private static long slack(long millis) {
    return millis + millis / 128 + 1;
  }

  @Test
  void repliesLeaveInTheOrderOfTheRequests() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a\nb\nc\n");
    assertEquals(3, loop.figure("requests"));
    send("b");
    loop.turn();
    assertEquals("", machine.sent());
    send("a");
    loop.turn();
    assertEquals("re a\nre b\n", machine.sent());
    loop.receives(FD, "now\n");
    assertEquals("", machine.sent());
    send("c");
    machine.calls();
    loop.turn();
    assertEquals("re c\nnow\n", machine.sent());
    assertEquals(1, machine.calls("send").size());
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void whatIsAnsweredBeforeTheHandlerReturnsLeavesAtOnce() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "now 1\nnow 2\n");
    assertEquals("now 1\nnow 2\n", machine.sent());
    assertEquals(1, machine.calls("send").size());
  }

  @Test
  void aHandlerThatFailsHasAnsweredWithThat() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "bad\nnow\n");
    assertEquals("error: the request failed\nnow\n", machine.sent());
    assertEquals(1, loop.figure("failures"));
    loop.receives(FD, "a\n");
    replies.get("a").fail(new IllegalStateException("later"));
    loop.turn();
    assertEquals("error: the request failed\n", machine.sent());
    assertEquals(2, loop.figure("failures"));
    loop.receives(FD, "b\n");
    replies.get("b").fail(null);
    loop.turn();
    assertEquals("error: the request failed\n", machine.sent());
    loop.receives(FD, "c\n");
    replies.get("c").send(null);
    loop.turn();
    assertEquals("error: the request failed\n", machine.sent());
  }

  @Test
  void aSecondAnswerIsAMistakeThatIsTold() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a\n");
    send("a");
    assertThrows(IllegalStateException.class, () -> send("a"));
    assertThrows(
        IllegalStateException.class,
        () -> replies.get("a").fail(new IllegalStateException("unheard")));
    loop.turn();
    assertEquals("re a\n", machine.sent());
    assertEquals(2, loop.figure("failures"));
    assertTrue(machine.said().stream().anyMatch(line -> line.contains("unheard")));
  }

  @Test
  void noMoreRequestsAreTakenThanMayBeOwed() {
    ScriptedLoop loop = loop(Map.of("pipelineMax", 2));
    loop.receives(FD, "a\nb\nc\n");
    assertEquals(2, loop.figure("requests"));
    assertEquals(0, machine.events(FD), "nor read");
    send("b");
    loop.turn();
    assertEquals(2, loop.figure("requests"));
    send("a");
    loop.turn();
    assertEquals("re a\nre b\n", machine.sent());
    assertEquals(3, loop.figure("requests"));
    assertEquals(Linux.EPOLLIN(), machine.events(FD));
    send("c");
    loop.turn();
    assertEquals("re c\n", machine.sent());
  }

  @Test
  void aHandlerThatTakesTooLongIsAnsweredFor() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a\nb\n");
    loop.pass(3_999);
    assertEquals(0, loop.figure("refusedOverdue"));
    loop.pass(slack(4_000) - 3_999);
    assertEquals(1, loop.figure("refusedOverdue"));
    assertEquals("error: the request failed\nerror: the request failed\n", machine.sent());
    assertEquals(List.of("a", "b"), cancelled);
    assertTrue(machine.calls("shutdown").contains("shutdown " + FD));
    send("a");
    assertEquals(List.of("re a"), dropped, "nobody takes it");
    loop.turn();
    assertEquals("", machine.sent());
    assertTrue(machine.said().getFirst().contains("line a"));
  }

  @Test
  void eachReplyGivesTheHandlersTimeAnew() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a\nb\n");
    loop.pass(3_000);
    send("a");
    loop.turn();
    loop.pass(3_000);
    assertEquals(0, loop.figure("refusedOverdue"));
    send("b");
    loop.turn();
    assertEquals("re a\nre b\n", machine.sent());
    loop.pass(1_500);
    assertEquals(List.of(), machine.calls("shutdown"), "it is idle, and not for long");
  }

  @Test
  void whenTheConnectionEndsItsHandlersAreTold() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a\nb\n");
    send("b"); // ready, behind one that is not
    machine.fail("recv", Linux.ECONNRESET());
    loop.readable(FD);
    assertEquals(0, loop.figure("open"));
    assertEquals(List.of("a"), cancelled);
    assertEquals(List.of("re b"), dropped);
    send("a");
    assertEquals(List.of("re b", "re a"), dropped);
    loop.turn();
    assertEquals("", machine.sent());
    assertEquals(0, loop.figure("failures"));
  }

  @Test
  void whatIsAnsweredWhenTheLoopHasStoppedIsDropped() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a\n");
    loop.loop().abort();
    loop.turn();
    assertTrue(loop.loop().isStopped());
    send("a");
    assertEquals(List.of("re a"), dropped);
    assertEquals(List.of("a"), cancelled);
  }

  @Test
  void aPeerThatEndsItsHalfGetsWhatIsOwed() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a\n");
    loop.receives(FD, "");
    assertEquals(1, loop.figure("open"));
    assertEquals(List.of(), machine.calls("shutdown"));
    assertEquals(0, machine.events(FD), "nothing can come any more");
    send("a");
    loop.turn();
    assertEquals("re a\n", machine.sent());
    loop.turn();
    assertEquals(0, loop.figure("open"));
  }

  @Test
  void aDrainWaitsForWhatIsOwedAndTakesNoMore() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a\n");
    loop.loop().drain();
    loop.turn();
    loop.receives(FD, "b\n");
    assertEquals(1, loop.figure("requests"));
    assertFalse(loop.loop().isStopped());
    send("a");
    loop.turn();
    assertEquals("re a\n", machine.sent().substring(0, 5));
  }

  @Test
  void readyRepliesWaitWhereTooMuchIsQueued() {
    ScriptedLoop loop = loop(Map.of("highWatermarkBytes", 8, "lowWatermarkBytes", 2));
    loop.receives(FD, "a\nb\nc\n");
    machine.answer("send", -Linux.EAGAIN());
    replies.get("a").send("x".repeat(20));
    send("b");
    loop.turn();
    assertEquals(Linux.EPOLLOUT(), machine.events(FD));
    send("c");
    machine.answer("send", -Linux.EAGAIN());
    loop.turn();
    assertTrue(loop.figure("queuedBytes") > 0);
    loop.writable(FD);
    loop.turn();
    loop.turn();
    assertEquals("x".repeat(20) + "\nre b\nre c\n", machine.sent());
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void tasksRunOnTheLoopThatOwnsTheConnection() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a\n");
    List<String> ran = new ArrayList<>();
    replies.get("a").owner().execute(() -> ran.add("task"));
    assertEquals(List.of(), ran);
    loop.turn();
    assertEquals(List.of("task"), ran);
    send("a");
    loop.turn();
    replies.get("a").owner().execute(() -> ran.add("late"));
    loop.turn();
    assertEquals(List.of("task", "late"), ran);
  }
}
