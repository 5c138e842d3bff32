package io.quintet.kernel;

import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A few threads with an equal share of the processors, which loops preempt when they wake ({@link
 * ShortTurns}). The first comes with the first computation, and all stay until they are closed.
 *
 * <p>Who gives them something takes no lock once they are there: one that a preempted thread holds
 * would hold a loop up.
 */
final class ComputingThreads implements Computers {
  /** So many at least: one may wait for a file, or for a server that knows revoked certificates. */
  private static final int THREADS_MIN = 4;

  /** So many that were taken back may stay in the queue, at a few dozen bytes each. */
  private static final int TAKEN_BACK_MAX = 1024;

  private final ThreadPoolExecutor threads;
  private final AtomicInteger takenBack = new AtomicInteger();

  /**
   * No thread yet.
   *
   * @param factory makes one that has not begun
   */
  ComputingThreads(ThreadFactory factory) {
    int count = Math.max(THREADS_MIN, Runtime.getRuntime().availableProcessors());
    threads =
        new ThreadPoolExecutor(
            count, count, 0, TimeUnit.NANOSECONDS, new LinkedTransferQueue<>(), factory);
  }

  /** Those of a name, as the machine starts them. */
  static ComputingThreads named(String name) {
    return new ComputingThreads(Thread.ofPlatform().daemon().name(name + "-", 0).factory());
  }

  /** Something given, until it has begun or is taken back. */
  private static final class Computation extends AtomicReference<@Nullable Runnable>
      implements Runnable {
    private static final long serialVersionUID = 1;

    Computation(Runnable what) {
      super(what);
    }

    @Override
    public void run() {
      Runnable what = getAndSet(null);
      if (what != null) {
        what.run();
      }
    }
  }

  @Override
  public Runnable compute(Runnable what) {
    Computation given = new Computation(what);
    try {
      threads.execute(given);
    } catch (OutOfMemoryError e) { // so says a thread that pthread_create(3) refuses
      Thread.ofVirtual().start(given);
    }
    return () -> takeBack(given);
  }

  private void takeBack(Computation given) {
    if (given.getAndSet(null) != null && takenBack.incrementAndGet() % TAKEN_BACK_MAX == 0) {
      threads.getQueue().removeIf(each -> each instanceof Computation one && one.get() == null);
    }
  }

  /** How many wait for a thread, with those that were taken back lately. */
  int waiting() {
    return threads.getQueue().size();
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
