package io.quintet.transport;

/** One of the things that come before a connection's requests. The loop's thread alone. */
interface Layer {
  /** What another thread has computed is taken up, and what it says is said. */
  default void collect(Transport transport) {
    // most compute nothing elsewhere
  }

  /**
   * Goes on with what was received.
   *
   * @param transport has it
   * @return what follows
   */
  Transport.Outcome goOn(Transport transport);

  /** Bytes that it was left and holds itself. */
  default int heldBytes() {
    return 0; // most leave them where they are
  }

  /** Nobody waits for it any longer. */
  default void forsake() {
    // most compute nothing elsewhere
  }
}
