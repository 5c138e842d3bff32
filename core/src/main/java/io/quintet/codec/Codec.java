package io.quintet.codec;

import java.util.List;

/**
 * A protocol: turns bytes into requests and replies into bytes. Stateless; any thread may call it.
 *
 * @param <Q> request
 * @param <R> reply
 */
public interface Codec<Q, R> {
  /**
   * The protocol's name.
   *
   * @return for example {@code http}
   */
  String name();

  /**
   * A new decoder. It serves one connection at a time, and another one where it is {@link
   * Decoder.Outcome#IDLE}.
   *
   * @return the decoder
   */
  Decoder<Q> decoder();

  /**
   * A new encoder. It serves all connections of one loop.
   *
   * @return the encoder
   */
  Encoder<Q, R> encoder();

  /**
   * What is spoken, by the names under which TLS negotiates it (ALPN, RFC 7301).
   *
   * @return names, the preferred one first; empty for no negotiation
   */
  default List<String> applicationProtocols() {
    return List.of();
  }

  /**
   * Whether the client asked that no request follow this one, so that the connection ends after its
   * reply.
   *
   * @param request a request of this codec
   * @return false unless the protocol has such requests
   */
  default boolean isLast(Q request) {
    return false;
  }

  /**
   * Whether the loop itself runs the handler for this request where others go to workers: for
   * health checks, which must be answered while every worker is busy. The handler must not block
   * then.
   *
   * @param request a request of this codec
   * @return false unless the protocol has such requests
   */
  default boolean isInline(Q request) {
    return false;
  }

  /**
   * Whether the request changes what those behind it on its connection find, so that it is handled
   * after the one before it and before the one behind it, also where several workers could handle
   * them at once. Where handlers answer later, they are called in that order.
   *
   * @param request a request of this codec
   * @return false unless the protocol has such requests
   */
  default boolean isOrdered(Q request) {
    return false;
  }

  /**
   * A request that outlives the read buffer. A decoder may give a borrowed view of the buffer,
   * valid until the handler returns; a request that leaves the loop is detached first.
   *
   * @param request a request of this codec
   * @return the same request unless it was borrowed
   */
  default Q detach(Q request) {
    return request;
  }

  /**
   * Kinds of replies that are counted apart, such as HTTP's classes of status codes. Its encoder
   * tells them by {@link Output#kind(int)}.
   *
   * @return names, always the same; empty where none are
   */
  default List<String> replyKinds() {
    return List.of();
  }

  /**
   * Names a request in logs and events, without what may be secret in it.
   *
   * @param request a request of this codec
   * @return a few words, such as HTTP's {@code GET /path}
   */
  default String describe(Q request) {
    return "a request of " + name();
  }

  /**
   * Releases what a reply holds that will not be encoded: its connection has ended before its turn
   * came, or it was answered in the handler's place, or the encoder threw. Any thread.
   *
   * @param reply a reply of this codec
   */
  default void drop(R reply) {}
}
