package io.quintet.loop;

/** The actions of {@code specs/machines/loop.json}. */
enum LoopAction {
  DELIVER,
  EXPIRE,
  AWAIT,
  DISPATCH,
  RESUME,
  FLUSH,
  FAIL,
  STOP
}
