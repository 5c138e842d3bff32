package io.quintet.specs.explore.engine;

import io.quintet.specs.Rule;

/** What holds of every model, whatever its machines are. */
public enum GeneralRule implements Rule {
  /** A machine is never at a loss. */
  TRANSITION_FOR_EACH_EVENT("every machine has a transition for what happens to it"),
  /** An action can be performed where a machine performs it. */
  OUTCOME_FOR_EACH_ACTION("an action has something to do where a machine performs it"),
  /** An action is over some time. */
  ACTIONS_END("what follows from an event at once comes to an end");

  private final String promise;

  GeneralRule(String promise) {
    this.promise = promise;
  }

  @Override
  public String of() {
    return "all";
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
