package io.quintet.fault;

/**
 * Bugs that servers of this kind have had, put back by a test that must find them: the system
 * property {@code quintet.bug} names one. A constant, so that the compiler removes the question.
 */
public enum SeededBug {
  /** An event for a descriptor that was closed reaches the one that got its slot. */
  STALE_EVENT,
  /** A close(2) that was interrupted is called again, though the descriptor is gone. */
  DOUBLE_CLOSE,
  /** What send(2) did not take is forgotten. */
  PARTIAL_WRITE_DROPPED,
  /** EPOLLOUT stays armed when nothing is left to send. */
  NEVER_DISARMED,
  /** Replies of workers leave in the order in which they become ready. */
  SWAPPED_REPLIES,
  /** A loop's connections are counted when they arrive there, not when they are placed. */
  LATE_COUNT,
  /** A loop that was told of room, which another took, does not ask again. */
  ROOM_FORGOTTEN,
  /** A reply whose connection has ended before its turn came is not released. */
  REPLY_FORGOTTEN,
  /** A listener accepts though others wait for a descriptor and it is not its turn. */
  LINE_SKIPPED,
  /** A listener that a new arrangement does not use is closed with the connections in its queue. */
  QUEUE_CLOSED,
  /** Loops that are to end go on accepting. */
  RETIRED_ACCEPTS,
  /** A late reply is told to the loop that its connection has left, and goes no further. */
  LOST_IN_TRANSIT,
  /** A connection that moves has no deadline any more. */
  DEADLINE_LOST,
  /** A loop goes on waiting for the socket of a connection that it has given away. */
  OWNED_TWICE,
  /** A connection that moves counts where it comes to when it has come. */
  MOVE_COUNTED_LATE;

  private static final String NAME = System.getProperty("quintet.bug", "");

  private static final boolean ANY = !NAME.isEmpty();

  public boolean isOn() {
    return ANY && NAME.equals(name());
  }
}
