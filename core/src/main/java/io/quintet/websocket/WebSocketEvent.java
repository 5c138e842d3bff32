package io.quintet.websocket;

/** The events of {@code specs/machines/websocket.json}. */
enum WebSocketEvent {
  OPEN,
  DATA,
  CONTINUATION,
  COMPLETE,
  PING,
  PONG,
  CLOSE,
  MALFORMED,
  CLOSE_WRITTEN,
  LOST
}
