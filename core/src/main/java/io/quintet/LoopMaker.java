package io.quintet;

import io.quintet.accept.ConnectionLimiter;
import io.quintet.codec.Codec;
import io.quintet.codec.Peer;
import io.quintet.connection.Limits;
import io.quintet.dispatch.CapacitySignal;
import io.quintet.dispatch.HandlerExecutor;
import io.quintet.dispatch.Placement;
import io.quintet.dispatch.QueueLimit;
import io.quintet.dispatch.RequestQueues;
import io.quintet.dispatch.VirtualThreads;
import io.quintet.dispatch.Worker;
import io.quintet.kernel.Computers;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import io.quintet.reactor.Timeouts;
import io.quintet.server.ServerLoop;
import io.quintet.service.Service;
import io.quintet.specs.Topology;
import io.quintet.transport.Certificates;
import io.quintet.transport.LayerKind;
import io.quintet.transport.Layers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** Makes loops and what runs handlers for them, as options and a topology have it. One thread. */
final class LoopMaker {
  /** Two of the longest records of TLS. */
  private static final int TLS_READ_BUFFER_MIN = 40_000;

  /** Threads that compute the steps of TLS handshakes, and of a user's own layer. */
  private static final String HANDSHAKES = "quintet-handshake";

  private static final String LAYERS = "quintet-layer";

  private static final long MILLIS_A_SECOND = 1000;
  private static final long NANOS_A_MILLI = 1_000_000;

  private final Service<?, ?> service;
  private final Options options;
  private final World world;
  private final Topology topology;
  private final Supplied supplied;
  private final List<HandlerExecutor> executors = new ArrayList<>();
  private final CapacitySignal room = new CapacitySignal();

  /** Where requests wait until a worker takes them; empty where a worker is chosen for each. */
  private final Optional<RequestQueues> queues;

  /** Where TLS handshakes are computed, for all arrangements of the server. */
  private final Computers handshakes;

  private final Layers layers;
  private final ThreadNames names;
  private final List<ServerLoop> made = new CopyOnWriteArrayList<>();
  private ConnectionLimiter limiter;

  /** Nothing made yet. */
  LoopMaker(
      Service<?, ?> service, Options options, World world, Topology topology, Supplied supplied) {
    this.service = service;
    this.options = options;
    this.world = world;
    this.topology = topology;
    this.supplied = supplied;
    this.names = new ThreadNames();
    this.queues = queues();
    this.limiter = new ConnectionLimiter(options.connectionsMax(), options.peerConnectionsMax());
    this.handshakes = world.computers(HANDSHAKES);
    this.layers =
        new Layers(
            options.proxyProtocol(),
            LayerKind.named(options.layer()),
            supplied
                .engines()
                .or(() -> tls(options))
                .map(each -> each.andThen(engine -> serverSide(engine, service.codec()))),
            handshakes,
            step -> world.startVirtual(LAYERS, step));
    if (layers.areSecured() && options.readBufferBytes() < TLS_READ_BUFFER_MIN) {
      throw new IllegalArgumentException(
          "option readBufferBytes is "
              + options.readBufferBytes()
              + "; valid with TLS are "
              + TLS_READ_BUFFER_MIN
              + " and more");
    }
  }

  /** For another arrangement of the same server: what is counted of both is counted together. */
  private LoopMaker(LoopMaker before, Topology topology, Options options) {
    this.service = before.service;
    this.options = options;
    this.world = before.world;
    this.topology = topology;
    this.supplied = before.supplied;
    this.queues = queues();
    this.names = before.names;
    this.limiter = before.limiter;
    this.handshakes = before.handshakes;
    this.layers = before.layers;
  }

  private Optional<RequestQueues> queues() {
    if (topology.reserved() > 0) {
      return Optional.of(reserving());
    }
    return topology.queuesRequests()
        ? Optional.of(new RequestQueues(topology.requests(), topology.bound(), room))
        : Optional.empty();
  }

  private RequestQueues reserving() {
    Predicate<Object> shortOnes =
        supplied
            .shortRequests()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        topology.id()
                            + " keeps workers for short requests; a server needs"
                            + " ServerBuilder.shortRequests, which says which these are"));
    return RequestQueues.reserving(reserved(count(options.workers())), shortOnes, room);
  }

  /** How many of so many workers serve only short requests: at least one serves all. */
  private int reserved(int workers) {
    return Math.min(topology.reserved(), workers - 1);
  }

  /** One that makes loops and workers of the same server by another topology. */
  LoopMaker with(Topology other, Options changed) {
    return new LoopMaker(this, other, changed);
  }

  /** All loops have ended. */
  void close() {
    handshakes.close();
  }

  Topology topology() {
    return topology;
  }

  Options options() {
    return options;
  }

  /** Who runs handlers for the loops that are made here. */
  List<HandlerExecutor> executors() {
    return executors;
  }

  /** The loops that were made here. */
  List<ServerLoop> made() {
    return made;
  }

  /** The loops that are made from now on count so many connections, also of one peer. */
  void limit(int connectionsMax, int peerConnectionsMax) {
    limiter = new ConnectionLimiter(connectionsMax, peerConnectionsMax);
  }

  /** Makes the next of several loops that do the same. */
  ServerLoop next() {
    ServerLoop loop = loop(names.next("loop"));
    made.add(loop);
    return loop;
  }

  /** Makes one that accepts for others. */
  ServerLoop acceptor() {
    return loop(names.next("acceptor"));
  }

  /** As many as were asked for, or as there are processors. */
  static int count(int asked) {
    return asked > 0 ? asked : Runtime.getRuntime().availableProcessors();
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

  /** Makes those that run handlers, where the topology has some. */
  void makeExecutors() {
    QueueLimit limit =
        new QueueLimit(
            options.queueTimeoutMillis() * NANOS_A_MILLI,
            options.queueTargetMillis() * NANOS_A_MILLI,
            world.kernel()::nanoTime);
    switch (topology.workers()) {
      case "cores" -> {
        int count = count(options.workers());
        for (int i = 0; i < count; i++) {
          String name = names.next(i < reserved(count) ? "reserved" : "worker");
          executors.add(new Worker(name, world.kernel(), room, limit, queues));
        }
      }
      case "virtual" -> executors.add(new VirtualThreads(room, limit, world));
      default -> {
        // the loops run the handler
      }
    }
  }

  /** Makes a loop. */
  ServerLoop loop(String name) {
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
            options.whenFull().equals("shed"));
    Timeouts timeouts =
        new Timeouts(
            options.firstByteTimeoutMillis(),
            options.idleTimeoutMillis(),
            options.requestTimeoutMillis(),
            options.handlerTimeoutMillis(),
            options.pingIntervalMillis(),
            options.closeTimeoutMillis(),
            options.writeStallTimeoutMillis(),
            options.lingerTimeoutMillis(),
            options.drainIdleMillis(),
            options.acceptPauseMillis(),
            options.backendStartMillis(),
            options.backendSilenceMillis(),
            options.backendHangMillis(),
            options.backendBackoffMillis());
    Kernel kernel = world.loopKernel(options.kernel());
    return new ServerLoop(name, kernel, service, placement(), limits, timeouts, limiter, layers);
  }

  /** Requests go to workers, or to the one place where all workers take them. */
  private Optional<Placement> placement() {
    if (executors.isEmpty()) {
      return Optional.empty();
    }
    int most = options.workerQueueMax();
    return Optional.of(
        queues
            .map(all -> new Placement(List.of(all), "least-loaded", most * executors.size(), room))
            .orElseGet(() -> new Placement(executors, topology.requests(), most, room)));
  }

  private static long nanosOrNever(int millis) {
    return millis == 0 ? Long.MAX_VALUE : millis * NANOS_A_MILLI;
  }
}
