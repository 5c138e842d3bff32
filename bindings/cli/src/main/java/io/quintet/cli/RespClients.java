package io.quintet.cli;

import io.quintet.codec.Peer;
import io.quintet.resp.RespReply;
import java.util.Map;
import java.util.WeakHashMap;

/** What a {@link RespStore} knows of its clients, as long as their connections last. Any thread. */
final class RespClients {
  private static final byte[] NAMELESS = {};

  private record Client(long id, byte[] name, int version) {}

  private final Map<Peer, Client> clients = new WeakHashMap<>();
  private long lastId;

  /** A number that no other connection of this store has. */
  synchronized long id(Peer peer) {
    return of(peer).id;
  }

  /** The name that was given, or nil. */
  synchronized RespReply name(Peer peer) {
    byte[] name = of(peer).name;
    return name.length == 0 ? RespReply.NIL : new RespReply.Bulk(name);
  }

  /** Gives a name, or takes it if it is empty; false if it has other characters than it may. */
  synchronized boolean name(Peer peer, byte[] name) {
    for (byte b : name) {
      if (b < '!' || b > '~') {
        return false;
      }
    }
    clients.put(peer, new Client(of(peer).id, name, of(peer).version));
    return true;
  }

  /** The version of the protocol that was agreed last: the replies to that may be on their way. */
  synchronized int version(Peer peer) {
    return of(peer).version;
  }

  synchronized void agree(Peer peer, int version) {
    clients.put(peer, new Client(of(peer).id, of(peer).name, version));
  }

  private Client of(Peer peer) {
    return clients.computeIfAbsent(peer, _ -> new Client(++lastId, NAMELESS, 2));
  }
}
