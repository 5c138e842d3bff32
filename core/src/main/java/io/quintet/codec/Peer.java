package io.quintet.codec;

import java.net.SocketAddress;
import java.util.Optional;
import javax.net.ssl.SSLSession;

/**
 * Who is at the other end of a connection.
 *
 * <p>It is asked where the handler runs, before it returns. A request that was detached has been
 * asked already, so that its peer may be asked from any thread, at any time.
 */
public interface Peer {
  /** Nobody: bytes that did not come from a connection. */
  Peer NONE =
      new Peer() {
        @Override
        public Optional<SocketAddress> address() {
          return Optional.empty();
        }

        @Override
        public Optional<SSLSession> session() {
          return Optional.empty();
        }
      };

  /**
   * Its address, getpeername(2), or the one that a proxy before the server has told of (option
   * {@code proxyProtocol}). The kernel is asked once a connection.
   *
   * @return an {@link java.net.InetSocketAddress}, or a {@link java.net.UnixDomainSocketAddress};
   *     empty if the connection is gone
   */
  Optional<SocketAddress> address();

  /**
   * What secures the connection.
   *
   * @return the TLS session; empty for a plain connection
   */
  Optional<SSLSession> session();
}
