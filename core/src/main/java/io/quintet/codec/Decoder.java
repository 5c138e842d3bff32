package io.quintet.codec;

import org.jspecify.annotations.Nullable;

/**
 * Takes requests out of a connection's bytes. One thread at a time.
 *
 * @param <Q> request
 */
public interface Decoder<Q> {
  /**
   * Takes the next request.
   *
   * <p>Bytes that are not consumed are presented again, in front of those that arrive next, so a
   * decoder need not keep what it has only looked at. How the stream was cut into calls must not
   * change what is decoded.
   *
   * @param in bytes received, at least one
   * @return the request, or null if more bytes are needed
   * @throws ProtocolException if the bytes are no request; the connection ends after the refusal
   */
  @Nullable Q decode(Input in);

  /**
   * Whether nothing is kept of a request that has not been given yet.
   *
   * @return true if the decoder may serve another connection
   */
  boolean idle();

  /**
   * What the peer waits for before it sends the rest of the request that is on its way, such as
   * HTTP's {@code 100 Continue}. It leaves behind the replies that are owed. Asked after each
   * {@link #decode} that gave no request; what was given once is not given again.
   *
   * @return bytes to send, or null for none
   */
  default byte @Nullable [] interim() {
    return null;
  }

  /**
   * Whether the request that is on its way has said what it is, and what is missing is content. A
   * head must arrive within the time for a request; content may take longer, as long as it comes
   * fast enough.
   *
   * @return false where requests have no head, or it has not arrived
   */
  default boolean hasHead() {
    return false;
  }

  /**
   * Whether what comes next is content of a request that was given already. It is taken also where
   * as many replies are owed as may be. Where it ends, {@link #decode} gives null though more may
   * have arrived, and is asked again if another request may come.
   *
   * @return false where requests are given whole
   */
  default boolean hasGiven() {
    return false;
  }

  /**
   * Whether what has arrived is left until who handles a request wants more of its content. The
   * connection is not read meanwhile; {@link Peer#wake()} ends that. Nothing is held back once the
   * request is answered.
   *
   * @return false where requests are given whole
   */
  default boolean isHolding() {
    return false;
  }

  /**
   * Whether content of a request that was given has not arrived, and none that has is held back:
   * the client is held to its pace then, and not the handler.
   *
   * @return false where requests are given whole
   */
  default boolean isStarving() {
    return false;
  }

  /**
   * A refusal of the request that is on its way, or has not begun to come: it was too slow, say. It
   * says what of that request its answer depends on, as those do that {@link #decode} throws.
   *
   * @param cause what is wrong
   * @return the same, unless the answer depends on the request
   */
  default ProtocolException refusing(ProtocolException cause) {
    return cause;
  }

  /** No more bytes will come, or none will be taken. Called once or more, before the last. */
  default void end() {
    // a request that is not whole is nobody's yet
  }
}
