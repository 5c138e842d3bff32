package io.quintet.codec;

/**
 * Turns replies into bytes. One thread at a time.
 *
 * @param <Q> request
 * @param <R> reply
 */
public interface Encoder<Q, R> {
  /**
   * Writes a reply. If it throws, the request has failed as if its handler had thrown, unless a
   * part of the reply has been sent already; the reply is dropped, and the connection ends.
   *
   * @param request what is answered
   * @param reply its reply
   * @param out where to
   */
  void encode(Q request, R reply, Output out);

  /**
   * Writes the protocol's own error for a handler that failed.
   *
   * @param request what cannot be answered
   * @param failure why
   * @param out where to
   */
  void encodeFailure(Q request, Throwable failure, Output out);

  /**
   * Writes the answer to bytes that are no request; the connection ends after it.
   *
   * @param refusal what is wrong with them
   * @param out where to
   */
  void encodeRefusal(ProtocolException refusal, Output out);
}
