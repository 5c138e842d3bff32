package io.quintet.dispatch;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A request that nobody runs, and that counts how often it was undelivered. */
final class UnrunTask extends HandlerTask {
  final AtomicInteger undelivered;
  boolean isShort;

  UnrunTask() {
    this(new AtomicInteger());
  }

  /** Counts together with others. */
  UnrunTask(AtomicInteger undelivered) {
    this.undelivered = undelivered;
  }

  @Override
  public void handle() {
    throw new IllegalStateException("nothing runs here");
  }

  @Override
  public boolean isShort(Predicate<Object> shortOnes) {
    return isShort;
  }

  @Override
  public @Nullable HandlerTask done() {
    return null;
  }

  @Override
  public void deliver() {
    throw new IllegalStateException("it is handled only");
  }

  @Override
  public void undelivered() {
    undelivered.incrementAndGet();
  }
}
