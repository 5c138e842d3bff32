package io.quintet.kernel;

/**
 * How long a thread has waited for work, from when somebody wants to know. The thread counts, any
 * thread reads.
 */
public final class SleepTime {
  private static final long AWAKE = Long.MIN_VALUE;

  private volatile boolean measured;

  /** Odd while the two below change. */
  private volatile int version;

  private volatile long total;
  private volatile long since = AWAKE;

  /** It is not measured yet. */
  public SleepTime() {}

  /** From now on it is measured. The thread itself. */
  public void measure() {
    measured = true;
  }

  /**
   * Whether it is measured.
   *
   * @return whether somebody wanted to know
   */
  public boolean isMeasured() {
    return measured;
  }

  /**
   * The calling thread is about to wait.
   *
   * @param kernel the thread's own
   */
  public void begins(Kernel kernel) {
    if (measured) {
      version++;
      since = kernel.nanoTime();
      version++;
    }
  }

  /**
   * The calling thread has work.
   *
   * @param kernel the thread's own
   */
  public void ends(Kernel kernel) {
    if (since != AWAKE) {
      version++;
      total += kernel.nanoTime() - since;
      since = AWAKE;
      version++;
    }
  }

  /**
   * How long it has waited since it is measured.
   *
   * @param now the time, by any kernel of the same world
   * @return nanoseconds
   */
  public long nanos(long now) {
    while (true) {
      int before = version;
      long all = total + (since == AWAKE ? 0 : Math.max(now - since, 0));
      if (before == version && (before & 1) == 0) {
        return all;
      }
    }
  }
}
