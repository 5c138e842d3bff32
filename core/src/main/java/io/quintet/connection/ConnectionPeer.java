package io.quintet.connection;

import io.quintet.codec.Peer;
import io.quintet.codec.Session;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Registration;
import io.quintet.specs.Transitions;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What codecs and handlers may ask of a connection. */
abstract class ConnectionPeer extends Registration<ConnectionEvent, ConnectionAction>
    implements Peer {
  /** Its ends, once somebody asked for one or a proxy said it. One field, for what waits idle. */
  @Nullable Ends ends;

  /** What it carries in place of requests, once its protocol was changed. */
  @Nullable Session session;

  /** Whether it has left a loop that drained. */
  boolean hasDrained;

  /** What the codec keeps for it. */
  private @Nullable Object attachment;

  ConnectionPeer(LoopContext loop, Transitions<ConnectionEvent, ConnectionAction> transitions) {
    super(loop, transitions);
  }

  /** The same object for the same address, where others have it too. */
  abstract @Nullable SocketAddress shared(@Nullable SocketAddress address);

  @Override
  public Optional<SocketAddress> address() {
    Ends known = Objects.requireNonNullElse(ends, Ends.UNKNOWN);
    if (known.peer() == null && !isEnded()) {
      known = new Ends(Ends.jdk(loop.kernel().peer(fd())), known.local());
      ends = known;
    }
    return Optional.ofNullable(known.peer());
  }

  @Override
  public Optional<SocketAddress> local() {
    Ends known = Objects.requireNonNullElse(ends, Ends.UNKNOWN);
    if (known.local() == null && !isEnded()) {
      known = new Ends(known.peer(), shared(Ends.jdk(loop.kernel().local(fd()))));
      ends = known;
    }
    return Optional.ofNullable(known.local());
  }

  @Override
  public @Nullable Object attachment() {
    return attachment;
  }

  @Override
  public void attach(Object value) {
    attachment = value;
  }
}
