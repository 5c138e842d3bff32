package io.quintet.ring;

import io.quintet.ffi.linux.Linux;

/**
 * What a ring is asked to do: each request is known by its kind, its socket and the socket's
 * generation, or by its slot. One thread.
 */
final class Requests {
  static final int RECEIVE = 1;
  static final int ACCEPT = 2;
  static final int POLL = 3;
  static final int SEND = 4;
  static final int CANCEL = 5;

  private static final int KIND_SHIFT = 56;
  private static final int GENERATION_SHIFT = 32;
  private static final int GENERATIONS = 0xffffff;

  final Ring ring;

  /** Requests that will complete once more at least, cancellations and sends aside. */
  private int pending;

  Requests(Ring ring) {
    this.ring = ring;
  }

  /** Begins one of a socket. */
  long begin(int kind, int operation, RingSocket socket) {
    pending++;
    return ring.submission(operation, socket.fd, name(kind, socket));
  }

  /** Begins a send of a slot, which completes before the ring is left, or not at all if it went. */
  long send(int slot, int fd) {
    long entry = ring.submission(Linux.IORING_OP_SEND(), fd, (long) SEND << KIND_SHIFT | slot);
    Ring.flags(entry, Linux.IOSQE_CQE_SKIP_SUCCESS());
    Ring.callFlags(entry, Linux.MSG_NOSIGNAL() | Linux.MSG_DONTWAIT() | Linux.MSG_WAITALL());
    return entry;
  }

  /** Has one of a socket end. It may complete otherwise before. */
  void cancel(int kind, RingSocket socket) {
    long entry = ring.submission(Linux.IORING_OP_ASYNC_CANCEL(), -1, (long) CANCEL << KIND_SHIFT);
    Ring.flags(entry, Linux.IOSQE_CQE_SKIP_SUCCESS());
    Ring.bytes(entry, name(kind, socket), 0);
  }

  /** Has all end. */
  void cancelAll() {
    long entry = ring.submission(Linux.IORING_OP_ASYNC_CANCEL(), -1, (long) CANCEL << KIND_SHIFT);
    Ring.callFlags(entry, Linux.IORING_ASYNC_CANCEL_ANY() | Linux.IORING_ASYNC_CANCEL_ALL());
  }

  /** One has completed for the last time. */
  void ended() {
    pending--;
  }

  int pending() {
    return pending;
  }

  private static long name(int kind, RingSocket socket) {
    return (long) kind << KIND_SHIFT
        | (long) (socket.generation & GENERATIONS) << GENERATION_SHIFT
        | socket.fd;
  }

  static int kind(long name) {
    return (int) (name >>> KIND_SHIFT);
  }

  /** The descriptor, or the slot. */
  static int number(long name) {
    return (int) name;
  }

  static boolean isOf(long name, RingSocket socket) {
    return ((int) (name >>> GENERATION_SHIFT) & GENERATIONS) == (socket.generation & GENERATIONS);
  }
}
