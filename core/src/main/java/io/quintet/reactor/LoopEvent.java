package io.quintet.reactor;

/** The events of {@code specs/machines/loop.json}. */
public enum LoopEvent {
  TURN,
  DELIVERED,
  EXPIRED,
  EVENTS,
  QUIET,
  DISPATCHED,
  RESUMED,
  FLUSHED,
  EMPTY,
  FAILED
}
