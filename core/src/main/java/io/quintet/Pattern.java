package io.quintet;

import java.util.List;

/**
 * The backend patterns for managing threads and sockets, each a topology file of its id, and the
 * one that changes from one of them to another.
 */
public enum Pattern {
  /** Single listener, single thread. */
  SINGLE_THREAD("single-thread"),
  /** Single listener, multiple threads: one accepts, several own connections. */
  MULTI_THREAD("multi-thread"),
  /** Single listener, load-balanced threads: one does the I/O, requests are placed on workers. */
  LOAD_BALANCED("load-balanced"),
  /** Multiple listeners with SO_REUSEPORT, one for each loop. */
  REUSEPORT("reuseport"),
  /** Multiple single-threaded backends: processes, to which a front hands connections. */
  MULTI_PROCESS("multi-process"),
  /** One of those of one process at a time, by rules; begins as a single thread. */
  ADAPTIVE("adaptive");

  private final String id;

  Pattern(String id) {
    this.id = id;
  }

  /**
   * The five patterns, each an arrangement of its own.
   *
   * @return all but {@link #ADAPTIVE}
   */
  public static List<Pattern> five() {
    return List.of(SINGLE_THREAD, MULTI_THREAD, LOAD_BALANCED, REUSEPORT, MULTI_PROCESS);
  }

  /**
   * The id of its topology.
   *
   * @return for example {@code single-thread}
   */
  public String id() {
    return id;
  }
}
