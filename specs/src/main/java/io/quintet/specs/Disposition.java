package io.quintet.specs;

/** What follows from an error of a call. */
public enum Disposition {
  /** The call is made again. */
  RETRY,
  /** Nothing is there for now; the next readiness tells. */
  WOULD_BLOCK,
  /** No more of this for a while. */
  PAUSE,
  /** No descriptor: no more of this for a while; with {@code whenFull=shed} who waits is closed. */
  PAUSE_OR_SHED,
  /** The connection is over; nobody is to blame. */
  CLOSE,
  /** Unforeseen: what made the call ends, with a message. */
  FATAL
}
