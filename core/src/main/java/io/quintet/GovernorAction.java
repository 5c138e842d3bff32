package io.quintet;

/** The actions of {@code specs/machines/governor.json}. */
enum GovernorAction {
  OBSERVE,
  REARRANGE,
  REST,
  WAIT,
  END
}
