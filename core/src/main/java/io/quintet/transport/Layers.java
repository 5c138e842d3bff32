package io.quintet.transport;

import io.quintet.codec.Peer;
import io.quintet.kernel.Computers;
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
 * @param own a layer of a user's own, behind that
 * @param engines makes the server's side of TLS for a connection, by a thread of {@code
 *     handshakes}; empty where none is secured
 * @param handshakes compute the steps of TLS handshakes
 * @param computers runs the steps of a user's own layer, which may wait, on other threads than the
 *     loops'
 */
public record Layers(
    boolean proxied,
    Optional<LayerKind<?, ?>> own,
    Optional<Function<Peer, SSLEngine>> engines,
    Computers handshakes,
    Executor computers) {

  /**
   * Whether all that is said is encrypted.
   *
   * @return whether TLS is among them
   */
  public boolean areSecured() {
    return engines.isPresent();
  }

  /**
   * Whether nothing is said in the protocol's own words before they have come.
   *
   * @return whether a layer of a user's own or TLS is among them
   */
  public boolean areGuarded() {
    return own.isPresent() || areSecured();
  }

  /**
   * Whether requests come at once.
   *
   * @return whether there are none
   */
  public boolean areNone() {
    return !proxied && own.isEmpty() && engines.isEmpty();
  }

  /**
   * Begins those of one more connection.
   *
   * @param peer its peer
   * @param owner whom they are of
   * @param roomBytes bytes that may be received before they are taken
   * @return what comes first
   */
  public Transport begin(Peer peer, Transport.Owner owner, int roomBytes) {
    List<Layer> layers = new ArrayList<>(3);
    if (proxied) {
      layers.add(new ProxyHeader());
    }
    own.ifPresent(each -> layers.add(each.begin(peer, computers, owner)));
    engines.ifPresent(each -> layers.add(new Handshake(each, peer, handshakes)));
    return new Transport(layers, owner, roomBytes);
  }
}
