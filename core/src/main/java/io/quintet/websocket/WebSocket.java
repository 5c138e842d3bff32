package io.quintet.websocket;

import io.quintet.http.HttpRequest;
import java.util.concurrent.Executor;

/**
 * The server's end of a WebSocket. Any thread may call, at any time; what is sent leaves in the
 * order in which it was sent. Nothing blocks: what the peer does not take is queued.
 */
public interface WebSocket {
  /**
   * Sends a message. Behind the end of the WebSocket it goes nowhere.
   *
   * @param message the message
   * @return whether more may be sent at once; if not, {@link WebSocketListener#writable} tells
   *     when. Who goes on nevertheless has the WebSocket closed with code 1008 once more than
   *     {@link WebSocketSettings#queueBytesMax()} are queued
   */
  boolean send(WebSocketMessage message);

  /**
   * Sends a text.
   *
   * @param text its characters
   * @return as {@link #send}
   */
  default boolean sendText(String text) {
    return send(WebSocketMessage.text(text));
  }

  /**
   * Sends bytes.
   *
   * @param bytes bytes, not to be changed afterwards
   * @return as {@link #send}
   */
  default boolean sendBinary(byte[] bytes) {
    return send(WebSocketMessage.binary(bytes));
  }

  /**
   * Sends a ping; {@link WebSocketListener#ponged} tells of the answer.
   *
   * @param payload what the answer is to repeat, at most 125 bytes
   * @throws IllegalArgumentException if it is longer
   */
  void ping(byte[] payload);

  /**
   * Closes the WebSocket behind what was sent before. What the peer sends from now on goes nowhere
   * but for its own close frame, which {@link WebSocketListener#closed} tells of. A second call
   * does nothing.
   *
   * @param code 1000 to 4999 as RFC 6455 §7.4 allows it to be sent: 1000 where all is well
   * @param reason why, at most 123 bytes in UTF-8
   * @throws IllegalArgumentException if that may not be sent
   */
  void close(int code, String reason);

  /**
   * Whether messages that are sent may arrive: no end was sent or has come.
   *
   * @return whether it is open
   */
  boolean isOpen();

  /**
   * What waits to be sent.
   *
   * @return bytes, beside those that the connection has taken
   */
  long queuedBytes();

  /**
   * What was agreed on.
   *
   * @return the subprotocol, or empty
   */
  String subprotocol();

  /**
   * The request with which it began.
   *
   * @return the request
   */
  HttpRequest request();

  /**
   * The thread of the loop that owns the connection.
   *
   * @return runs tasks in the order in which they are given; they must not block
   */
  Executor owner();
}
