package io.quintet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Input;
import io.quintet.codec.Peer;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSession;
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
 * The content of a request, in every order of the steps of the loop that gives it and of the
 * handler's thread that asks for it: each part is given once, in order, no more than were asked
 * for; the loop that sleeps is woken for what it may give; and the end is told once, behind all.
 */
@Tag("orders")
public class ContentOrdersTest {
  private static final String LOOP = "the loop's calls are one after the other";
  private static final String HANDLER = "the handler does one after the other";

  private final AtomicInteger woken = new AtomicInteger();
  private final HttpContent content = new HttpContent(new Sleeper());

  // The loop.
  private final StringBuilder arrived = new StringBuilder();
  private int taken;
  private boolean whole;

  // The handler, but for what it is given.
  private final AtomicInteger asked = new AtomicInteger();
  private volatile Flow.@Nullable Subscription subscription;
  private volatile boolean cancelled;
  private final StringBuilder given = new StringBuilder();
  private final AtomicInteger ends = new AtomicInteger();

  /** The connection of a loop that sleeps. */
  private final class Sleeper implements Peer {
    @Override
    public Optional<SocketAddress> address() {
      return Optional.empty();
    }

    @Override
    public @Nullable Object attachment() {
      return null;
    }

    @Override
    public void attach(Object value) {
      throw new IllegalStateException("nothing is attached");
    }

    @Override
    public void wake() {
      woken.incrementAndGet();
    }

    @Override
    public Optional<SSLSession> session() {
      return Optional.empty();
    }
  }

  private final class Reader implements Flow.Subscriber<byte[]> {
    @Override
    public void onSubscribe(Flow.Subscription made) {
      subscription = made;
      asked.incrementAndGet();
      made.request(1);
    }

    @Override
    public void onNext(byte[] part) {
      assertEquals(0, ends.get(), "a part behind the end");
      given.append(new String(part, StandardCharsets.US_ASCII));
      assertTrue(given.length() <= asked.get(), "more than was asked for: " + given);
    }

    @Override
    public void onError(Throwable failure) {
      throw new IllegalStateException("nothing fails", failure);
    }

    @Override
    public void onComplete() {
      ends.incrementAndGet();
    }
  }

  @Operation(nonParallelGroup = HANDLER)
  public void subscribe() {
    if (subscription == null) {
      content.subscribe(new Reader());
    }
  }

  @Operation(nonParallelGroup = HANDLER)
  public void request(@Param(gen = IntGen.class, conf = "1:2") int parts) {
    Flow.Subscription from = subscription;
    if (from != null) {
      asked.addAndGet(parts);
      from.request(parts);
    }
  }

  @Operation(nonParallelGroup = HANDLER)
  public void cancel() {
    Flow.Subscription from = subscription;
    if (from != null) {
      cancelled = true;
      from.cancel();
    }
  }

  /** A part has come. */
  @Operation(nonParallelGroup = LOOP)
  public void arrives(@Param(gen = IntGen.class, conf = "1:9") int number) {
    if (!whole) {
      arrived.append(number);
      goOn();
    }
  }

  /** Nothing more comes. */
  @Operation(nonParallelGroup = LOOP)
  public void ends() {
    whole = true;
    goOn();
  }

  /** The loop is awake, and gives what is wanted. */
  @Operation(nonParallelGroup = LOOP)
  public void goOn() {
    woken.set(0);
    while (taken < arrived.length() && content.isWanted()) {
      content.take(Input.of((byte) arrived.charAt(taken)), 1);
      taken++;
    }
    if (whole && taken == arrived.length() && content.isOpen()) {
      content.complete(List.of());
    }
  }

  /** All threads are done. */
  @Validate
  public void whatIsAskedForIsGiven() {
    if (taken < arrived.length() && content.isWanted()) {
      assertTrue(woken.get() > 0, "the loop sleeps, and a part is wanted");
      goOn();
    }
    assertTrue(arrived.toString().startsWith(given.toString()), given + " of " + arrived);
    if (cancelled) {
      assertEquals(arrived.length(), taken, "what nobody wants is dropped");
      return;
    }
    assertEquals(taken, given.length(), "dropped, and nobody cancelled");
    assertFalse(asked.get() > taken && taken < arrived.length(), "asked for and not given");
    boolean over = whole && taken == arrived.length() && subscription != null;
    assertEquals(over ? 1 : 0, ends.get(), "ends");
  }

  @Test
  void everyPartIsGivenInEveryOrderOfSteps() {
    new ModelCheckingOptions()
        .verifier(EpsilonVerifier.class)
        .iterations(Integer.getInteger("quintet.orders", 1) * 3)
        .invocationsPerIteration(200)
        .threads(2)
        .actorsPerThread(4)
        .actorsBefore(0)
        .actorsAfter(0)
        .check(ContentOrdersTest.class);
  }
}
