package io.quintet.codec;

import java.net.SocketAddress;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Nobody, with what a codec keeps for it. */
final class Unconnected implements Peer {
  private @Nullable Object attachment;

  @Override
  public Optional<SocketAddress> address() {
    return Optional.empty();
  }

  @Override
  public @Nullable Object attachment() {
    return attachment;
  }

  @Override
  public void attach(Object value) {
    attachment = value;
  }

  @Override
  public void wake() {
    // who has its bytes asks anyway
  }

  @Override
  public Optional<SSLSession> session() {
    return Optional.empty();
  }
}
