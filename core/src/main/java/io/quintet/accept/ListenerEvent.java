package io.quintet.accept;

/** The events of {@code specs/machines/listener.json}. */
public enum ListenerEvent {
  READABLE,
  HANGUP,
  TURN,
  ROOM,
  DRAIN,
  ABORT,
  AFTER_ACCEPT_PAUSE,
  AGAIN,
  DUE,
  ACCEPTED,
  PLACED,
  NOWHERE,
  NOBODY,
  WOULD_BLOCK,
  BUDGET_SPENT,
  YIELDED,
  RETRY,
  LIMIT,
  OTHERS_FIRST,
  BEHIND,
  IN_VAIN,
  OVERFLOW,
  SHED,
  FAILED
}
