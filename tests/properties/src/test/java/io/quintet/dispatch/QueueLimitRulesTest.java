package io.quintet.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which requests have waited too long, by a clock that stands but for what a test adds. */
class QueueLimitRulesTest {
  private long now = TimeUnit.HOURS.toNanos(1);
  private int asked;

  private QueueLimit limit(long timeoutMillis, long targetMillis) {
    return new QueueLimit(
        TimeUnit.MILLISECONDS.toNanos(timeoutMillis),
        TimeUnit.MILLISECONDS.toNanos(targetMillis),
        () -> {
          asked++;
          return now;
        });
  }

  private boolean isPassed(QueueLimit limit, long waitedMillis) {
    return limit.isPassed(now - TimeUnit.MILLISECONDS.toNanos(waitedMillis));
  }

  private void pass(long millis) {
    now += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @Test
  void withoutALimitNoneIsPassedAndNoClockIsRead() {
    QueueLimit none = limit(0, 0);
    asked = 0;
    assertFalse(isPassed(none, TimeUnit.DAYS.toMillis(1)));
    assertEquals(0, asked);
  }

  @Test
  void whatWaitedLongerThanTheTimeoutHasPassedIt() {
    QueueLimit limit = limit(50, 0);
    assertFalse(isPassed(limit, 50));
    assertTrue(isPassed(limit, 51));
    assertFalse(isPassed(limit, 0));
  }

  /** A burst: all wait for longer than the target, but not for 100 ms on end. */
  @Test
  void aBurstIsHandled() {
    QueueLimit limit = limit(0, 5);
    assertFalse(isPassed(limit, 0));
    for (int i = 0; i < 100; i++) {
      pass(1);
      assertFalse(isPassed(limit, 6 + i), "after " + i);
    }
  }

  @Test
  void aQueueThatStandsIsCutToTheTarget() {
    QueueLimit limit = limit(0, 5);
    assertFalse(isPassed(limit, 0));
    pass(101);
    assertTrue(isPassed(limit, 6));
    assertTrue(isPassed(limit, 80));
    assertFalse(isPassed(limit, 5), "brief enough");
    pass(100);
    assertFalse(isPassed(limit, 80), "one did not wait, 100 ms ago");
    pass(1);
    assertTrue(isPassed(limit, 80));
  }

  @Test
  void bothHold() {
    QueueLimit limit = limit(50, 5);
    assertFalse(isPassed(limit, 0));
    assertTrue(isPassed(limit, 51), "of a burst too");
    assertFalse(isPassed(limit, 50));
  }
}
