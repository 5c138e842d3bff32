package io.quintet.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Line;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.Session;
import io.quintet.dispatch.CapacitySignal;
import io.quintet.dispatch.Placement;
import io.quintet.dispatch.QueueLimit;
import io.quintet.dispatch.Worker;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.server.ScriptedLoop;
import io.quintet.service.Service;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a connection does for a session: when it is read, written, asked and ended. */
class SessionsRulesTest {
  private static final int FD = 50;
  private static final String LAST = "last";

  private final ScriptedKernel machine = new ScriptedKernel();
  private final CapacitySignal room = new CapacitySignal();
  private final Spoken session = new Spoken();
  private final ScriptedLoop loop = loop();

  /** A session of which a test decides what it says. */
  private static final class Spoken implements Session {
    private final List<String> told = new ArrayList<>();
    private final Deque<String> says = new ArrayDeque<>();
    private @Nullable Link link;
    private boolean holding;
    private boolean concluding;
    private boolean finished;
    private boolean alive = true;

    private Link link() {
      return Objects.requireNonNull(link, "it has not begun");
    }

    List<String> told() {
      List<String> all = List.copyOf(told);
      told.clear();
      return all;
    }

    @Override
    public void open(Link given) {
      link = given;
    }

    @Override
    public void receive(Input in) {
      String text = in.takeText(in.remaining(), StandardCharsets.ISO_8859_1);
      told.add(text);
      if (text.equals("wrong")) {
        throw new ProtocolException(0, "it is wrong");
      }
      if (text.startsWith("echo")) {
        says.add(text);
      }
    }

    @Override
    public boolean isHolding() {
      return holding;
    }

    @Override
    public boolean hasOutput() {
      return !says.isEmpty() || finished;
    }

    @Override
    public void write(Output out) {
      String text = says.isEmpty() ? "" : says.remove();
      out.putText(text);
      if (text.equals(LAST) || (finished && says.isEmpty())) {
        out.endConnection();
      }
    }

    @Override
    public boolean isConcluding() {
      return concluding;
    }

    @Override
    public void conclude() {
      told.add("conclude");
      concluding = true;
      says.add("bye");
    }

    @Override
    public void finish() {
      finished = true;
    }

    @Override
    public boolean keepAlive() {
      told.add("keepAlive");
      says.add("ping");
      return alive;
    }

    @Override
    public void refuse(ProtocolException cause) {
      concluding = true;
      says.add(LAST);
    }

    @Override
    public void giveUp() {
      told.add("giveUp");
    }

    @Override
    public void lost() {
      told.add("lost");
    }

    @Override
    public String toString() {
      return "spoken";
    }
  }

  /** Lines, of which one begins the session. */
  private final class Spoke implements Codec<String, String>, Encoder<String, String> {
    private final Codec<String, String> lines = Line.codec();

    @Override
    public String name() {
      return "spoken";
    }

    @Override
    public Decoder<String> decoder() {
      return lines.decoder();
    }

    @Override
    public Encoder<String, String> encoder() {
      return this;
    }

    @Override
    public void encode(String request, String reply, Output out) {
      out.putText("go\n");
      out.become(session);
    }

    @Override
    public void encodeFailure(String request, Throwable failure, Output out) {
      out.putText("failed\n");
    }

    @Override
    public void encodeRefusal(ProtocolException refusal, Output out) {
      out.endConnection();
    }
  }

  private ScriptedLoop loop() {
    ScriptedLoop made = loop(Optional.empty());
    made.accepts(FD);
    made.receives(FD, "begin\n");
    assertEquals("go\n", machine.sent());
    machine.calls();
    return made;
  }

  private ScriptedLoop loop(Optional<Placement> workers) {
    return new ScriptedLoop(
            machine,
            Service.of(new Spoke(), line -> line),
            Map.of("highWatermarkBytes", 16, "lowWatermarkBytes", 4, "requestBudget", 3),
            ScriptedLoop.limiter(Map.of()),
            null,
            workers)
        .listening(false);
  }

  private static long slack(long millis) {
    return millis + millis / 128 + 1;
  }

  private boolean isEnded() {
    return machine.calls("shutdown").contains("shutdown " + FD);
  }

  @Test
  void whatComesIsTheSessionsAndWhatItSaysLeavesAtOnce() {
    loop.receives(FD, "echo a");
    assertEquals(List.of("echo a"), session.told());
    assertEquals("echo a", machine.sent());
    loop.receives(FD, "quiet");
    assertEquals("", machine.sent());
    assertEquals(1, loop.figure("requests"));
    assertEquals(Linux.EPOLLIN(), machine.events(FD));
  }

  @Test
  void whoeverWakesItHasItWritten() {
    session.says.add("news");
    loop.turn();
    assertEquals("", machine.sent());
    session.link().wake();
    loop.turn();
    assertEquals("news", machine.sent());
  }

  @Test
  void itSaysAsMuchInATurnAsItsBudgetAllows() {
    for (int i = 0; i < 5; i++) {
      session.says.add("" + i);
    }
    session.link().wake();
    loop.turn();
    assertEquals("012", machine.sent());
    loop.turn();
    assertEquals("34", machine.sent());
  }

  @Test
  void oneThatHoldsIsNotRead() {
    session.holding = true;
    loop.receives(FD, "a");
    assertEquals(0, machine.events(FD));
    session.holding = false;
    session.link().wake();
    loop.turn();
    assertEquals(Linux.EPOLLIN(), machine.events(FD));
  }

  @Test
  void whereTooMuchIsQueuedNothingMoreIsWritten() {
    machine.answer("send", -Linux.EAGAIN(), -Linux.EAGAIN());
    session.says.add("x".repeat(20));
    session.link().wake();
    loop.turn();
    session.says.add("y");
    session.link().wake();
    loop.turn();
    assertEquals(Linux.EPOLLOUT(), machine.events(FD));
    assertEquals(1, session.says.size());
    loop.writable(FD);
    loop.turn();
    assertEquals("x".repeat(20) + "y", machine.sent());
  }

  @Test
  void whatBreaksItsProtocolIsRefusedByIt() {
    loop.receives(FD, "wrong");
    assertEquals(LAST, machine.sent());
    assertEquals(1, loop.figure("refusedMalformed"));
    assertEquals(List.of("wrong", "lost"), session.told());
    assertTrue(isEnded());
  }

  @Test
  void oneThatIsQuietIsAskedInTime() {
    loop.pass(4_999);
    assertEquals(List.of(), session.told());
    loop.pass(slack(5_000) - 4_999);
    assertEquals(List.of("keepAlive"), session.told());
    loop.turn();
    assertEquals("ping", machine.sent());
    session.alive = false;
    loop.pass(slack(5_000) + 5);
    assertEquals(List.of("keepAlive", "lost"), session.told());
    assertEquals(0, loop.figure("open"));
    assertEquals("", machine.sent());
  }

  @Test
  void aDrainConcludesItAndGivesUpInTime() {
    loop.loop().drain();
    loop.turn();
    loop.turn();
    assertEquals(List.of("conclude"), session.told());
    assertEquals("bye", machine.sent());
    loop.pass(5_999);
    assertEquals(List.of(), session.told());
    loop.pass(slack(6_000) - 5_999);
    assertEquals(List.of("giveUp", "lost"), session.told());
    assertEquals(0, loop.figure("refusedOverdue"));
    assertTrue(isEnded());
  }

  @Test
  void oneThatConcludesMaySayItsLast() {
    loop.loop().drain();
    loop.turn();
    loop.turn();
    machine.sent();
    loop.receives(FD, "echo b");
    assertEquals("echo b", machine.sent());
    session.says.add(LAST);
    session.link().wake();
    loop.turn();
    assertEquals(LAST, machine.sent());
    assertTrue(isEnded());
    assertTrue(session.told().contains("lost"));
  }

  @Test
  void aPeerThatEndsItsHalfGetsWhatIsQueued() {
    session.says.add("a");
    session.says.add(LAST);
    session.says.add("never");
    loop.receives(FD, "");
    assertEquals("a" + LAST, machine.sent());
    assertTrue(session.told().contains("lost"));
    assertEquals(0, loop.figure("open"));
  }

  @Test
  void whenTheConnectionBreaksItIsLost() {
    machine.fail("recv", Linux.ECONNRESET());
    loop.readable(FD);
    assertEquals(List.of("lost"), session.told());
    assertEquals(0, loop.figure("open"));
    session.link().wake();
    loop.turn();
    assertEquals("", machine.sent());
  }

  @Test
  void itsCallsRunOnWorkersWhereThereAreSome() {
    Worker worker =
        new Worker(
            "worker",
            machine.kernel(),
            room,
            new QueueLimit(0, 0, machine.kernel()::nanoTime),
            Optional.empty());
    ScriptedLoop worked = loop(Optional.of(new Placement(List.of(worker), "round-robin", 1, room)));
    worked.accepts(51);
    worked.receives(51, "begin\n");
    worker.turn();
    worked.turn();
    assertEquals("go\n", machine.sent());
    List<String> ran = new ArrayList<>();
    session.link().execute(() -> ran.add("on the worker"));
    worked.turn();
    assertEquals(List.of(), ran);
    worker.turn();
    assertEquals(List.of("on the worker"), ran);
    session.link().execute(() -> ran.add("waits"));
    worker.release();
    session.link().execute(() -> ran.add("here"));
    assertEquals(List.of("on the worker", "waits", "here"), ran);
  }

  @Test
  void itsCallsRunWhereHandlersDo() {
    List<String> ran = new ArrayList<>();
    session.link().execute(() -> ran.add("here"));
    assertEquals(List.of("here"), ran);
    session.link().owner().execute(() -> ran.add("on the loop"));
    assertEquals(List.of("here"), ran);
    loop.turn();
    assertEquals(List.of("here", "on the loop"), ran);
    session.link().failed("a call", new IllegalStateException("a fault"));
    loop.turn();
    assertEquals(1, loop.figure("failures"));
    assertTrue(machine.said().getFirst().contains("a call"));
  }
}
