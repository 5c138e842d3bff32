package io.quintet.codec;

import org.jspecify.annotations.Nullable;

/**
 * Takes requests out of a connection's bytes. One thread at a time.
 *
 * @param <Q> request
 */
public interface Decoder<Q> {
  /**
   * Where a decoder is in the stream of requests. One that gives requests whole has the first three
   * alone.
   */
  enum Outcome {
    /** Nothing is kept of a request that has not been given: it may serve another connection. */
    IDLE,

    /**
     * A request is on its way and has not said what it is. Its head must arrive within the time for
     * a request.
     */
    NEED_HEAD,

    /**
     * It has, and what is missing is content, which may take longer as long as it comes fast
     * enough. It is given once it is whole.
     */
    NEED_CONTENT,

    /**
     * Content of a request that was given has not arrived, and none that has is held back: the
     * client is held to its pace, and not the handler.
     */
    STARVING,

    /**
     * What has arrived is left until who handles a request that was given wants more of its
     * content. The connection is not read meanwhile; {@link Peer#wake()} ends that. Nothing is held
     * back once the request is answered.
     */
    HOLDING,

    /** Content of a request that was given comes, and nobody waits for it. */
    PASSING,

    /** A request that was given has no content after all: {@link #decode} goes on behind it. */
    WITHOUT_CONTENT,

    /** The last request has come; what follows it is dropped. */
    ENDED;

    /**
     * Whether what comes next belongs to a request that was given. It is taken also where as many
     * replies are owed as may be. Where it ends, {@link #decode} gives null though more may have
     * arrived, and is asked again if another request may come.
     *
     * @return false where requests are given whole
     */
    public boolean isOfGiven() {
      return switch (this) {
        case STARVING, HOLDING, PASSING, WITHOUT_CONTENT -> true;
        case IDLE, NEED_HEAD, NEED_CONTENT, ENDED -> false;
      };
    }

    /**
     * Whether nothing of a request is kept that the loop would have to wait for.
     *
     * @return true between two requests
     */
    public boolean isBetween() {
      return switch (this) {
        case IDLE, WITHOUT_CONTENT -> true;
        case NEED_HEAD, NEED_CONTENT, STARVING, HOLDING, PASSING, ENDED -> false;
      };
    }

    /**
     * Whether the request that is on its way has said what it is.
     *
     * @return false where requests have no head, or it has not arrived
     */
    public boolean hasHead() {
      return switch (this) {
        case NEED_CONTENT, STARVING, HOLDING, PASSING, WITHOUT_CONTENT, ENDED -> true;
        case IDLE, NEED_HEAD -> false;
      };
    }
  }

  /**
   * Takes the next request.
   *
   * <p>Bytes that are not consumed are presented again, in front of those that arrive next, so a
   * decoder need not keep what it has only looked at. How the stream was cut into calls must not
   * change what is decoded.
   *
   * @param in bytes received, at least one
   * @return the request, or null if there is none yet; {@link #outcome} says why
   * @throws ProtocolException if the bytes are no request; the connection ends after the refusal
   */
  @Nullable Q decode(Input in);

  /**
   * What decoding has come to: asked after each {@link #decode}, and later where the handler may
   * have changed it meanwhile.
   *
   * @return {@link Outcome#IDLE} always, where what is not consumed is all that a decoder keeps
   */
  Outcome outcome();

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
