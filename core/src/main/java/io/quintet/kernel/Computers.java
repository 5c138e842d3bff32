package io.quintet.kernel;

/** Threads beside those of loops, for what would take them long. Any thread. */
@FunctionalInterface
public interface Computers extends AutoCloseable {
  /**
   * Has something computed.
   *
   * @param what computes it
   * @return takes it back: it is left out where it has not begun
   */
  Runnable compute(Runnable what);

  /** Nothing more is given to them. What was is computed, and then their threads end. */
  @Override
  default void close() {
    // each thread ends with what it computes
  }
}
