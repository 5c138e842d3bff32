package io.quintet.specs.explore.model;

/** What may happen in some bounds and not in others. */
public enum May {
  /** Clients fall silent, or a handler never answers, so that deadlines end their connections. */
  FALL_SILENT,
  /** The server drains at any time, and not only when all clients are done. */
  DRAIN_EARLY,
  /** The drain's deadline passes. */
  ABORT,
  /** Handlers answer after they return. */
  ANSWER_LATE,
  /** A request is its connection's last. */
  BE_LAST,
  /** A reply comes in two parts. */
  COME_IN_PARTS,
  /** A request is handled before its second half has come. */
  FOLLOW_LATER,
  /** A request comes whole. */
  COME_WHOLE,
  /** A turn has several events. */
  COME_TOGETHER,
  /** A turn leaves mail over. */
  STAY,
  /** Connections are so old that the next reply may be their last. */
  BE_OLD,
  /** The listeners are left to another server that takes over. */
  BE_LEFT,
  /** A proxy's header or a TLS handshake comes before requests. */
  SHAKE_HANDS,
  /** There are as many connections where there are several threads or processes. */
  COME_BESIDE,
  /** A connection goes from one loop to another. */
  MOVE,
  /** The first request begins a WebSocket. */
  CONVERSE,
  /** Any thread sends by a WebSocket, once. */
  BROADCAST,
  /** A WebSocket has more to say than in one turn, and its peer is not read meanwhile. */
  SAY_MUCH
}
