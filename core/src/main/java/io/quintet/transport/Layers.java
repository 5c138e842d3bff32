package io.quintet.transport;

import io.quintet.codec.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;

/**
 * What comes before the requests of a server's connections. Any thread.
 *
 * @param proxied whether a proxy's header does
 * @param engines makes the server's side of TLS for a connection, by a thread of {@code computers};
 *     empty where none is secured
 * @param computers runs the steps of handshakes, on other threads than the loops'
 */
public record Layers(
    boolean proxied, Optional<Function<Peer, SSLEngine>> engines, Executor computers) {

  /**
   * Whether all that is said is encrypted.
   *
   * @return whether TLS is among them
   */
  public boolean areSecured() {
    return engines.isPresent();
  }

  /**
   * Whether requests come at once.
   *
   * @return whether there are none
   */
  public boolean areNone() {
    return !proxied && engines.isEmpty();
  }

  /**
   * Begins those of one more connection.
   *
   * @param peer its peer
   * @param owner whom they are of
   * @return what comes first
   */
  public Transport begin(Peer peer, Transport.Owner owner) {
    List<Layer> layers = new ArrayList<>(2);
    if (proxied) {
      layers.add(new ProxyHeader());
    }
    engines.ifPresent(each -> layers.add(new Handshake(each, peer, computers)));
    return new Transport(layers, owner);
  }
}
