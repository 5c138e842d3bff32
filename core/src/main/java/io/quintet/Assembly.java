package io.quintet;

import io.quintet.codec.Peer;
import io.quintet.dispatch.HandlerExecutor;
import io.quintet.ffi.FileStatus;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.SocketName;
import io.quintet.kernel.World;
import io.quintet.process.Spawner;
import io.quintet.server.Lifecycle;
import io.quintet.server.ServerLoop;
import io.quintet.service.Service;
import io.quintet.specs.Topology;
import io.quintet.takeover.TakeoverClient;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;

/** Makes the listeners, loops and workers that a topology asks for, and joins them. One thread. */
final class Assembly {
  private final Service<?, ?> service;
  private final Options options;
  private final World world;
  private final Topology topology;
  private final Kernel kernel;
  private final List<ServerLoop> loops = new CopyOnWriteArrayList<>();
  private final List<HandlerExecutor> executors = new ArrayList<>();
  private final Lifecycle lifecycle;
  private final Optional<Function<Peer, SSLEngine>> engines;
  private final LoopMaker maker;
  private final Resizer resizer;

  private final ListeningSockets sockets;

  /** Where the listeners are taken over, and the name that this server has there. */
  private final Optional<SocketAddress.UnixPath> takeover;

  private final SocketName offered = new SocketName();

  /** Where a service manager is told how this server fares; empty for none. */
  private volatile String manager = "";

  /** The own engines of a server that has some stand in place of those by its options. */
  Assembly(
      Service<?, ?> service,
      Options options,
      World world,
      Optional<Function<Peer, SSLEngine>> engines) {
    this.service = service;
    this.options = options;
    this.world = world;
    this.kernel = world.kernel();
    this.topology = Topologies.of(options);
    UnusedOptions.refuse(options, topology);
    this.sockets = new ListeningSockets(kernel, options, hasListenerEach());
    this.takeover = takeover(options);
    this.engines = engines;
    this.maker = new LoopMaker(service, options, world, topology, executors, engines);
    this.lifecycle =
        new Lifecycle(
            world,
            loops,
            executors,
            options.pin(),
            options.drainDelayMillis(),
            options.drainTimeoutMillis());
    this.resizer = new Resizer(world, options, loops, lifecycle, maker, sockets);
  }

  private static Optional<SocketAddress.UnixPath> takeover(Options options) {
    try {
      return options.takeover().isEmpty()
          ? Optional.empty()
          : Optional.of(new SocketAddress.UnixPath(options.takeover()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "option takeover is " + options.takeover() + "; valid is the path of a unix socket", e);
    }
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
      takeover.ifPresent(path -> offer(server, path, before.isPresent()));
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

  /** Lets another server take the listeners over, if it can, once there is no other that serves. */
  private void offer(Server server, SocketAddress.UnixPath path, boolean serves) {
    try {
      offer(server, path);
    } catch (LinuxException e) {
      if (!serves) {
        throw e;
      }
      sockets.close();
      kernel
          .logger()
          .log(Level.WARNING, "no server can take over from this one: " + e.getMessage());
    }
  }

  private void offer(Server server, SocketAddress.UnixPath path) {
    int fd = controlSocket();
    SocketName.removeStale(kernel, path); // a server that has crashed leaves it
    LinuxException.check(kernel.bind(fd, path), "bind " + path);
    offered.bound(kernel, path.path());
    LinuxException.check(kernel.listen(fd, 1), "listen on " + path);
    sockets.taken(fd);
    loops
        .getFirst()
        .handOver(fd, offered, sockets.name(), loops)
        .thenRun(() -> world.start("quintet-takeover", server::takenOver));
  }

  /** Removes the names that stand for sockets of this server. */
  void removeNames() {
    Kernel own = world.kernel();
    sockets.name().remove(own);
    offered.remove(own);
  }

  /** Tells a service manager that the server ends. */
  void tellStopping() {
    Systemd.tell(world.kernel(), manager, "STOPPING=1");
  }

  /** A server that serves, until the process ends at the latest. */
  private Server server(boolean backend) {
    ServerStats figures = new ServerStats(world, service.codec(), lifecycle, loops, executors);
    Server server =
        new Server(this, topology, service.codec().name(), lifecycle, loops, figures, backend);
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
      int fd = controlSocket();
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
      int control = controlSocket();
      int bound = kernel.bind(control, new SocketAddress.UnixAbstract(name));
      LinuxException.check(bound, "bind of the control socket");
      int count = LoopMaker.count(options.backends());
      LinuxException.check(kernel.listen(control, Math.max(options.backlog(), count)), "listen");
      if (hasListenerABackend()) {
        requireEachCanListen();
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
          where -> new Assembly(service, options, where, engines).startBackend(self, false));
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

  /** A unix socket that keeps messages apart. */
  private int controlSocket() {
    int type = Linux.SOCK_SEQPACKET() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    return sockets.keep(LinuxException.check(kernel.socket(Linux.AF_UNIX(), type, 0), "socket"));
  }

  private Server startLoops() {
    try {
      requireEachCanListen();
      final int listener = sockets.next();
      maker.makeExecutors();
      int count = topology.loops().equals("one") ? 1 : LoopMaker.count(options.loops());
      for (int i = 0; i < count; i++) {
        loops.add(maker.next());
      }
      join(List.copyOf(loops), listener);
    } catch (RuntimeException | Error e) {
      giveUp();
      throw e;
    }
    lifecycle.started();
    Server server = server(false);
    try {
      if (hasListenerEach()) {
        resizer.steer(loops.size());
      }
      return server;
    } catch (LinuxException e) {
      server.close();
      throw e;
    }
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
  private void join(List<ServerLoop> owners, int first) {
    if (topology.accepts().equals("acceptor")) {
      ServerLoop acceptor = maker.loop("quintet-acceptor-0");
      loops.add(acceptor);
      acceptor.placeOn(owners, topology.connections());
      sockets.give(acceptor, first, false);
      adoptRest(List.of(acceptor));
      return;
    }
    boolean shared = topology.listeners().equals("shared") && owners.size() > 1;
    sockets.give(owners.getFirst(), first, shared);
    for (ServerLoop owner : owners.subList(1, owners.size())) {
      int fd = hasListenerEach() ? sockets.next() : sockets.twin(first);
      sockets.give(owner, fd, shared);
    }
    adoptRest(owners);
  }

  /** What was inherited beyond what the topology asks for is served all the same. */
  private void adoptRest(List<ServerLoop> owners) {
    for (int i = 0; sockets.left() > 0; i++) {
      sockets.give(owners.get(i % owners.size()), sockets.next(), false);
    }
  }

  private void requireEachCanListen() {
    boolean each = hasListenerEach() || hasListenerABackend();
    if (each && sockets.areLocal()) {
      throw new IllegalArgumentException(
          "option host is "
              + options.host()
              + "; valid for "
              + topology.id()
              + " is an address, since only one listener can have the name of a unix socket");
    }
  }

  SocketAddress address() {
    return sockets.address();
  }

  boolean canResize() {
    return hasListenerEach();
  }

  /** What adds and takes away loops. */
  Resizer resizer() {
    return resizer;
  }
}
