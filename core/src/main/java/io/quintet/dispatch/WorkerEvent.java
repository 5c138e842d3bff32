package io.quintet.dispatch;

enum WorkerEvent {
  TURN,
  TAKEN,
  NOTHING,
  EXECUTED,
  LAST,
  POLL_AGAIN,
  POLLED_OUT,
  FOUND,
  PARKED,
  MAIL,
  DOZED,
  WOKEN,
  FAILED
}
