package io.quintet;

/** The backend patterns for managing threads and sockets, each a topology file of its id. */
public enum Pattern {
  /** Single listener, single thread. */
  SINGLE_THREAD("single-thread");

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
