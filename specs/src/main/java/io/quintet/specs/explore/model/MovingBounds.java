package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.model.May.ANSWER_LATE;
import static io.quintet.specs.explore.model.May.BE_LAST;
import static io.quintet.specs.explore.model.May.COME_WHOLE;
import static io.quintet.specs.explore.model.May.DRAIN_EARLY;
import static io.quintet.specs.explore.model.May.MOVE;
import static io.quintet.specs.explore.model.May.STAY;

import java.util.Set;

/** The bounds of those models in which connections go from loop to loop. */
final class MovingBounds {
  /** A connection goes to another loop, while its handler answers late. */
  static final Bounds MOVES =
      new Bounds(
          "moves", 1, 1, 2, 1, 1, 0, 0, 0, 0, 0, 0, Set.of(ANSWER_LATE, COME_WHOLE, STAY, MOVE));

  /** Likewise, one that asks for nothing, while a call fails or the server drains. */
  static final Bounds WAYS =
      new Bounds("ways", 1, 0, 2, 1, 1, 1, 0, 0, 0, 0, 0, Set.of(DRAIN_EARLY, MOVE));

  /** Likewise, one whose socket takes no more, and whose request may be the last. */
  static final Bounds DETOURS =
      new Bounds("detours", 1, 1, 2, 1, 1, 0, 0, 0, 1, 0, 0, Set.of(BE_LAST, MOVE));

  /** Likewise, one with several requests at once, which owes as many replies as it may. */
  static final Bounds BYWAYS =
      new Bounds("byways", 1, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0, Set.of(ANSWER_LATE, COME_WHOLE, MOVE));

  /** Likewise, one that departs, since the server drains. */
  static final Bounds FAREWELLS =
      new Bounds(
          "farewells", 1, 1, 2, 1, 1, 0, 0, 0, 0, 0, 0, Set.of(DRAIN_EARLY, COME_WHOLE, MOVE));

  private MovingBounds() {}
}
