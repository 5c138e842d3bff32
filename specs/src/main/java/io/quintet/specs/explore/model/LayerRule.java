package io.quintet.specs.explore.model;

import io.quintet.specs.Rule;

/** What holds of a transport layer, whatever it does. */
public enum LayerRule implements Rule {
  /** Nobody is let in who was not checked. */
  REPORTED_BEFORE("where a state has an invariant, its outcomes were reported before");

  private final String promise;

  LayerRule(String promise) {
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
