package io.quintet.websocket;

/**
 * Whether messages are compressed where the peer offers it: permessage-deflate, RFC 7692, with
 * {@code java.util.zip}. Its windows have 15 bits; an offer of which the server is to keep a
 * smaller one is declined.
 */
public enum WebSocketDeflate {
  /** Messages are never compressed. */
  OFF,

  /**
   * Each message is compressed by itself, in both directions (server_no_context_takeover and
   * client_no_context_takeover). A WebSocket between messages takes no memory for it, and a message
   * that goes to many WebSockets is compressed once.
   */
  MESSAGES,

  /**
   * A message may repeat parts of those before it, unless the peer asks otherwise. That saves most
   * with many small messages of one form, and takes about 280 KiB of native memory for each
   * WebSocket as long as it lives.
   */
  CONTEXT
}
