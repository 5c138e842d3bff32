package io.quintet.dispatch;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How long a request may wait for a thread that runs its handler: so long and no longer, or, where
 * requests have waited for a while and none of them briefly, no longer than a target. The latter is
 * what controlled delay (RFC 8289) watches: a burst passes, a queue that stands is cut. Any thread.
 */
public final class QueueLimit {
  /** How long no request may have waited for less than the target before those above it go. */
  static final long INTERVAL_NANOS = 100_000_000;

  private final LongSupplier clock;
  private final long timeoutNanos;
  private final long targetNanos;

  /** When a request was last found to have waited for no longer than the target. */
  private final AtomicLong shortAtNanos;

  /**
   * A limit.
   *
   * @param timeoutNanos the longest wait, 0 for none
   * @param targetNanos the longest wait while the queue stands, 0 for none
   * @param clock nanoseconds from any origin
   */
  public QueueLimit(long timeoutNanos, long targetNanos, LongSupplier clock) {
    this.timeoutNanos = timeoutNanos;
    this.targetNanos = targetNanos;
    this.clock = clock;
    this.shortAtNanos = new AtomicLong(clock.getAsLong());
  }

  /**
   * Whether a request that is about to be handled has waited too long.
   *
   * @param sinceNanos when it began to wait, by the clock
   * @return true if it is to be refused instead
   */
  public boolean isPassed(long sinceNanos) {
    if (timeoutNanos == 0 && targetNanos == 0) {
      return false;
    }
    long now = clock.getAsLong();
    long waited = now - sinceNanos;
    if (timeoutNanos > 0 && waited > timeoutNanos) {
      return true;
    }
    return targetNanos > 0 && isStanding(now, waited);
  }

  private boolean isStanding(long now, long waited) {
    if (waited <= targetNanos) {
      shortAtNanos.set(now);
      return false;
    }
    return now - shortAtNanos.get() > INTERVAL_NANOS;
  }
}
