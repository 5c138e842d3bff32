package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what cannot be waited for by an event, with a deadline. */
final class Await {
  private static final long DEADLINE_NANOS = 60_000_000_000L;

  private Await() {}

  static void until(BooleanSupplier condition, String what) {
    until(condition, () -> what);
  }

  static void until(BooleanSupplier condition, Supplier<String> what) {
    long end = System.nanoTime() + DEADLINE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        fail("not within a minute: " + what.get());
      }
      Thread.yield();
    }
  }
}
