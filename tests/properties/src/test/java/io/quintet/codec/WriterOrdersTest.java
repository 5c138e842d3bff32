package io.quintet.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Code that writes content and sleeps until somebody takes it, in every order of its steps and of
 * those of who takes: it is woken for what is asked for and where nobody takes any more, and writes
 * no more than was asked for. One that sleeps for ever is found as a deadlock.
 */
@Tag("orders")
public class WriterOrdersTest {
  private final AtomicInteger asked = new AtomicInteger();
  private final StringBuilder taken = new StringBuilder();
  private final AtomicInteger ends = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private volatile boolean cancelled;
  private int wanted;
  private final Streams.Written out = new Streams.Written(new Taker());

  private final class Taker implements Flow.Subscriber<byte[]> {
    @Override
    public void onSubscribe(Flow.Subscription made) {
      throw new IllegalStateException("what is written is the subscription");
    }

    @Override
    public void onNext(byte[] part) {
      assertEquals(1, part.length);
      taken.append((char) part[0]);
      assertTrue(taken.length() <= asked.get(), "more than was asked for: " + taken);
    }

    @Override
    public void onError(Throwable failure) {
      failures.incrementAndGet();
    }

    @Override
    public void onComplete() {
      ends.incrementAndGet();
    }
  }

  /** The whole life of a writer. */
  @Operation(nonParallelGroup = "writer")
  public void writeTwo() {
    wanted = 2;
    out.run(
        to -> {
          to.write('1');
          to.flush();
          to.write('2'); // which is flushed at the end
        });
  }

  @Operation
  public void request() {
    asked.incrementAndGet();
    out.request(1);
  }

  @Operation
  public void cancel() {
    cancelled = true;
    out.cancel();
  }

  /** All threads are done. */
  @Validate
  public void whatIsWrittenIsTaken() {
    assertTrue("12".startsWith(taken.toString()), taken.toString());
    assertEquals(taken.length() == 2 ? 1 : 0, ends.get(), "ends behind " + taken);
    assertEquals(0, failures.get(), "what is cancelled hears of no failure");
    assertTrue(cancelled || taken.length() == wanted, "nobody cancelled, and there is " + taken);
  }

  private static ExecutionScenario scenario(String... others) throws NoSuchMethodException {
    Actor writer = new Actor(WriterOrdersTest.class.getMethod("writeTwo"), List.of());
    Actor[] actors = new Actor[others.length];
    for (int i = 0; i < others.length; i++) {
      actors[i] = new Actor(WriterOrdersTest.class.getMethod(others[i]), List.of());
    }
    return new ExecutionScenario(
        List.of(), List.of(List.of(writer), Arrays.asList(actors)), List.of(), null);
  }

  @Test
  void whoWritesIsWokenInEveryOrderOfSteps() throws NoSuchMethodException {
    new ModelCheckingOptions()
        .verifier(EpsilonVerifier.class)
        .addCustomScenario(scenario("request", "request"))
        .addCustomScenario(scenario("request", "cancel"))
        .addCustomScenario(scenario("cancel"))
        .addCustomScenario(scenario("request", "request", "cancel"))
        .iterations(0)
        .invocationsPerIteration(Integer.getInteger("quintet.orders", 1) * 150)
        .check(WriterOrdersTest.class);
  }
}
