package io.quintet.accept;

import io.quintet.balance.Balancer;
import io.quintet.connection.ConnectionContext;
import io.quintet.connection.Limits;
import io.quintet.fault.SeededBug;
import io.quintet.kernel.Interleaving;
import io.quintet.metrics.AcceptEvent;
import io.quintet.metrics.Counts.Number;
import io.quintet.metrics.Refusal;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Registration;
import io.quintet.reactor.TurnPhase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of a loop, and where the connections go that it accepts or is given. The loop's
 * thread alone, where nothing else is said.
 */
public final class Acceptor implements ConnectionOwner, TurnPhase {
  private final LoopContext loop;
  private final ConnectionContext<?, ?> connections;
  private final ConnectionLimiter limiter;
  private final Limits limits;
  private final List<Listener> listeners = new ArrayList<>();
  private volatile List<ListenerSocket> sockets = List.of();
  private final CompletableFuture<Void> unlistened = new CompletableFuture<>();

  /** Who gets the connections accepted here; null where they stay. */
  private @Nullable Balancer<ConnectionOwner> owners;

  /** Loops that may still send connections here. */
  private int feeders;

  /** Other servers that ask here for the listeners. */
  private final List<Registration<?, ?>> guests = new ArrayList<>();

  /** A listener that a drain leaves alone. */
  private @Nullable Listener kept;

  /** Told whenever a listener has closed. */
  private Runnable listenerClosed = () -> {};

  private boolean ownerFreed;

  /**
   * No listeners yet.
   *
   * @param loop loop that accepts
   * @param connections those that the loop owns
   * @param limiter counts the connections of the process
   * @param limits what bounds the loop
   */
  public Acceptor(
      LoopContext loop,
      ConnectionContext<?, ?> connections,
      ConnectionLimiter limiter,
      Limits limits) {
    this.loop = loop;
    this.connections = connections;
    this.limiter = limiter;
    this.limits = limits;
  }

  LoopContext loop() {
    return loop;
  }

  ConnectionContext<?, ?> connections() {
    return connections;
  }

  ConnectionLimiter limiter() {
    return limiter;
  }

  Limits limits() {
    return limits;
  }

  /** Listeners of the process that wait for a descriptor. */
  DescriptorLine line() {
    return limiter.line();
  }

  // Listeners.

  /**
   * Takes a listener over, before the first turn.
   *
   * @param fd listening socket, the loop's from now on
   * @param shared whether other loops wait for the same socket
   * @param inherited whether another process has the socket too, or had it before
   * @return 0, or the negated error number; the descriptor is then the caller's again
   */
  public int listen(int fd, boolean shared, boolean inherited) {
    Listener listener = new Listener(this, shared, true, this::place);
    if (inherited) {
      listener.inherit();
    }
    return listen(fd, listener);
  }

  /**
   * Takes a socket over on which processes of the server connect.
   *
   * @param fd listening socket, the loop's from now on
   * @param greet takes each over that has connected
   * @param keeps whether a drain of the loop leaves it alone, until {@link #closeKept}
   * @return 0, or the negated error number; the descriptor is then the caller's again
   */
  public int greet(int fd, IntFunction<ListenerEvent> greet, boolean keeps) {
    Listener listener = new Listener(this, false, false, greet);
    int result = listen(fd, listener);
    if (result == 0 && keeps) {
      kept = listener;
    }
    return result;
  }

  private int listen(int fd, Listener listener) {
    int reserved = listener.keepReserve();
    int result = reserved < 0 ? reserved : listener.open(fd);
    if (result == 0) {
      listeners.add(listener);
      publish();
      if (listener.isShared()) {
        limiter.shares(listener);
      }
    } else {
      listener.giveUpReserve();
    }
    return result;
  }

  private void publish() {
    sockets =
        clientListeners().stream()
            .map(each -> new ListenerSocket(each.fd(), each.isShared()))
            .toList();
  }

  /** Those that accept clients, as other threads may know them. */
  List<ListenerSocket> sockets() {
    return sockets;
  }

  /** Closes what a drain has left alone. */
  public void closeKept() {
    if (kept != null && listeners.contains(kept)) {
      kept.drain();
    }
  }

  /** Who is told whenever a listener has closed. */
  public void whenListenerCloses(Runnable told) {
    listenerClosed = told;
  }

  /** Whether clients can connect. */
  public boolean listensToClients() {
    return lastListener() != null;
  }

  @Nullable Listener lastListener() {
    return listeners.reversed().stream().filter(Listener::isForClients).findFirst().orElse(null);
  }

  void listenerClosed(Listener closed) {
    listeners.remove(closed);
    publish();
    listenerClosed.run();
    if (closed.isShared()) {
      limiter.sharesNoMore(closed);
    }
    if (listeners.isEmpty()) {
      endFeeding();
    }
  }

  /** Nothing is accepted here any more. */
  private void endFeeding() {
    if (unlistened.complete(null) && owners != null) {
      owners.targets().forEach(ConnectionOwner::feederEnded);
    }
  }

  /** Those that accept clients, in the order in which they came. */
  List<Listener> clientListeners() {
    return listeners.stream().filter(Listener::isForClients).toList();
  }

  /** Those for processes of the server. */
  List<Listener> otherListeners() {
    return listeners.stream().filter(listener -> !listener.isForClients()).toList();
  }

  /** Complete when there are no listeners any more. */
  CompletableFuture<Void> unlistened() {
    return unlistened;
  }

  /** What other threads may ask of the listeners. */
  public ListenerAccess access() {
    return new ListenerAccess(this);
  }

  /** Leaves the last of those that accept clients to the loop with which it is shared. */
  void leaveLast() {
    Listener last = lastListener();
    if (last != null) {
      last.drain();
    }
  }

  /** Closes the listeners; none that the kernel has queued is lost. */
  void leaveAll() {
    for (Listener listener : List.copyOf(listeners)) {
      if (SeededBug.QUEUE_CLOSED.isOn()) {
        listener.abort();
      } else {
        listener.drain();
      }
    }
    if (listeners.isEmpty()) {
      endFeeding();
    }
  }

  // Where connections go.

  /**
   * Sends the connections accepted here to others, from before the first turn of any.
   *
   * @param those who will own them
   * @param policy how one is chosen
   */
  public void placeOn(List<? extends ConnectionOwner> those, String policy) {
    owners = new Balancer<>(policy, List.copyOf(those), Integer.MAX_VALUE, 1);
  }

  /** Whether connections stay here that are accepted. */
  public boolean isOwner() {
    return owners == null;
  }

  /** One more loop may send connections here. Before the first turn. */
  public void addFeeder() {
    feeders++;
  }

  /**
   * Another server asks for the listeners: a loop that retires stays until the socket is closed.
   */
  public void guest(Registration<?, ?> socket) {
    guests.removeIf(Registration::isEnded);
    guests.add(socket);
  }

  /** Gives an accepted socket to who will own it. */
  private ListenerEvent place(int fd) {
    ConnectionOwner owner = owners == null ? this : owners.choose();
    if (owner == null) {
      return ListenerEvent.NOWHERE; // backends that are silent or not there yet
    }
    if (!limiter.admits(loop.kernel(), fd)) {
      refuse(fd);
      return ListenerEvent.PLACED;
    }
    if (!owner.take(fd, loop)) {
      limiter.leaves(fd);
      return owner.mayTakeLater() ? ListenerEvent.NOWHERE : ListenerEvent.NOBODY;
    }
    accepted(fd);
    return ListenerEvent.PLACED;
  }

  private void accepted(int fd) {
    loop.metrics().count(Number.ACCEPTED);
    if (AcceptEvent.PROBE.isEnabled()) {
      AcceptEvent event = new AcceptEvent();
      event.loop = loop.name();
      event.descriptor = fd;
      event.commit();
    }
  }

  /** Tells a connection that it is one too many, here, whoever would own it otherwise. */
  private void refuse(int fd) {
    accepted(fd);
    connections.open().incrementAndGet();
    connections.adopt(fd, false);
  }

  /** A connection was accepted to be closed. */
  void shed(int fd) {
    loop.metrics().count(Number.ACCEPTED);
    loop.refused(Refusal.SHED);
  }

  @Override
  public int load() {
    return connections.open().get();
  }

  @Override
  public boolean take(int fd, LoopContext from) {
    connections.open().incrementAndGet();
    if (from == loop) {
      connections.adopt(fd, true);
      return true;
    }
    if (SeededBug.LATE_COUNT.isOn()) {
      connections.open().decrementAndGet();
    }
    Interleaving.point();
    boolean posted = loop.post(new Handoff(this, fd));
    if (!posted) {
      connections.open().decrementAndGet();
    }
    return posted;
  }

  @Override
  public boolean mayTakeLater() {
    return false; // it takes all until it stops
  }

  @Override
  public void feederEnded() {
    loop.order(() -> feeders--);
  }

  /** Some owner can take connections; listeners are told at the end of the turn. */
  public void ownerHasRoom() {
    ownerFreed = true;
  }

  /** Another process has handed a connection over. */
  public void handed(int fd) {
    if (limiter.admits(loop.kernel(), fd)) {
      accepted(fd);
      take(fd, loop);
    } else {
      refuse(fd);
    }
  }

  /** Connections of another process have ended, which were counted here. */
  public void ownerLost(long count) {
    limiter.leave((int) count);
  }

  // In a turn.

  @Override
  public void turnEnded() {
    if (ownerFreed) {
      ownerFreed = false;
      for (int i = 0; i < listeners.size(); i++) {
        listeners.get(i).roomFreed();
      }
    }
  }

  @Override
  public boolean isEmpty() {
    guests.removeIf(Registration::isEnded);
    return feeders == 0 && listeners.isEmpty() && (guests.isEmpty() || loop.isDraining());
  }

  @Override
  public void drain() {
    for (Listener listener : List.copyOf(listeners)) {
      if (listener != kept) {
        listener.drain();
      }
    }
    if (listeners.isEmpty()) { // others were to give it some
      endFeeding();
    }
  }

  @Override
  public void stop() {
    endFeeding(); // it may stop before the order comes by which it leaves
  }

  @Override
  public void count(ObjIntConsumer<String> to) {
    to.accept("feeders", feeders);
  }
}
