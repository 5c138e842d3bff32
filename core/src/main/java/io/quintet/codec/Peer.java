package io.quintet.codec;

import java.net.SocketAddress;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a connection.
 *
 * <p>It is asked where the handler runs, before it returns. A request that was detached has been
 * asked already, so that its peer may be asked from any thread, at any time.
 */
public interface Peer {
  /**
   * Nobody: for bytes that do not come from a connection, when a codec is tried.
   *
   * @return a peer without an address, for which something may be kept
   */
  static Peer unconnected() {
    return new Unconnected();
  }

  /**
   * Its address, getpeername(2), or the one that a proxy before the server has told of (option
   * {@code proxyProtocol}). The kernel is asked once a connection.
   *
   * @return an {@link java.net.InetSocketAddress}, or a {@link java.net.UnixDomainSocketAddress};
   *     empty if the connection is gone
   */
  Optional<SocketAddress> address();

  /**
   * This end of the connection, getsockname(2): the address to which the client connected, also
   * where the server listens on all. The kernel is asked once a connection.
   *
   * @return an {@link java.net.InetSocketAddress}, or a {@link java.net.UnixDomainSocketAddress};
   *     empty if the connection is gone
   */
  default Optional<SocketAddress> local() {
    return Optional.empty();
  }

  /**
   * What the codec keeps for the connection, such as the version of the protocol that was agreed.
   * Its decoder and encoder alone ask for it, on the loop's thread.
   *
   * @return what was attached last, or null
   */
  @Nullable Object attachment();

  /**
   * Keeps something for the connection, as long as that lasts.
   *
   * @param value anything
   */
  void attach(Object value);

  /**
   * Has its decoder asked again, where that held back what has arrived: see {@link
   * Decoder.Outcome#HOLDING}. Unlike all else, any thread may call this at any time.
   */
  void wake();

  /**
   * What secures the connection.
   *
   * @return the TLS session; empty for a plain connection
   */
  Optional<SSLSession> session();
}
