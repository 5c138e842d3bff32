package io.quintet.loop;

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
}
