package io.quintet.loop;

import io.quintet.codec.ProtocolException;

/** Why a connection or request is refused, each counted under its name. */
enum Refusal {
  /** Bytes that are no request, or one that is too large. */
  MALFORMED("refusedMalformed"),
  /** A request that arrived too slowly. */
  LATE("refusedLate"),
  /** A connection more than there may be. */
  EXCESS("refusedExcess"),
  /** A request whose handler did not answer in time. */
  OVERDUE("refusedOverdue"),
  /** A connection that was closed for want of descriptors. */
  SHED("refusedShed");

  private final String counter;

  Refusal(String counter) {
    this.counter = counter;
  }

  /** Its name among the numbers of a loop. */
  String counter() {
    return counter;
  }

  static Refusal of(ProtocolException cause) {
    return switch (cause.code()) {
      case ProtocolException.LATE -> LATE;
      case ProtocolException.EXCESS -> EXCESS;
      default -> MALFORMED;
    };
  }
}
