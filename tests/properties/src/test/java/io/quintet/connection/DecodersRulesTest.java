package io.quintet.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Line;
import io.quintet.codec.Output;
import io.quintet.codec.Peer;
import io.quintet.codec.ProtocolException;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.server.ScriptedLoop;
import io.quintet.service.Reply;
import io.quintet.service.Service;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a connection asks of a codec, and what follows from what that says. */
class DecodersRulesTest {
  private static final int FD = 50;

  private final ScriptedKernel machine = new ScriptedKernel();
  private final List<String> dropped = new ArrayList<>();
  private final List<String> cancelled = new ArrayList<>();
  private final Map<String, Reply<String>> replies = new LinkedHashMap<>();
  private int made;
  private int ended;
  private @Nullable Peer peer;

  /**
   * Requests of a letter and a digit that says how many letters follow: "a0", "b3xyz". One that
   * begins with "!" is none, and one with "." is the last. Before its content is whole a decoder
   * says once that it waits for it.
   */
  private final class Counted implements Decoder<String> {
    private String head = "";
    private boolean asks;

    @Override
    public @Nullable String decode(Input in) {
      peer = in.peer();
      if (head.isEmpty() && in.remaining() >= 2) {
        head = in.takeText(2, StandardCharsets.ISO_8859_1);
        asks = length() > 0 && in.remaining() == 0;
      }
      if (head.startsWith("!")) {
        throw new ProtocolException(0, "no request");
      }
      if (head.isEmpty() || in.remaining() < length()) {
        return null;
      }
      String whole = head + in.takeText(length(), StandardCharsets.ISO_8859_1);
      head = "";
      return whole;
    }

    private int length() {
      return head.charAt(1) - '0';
    }

    @Override
    public Outcome outcome() {
      return head.isEmpty() ? Outcome.IDLE : Outcome.NEED_CONTENT;
    }

    @Override
    public byte @Nullable [] interim() {
      boolean first = asks;
      asks = false;
      return first ? "go on\n".getBytes(StandardCharsets.ISO_8859_1) : null;
    }

    @Override
    public ProtocolException refusing(ProtocolException cause) {
      return ProtocolException.late(cause.getMessage() + " in " + head);
    }

    @Override
    public void end() {
      ended++;
    }
  }

  /** Their codec. Reply "?" cannot be encoded, nor described. */
  private final class Counting implements Codec<String, String>, Encoder<String, String> {
    private final Encoder<String, String> lines = Line.codec().encoder();

    @Override
    public String name() {
      return "counting";
    }

    @Override
    public Decoder<String> decoder() {
      made++;
      return new Counted();
    }

    @Override
    public Encoder<String, String> encoder() {
      return this;
    }

    @Override
    public boolean isLast(String request) {
      return request.startsWith(".");
    }

    @Override
    public String describe(String request) {
      if (request.startsWith("?")) {
        throw new IllegalStateException("it cannot be described");
      }
      return "counted " + request;
    }

    @Override
    public void drop(String reply) {
      dropped.add(reply);
      if (reply.startsWith("?1")) {
        throw new IllegalStateException("it cannot be dropped");
      }
    }

    @Override
    public List<String> replyKinds() {
      return List.of("whole", "failed");
    }

    @Override
    public void encode(String request, String reply, Output out) {
      out.kind(0);
      out.putText(reply.substring(0, 1));
      if (reply.startsWith("?")) {
        throw new IllegalStateException("it cannot be encoded");
      }
      out.putText(reply.substring(1) + (out.closing() ? " and bye\n" : "\n"));
      if (out.closing()) {
        out.endConnection();
      }
    }

    @Override
    public void encodeFailure(String request, Throwable failure, Output out) {
      out.kind(1);
      lines.encodeFailure(request, failure, out);
    }

    @Override
    public void encodeRefusal(ProtocolException refusal, Output out) {
      lines.encodeRefusal(refusal, out);
    }
  }

  private ScriptedLoop loop(Map<String, ? extends Number> limits) {
    Service<String, String> service =
        Service.of(
            new Counting(),
            request -> {
              if (request.startsWith("x")) {
                throw new IllegalStateException("a fault");
              }
              return request.startsWith("l") ? "L".repeat(600) : request.toUpperCase(Locale.ROOT);
            });
    ScriptedLoop loop = new ScriptedLoop(machine, service, limits).listening(false);
    loop.accepts(FD);
    machine.calls();
    made = 0;
    return loop;
  }

  private ScriptedLoop loop() {
    return loop(Map.of());
  }

  /** One whose handlers answer later. */
  private ScriptedLoop late() {
    Service<String, String> service =
        Service.later(
            new Counting(),
            (request, reply) -> {
              replies.put(request, reply);
              reply.onCancelled(() -> cancelled.add(request));
            });
    ScriptedLoop loop = new ScriptedLoop(machine, service, Map.of()).listening(false);
    loop.accepts(FD);
    machine.calls();
    return loop;
  }

  private boolean hasSaidItsEnd() {
    return machine.calls("shutdown").contains("shutdown " + FD);
  }

  private static long slack(long millis) {
    return millis + millis / 128 + 1;
  }

  @Test
  void aDecoderInTheMiddleOfARequestIsItsConnectionsAlone() {
    ScriptedLoop loop = loop();
    loop.accepts(51);
    loop.receives(FD, "a3x");
    assertEquals(1, made, "the others have another one");
    loop.receives(51, "b0");
    assertEquals("B0\n", machine.sent());
    loop.receives(FD, "yz");
    assertEquals("A3XYZ\n", machine.sent());
    loop.receives(FD, "c0");
    loop.receives(51, "d0");
    assertEquals("C0\nD0\n", machine.sent());
    assertEquals(1, made);
  }

  @Test
  void whatADecoderWaitsForIsSaidOnce() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a3");
    assertEquals("go on\n", machine.sent());
    loop.receives(FD, "x");
    assertEquals("", machine.sent());
    loop.receives(FD, "yz");
    assertEquals("A3XYZ\n", machine.sent());
    loop.receives(FD, "b0c2");
    assertEquals("B0\ngo on\n", machine.sent(), "behind the reply that is owed");
    assertEquals(2, loop.figure("requests"));
  }

  @Test
  void aRequestThatComesFastEnoughIsWaitedFor() {
    ScriptedLoop loop = loop(Map.of("requestBytesMin", 3));
    loop.receives(FD, "a9x");
    loop.pass(slack(3_000));
    assertEquals(0, loop.figure("refusedLate"), "three bytes came");
    loop.receives(FD, "yzu");
    loop.pass(slack(3_000));
    assertEquals(0, loop.figure("refusedLate"));
    loop.receives(FD, "vw");
    loop.pass(slack(3_000));
    assertEquals(1, loop.figure("refusedLate"), "two");
    assertEquals("error: request too slow in a9\n", machine.sent());
    assertEquals(1, ended);
    assertTrue(hasSaidItsEnd());
  }

  @Test
  void aHeadIsNotWaitedForLonger() {
    ScriptedLoop loop = loop(Map.of("requestBytesMin", 1));
    loop.receives(FD, "a");
    loop.pass(slack(3_000));
    assertEquals(1, loop.figure("refusedLate"));
    assertEquals("error: request too slow in \n", machine.sent());
  }

  @Test
  void theLastRequestIsAnsweredAndNothingBehindIt() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a0.0b0");
    assertEquals("A0\n.0\n", machine.sent());
    assertTrue(hasSaidItsEnd());
    assertEquals(2, loop.figure("requests"));
    assertEquals(0, loop.figure("queuedBytes"));
  }

  @Test
  void aDecoderThatRefusedIsUsedNoMore() {
    ScriptedLoop loop = loop();
    loop.accepts(51);
    loop.receives(FD, "!0");
    assertEquals("error: no request\n", machine.sent());
    assertTrue(machine.said().getFirst().contains("no request"));
    assertEquals(1, ended);
    assertEquals(1, made);
    loop.receives(51, "a0");
    assertEquals("A0\n", machine.sent());
    loop.receives(51, "b1");
    loop.receives(51, "x!0");
    assertEquals("go on\nB1X\nerror: no request\n", machine.sent());
  }

  @Test
  void aDecoderIsToldThatNoMoreFollows() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a3x");
    loop.receives(FD, "");
    assertTrue(ended >= 1);
    assertEquals(0, loop.figure("open"));
    loop.accepts(51);
    loop.receives(51, "a3x");
    int before = ended;
    machine.fail("recv", Linux.ECONNRESET());
    loop.readable(51);
    assertTrue(ended > before);
  }

  @Test
  void aReplyThatCannotBeEncodedIsTheLastAndSaysSo() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "?0a0");
    assertEquals("error: the request failed\n", machine.sent());
    assertEquals(List.of("?0"), dropped);
    assertEquals(1, loop.figure("failures"));
    assertTrue(machine.said().getFirst().contains("counting"), "it could not be described");
    assertTrue(hasSaidItsEnd());
  }

  @Test
  void aReplyThatCannotBeDroppedIsAFailureToo() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "?1x");
    loop.turn();
    assertEquals(2, loop.figure("failures"));
  }

  @Test
  void aReplyLargerThanTheOutputLeavesInParts() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "l0");
    assertEquals("L".repeat(600) + "\n", machine.sent());
    assertTrue(machine.calls("send").size() > 1);
    machine.answer("send", 100);
    loop.receives(FD, "l1x");
    assertEquals("L".repeat(100), machine.sent().substring(0, 100));
    loop.writable(FD);
    loop.receives(FD, "a0");
    assertEquals(0, loop.figure("queuedBytes"));
    assertEquals(601 + 601 + 3, loop.figure("sentBytes"));
  }

  @Test
  void whatTheSocketRefusesOfALargeReplyIsKept() {
    ScriptedLoop loop = loop();
    machine.answer("send", -Linux.EAGAIN(), -Linux.EAGAIN());
    loop.receives(FD, "l0");
    loop.writable(FD);
    assertEquals("L".repeat(600) + "\n", machine.sent());
  }

  @Test
  void aReplyIsToldThatItIsTheLastWhereNothingFollowsIt() {
    machine.pass(3_000_000); // its age counts from when it came
    ScriptedLoop loop = loop(Map.of("connectionAgeNanos", 5_000_000L));
    loop.pass(4);
    loop.receives(FD, "a0");
    assertEquals("A0\n", machine.sent());
    loop.pass(1);
    loop.receives(FD, "b0c0");
    assertEquals("B0 and bye\n", machine.sent());
    assertTrue(hasSaidItsEnd());
  }

  @Test
  void aDrainSaysThatTheReplyIsTheLast() {
    ScriptedLoop loop = loop();
    loop.loop().drain();
    loop.turn();
    loop.receives(FD, "a0");
    assertEquals("A0 and bye\n", machine.sent());
    assertTrue(hasSaidItsEnd());
  }

  @Test
  void whoseRequestItIsCanBeAsked() {
    machine.peer("192.0.2.7");
    ScriptedLoop loop = loop();
    loop.receives(FD, "a0");
    Peer one = Objects.requireNonNull(peer);
    InetSocketAddress address = new InetSocketAddress("192.0.2.7", 1);
    assertEquals(Optional.of(address), one.address());
    assertEquals(1, machine.calls("peer").size() + 1, "it was asked for once");
    assertEquals(Optional.of(address), one.local());
    one.attach("mine");
    loop.accepts(51);
    loop.receives(51, "b0");
    Peer other = Objects.requireNonNull(peer);
    assertEquals(null, other.attachment());
    assertSame(one.local().orElseThrow(), other.local().orElseThrow(), "they share it");
    assertEquals("mine", one.attachment());
    assertEquals(Optional.empty(), one.session());
    machine.peer("192.0.2.8");
    assertEquals(Optional.of(address), one.address(), "it is known");
  }

  @Test
  void oneThatHasMovedDrainsOnlyWhereItsOldLoopDid() {
    Service<String, String> service = Service.of(new Counting(), request -> request);
    ScriptedLoop loop = new ScriptedLoop(machine, service, Map.of()).listening(false);
    ScriptedLoop other = new ScriptedLoop(machine, service, Map.of());
    loop.accepts(FD);
    loop.receives(FD, "a0");
    Connection<?, ?> one = (Connection<?, ?>) Objects.requireNonNull(peer);
    moves(loop, other);
    assertFalse(ConnectionFacts.holds(one, "draining"));
    other.loop().drain();
    other.turn();
    assertTrue(ConnectionFacts.holds(one, "draining"), "its loop does");
    moves(other, loop);
    assertTrue(ConnectionFacts.holds(one, "draining"), "the one before did");
  }

  private static void moves(ScriptedLoop from, ScriptedLoop to) {
    from.loop().give(List.of(to.loop()), MoveOrder.ALL);
    from.turn();
    from.turn();
    to.turn();
    from.turn();
    assertEquals(1, to.figure("open"));
  }

  @Test
  void whoIsGoneHasNoAddressThatWasNotAskedForBefore() {
    machine.peer("192.0.2.7");
    ScriptedLoop loop = loop();
    loop.receives(FD, "a0");
    loop.receives(FD, "");
    Peer gone = Objects.requireNonNull(peer);
    assertEquals(Optional.empty(), gone.address());
    assertEquals(Optional.empty(), gone.local());
  }

  @Test
  void repliesAreCountedByTheirKinds() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a0b0x0c0");
    assertEquals(Map.of("whole", 3L, "failed", 1L), loop.loop().stats().get("replies"));
    ScriptedLoop late = late();
    late.receives(FD, "a0b0");
    replies.get("a0").send("a");
    replies.get("b0").fail(new IllegalStateException("a fault"));
    late.turn();
    assertEquals(Map.of("whole", 1L, "failed", 1L), late.loop().stats().get("replies"));
  }

  @Test
  void aReplyHasTakenAsLongAsItsHandlerDid() {
    ScriptedLoop loop = late();
    loop.pass(7);
    loop.receives(FD, "a0");
    machine.pass(5_000_000);
    replies.get("a0").send("a");
    loop.turn();
    assertEquals(5_000_000, loop.figure("durationNanos"));
    assertEquals(1, durations(loop));
  }

  @Test
  void nobodyWaitsForRepliesBehindTheLast() {
    ScriptedLoop loop = late();
    loop.receives(FD, "?0a0");
    replies.get("?0").send("?0");
    loop.turn();
    assertEquals("error: the request failed\n", machine.sent());
    assertEquals(List.of("a0"), cancelled);
    assertTrue(hasSaidItsEnd());
  }

  @Test
  void aDecoderIsToldSoWhileRepliesAreOwed() {
    ScriptedLoop loop = late();
    loop.receives(FD, "a0b3x");
    loop.receives(FD, "");
    assertEquals(1, loop.figure("open"));
    assertEquals(1, ended);
    replies.get("a0").send("a0");
    loop.turn();
    assertEquals("a0", machine.sent().substring(0, 2));
  }

  @Test
  void eachRequestHasATimeThatIsCounted() {
    ScriptedLoop loop = loop();
    loop.receives(FD, "a0b0c0x0");
    assertEquals(4, durations(loop));
    assertEquals(1, loop.figure("failures"));
    loop.receives(FD, "d3");
    assertEquals(4, durations(loop), "what is said meanwhile is no reply");
  }

  private static long durations(ScriptedLoop loop) {
    return ((List<?>) loop.loop().stats().get("durations"))
        .stream().mapToLong(each -> (long) each).sum();
  }
}
