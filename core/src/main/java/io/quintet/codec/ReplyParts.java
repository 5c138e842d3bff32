package io.quintet.codec;

import java.util.concurrent.Flow;

/**
 * What is left of a reply that comes in parts, such as a body that is made while it is sent. The
 * parts are subscribed to once the reply's turn on its connection has come, and each is asked for
 * when the one before it is encoded and the client has taken enough of what went before; so a slow
 * client holds up who publishes, and no queue grows.
 *
 * <p>The methods are called on the loop's thread; the publisher may publish on any thread.
 */
public interface ReplyParts {
  /**
   * Who publishes the parts.
   *
   * @return the publisher, subscribed to once; cancelled where the connection ends before the reply
   */
  Flow.Publisher<byte[]> publisher();

  /**
   * Writes a part. If it throws, the connection ends.
   *
   * @param part what was published
   * @param out where to
   */
  void encode(byte[] part, Output out);

  /**
   * Writes what stands behind the last part. If it throws, the connection ends.
   *
   * @param out where to
   */
  void encodeEnd(Output out);

  /** Releases what is held, in place of all else: the connection has ended before the turn came. */
  default void drop() {}
}
