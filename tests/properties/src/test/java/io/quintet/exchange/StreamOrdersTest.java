package io.quintet.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Output;
import io.quintet.codec.ReplyParts;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A reply that comes in parts, in every order of the steps of who publishes and of the loop: each
 * part is encoded once, in order; the loop that sleeps is told of what it has not seen; and what
 * ends before its end says so.
 */
@Tag("orders")
public class StreamOrdersTest {
  private static final String LOOP = "the loop's calls are one after the other";
  private static final String PUBLISHER = "who publishes does one after the other";
  private static final char END = '.';
  private static final char CUT = '!';

  private final Parts parts = new Parts();
  private final Exchange<String, String> place = Exchange.begun(new Connection(), "request", parts);
  private final Output out = Output.ofBytes(64);

  // Who publishes.
  private final AtomicInteger demand = new AtomicInteger();
  private volatile boolean cancelled;
  private Flow.@Nullable Subscriber<? super byte[]> subscriber;
  private boolean completed;
  private final StringBuilder published = new StringBuilder();

  // The loop.
  private final AtomicInteger told = new AtomicInteger();
  private boolean over;
  private boolean gaveUp;
  private boolean abandoned;

  /** Its beginning is encoded, and the first part asked for. */
  public StreamOrdersTest() {
    encodeOnce();
    told.set(0);
  }

  /** Parts of a figure each. */
  private final class Parts implements ReplyParts, Flow.Subscription {
    @Override
    public Flow.Publisher<byte[]> publisher() {
      return to -> {
        subscriber = to;
        to.onSubscribe(this);
      };
    }

    @Override
    public void encode(byte[] part, Output to) {
      to.put(part);
    }

    @Override
    public void encodeEnd(Output to) {
      to.put((byte) END);
    }

    @Override
    public void request(long count) {
      assertEquals(1, count, "one part is asked for at a time");
      assertEquals(0, demand.getAndIncrement(), "and once the one before has come");
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }

  /** Who publishes wakes the loop. */
  private final class Connection extends LoneConnection {
    @Override
    public void wake() {
      told.incrementAndGet();
    }
  }

  /** Who publishes does so when it is asked, until it is cancelled. */
  @Operation(nonParallelGroup = PUBLISHER)
  public void publish(@Param(gen = IntGen.class, conf = "1:9") int number) {
    Flow.Subscriber<? super byte[]> to = subscriber;
    if (to == null || completed || cancelled || demand.get() == 0) {
      return;
    }
    demand.decrementAndGet();
    published.append(number);
    to.onNext(Integer.toString(number).getBytes(StandardCharsets.US_ASCII));
  }

  @Operation(nonParallelGroup = PUBLISHER)
  public void complete() {
    Flow.Subscriber<? super byte[]> to = subscriber;
    if (to != null && !completed && !cancelled) {
      completed = true;
      to.onComplete();
    }
  }

  /** What the loop was told of is seen. */
  @Operation(nonParallelGroup = LOOP)
  public void encode() {
    told.set(0);
    while (!over && !abandoned && place.isReady()) {
      encodeOnce();
    }
  }

  private void encodeOnce() {
    out.begin(_ -> {}, 0, false);
    over = place.encode(out);
    if (out.ended()) {
      out.put((byte) CUT);
    }
  }

  @Operation(nonParallelGroup = LOOP)
  public void giveUp() {
    if (!over && !abandoned && !gaveUp) {
      gaveUp = true;
      place.giveUp(new TimeoutException());
      while (!over && place.isReady()) {
        encodeOnce(); // as a loop does at once
      }
    }
  }

  @Operation(nonParallelGroup = LOOP)
  public void abandon() {
    if (!over && !abandoned) {
      abandoned = true;
      place.abandon();
    }
  }

  /** All threads are done. */
  @Validate
  public void whatIsPublishedIsEncoded() {
    if (!over && !abandoned && place.isReady()) {
      assertTrue(told.get() > 0, "nobody encodes what is there");
      encode();
    }
    String sent = new String(out.toBytes(), StandardCharsets.US_ASCII);
    boolean whole = sent.endsWith(String.valueOf(END));
    boolean cut = sent.endsWith(String.valueOf(CUT));
    String numbers = whole || cut ? sent.substring(0, sent.length() - 1) : sent;
    assertTrue(published.toString().startsWith(numbers), sent + " of " + published);
    assertEquals(over, whole || cut, sent);
    assertFalse(whole && !completed, "an end that nobody published: " + sent);
    assertFalse(cut && !gaveUp, "cut without a reason: " + sent);
    assertTrue(over || abandoned || !gaveUp, "given up, and it goes on: " + sent);
    assertTrue(over || abandoned || !completed, "it has no end: " + sent);
    assertTrue(abandoned || gaveUp || numbers.contentEquals(published), sent + " of " + published);
    assertTrue(cancelled || !cut && !abandoned, "who publishes is not told: " + sent);
  }

  /** An end may come while the part before it is encoded, or when its time is up. */
  private static ExecutionScenario endsWhile(String loops) throws NoSuchMethodException {
    Class<?> own = StreamOrdersTest.class;
    return new ExecutionScenario(
        List.of(),
        List.of(
            List.of(
                new Actor(own.getMethod("publish", int.class), List.of(1)),
                new Actor(own.getMethod("complete"), List.of())),
            List.of(
                new Actor(own.getMethod("encode"), List.of()),
                new Actor(own.getMethod(loops), List.of()))),
        List.of(),
        null);
  }

  @Test
  void everyPartIsEncodedInEveryOrderOfSteps() throws NoSuchMethodException {
    new ModelCheckingOptions()
        .verifier(EpsilonVerifier.class)
        .addCustomScenario(endsWhile("encode"))
        .addCustomScenario(endsWhile("giveUp"))
        .addCustomScenario(endsWhile("abandon"))
        .iterations(Integer.getInteger("quintet.orders", 1) * 3)
        .invocationsPerIteration(200)
        .threads(2)
        .actorsPerThread(3)
        .actorsBefore(0)
        .actorsAfter(0)
        .check(StreamOrdersTest.class);
  }
}
