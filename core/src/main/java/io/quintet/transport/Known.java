package io.quintet.transport;

import io.quintet.codec.Peer;
import java.net.SocketAddress;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A peer that was asked for its addresses, so that another thread may ask, for as long as the
 * connection waits for it.
 */
record Known(Optional<SocketAddress> address, Optional<SocketAddress> local, Peer peer)
    implements Peer {
  static Known of(Peer peer) {
    return new Known(peer.address(), peer.local(), peer);
  }

  @Override
  public @Nullable Object attachment() {
    return peer.attachment();
  }

  @Override
  public void attach(Object value) {
    peer.attach(value);
  }

  @Override
  public void wake() {
    peer.wake();
  }

  @Override
  public Optional<SSLSession> session() {
    return Optional.empty(); // nothing is agreed yet
  }
}
