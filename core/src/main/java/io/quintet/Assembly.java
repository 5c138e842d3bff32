package io.quintet;

import io.quintet.dispatch.HandlerExecutor;
import io.quintet.ffi.FileStatus;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import io.quintet.process.Spawner;
import io.quintet.server.Lifecycle;
import io.quintet.server.ServerLoop;
import io.quintet.service.Service;
import io.quintet.specs.Governing;
import io.quintet.specs.Topology;
import io.quintet.takeover.TakeoverClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Makes the listeners, loops and workers that a topology asks for, and joins them. One thread. */
final class Assembly {
  private final Service<?, ?> service;
  private final Options options;
  private final World world;
  private final Topology topology;
  private final Kernel kernel;
  private final List<ServerLoop> loops = new CopyOnWriteArrayList<>();
  private final List<HandlerExecutor> executors = new CopyOnWriteArrayList<>();
  private final Lifecycle lifecycle;
  private final Supplied supplied;
  private final LoopMaker maker;
  private final Resizer resizer;

  private final ListeningSockets sockets;

  /** Where the listeners are taken over. */
  private final Optional<SocketAddress.UnixPath> takeover;

  private final TakeoverOffer offer;
  private volatile Optional<Governor> governor = Optional.empty();
  private final Rearrangements rearrangements = new Rearrangements();

  /** Where a service manager is told how this server fares; empty for none. */
  private volatile String manager = "";

  /** Nothing made yet. */
  Assembly(Service<?, ?> service, Options options, World world, Supplied supplied) {
    this.service = service;
    this.options = options;
    this.world = world;
    this.kernel = world.kernel();
    this.topology = Topologies.of(options);
    UnusedOptions.refuse(options, topology);
    this.sockets = new ListeningSockets(kernel, options, hasListenerEach());
    this.takeover = TakeoverOffer.path(options);
    this.supplied = supplied;
    this.maker = new LoopMaker(service, options, world, topology, supplied);
    this.lifecycle =
        new Lifecycle(
            world,
            loops,
            executors,
            options.pin(),
            options.drainDelayMillis(),
            options.drainTimeoutMillis());
    lifecycle.whenStopped(maker::close);
    this.offer = new TakeoverOffer(world, sockets, loops);
    this.resizer = new Resizer(world, loops, lifecycle, maker, sockets);
  }

  /** Starts everything, or leaves nothing open. */
  Server start() {
    boolean processes = topology.owns().equals("backend");
    Optional<BackendProcess> self = processes ? BackendProcess.ofEnvironment() : Optional.empty();
    if (self.isPresent()) {
      return startBackend(self.get(), true);
    }
    requireNoTakeoverOfPorts();
    requireSocketsOrNothing();
    Optional<TakeoverClient> before = takeover.flatMap(path -> TakeoverClient.at(kernel, path));
    try {
      inherit(before);
      Server server = processes ? startFront() : startLoops();
      announce(server, before);
      return server;
    } finally {
      before.ifPresent(TakeoverClient::close);
    }
  }

  /** The server serves: who waited for it hears of it. */
  private void announce(Server server, Optional<TakeoverClient> before) {
    try {
      before.ifPresent(this::relieve);
      takeover.ifPresent(path -> offer.make(path, server::takenOver, before.isPresent()));
    } catch (RuntimeException | Error e) {
      server.close();
      sockets.close();
      throw e;
    }
    manager = world.manager();
    Systemd.tell(kernel, manager, "READY=1");
  }

  private void relieve(TakeoverClient before) {
    long inode = before.relieve();
    if (sockets.address() instanceof SocketAddress.UnixPath path) {
      sockets.name().inherited(kernel, path.path(), inode);
    }
  }

  private void requireNoTakeoverOfPorts() {
    if (hasListenerABackend() && !options.takeover().isEmpty()) {
      throw new IllegalArgumentException(
          "option takeover is " + options.takeover() + "; valid for " + topology.id() + " is none");
    }
  }

  /** A name that stands for anything but a socket is somebody else's. */
  private void requireSocketsOrNothing() {
    if (sockets.address() instanceof SocketAddress.UnixPath path) {
      requireSocketOrNothing("host", path);
    }
    takeover.ifPresent(path -> requireSocketOrNothing("takeover", path));
  }

  private void requireSocketOrNothing(String option, SocketAddress.UnixPath path) {
    Optional<FileStatus> there = kernel.status(path.path());
    if (there.isPresent() && !there.get().isSocket()) {
      throw new IllegalArgumentException(
          "option "
              + option
              + " is "
              + (option.equals("host") ? options.host() : options.takeover())
              + ", where there is "
              + there.get().kind()
              + "; valid is a name that is free or a unix socket's");
    }
  }

  /** Listeners that exist come before any that is made. */
  private void inherit(Optional<TakeoverClient> before) {
    if (before.isPresent()) {
      sockets.inherit(before.get().listeners(), "the server at " + options.takeover());
      sockets.requireAsked();
    } else {
      sockets.inherit(world.listeners(), "LISTEN_FDS");
    }
  }

  /** Changes the server to another topology, or has it serve on as it did. */
  Map<String, Object> rearrange(String id, Map<String, ?> given) {
    Rearrangement change =
        new Rearrangement(
            world.kernel(), lifecycle, sockets, resizer, id, () -> plan(id, given), offer::share);
    return rearrangements.of(change);
  }

  private LoopMaker plan(String id, Map<String, ?> given) {
    if (!lifecycle.stateName().equals("serving")) {
      throw new IllegalStateException(
          "a server that is " + lifecycle.stateName() + " is not rearranged");
    }
    if (resizer.maker().topology().owns().equals("backend")) {
      throw new IllegalStateException(
          topology.id() + " has several processes; only a server of one is rearranged");
    }
    Options target = TargetOptions.of(options, id, given);
    Topology wanted = Topologies.of(target);
    requireEachCanListen(wanted);
    return resizer.maker().with(wanted, target);
  }

  /** What became of the changes so far. */
  Rearrangements rearrangements() {
    return rearrangements;
  }

  /** Removes the names that stand for sockets of this server. */
  void removeNames() {
    Kernel own = world.kernel();
    sockets.name().remove(own);
    offer.removeName(own);
  }

  /** Tells a service manager that the server ends. */
  void tellStopping() {
    Systemd.tell(world.kernel(), manager, "STOPPING=1");
  }

  /** A server that serves, until the process ends at the latest. */
  private Server server(boolean backend) {
    ServerStats figures = new ServerStats(world, service.codec(), lifecycle, loops, executors);
    Server server = new Server(this, service.codec().name(), lifecycle, loops, figures, backend);
    lifecycle.whenStopped(this::removeNames);
    if (options.drainOnExit()) {
      lifecycle.whenStopped(world.atExit("quintet-drain", server::drain));
    }
    return server;
  }

  /** A loop that is handed connections. */
  private Server startBackend(BackendProcess self, boolean isProcess) {
    sockets.moveTo(hasListenerABackend() ? self.own() : self.front());
    if (!hasListenerABackend()) {
      maker.limit(0, options.peerConnectionsMax()); // the front counts all
    }
    try {
      ServerLoop loop = maker.loop("quintet-backend-" + self.number());
      loops.add(loop);
      if (hasListenerABackend()) {
        sockets.give(loop, sockets.next(), false);
      }
      int fd = sockets.control();
      int connected = kernel.connect(fd, new SocketAddress.UnixAbstract(self.control()));
      LinuxException.check(connected, "connect to the front");
      LinuxException.check(
          loop.follow(fd, lifecycle::drainNow), "epoll_ctl ADD of the control socket");
      sockets.taken(fd);
      if (isProcess) {
        loop.endWithParent();
      }
    } catch (RuntimeException | Error e) {
      giveUp();
      throw e;
    }
    lifecycle.started();
    return server(true);
  }

  /** A loop that accepts, and the processes that it hands connections to. */
  private Server startFront() {
    maker.limit(options.connectionsMax(), 0); // each backend counts those of its peers
    CompletableFuture<Void> ready;
    try {
      String name = "quintet-" + ProcessHandle.current().pid() + "-" + UUID.randomUUID();
      int control = sockets.control();
      int bound = kernel.bind(control, new SocketAddress.UnixAbstract(name));
      LinuxException.check(bound, "bind of the control socket");
      int count = LoopMaker.count(options.backends());
      LinuxException.check(kernel.listen(control, Math.max(options.backlog(), count)), "listen");
      if (hasListenerABackend()) {
        requireEachCanListen(topology);
        requirePorts(count);
      }
      int listener = hasListenerABackend() ? control : sockets.next();
      ServerLoop front = maker.loop("quintet-front-0");
      loops.add(front);
      ready = front.front(count, topology.connections(), spawner(name), control);
      sockets.taken(control);
      if (!hasListenerABackend()) {
        sockets.give(front, listener, false);
        adoptRest(List.of(front));
      }
    } catch (RuntimeException | Error e) {
      giveUp();
      throw e;
    }
    lifecycle.started();
    Server server = server(false);
    try {
      world.await(ready, options.backendStartMillis());
      return server;
    } catch (TimeoutException | ExecutionException | InterruptedException e) {
      server.close();
      throw new IllegalStateException(
          "the backends were not ready within " + options.backendStartMillis() + " ms", e);
    }
  }

  /** Each backend runs the program again, and finds in its environment that it is one. */
  private Spawner spawner(String control) {
    SocketAddress address = sockets.address();
    String host = sockets.areLocal() ? address.toString() : address.host(); // as the option has it
    int port = sockets.areLocal() ? 0 : Server.port(address);
    return number -> {
      BackendProcess self = new BackendProcess(number, control, host, port);
      return world.spawn(
          self.environment(),
          archive(number),
          where -> new Assembly(service, options, where, supplied).startBackend(self, false));
    };
  }

  private World.Archive archive(int number) {
    if (!options.startupArchive()) {
      return World.Archive.NONE;
    }
    return number == 0 ? World.Archive.WRITTEN : World.Archive.USED;
  }

  /** Leaves nothing open of a start that failed. */
  private void giveUp() {
    lifecycle.startFailed();
    sockets.giveUp();
  }

  private Server startLoops() {
    try {
      requireEachCanListen(topology);
      final int listener = sockets.next();
      Arrangement made = Arrangement.make(maker);
      loops.addAll(made.loops());
      executors.addAll(maker.executors());
      join(made, listener);
    } catch (RuntimeException | Error e) {
      giveUp();
      throw e;
    }
    lifecycle.started();
    Server server = server(false);
    try {
      if (hasListenerEach()) {
        resizer.steer(loops.size());
        resizer.followLoad(server);
      }
      resizer.rebalance();
      topology.governor().ifPresent(by -> govern(by, server));
      return server;
    } catch (LinuxException e) {
      server.close();
      throw e;
    }
  }

  private void govern(Governing by, Server server) {
    LoadFigures figures =
        new LoadFigures(world, lifecycle, service.codec().replyKinds(), resizer::owners, executors);
    Governor made = new Governor(kernel, by, new OwnServer(server, options, figures));
    governor = Optional.of(made);
    Ticker.start(world, "quintet-governor", lifecycle, by::everyMillis, made::look, made::stop);
  }

  /** Who changes the server by rules, where it is adaptive. */
  Optional<Governor> governor() {
    return governor;
  }

  private boolean hasListenerABackend() {
    return topology.listeners().equals("one-a-backend");
  }

  /** Backends listen on the ports from the one that is given upwards. */
  private void requirePorts(int count) {
    int most = 65536 - count;
    if (options.port() == 0 || options.port() > most) {
      throw new IllegalArgumentException(
          "option port is "
              + options.port()
              + "; valid for "
              + topology.id()
              + " are 1 to "
              + most);
    }
  }

  private boolean hasListenerEach() {
    return topology.listeners().equals("one-a-loop");
  }

  /** Gives the loops their listeners, of which the first is there. */
  private void join(Arrangement made, int first) {
    List<ServerLoop> accepting = made.accepting();
    boolean shared = made.sharesListener();
    sockets.give(accepting.getFirst(), first, shared);
    for (ServerLoop loop : accepting.subList(1, accepting.size())) {
      int fd = made.hasListenerEach() ? sockets.next() : sockets.twin(first);
      sockets.give(loop, fd, shared);
    }
    adoptRest(accepting);
  }

  /** What was inherited beyond what the topology asks for is served all the same. */
  private void adoptRest(List<ServerLoop> owners) {
    for (int i = 0; sockets.left() > 0; i++) {
      sockets.give(owners.get(i % owners.size()), sockets.next(), false);
    }
  }

  private void requireEachCanListen(Topology wanted) {
    boolean each = !Set.of("one", "shared").contains(wanted.listeners());
    if (each && sockets.areLocal()) {
      throw new IllegalArgumentException(
          "option host is "
              + options.host()
              + "; valid for "
              + wanted.id()
              + " is an address, since only one listener can have the name of a unix socket");
    }
  }

  SocketAddress address() {
    return sockets.address();
  }

  /** How it is arranged now. Any thread. */
  Topology topology() {
    return resizer.maker().topology();
  }

  /** What adds and takes away loops. */
  Resizer resizer() {
    return resizer;
  }
}
