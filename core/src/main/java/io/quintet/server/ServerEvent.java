package io.quintet.server;

/** The events of {@code specs/machines/server.json}. */
enum ServerEvent {
  STARTED,
  START_FAILED,
  DRAIN,
  LOOP_ADDED,
  LOOP_RETIRED,
  LOOP_STOPPED,
  WORKER_RETIRED,
  WORKER_STOPPED,
  LOOPS_STOPPED,
  ALL_STOPPED,
  AFTER_DRAIN,
  NOW,
  DELAYED,
  AFTER_DRAIN_DELAY
}
