package io.quintet;

import io.quintet.accept.ConnectionLimiter;
import io.quintet.codec.Codec;
import io.quintet.codec.Peer;
import io.quintet.connection.Limits;
import io.quintet.dispatch.CapacitySignal;
import io.quintet.dispatch.HandlerExecutor;
import io.quintet.dispatch.Placement;
import io.quintet.dispatch.VirtualThreads;
import io.quintet.dispatch.Worker;
import io.quintet.ffi.FileStatus;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.SocketFilter;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.SocketName;
import io.quintet.kernel.World;
import io.quintet.process.Spawner;
import io.quintet.reactor.Timeouts;
import io.quintet.server.Lifecycle;
import io.quintet.server.ServerLoop;
import io.quintet.service.Service;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import io.quintet.takeover.TakeoverClient;
import io.quintet.transport.Certificates;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
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
import javax.net.ssl.SSLParameters;

/** Makes the listeners, loops and workers that a topology asks for, and joins them. One thread. */
final class Assembly {
  /** How long another thread may take for what is asked of it, in milliseconds. */
  private static final long ANSWER_MILLIS = 10_000;

  /** Two of the longest records of TLS. */
  private static final int TLS_READ_BUFFER_MIN = 40_000;

  private static final String DETACHING = "setsockopt SO_DETACH_REUSEPORT_BPF";
  private static final long MILLIS_A_SECOND = 1000;
  private static final long NANOS_A_MILLI = 1_000_000;

  private final Service<?, ?> service;
  private final Options options;
  private final World world;
  private final Topology topology;
  private final Kernel kernel;
  private final List<ServerLoop> loops = new CopyOnWriteArrayList<>();
  private final List<HandlerExecutor> executors = new ArrayList<>();
  private final CapacitySignal room = new CapacitySignal();
  private final Lifecycle lifecycle;
  private final Optional<Function<Peer, SSLEngine>> engines;
  private final Optional<Function<Peer, SSLEngine>> tls;
  private ConnectionLimiter limiter;

  private final ListeningSockets sockets;

  /** Where the listeners are taken over, and the name that this server has there. */
  private final Optional<SocketAddress.UnixPath> takeover;

  private final SocketName offered = new SocketName();

  /** Where a service manager is told how this server fares; empty for none. */
  private volatile String manager = "";

  private int made;

  /** Listeners of loops that have left, from which the first loop accepts as well. */
  private int spares;

  /** Whether a program keeps new connections from the last listeners. */
  private boolean filtered;

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
    this.topology = topology(options);
    UnusedOptions.refuse(options, topology);
    this.sockets = new ListeningSockets(kernel, options, hasListenerEach());
    this.takeover = takeover(options);
    this.limiter = new ConnectionLimiter(options.connectionsMax(), options.peerConnectionsMax());
    this.engines = engines;
    this.tls =
        engines
            .or(() -> tls(options))
            .map(each -> each.andThen(engine -> serverSide(engine, service.codec())));
    if (tls.isPresent() && options.readBufferBytes() < TLS_READ_BUFFER_MIN) {
      throw new IllegalArgumentException(
          "option readBufferBytes is "
              + options.readBufferBytes()
              + "; valid with TLS are "
              + TLS_READ_BUFFER_MIN
              + " and more");
    }
    this.lifecycle =
        new Lifecycle(
            world,
            loops,
            executors,
            options.pin(),
            options.drainDelayMillis(),
            options.drainTimeoutMillis());
  }

  private static Optional<Function<Peer, SSLEngine>> tls(Options options) {
    return options.tlsCertificate().isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Certificates(options.tlsCertificate(), options.tlsKey(), options.tlsPassword()));
  }

  private static SSLEngine serverSide(SSLEngine engine, Codec<?, ?> codec) {
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    if (parameters.getApplicationProtocols().length == 0) {
      parameters.setApplicationProtocols(codec.applicationProtocols().toArray(String[]::new));
      engine.setSSLParameters(parameters);
    }
    return engine;
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

  private static Topology topology(Options options) {
    String id = options.topology();
    Topology topology;
    if (id.endsWith(".json")) {
      Object spec = SpecReader.read(Path.of(id));
      if (!(spec instanceof Topology read)) {
        throw new IllegalArgumentException("option topology is " + id + ", which is a machine");
      }
      topology = read;
    } else if (Specs.topologyIds().contains(id)) {
      topology = Specs.topology(id);
    } else {
      throw new IllegalArgumentException(
          "option topology is "
              + id
              + "; valid are "
              + String.join(", ", Specs.topologyIds())
              + ", or a file that ends with .json");
    }
    return options.policy().isEmpty() ? topology : topology.withPolicy(options.policy());
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
      limiter = new ConnectionLimiter(0, options.peerConnectionsMax()); // the front counts all
    }
    try {
      ServerLoop loop = loop("quintet-backend-" + self.number());
      loops.add(loop);
      if (hasListenerABackend()) {
        listen(loop, sockets.next(), false);
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
    limiter =
        new ConnectionLimiter(
            options.connectionsMax(), 0); // each backend counts those of its peers
    CompletableFuture<Void> ready;
    try {
      String name = "quintet-" + ProcessHandle.current().pid() + "-" + UUID.randomUUID();
      int control = controlSocket();
      int bound = kernel.bind(control, new SocketAddress.UnixAbstract(name));
      LinuxException.check(bound, "bind of the control socket");
      int count = count(options.backends());
      LinuxException.check(kernel.listen(control, Math.max(options.backlog(), count)), "listen");
      if (hasListenerABackend()) {
        requireEachCanListen();
        requirePorts(count);
      }
      int listener = hasListenerABackend() ? control : sockets.next();
      ServerLoop front = loop("quintet-front-0");
      loops.add(front);
      ready = front.front(count, topology.connections(), spawner(name), control);
      sockets.taken(control);
      if (!hasListenerABackend()) {
        listen(front, listener, false);
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
      makeExecutors();
      int count = topology.loops().equals("one") ? 1 : count(options.loops());
      for (int i = 0; i < count; i++) {
        loops.add(loop("quintet-loop-" + made++));
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
        steer(loops.size());
      }
      return server;
    } catch (LinuxException e) {
      server.close();
      throw e;
    }
  }

  private static int count(int asked) {
    return asked > 0 ? asked : Runtime.getRuntime().availableProcessors();
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

  private void makeExecutors() {
    switch (topology.workers()) {
      case "cores" -> {
        int count = count(options.workers());
        for (int i = 0; i < count; i++) {
          executors.add(new Worker("quintet-worker-" + i, world.kernel(), room));
        }
      }
      case "virtual" -> executors.add(new VirtualThreads(room, world));
      default -> {
        // the loops run the handler
      }
    }
  }

  /** Gives the loops their listeners, of which the first is there. */
  private void join(List<ServerLoop> owners, int first) {
    if (topology.accepts().equals("acceptor")) {
      ServerLoop acceptor = loop("quintet-acceptor-0");
      loops.add(acceptor);
      acceptor.placeOn(owners, topology.connections());
      listen(acceptor, first, false);
      adoptRest(List.of(acceptor));
      return;
    }
    boolean shared = topology.listeners().equals("shared") && owners.size() > 1;
    listen(owners.getFirst(), first, shared);
    for (ServerLoop owner : owners.subList(1, owners.size())) {
      int fd = hasListenerEach() ? sockets.next() : sockets.twin(first);
      listen(owner, fd, shared);
    }
    adoptRest(owners);
  }

  /** What was inherited beyond what the topology asks for is served all the same. */
  private void adoptRest(List<ServerLoop> owners) {
    for (int i = 0; sockets.left() > 0; i++) {
      listen(owners.get(i % owners.size()), sockets.next(), false);
    }
  }

  private void listen(ServerLoop loop, int fd, boolean shared) {
    int result = loop.listen(fd, shared, sockets.areInherited());
    LinuxException.check(result, "epoll_ctl ADD of the listener on " + sockets.address());
    sockets.taken(fd);
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

  /** One more loop, with the listener that a loop has left last, or else with one of its own. */
  void add() {
    ServerLoop loop = loop("quintet-loop-" + made++);
    if (spares == 0) {
      try {
        listen(loop, sockets.next(), false);
      } catch (LinuxException e) {
        loop.release();
        sockets.close();
        throw e;
      }
      lifecycle.add(loop);
      return;
    }
    lifecycle.add(loop);
    try {
      share(loops.getFirst(), loop);
    } catch (RuntimeException e) {
      loop.retire();
      throw e;
    }
    loops.getFirst().leaveListener();
    spares--;
  }

  /** Lets the last loop end. Its listener stays open, and the first loop accepts from it. */
  void retire(ServerLoop loop) {
    share(loop, loops.getFirst());
    spares++;
    await(loop.retire(), "retirement of " + loop.name());
  }

  private void share(ServerLoop from, ServerLoop with) {
    int result = await(from.shareListener(with), "handing the listener of " + from.name() + " on");
    LinuxException.check(result, "handing the listener of " + from.name() + " on");
  }

  /** Lets new connections go to the first so many listeners, and to all if there are no more. */
  void steer(int count) {
    ServerLoop first = loops.getFirst();
    boolean filters = count < active().size() + spares;
    if (options.steer().equals("cpu")) {
      set(first, SocketOption.SO_ATTACH_REUSEPORT_CBPF, SocketFilter.byProcessor(count));
    } else if (filters) {
      set(first, SocketOption.SO_ATTACH_REUSEPORT_CBPF, SocketFilter.any(count));
    } else if (filtered || sockets.areInherited()) {
      int result = await(first.setOption(SocketOption.SO_DETACH_REUSEPORT_BPF, true), DETACHING);
      if (result != -Linux.ENOENT()) { // the server before this one had no program either
        LinuxException.check(result, DETACHING);
      }
    }
    filtered = filters;
  }

  /** The loops that have not left, each with its listener in the order in which these were made. */
  List<ServerLoop> active() {
    return loops.stream().filter(loop -> !loop.isRetired()).toList();
  }

  private <T> void set(ServerLoop loop, SocketOption<T> option, T value) {
    int result = await(loop.setOption(option, value), "setsockopt " + option.name());
    LinuxException.check(result, "setsockopt " + option.name());
  }

  /** What a loop answers that was asked for something. */
  <T> T await(CompletableFuture<T> answer, String what) {
    try {
      return world.await(answer, ANSWER_MILLIS);
    } catch (TimeoutException | ExecutionException e) {
      throw new IllegalStateException(what + " was not done", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(what + " was not waited for", e);
    }
  }

  private ServerLoop loop(String name) {
    Limits limits =
        new Limits(
            options.acceptBudget(),
            options.requestBudget(),
            options.mailBudget(),
            options.pipelineMax(),
            options.lingeringMax(),
            options.readBufferBytes(),
            options.outputBufferBytes(),
            options.highWatermarkBytes(),
            options.lowWatermarkBytes(),
            (long) options.requestRateBytes() * options.requestTimeoutMillis() / MILLIS_A_SECOND,
            nanosOrNever(options.connectionAgeMillis()),
            options.bufferBytesMax() == 0 ? Long.MAX_VALUE : options.bufferBytesMax(),
            options.proxyProtocol(),
            options.whenFull().equals("shed"));
    Timeouts timeouts =
        new Timeouts(
            options.firstByteTimeoutMillis(),
            options.idleTimeoutMillis(),
            options.requestTimeoutMillis(),
            options.handlerTimeoutMillis(),
            options.writeStallTimeoutMillis(),
            options.lingerTimeoutMillis(),
            options.drainIdleMillis(),
            options.acceptPauseMillis(),
            options.backendStartMillis(),
            options.backendSilenceMillis(),
            options.backendHangMillis(),
            options.backendBackoffMillis());
    Optional<Placement> placement =
        executors.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new Placement(executors, topology.requests(), options.workerQueueMax(), room));
    return new ServerLoop(name, world.kernel(), service, placement, limits, timeouts, limiter, tls);
  }

  private static long nanosOrNever(int millis) {
    return millis == 0 ? Long.MAX_VALUE : millis * NANOS_A_MILLI;
  }

  SocketAddress address() {
    return sockets.address();
  }

  boolean canResize() {
    return hasListenerEach();
  }
}
