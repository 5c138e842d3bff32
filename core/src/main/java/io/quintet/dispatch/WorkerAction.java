package io.quintet.dispatch;

enum WorkerAction {
  TAKE,
  EXECUTE,
  POLL,
  PARK,
  DOZE,
  SLEEP,
  FAIL,
  STOP
}
