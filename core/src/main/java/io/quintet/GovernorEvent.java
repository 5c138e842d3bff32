package io.quintet;

/** The events of {@code specs/machines/governor.json}. */
enum GovernorEvent {
  LOOK,
  STOP,
  SETTLED,
  DUE,
  DISPLACED,
  CHANGED,
  FAILED,
  TOO_SOON,
  RESTED
}
