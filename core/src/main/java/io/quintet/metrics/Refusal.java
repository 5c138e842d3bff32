package io.quintet.metrics;

import io.quintet.codec.ProtocolException;

/** Why a connection or request is refused, each counted under its name. */
public enum Refusal {
  /** Bytes that are no request, or one that is too large. */
  MALFORMED("refusedMalformed", "bytes that are no request"),
  /** A request that arrived too slowly. */
  LATE("refusedLate", "a request that came too slowly"),
  /** A connection more than there may be. */
  EXCESS("refusedExcess", "a connection more than there may be"),
  /** A request whose handler did not answer in time. */
  OVERDUE("refusedOverdue", "a request whose handler took too long"),
  /** A request that waited too long for a worker. */
  STALE("refusedStale", "a request that waited too long for a worker"),
  /** A connection that does not speak TLS as it should. */
  INSECURE("refusedInsecure", "a connection that does not speak TLS as it should"),
  /** A connection that does not begin with the header of a proxy. */
  UNPROXIED("refusedUnproxied", "a connection without the header of a proxy"),
  /** A connection that a layer of a user's own does not let in. */
  UNADMITTED("refusedUnadmitted", "a connection that its layer does not let in"),
  /** More time for a peer to end behind its last reply, since too many take that time. */
  LINGERING("refusedLingering", "more time to a connection that lingers behind its last reply"),
  /** A connection that was closed for want of descriptors. */
  SHED("refusedShed", "a connection for which no descriptor was left"),
  /** A connection on its way between loops that none of them could take. */
  STRANDED("refusedStranded", "a connection on its way to a loop, since none could take it");

  private final String counter;
  private final String what;

  Refusal(String counter, String what) {
    this.counter = counter;
    this.what = what;
  }

  /** What was refused, in words. */
  public String what() {
    return what;
  }

  /** Its name among the numbers of a loop. */
  String counter() {
    return counter;
  }

  public static Refusal of(ProtocolException cause) {
    return switch (cause.reason()) {
      case MALFORMED -> MALFORMED;
      case LATE -> LATE;
      case EXCESS -> EXCESS;
      case INSECURE -> INSECURE;
    };
  }
}
