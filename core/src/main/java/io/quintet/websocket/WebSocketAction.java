package io.quintet.websocket;

/** The actions of {@code specs/machines/websocket.json}. */
enum WebSocketAction {
  OPEN,
  DELIVER,
  PONG,
  HEARD,
  ANSWER,
  FAIL,
  TELL
}
