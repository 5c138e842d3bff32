package io.quintet.kernel;

/** Something that works in bounded pieces, run by a thread, by a test, or by a scheduler. */
public interface Agent {
  /**
   * Does one bounded piece of work.
   *
   * @return how much was done; 0 if there was nothing
   */
  int turn();

  /**
   * Whether the work is over.
   *
   * @return whether {@link #turn()} must not be called again
   */
  boolean isStopped();

  /**
   * The name of its thread.
   *
   * @return for example {@code quintet-loop-0}
   */
  String name();

  /** The calling thread is the one that is to turn this agent. */
  void begin();

  /**
   * How much its thread has worked.
   *
   * @return the processor time of that thread
   */
  CpuTime cpu();

  /**
   * Keeps the calling thread, which is to turn this agent, on one processor.
   *
   * @param processor counted from 0 among those that the process may use
   */
  void pin(int processor);

  /**
   * Says that a turn threw, which is a bug, and closes what is open.
   *
   * @param bug what was thrown
   */
  void broke(Throwable bug);
}
