package io.quintet.kernel;

/** The processor time of one thread. It begins and ends it, any thread reads. */
public final class CpuTime {
  private static final int NONE = 0;

  /** What stands above a clock's kind in its number, as the negated id of a thread. */
  private static final int KIND_BITS = 3;

  /** Of the thread while it runs. */
  private volatile int clock = NONE;

  /** What it has had when it ended. */
  private volatile long total;

  /** No thread has begun yet. */
  public CpuTime() {}

  /**
   * From now on it is that of the calling thread.
   *
   * @param kernel the thread's own
   */
  public void begin(Kernel kernel) {
    clock = kernel.cpuClock();
  }

  /**
   * The calling thread ends.
   *
   * @param kernel the thread's own
   */
  public void end(Kernel kernel) {
    total = nanos(kernel);
    clock = NONE;
  }

  /**
   * How much the thread has had.
   *
   * @param kernel the caller's own
   * @return nanoseconds; 0 before it has begun
   */
  public long nanos(Kernel kernel) {
    int running = clock;
    return running == NONE ? total : Math.max(kernel.cpuNanos(running), total);
  }

  /**
   * How long the thread was ready to run and had no processor. A thread that may read files.
   *
   * @param world where the thread runs
   * @return nanoseconds; 0 while it does not run, or where nobody counts that
   */
  public long readyNanos(World world) {
    int running = clock;
    return running == NONE ? 0 : world.readyNanos(~(running >> KIND_BITS));
  }
}
