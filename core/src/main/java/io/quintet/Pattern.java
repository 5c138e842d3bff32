package io.quintet;

/** The backend patterns for managing threads and sockets, each a topology file of its id. */
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
  MULTI_PROCESS("multi-process");

  private final String id;

  Pattern(String id) {
    this.id = id;
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
