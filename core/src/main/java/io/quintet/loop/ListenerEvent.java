package io.quintet.loop;

/** The events of {@code specs/machines/listener.json}. */
enum ListenerEvent {
  READABLE,
  HANGUP,
  CONNECTION_CLOSED,
  DRAIN,
  ABORT,
  AFTER_ACCEPT_PAUSE,
  ACCEPTED,
  PLACED,
  WOULD_BLOCK,
  BUDGET_SPENT,
  RETRY,
  LIMIT,
  FAILED
}
