package io.quintet.connection;

import java.net.SocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Addresses of a connection, where they are known. */
record Ends(@Nullable SocketAddress peer, @Nullable SocketAddress local) {
  static final Ends UNKNOWN = new Ends(null, null);

  static @Nullable SocketAddress jdk(Optional<io.quintet.ffi.SocketAddress> address) {
    return address.map(io.quintet.ffi.SocketAddress::toJdk).orElse(null);
  }
}
