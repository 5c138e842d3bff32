package io.quintet.loop;

/** The events of {@code specs/machines/loop.json}. */
enum LoopEvent {
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
