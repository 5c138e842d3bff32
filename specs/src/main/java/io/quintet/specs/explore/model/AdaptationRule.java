package io.quintet.specs.explore.model;

import io.quintet.specs.Rule;

/** What holds of a server that changes its arrangement by itself. */
public enum AdaptationRule implements Rule {
  /** A load on the edge of two rules does not have the server change all the time. */
  NEVER_FLAPS("a change is at least a cool-down behind the one before, or its rule holds clearly"),
  /** What cannot be had is not asked for all the time. */
  FAILURE_IS_NOT_REPEATED("a change is at least a cool-down behind one that could not be made"),
  /** Who runs the server knows why. */
  OTHERS_STAND("a change is at least a cool-down behind one that somebody else made"),
  /** A peak changes nothing. */
  CHANGE_HAS_REASON("a change follows a rule that held in as many looks on end as asked"),
  /** A change costs something. */
  CHANGE_IS_TO_ANOTHER("a change is to another arrangement than the one that serves"),
  /** It watches unless there is a reason to rest. */
  RESTS_BEHIND_CHANGE("it rests behind a change, or one that could not be made, and only then"),
  /** What drains stays as it is. */
  NOTHING_BEHIND_STOP("once told to stop it neither looks nor changes anything"),
  /** A server that serves is not left to itself. */
  GOES_ON_UNTIL_STOPPED("it ends only where it was told to stop"),
  /** Nothing is left over. */
  STOPS_WITH_SERVER("it stops once its server drains"),
  /** A change that failed, or was somebody else's, is not the last one. */
  WATCHES_AGAIN("it comes back to watching"),
  /** What it is there for. */
  REASON_IS_ACTED_ON("where a rule goes on asking for another arrangement, the server gets it");

  private final String promise;

  AdaptationRule(String promise) {
    this.promise = promise;
  }

  @Override
  public String of() {
    return "governor";
  }

  @Override
  public String promise() {
    return promise;
  }

  @Override
  public String toString() {
    return name() + ": " + promise;
  }
}
