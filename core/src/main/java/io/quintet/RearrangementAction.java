package io.quintet;

/** The actions of {@code specs/machines/rearrangement.json}. */
enum RearrangementAction {
  PLAN,
  REFUSE,
  PREPARE,
  SHARE,
  OPEN,
  STEER,
  LEAVE,
  MOVE,
  SETTLE,
  UNDO,
  END
}
