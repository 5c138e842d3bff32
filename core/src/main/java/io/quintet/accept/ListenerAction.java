package io.quintet.accept;

/** The actions of {@code specs/machines/listener.json}. */
enum ListenerAction {
  ACCEPT,
  PLACE,
  SHED,
  YIELD_PLACE,
  QUEUE,
  PAUSE,
  COUNT_DOWN,
  FAIL,
  CLOSE
}
