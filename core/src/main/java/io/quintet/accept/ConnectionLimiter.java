package io.quintet.accept;

import io.quintet.ffi.SocketAddress;
import io.quintet.kernel.Kernel;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many connections a process has, together and from each peer address, beside how many it may
 * have, and which listeners wait for one of them to end. Any thread. Nothing is counted where there
 * is no limit.
 */
public final class ConnectionLimiter {
  private final int connectionsMax;
  private final int peerConnectionsMax;
  private final AtomicInteger open = new AtomicInteger();
  private final Map<String, Integer> ofPeer = new ConcurrentHashMap<>();

  private final DescriptorLine line = new DescriptorLine();

  /** Listeners of one socket for which several loops wait. */
  private final Set<Listener> sharing = ConcurrentHashMap.newKeySet();

  /** Whose a descriptor is. */
  private final Map<Integer, String> peers = new ConcurrentHashMap<>();

  /**
   * No connections yet.
   *
   * @param connectionsMax connections of all peers; 0 is no limit
   * @param peerConnectionsMax connections of one peer address; 0 is no limit
   */
  public ConnectionLimiter(int connectionsMax, int peerConnectionsMax) {
    this.connectionsMax = connectionsMax;
    this.peerConnectionsMax = peerConnectionsMax;
  }

  /** A descriptor of the process was closed. */
  public void descriptorFreed() {
    line.descriptorFreed();
  }

  /** Listeners that wait for a descriptor. */
  DescriptorLine line() {
    return line;
  }

  /** A listener shares its socket with those of other loops. */
  void shares(Listener listener) {
    sharing.add(listener);
  }

  /**
   * A listener shares its socket no more. The kernel may have woken it alone for a connection that
   * it did not take, EPOLLEXCLUSIVE of epoll_ctl(2): the others look again.
   */
  void sharesNoMore(Listener listener) {
    if (sharing.remove(listener)) {
      sharing.forEach(Listener::lookLater);
    }
  }

  /** Counts a connection that was accepted, unless it is one too many. */
  boolean admits(Kernel kernel, int fd) {
    if (connectionsMax > 0 && open.incrementAndGet() > connectionsMax) {
      open.decrementAndGet();
      return false;
    }
    if (peerConnectionsMax > 0 && !admitsPeer(kernel, fd)) {
      leave(1);
      return false;
    }
    return true;
  }

  private boolean admitsPeer(Kernel kernel, int fd) {
    Optional<SocketAddress> address = kernel.peer(fd).map(SocketAddress::unmapped);
    String peer = address.map(SocketAddress::host).orElse(""); // "" for unix sockets
    if (ofPeer.merge(peer, 1, Integer::sum) > peerConnectionsMax) {
      forget(peer);
      return false;
    }
    peers.put(fd, peer);
    return true;
  }

  /** A connection that was counted is about to close its descriptor. */
  public void leaves(int fd) {
    leave(1);
    String peer = peerConnectionsMax > 0 ? peers.remove(fd) : null;
    if (peer != null) {
      forget(peer);
    }
  }

  /** So many connections of another process have ended, which this one counts. */
  void leave(int count) {
    if (connectionsMax > 0) {
      open.addAndGet(-count);
    }
  }

  private void forget(String peer) {
    ofPeer.computeIfPresent(peer, (_, count) -> count == 1 ? null : count - 1);
  }
}
