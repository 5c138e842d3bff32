package io.quintet.loop;

enum WorkerAction {
  TAKE,
  EXECUTE,
  POLL,
  DOZE,
  SLEEP,
  FAIL,
  STOP
}
