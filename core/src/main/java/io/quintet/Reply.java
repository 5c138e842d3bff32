package io.quintet;

/**
 * The place for one reply. Any thread may fill it, once; where the connection has ended meanwhile
 * the reply is dropped.
 *
 * @param <R> reply
 */
public interface Reply<R> {
  /**
   * Answers the request.
   *
   * @param value its reply
   * @throws IllegalStateException if the request was answered before
   */
  void send(R value);

  /**
   * Ends the request with the protocol's own error.
   *
   * @param cause why there is no reply
   * @throws IllegalStateException if the request was answered before
   */
  void fail(Throwable cause);
}
