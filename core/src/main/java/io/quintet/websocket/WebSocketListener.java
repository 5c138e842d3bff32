package io.quintet.websocket;

/**
 * The user's code for a WebSocket. Called one call at a time for each WebSocket, in order, where
 * the topology runs handlers: on the loop that owns the connection, which it must not block, or on
 * a worker. What it throws ends its WebSocket alone, with code 1011.
 */
@FunctionalInterface
public interface WebSocketListener {
  /**
   * A message has come.
   *
   * @param socket from whom
   * @param message the message
   * @throws Exception anything
   */
  void message(WebSocket socket, WebSocketMessage message) throws Exception;

  /**
   * The WebSocket is open. The first call.
   *
   * @param socket to whom may be sent from now on
   * @throws Exception anything
   */
  default void opened(WebSocket socket) throws Exception {}

  /**
   * The WebSocket has ended. The last call.
   *
   * @param socket which one
   * @param code the peer's, RFC 6455 §7.4: 1000 where all is well, 1005 where it gave none, 1006
   *     where the connection was lost; or ours, where the peer broke the protocol
   * @param reason what the peer says, often empty
   * @throws Exception anything
   */
  default void closed(WebSocket socket, int code, String reason) throws Exception {}

  /**
   * Another of these methods has thrown. {@link #closed} follows.
   *
   * @param socket which one
   * @param cause what was thrown
   * @throws Exception anything
   */
  default void failed(WebSocket socket, Throwable cause) throws Exception {}

  /**
   * The peer has taken enough of what was queued, after {@link WebSocket#send} said that it was too
   * much.
   *
   * @param socket which one
   * @throws Exception anything
   */
  default void writable(WebSocket socket) throws Exception {}

  /**
   * A pong has come.
   *
   * @param socket from whom
   * @param payload what the ping said
   * @throws Exception anything
   */
  default void ponged(WebSocket socket, byte[] payload) throws Exception {}
}
