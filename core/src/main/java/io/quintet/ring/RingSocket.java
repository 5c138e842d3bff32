package io.quintet.ring;

/** What a ring knows of one descriptor; one for each number, for all that it ever stands for. */
final class RingSocket {
  /** What a descriptor is to the ring. */
  enum Kind {
    /** Not registered. */
    NONE,
    /** A connection: it is received from and sent to. */
    STREAM,
    /** It is accepted from. */
    LISTENER,
    /** It is polled. */
    POLLED,
    /** It was closed with bytes to send, and is closed once they have gone. */
    CLOSING
  }

  static final int NONE = -1;
  static final byte[] NOTHING = {};

  final int fd;
  Kind kind = Kind.NONE;

  /** Changes whenever the number may come to stand for something else. */
  int generation;

  int interest;
  long data;

  /** Whether it is in the list of those that may be ready, or of those to be looked at. */
  boolean listed;

  boolean changed;

  /** Whether an event has told of it since it became ready. */
  boolean told;

  // Receiving and accepting.

  /** Whether a multishot receive or accept is under way. */
  boolean armed;

  boolean cancelled;

  /** Buffers that have arrived, the oldest and the newest, and what was taken of the oldest. */
  int head = NONE;

  int newest = NONE;
  int taken;

  /** What arrived and has left its buffers, since nobody wants it at the moment; before those. */
  byte[] kept = NOTHING;

  int keptFrom;
  boolean ended;
  int error;

  /** Connections that were accepted and not taken yet. */
  int[] accepted = {};

  int acceptedFrom;
  int acceptedTo;

  /** Whether accept4(2) itself has to be asked. */
  boolean look;

  // Polling.

  /** What is polled for, -1 where nothing is under way. */
  int polled = NONE;

  boolean pollCancelled;
  int pollBits;

  // Sending.

  int slot = NONE;

  /** Whether the socket took less than it was given, and was not writable since. */
  boolean full;

  int sendError;

  /** What shutdown(2) is to do once what was given has been sent, NONE for nothing. */
  int shutdown = NONE;

  /** Whether no more may be sent. */
  boolean cut;

  /** When a socket that closes is closed with what it has, by the clock. */
  long deadline;

  RingSocket(int fd) {
    this.fd = fd;
  }

  boolean hasReceived() {
    return head != NONE || keptFrom < kept.length;
  }

  boolean hasAccepted() {
    return acceptedFrom < acceptedTo;
  }

  /** Forgets all, for another descriptor of this number. */
  void reset() {
    generation++;
    kind = Kind.NONE;
    interest = 0;
    armed = false;
    cancelled = false;
    ended = false;
    error = 0;
    look = false;
    polled = NONE;
    pollCancelled = false;
    pollBits = 0;
    slot = NONE;
    full = false;
    sendError = 0;
    shutdown = NONE;
    cut = false;
  }
}
