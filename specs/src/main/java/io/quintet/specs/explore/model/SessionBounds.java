package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.model.May.ABORT;
import static io.quintet.specs.explore.model.May.ANSWER_LATE;
import static io.quintet.specs.explore.model.May.BROADCAST;
import static io.quintet.specs.explore.model.May.COME_WHOLE;
import static io.quintet.specs.explore.model.May.CONVERSE;
import static io.quintet.specs.explore.model.May.DRAIN_EARLY;
import static io.quintet.specs.explore.model.May.FALL_SILENT;
import static io.quintet.specs.explore.model.May.FOLLOW_LATER;
import static io.quintet.specs.explore.model.May.MOVE;
import static io.quintet.specs.explore.model.May.SAY_MUCH;

import java.util.Set;

/** The bounds of those models in which a connection becomes a WebSocket. */
final class SessionBounds {
  /**
   * A WebSocket where handlers run on the loop, with a client that falls silent, breaks the
   * protocol or takes no more, while the server drains.
   */
  static final Bounds SESSIONS =
      new Bounds(
          "sessions", 1, 2, 1, 1, 1, 0, 0, 0, 1, 0, 1, Set.of(FALL_SILENT, DRAIN_EARLY, CONVERSE));

  /**
   * A WebSocket whose client goes away, whose calls fail or are interrupted, and which is cut at
   * the drain's deadline.
   */
  static final Bounds CUTS =
      new Bounds("cuts", 1, 2, 1, 1, 1, 1, 1, 0, 1, 1, 0, Set.of(DRAIN_EARLY, ABORT, CONVERSE));

  /** A WebSocket goes to another loop, while the server drains. */
  static final Bounds JOURNEYS =
      new Bounds(
          "journeys",
          1,
          1,
          2,
          1,
          1,
          0,
          0,
          0,
          0,
          0,
          0,
          Set.of(COME_WHOLE, MOVE, CONVERSE, BROADCAST));

  /** A WebSocket whose listener is slow or does not return, where it is elsewhere. */
  static final Bounds LISTENERS =
      new Bounds(
          "listeners",
          1,
          2,
          1,
          1,
          1,
          0,
          0,
          0,
          0,
          0,
          0,
          Set.of(FALL_SILENT, DRAIN_EARLY, COME_WHOLE, CONVERSE));

  /** A WebSocket by which other threads send, and which has more to say than its peer takes. */
  static final Bounds BROADCASTS =
      new Bounds(
          "broadcasts",
          1,
          2,
          1,
          1,
          1,
          0,
          0,
          0,
          1,
          0,
          0,
          Set.of(FALL_SILENT, DRAIN_EARLY, CONVERSE, BROADCAST, SAY_MUCH));

  /** A WebSocket that begins late, in the middle of what comes behind its request. */
  static final Bounds UPGRADES =
      new Bounds(
          "upgrades",
          1,
          2,
          1,
          1,
          1,
          0,
          0,
          0,
          0,
          0,
          0,
          Set.of(ANSWER_LATE, FOLLOW_LATER, CONVERSE, BROADCAST));

  private SessionBounds() {}
}
