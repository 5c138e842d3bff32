package io.quintet.reactor;

/** The actions of {@code specs/machines/loop.json}. */
public enum LoopAction {
  DELIVER,
  EXPIRE,
  AWAIT,
  DISPATCH,
  RESUME,
  FLUSH,
  FAIL,
  STOP
}
