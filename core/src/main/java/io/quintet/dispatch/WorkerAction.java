package io.quintet.dispatch;

enum WorkerAction {
  TAKE,
  EXECUTE,
  POLL,
  DOZE,
  SLEEP,
  FAIL,
  STOP
}
