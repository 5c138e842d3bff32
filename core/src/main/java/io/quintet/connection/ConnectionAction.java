package io.quintet.connection;

/** The actions of {@code specs/machines/connection.json}. */
public enum ConnectionAction {
  READ,
  READ_ON,
  RECEIVE,
  HANDSHAKE,
  DECODE,
  HANDLE,
  PLACE,
  REPLY,
  ANSWER,
  REFUSE,
  JUDGE,
  GIVE_UP,
  REFUSE_LATE,
  KEEP_ALIVE,
  CONCLUDE,
  FINISH,
  FLUSH,
  RELIEVE,
  YIELD_TURN,
  END_OUTPUT,
  LINGER,
  DISCARD,
  DEPART,
  REMEMBER,
  ARRIVE,
  CLOSE
}
