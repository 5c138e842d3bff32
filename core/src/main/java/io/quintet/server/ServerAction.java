package io.quintet.server;

/** The actions of {@code specs/machines/server.json}. */
enum ServerAction {
  DELAY,
  DRAIN,
  ABORT,
  STOP_WORKERS,
  RELEASE
}
