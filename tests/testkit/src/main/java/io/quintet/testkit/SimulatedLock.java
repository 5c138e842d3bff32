package io.quintet.testkit;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/** A lock among simulated threads: who waits for it has no turn. Those that have one alone. */
final class SimulatedLock implements Lock {
  private final Turns turns;
  private Turns.@Nullable Task holder;
  private int holds;

  SimulatedLock(Turns turns) {
    this.turns = turns;
  }

  @Override
  public void lock() {
    Turns.Task me = turns.current();
    if (holder != me && !isFree()) {
      turns.waitFor(this::isFree, Turns.NEVER);
    }
    holder = me;
    holds++;
  }

  /** A holder whose process was killed holds nothing any more. */
  private boolean isFree() {
    return holder == null || holder.process.dead;
  }

  @Override
  public void unlock() {
    holds--;
    if (holds == 0) {
      holder = null;
    }
  }

  @Override
  public boolean tryLock() {
    if (holder != turns.current() && !isFree()) {
      return false;
    }
    lock();
    return true;
  }

  @Override
  public void lockInterruptibly() {
    throw new UnsupportedOperationException("no thread of a server is interrupted in a lock");
  }

  @Override
  public boolean tryLock(long time, TimeUnit unit) {
    throw new UnsupportedOperationException("no thread of a server waits for a lock for a time");
  }

  @Override
  public Condition newCondition() {
    throw new UnsupportedOperationException("no thread of a server waits for a condition");
  }
}
