package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what cannot be waited for by an event, with a deadline. */
final class Await {
  private Await() {}

  static void until(BooleanSupplier condition, String what) {
    until(condition, () -> what);
  }

  static void until(BooleanSupplier condition, Supplier<String> what) {
    until(10, condition, what);
  }

  /** What another program does that has to start first may take longer. */
  static void untilWithinAMinute(BooleanSupplier condition, String what) {
    until(60, condition, () -> what);
  }

  private static void until(int seconds, BooleanSupplier condition, Supplier<String> what) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        fail("not within " + seconds + " seconds: " + what.get());
      }
      Thread.yield();
    }
  }
}
