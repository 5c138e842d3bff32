package io.quintet.testkit;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** How many clients were checked, and how strictly. */
final class Checks {
  /** How strictly one client was checked. */
  enum Strictness {
    /** It got exactly what was due, to the last byte, and the end behind it. */
    WHOLE,
    /** An error was put into its own connection: it got a beginning of that, and nothing else. */
    UNTIL_BROKEN,
    /**
     * An error was put into what it needs as others do, or nobody looked at it since a backend had
     * ended while the server stopped: it got a beginning of that, failures in place of replies, or
     * nothing.
     */
    DISTURBED
  }

  private final AtomicLongArray counts = new AtomicLongArray(Strictness.values().length);

  private final LongAdder streamed = new LongAdder();

  void count(Strictness strictness) {
    counts.incrementAndGet(strictness.ordinal());
  }

  /** So many transitions of replies in parts are what the explored model allows. */
  void streamed(long steps) {
    streamed.add(steps);
  }

  long streamed() {
    return streamed.sum();
  }

  long all() {
    long all = 0;
    for (Strictness each : Strictness.values()) {
      all += counts.get(each.ordinal());
    }
    return all;
  }

  /** What part of the clients was checked so strictly. */
  double share(Strictness of) {
    return (double) counts.get(of.ordinal()) / all();
  }

  @Override
  public String toString() {
    return ("%,d clients: %.1f %% checked wholly, %.1f %% until broken, %.1f %% disturbed;"
            + " %,d steps of replies in parts on the model")
        .formatted(
            all(),
            100 * share(Strictness.WHOLE),
            100 * share(Strictness.UNTIL_BROKEN),
            100 * share(Strictness.DISTURBED),
            streamed());
  }
}
