package io.quintet.reactor;

/** The kinds of deadline, by the names that machines give them. */
public enum Deadline {
  /** Nothing has arrived on a connection. */
  FIRST_BYTE,
  /** What comes before a connection's requests has not come whole. */
  HANDSHAKE,
  /** Nothing happens on a connection. */
  IDLE,
  /** A request that began has not arrived whole. */
  REQUEST,
  /** A handler owes a reply. */
  HANDLER,
  /** Nothing happens on a connection that carries a session. */
  PING,
  /** The peer of a session was told of its end and has not answered. */
  CLOSING,
  /** The peer takes no bytes. */
  WRITE_STALL,
  /** The peer has not ended behind its last reply. */
  LINGER,
  /** An idle connection of a server that drains. */
  PARTING,
  /** A listener without descriptors tries again. */
  ACCEPT_PAUSE,
  /** A backend that was started has not connected. */
  STARTUP,
  /** A backend is asked whether it lives. */
  HEARTBEAT,
  /** A backend that was asked has not answered. */
  SILENCE,
  /** An unresponsive backend is killed. */
  HANG,
  /** One unit of the wait before a backend is started anew. */
  BACKOFF;

  /** Whether it counts from the first of several states, where each leads to the next. */
  boolean goesOn() {
    return this == HANDSHAKE;
  }
}
