package io.quintet.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Line;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.ReplyParts;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.server.ScriptedLoop;
import io.quintet.service.Service;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When the parts of a reply are asked for, and what becomes of it, part by part. */
class StreamedReplyRulesTest {
  private static final int FD = 50;

  private final ScriptedKernel machine = new ScriptedKernel();
  private final Published first = new Published();
  private final Published second = new Published();
  private final ScriptedLoop loop = loop();

  /** A reply in parts, which a test publishes. */
  private final class Published implements ReplyParts, Flow.Publisher<byte[]>, Flow.Subscription {
    private Flow.@Nullable Subscriber<? super byte[]> subscriber;
    private boolean begins = true;
    private boolean eager;
    private boolean fails;
    private long asked;
    private int cancelled;
    private int dropped;

    @Override
    public Flow.Publisher<byte[]> publisher() {
      return this;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super byte[]> given) {
      subscriber = given;
      failIfItIsTo();
      if (begins) {
        given.onSubscribe(this);
      }
    }

    @Override
    public void request(long count) {
      asked += count;
      failIfItIsTo();
      if (eager) {
        part("z");
      }
    }

    @Override
    public void cancel() {
      cancelled++;
      failIfItIsTo();
    }

    @Override
    public void drop() {
      dropped++;
      failIfItIsTo();
    }

    private void failIfItIsTo() {
      if (fails) {
        throw new IllegalStateException("it is meant to fail");
      }
    }

    @Override
    public void encode(byte[] part, Output out) {
      if (part.length == 0) {
        throw new IllegalStateException("a part that cannot be encoded");
      }
      out.put(part);
    }

    @Override
    public void encodeEnd(Output out) {
      out.putText(".\n");
    }

    private Flow.Subscriber<? super byte[]> to() {
      return Objects.requireNonNull(subscriber, "nobody has subscribed");
    }

    void part(String text) {
      to().onNext(text.getBytes());
    }

    void end() {
      to().onComplete();
    }
  }

  /** Lines, of which two are answered in parts. */
  private final class Parted implements Codec<String, String>, Encoder<String, String> {
    private final Codec<String, String> lines = Line.codec();

    @Override
    public String name() {
      return "parted";
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
      out.putText(reply + ":");
      switch (reply) {
        case "1" -> out.goOn(first);
        case "2" -> out.goOn(second);
        default -> out.putText("\n");
      }
    }

    @Override
    public void encodeFailure(String request, Throwable failure, Output out) {
      out.putText("failed\n");
    }

    @Override
    public void encodeRefusal(ProtocolException refusal, Output out) {
      out.putText("refused\n");
      out.endConnection();
    }
  }

  private ScriptedLoop loop() {
    ScriptedLoop made =
        new ScriptedLoop(
                machine,
                Service.of(new Parted(), line -> line),
                Map.of("highWatermarkBytes", 16, "lowWatermarkBytes", 4))
            .listening(false);
    made.accepts(FD);
    machine.calls();
    return made;
  }

  private void turns() {
    loop.turn();
    loop.turn();
  }

  @Test
  void eachPartIsAskedForWhenTheOneBeforeItHasLeft() {
    loop.receives(FD, "1\n");
    assertEquals("1:", machine.sent());
    assertEquals(1, first.asked);
    first.part("a");
    assertEquals(1, first.asked, "it has not left yet");
    turns();
    assertEquals("a", machine.sent());
    assertEquals(2, first.asked);
    first.part("b");
    first.end();
    turns();
    assertEquals("b.\n", machine.sent());
    assertEquals(2, first.asked);
    assertEquals(0, first.cancelled);
    loop.receives(FD, "x\n");
    assertEquals("x:\n", machine.sent());
    assertEquals(0, loop.figure("failures"));
  }

  @Test
  void whatEndsWithoutAPartHasItsEnd() {
    loop.receives(FD, "1\n");
    first.end();
    turns();
    assertEquals("1:.\n", machine.sent());
    assertEquals(1, loop.figure("open"));
  }

  @Test
  void theNextReplyWaitsBehindItAndIsSubscribedToInItsTurn() {
    loop.receives(FD, "1\n2\nx\n");
    assertEquals("1:", machine.sent());
    assertEquals(0, second.asked);
    first.end();
    turns();
    assertEquals(".\n2:", machine.sent());
    assertEquals(1, second.asked);
    second.part("b");
    second.end();
    turns();
    assertEquals("b.\nx:\n", machine.sent());
  }

  @Test
  void oneThatFailsEndsItsConnectionWithoutItsEnd() {
    loop.receives(FD, "1\n");
    first.part("a");
    first.to().onError(new IllegalStateException("a fault"));
    turns();
    assertEquals("1:a", machine.sent());
    assertEquals(1, loop.figure("failures"));
    assertTrue(machine.said().getFirst().contains("a fault"));
    assertEquals(List.of("shutdown " + FD), machine.calls("shutdown"));
  }

  @Test
  void oneThatFailsBetweenPartsEndsItAsWell() {
    loop.receives(FD, "1\n");
    first.to().onError(new IllegalStateException("a fault"));
    turns();
    assertEquals("1:", machine.sent());
    assertEquals(List.of("shutdown " + FD), machine.calls("shutdown"));
    assertEquals(1, loop.figure("failures"));
  }

  @Test
  void aPartThatCannotBeEncodedCancelsTheRest() {
    loop.receives(FD, "1\n");
    first.part("");
    turns();
    assertEquals("1:", machine.sent());
    assertEquals(1, first.cancelled);
    assertEquals(1, loop.figure("failures"));
    assertEquals(List.of("shutdown " + FD), machine.calls("shutdown"));
    first.part("late");
    turns();
    assertEquals("", machine.sent());
  }

  @Test
  void aPartThatNobodyAskedForIsAMistake() {
    loop.receives(FD, "1\n");
    first.part("a");
    first.part("b");
    turns();
    assertEquals("1:a", machine.sent());
    assertEquals(1, first.cancelled);
    assertTrue(machine.said().getFirst().contains("before it was asked for"));
  }

  @Test
  void whenTheConnectionEndsThePublisherIsCancelled() {
    loop.receives(FD, "1\n2\n");
    machine.fail("recv", Linux.ECONNRESET());
    loop.readable(FD);
    assertEquals(0, loop.figure("open"));
    assertEquals(1, first.cancelled);
    assertEquals(0, second.asked);
    first.part("late");
    first.end();
    turns();
    assertEquals("1:", machine.sent());
    assertEquals(0, loop.figure("failures"));
  }

  @Test
  void aSubscriptionThatComesBehindTheEndIsCancelled() {
    first.begins = false;
    loop.receives(FD, "1\n");
    loop.loop().abort();
    loop.turn();
    assertEquals(0, first.cancelled);
    first.to().onSubscribe(first);
    assertEquals(1, first.cancelled);
    assertEquals(0, first.asked);
  }

  @Test
  void aSecondSubscriptionIsRefused() {
    loop.receives(FD, "1\n");
    first.to().onSubscribe(second);
    assertEquals(1, second.cancelled);
    assertEquals(0, second.asked);
    first.end();
    turns();
    assertEquals("1:.\n", machine.sent());
  }

  @Test
  void nothingComesInPlaceOfSomething() {
    loop.receives(FD, "1\n");
    assertThrows(NullPointerException.class, () -> first.to().onNext(null));
    assertThrows(NullPointerException.class, () -> first.to().onError(null));
    assertThrows(NullPointerException.class, () -> first.to().onSubscribe(null));
  }

  @Test
  void whoPublishesTooSlowlyIsNotWaitedFor() {
    loop.receives(FD, "1\n");
    loop.pass(4_000 + 4_000 / 128 + 1);
    assertEquals(1, first.cancelled);
    assertEquals(1, loop.figure("refusedOverdue"));
    assertEquals("1:", machine.sent());
    assertEquals(0, loop.figure("failures"), "it is a refusal");
    assertEquals(List.of("shutdown " + FD), machine.calls("shutdown"));
  }

  @Test
  void aSlowClientHoldsUpWhoPublishes() {
    loop.receives(FD, "1\n");
    machine.sent();
    machine.answer("send", -Linux.EAGAIN());
    first.part("x".repeat(20));
    turns();
    long asked = first.asked;
    assertEquals(Linux.EPOLLOUT(), machine.events(FD));
    machine.answer("send", -Linux.EAGAIN());
    first.part("y".repeat(20));
    turns();
    assertEquals(asked, first.asked, "too much is queued");
    loop.writable(FD);
    turns();
    assertEquals(asked + 1, first.asked);
    first.end();
    turns();
    assertEquals("x".repeat(20) + "y".repeat(20) + ".\n", machine.sent());
  }

  @Test
  void whoPublishesAtOnceHasItsTurnWithOthers() {
    first.eager = true;
    loop.receives(FD, "1\n");
    long asked = first.asked;
    assertTrue(asked >= 4 && asked <= 12, "four requests a turn: " + asked);
    loop.turn();
    assertTrue(first.asked > asked && first.asked <= asked + 8, asked + " " + first.asked);
    first.eager = false;
    turns();
    turns();
    first.end();
    turns();
    assertTrue(machine.sent().endsWith("z.\n"));
  }

  @Test
  void whoCannotBeSubscribedToHasFailed() {
    first.fails = true;
    loop.receives(FD, "1\n");
    turns();
    assertEquals("1:", machine.sent());
    assertEquals(1, loop.figure("failures"));
    assertEquals(List.of("shutdown " + FD), machine.calls("shutdown"));
  }

  @Test
  void whoCannotBeAskedForMoreHasFailed() {
    loop.receives(FD, "1\n");
    first.fails = true;
    first.part("a");
    turns();
    turns();
    assertEquals("1:a", machine.sent());
    assertEquals(2, first.asked);
    assertEquals(1, loop.figure("failures"));
    assertEquals(List.of("shutdown " + FD), machine.calls("shutdown"));
  }

  @Test
  void whoCannotBeCancelledEitherIsOneFailure() {
    loop.receives(FD, "1\n");
    first.fails = true;
    first.part("");
    turns();
    assertEquals(1, first.cancelled);
    assertEquals(1, loop.figure("failures"));
    assertTrue(machine.said().getFirst().contains("a part that cannot be encoded"));
    assertEquals(List.of("shutdown " + FD), machine.calls("shutdown"));
  }

  @Test
  void whoCannotBeCancelledBehindTheEndIsAFailure() {
    loop.receives(FD, "1\n");
    first.fails = true;
    machine.fail("recv", Linux.ECONNRESET());
    loop.readable(FD);
    loop.turn();
    assertEquals(1, first.cancelled);
    assertEquals(1, loop.figure("failures"));
    assertEquals(0, loop.figure("open"));
  }
}
