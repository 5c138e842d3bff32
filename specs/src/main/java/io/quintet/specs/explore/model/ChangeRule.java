package io.quintet.specs.explore.model;

import io.quintet.specs.Rule;

/** What holds of a server that changes its arrangement. */
public enum ChangeRule implements Rule {
  /** A client is never without anybody who accepts it. */
  SOMEBODY_LISTENS("each listener that is open is accepted from by a loop that stays"),
  /** Loops that nobody knows of any more would be left. */
  MADE_ONCE("the new loops are made once"),
  /** Who asked learns of it. */
  FAILURE_IS_TOLD("a change of which a step failed is not said to be refused"),
  /** Nothing goes back by itself. */
  NOTHING_UNDONE_UNASKED("only a change of which a step failed is undone"),
  /** As if nothing had been asked for. */
  UNDONE_IS_AS_BEFORE("after a change that failed the old loops have all listeners, and stay"),
  /** One arrangement serves, not two. */
  SETTLED_IS_NEW("after a change the new loops have all listeners, and the old ones are to end"),
  /** No loop is left over. */
  EXCHANGED_LOOPS_END("a change ends, every client is served, and loops that were exchanged end");

  private final String promise;

  ChangeRule(String promise) {
    this.promise = promise;
  }

  @Override
  public String of() {
    return "rearrangement";
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
