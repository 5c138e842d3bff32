package io.quintet.connection;

import io.quintet.balance.Balancer;
import io.quintet.buffer.ChunkPool;
import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.dispatch.HandlerExecutor;
import io.quintet.dispatch.WaitQueue;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.kernel.Interleaving;
import io.quintet.metrics.Refusal;
import io.quintet.reactor.Deadline;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Timers;
import io.quintet.reactor.TurnPhase;
import io.quintet.service.Handler;
import io.quintet.service.Service;
import io.quintet.transport.Layers;
import io.quintet.transport.Tls;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of one loop share: the service, its encoder, the read buffer and the output;
 * and what they do in a turn: those that yielded go on, replies that are ready leave. The loop's
 * thread alone, but for {@link #open} and {@link #queuedBytes}.
 *
 * @param <Q> request
 * @param <R> reply
 */
public final class ConnectionContext<Q, R> implements TurnPhase {
  final LoopContext loop;
  final Layers layers;
  final Handshakes<Q, R> handshakes;
  final RequestReader<Q, R> reader;
  final Exchanges<Q, R> exchanges;
  final Sessions<Q, R> sessions;
  final ReplyWriter<Q, R> writer;
  final Codec<Q, R> codec;
  final @Nullable Handler<Q, R> handler;
  final Service<Q, R> service;

  /** Who runs the handler where the loop itself does not. */
  final @Nullable Balancer<HandlerExecutor> executors;

  final Limits limits;
  final Encoder<Q, R> encoder;
  final ChunkPool chunks = new ChunkPool();

  /** The read buffer. What it holds is {@link #inputOwner}'s. */
  final Input input;

  final Output output;

  /** Room that the input must have for what is received next. */
  final int spareBytes;

  /** Bytes of the memory at {@link #wireAddress}. */
  final int wireBytes;

  /** Native memory through which bytes reach recv(2) and send(2). */
  final long wireAddress;

  /** Requests that the connection at work may still decode in this turn. */
  int budget;

  /** The request that was decoded and is handled next. */
  @Nullable Q request;

  /** Why the bytes at the front of the input are no request. */
  @Nullable ProtocolException refusal;

  /** The connection whose bytes the read buffer holds. */
  @Nullable Connection<Q, R> inputOwner;

  /** Connections owned or on their way here. Raised by those who accept, lowered here. */
  private final AtomicInteger open = new AtomicInteger();

  /** Connections that wait for workers, where there are some. */
  private final @Nullable WaitQueue waitQueue;

  /** Told of the descriptor of each connection that was counted, before it is closed. */
  private final IntConsumer leaves;

  /** Told of each connection that has ended; null where another process has none. */
  private @Nullable Runnable ended;

  // Two lists for each, so that what is added while one is gone through waits for the next turn.
  private List<Connection<Q, R>> yielded = new ArrayList<>();
  private List<Connection<Q, R>> resuming = new ArrayList<>();
  private List<Connection<Q, R>> dirty = new ArrayList<>();
  private List<Connection<Q, R>> flushing = new ArrayList<>();

  /** Whether all connections were told to end. */
  private boolean aborted;

  private Decoder<Q> decoder;
  private @Nullable SocketAddress local;

  /**
   * No connections yet.
   *
   * @param loop their loop
   * @param service what is served
   * @param executors who runs the handler where the loop itself does not, or null
   * @param waitQueue where requests wait for these, or null
   * @param limits what bounds connections
   * @param layers what comes before requests
   * @param leaves told of the descriptor of each that was counted, before it is closed
   */
  public ConnectionContext(
      LoopContext loop,
      Service<Q, R> service,
      @Nullable Balancer<HandlerExecutor> executors,
      @Nullable WaitQueue waitQueue,
      Limits limits,
      Layers layers,
      IntConsumer leaves) {
    this.loop = loop;
    this.reader = new RequestReader<>(this);
    this.exchanges = new Exchanges<>(this);
    this.sessions = new Sessions<>(this);
    this.writer = new ReplyWriter<>(this);
    this.waitQueue = waitQueue;
    this.leaves = leaves;
    this.layers = layers;
    this.handshakes = new Handshakes<>(this);
    this.spareBytes = layers.areSecured() ? Tls.RECORD_BYTES_MAX : 1;
    this.service = service;
    this.executors = executors;
    this.codec = service.codec();
    this.handler = service.handler();
    this.limits = limits;
    this.encoder = codec.encoder();
    this.decoder = codec.decoder();
    this.input = new Input(limits.readBufferBytes());
    this.output =
        new Output(
            limits.outputBufferBytes(),
            _ -> {
              throw new IllegalStateException("nobody writes");
            });
    this.wireBytes = Math.max(limits.readBufferBytes(), limits.outputBufferBytes());
    this.wireAddress = loop.arena().allocate(wireBytes, 64).address();
  }

  // Connections come, work and go.

  /** How many there are, and are on their way. Any thread raises it before one is sent here. */
  public AtomicInteger open() {
    return open;
  }

  /** Memory of the bytes that wait to be decoded or sent. Any thread. */
  public long queuedBytes() {
    return chunks.lentBytes();
  }

  /** The calling thread is the loop's. */
  public void begin() {
    if (layers.areSecured()) {
      loop.kernel().takeShortTurns(); // it preempts those who compute for it
    }
  }

  /** Who is told of each connection that has ended: another process that hands them over. */
  public void whenEnded(Runnable told) {
    ended = told;
  }

  /** Whether another process may have the descriptors too. */
  boolean areHandedOver() {
    return ended != null;
  }

  /** Makes a connection out of an accepted socket; one that is not counted is one too many. */
  public void adopt(int fd, boolean counted) {
    Connection<Q, R> connection = new Connection<>(this, counted);
    int result = connection.open(fd);
    if (result < 0) {
      loop.report("epoll_ctl ADD", fd, result);
      leaves(fd, counted);
      loop.kernel().close(fd);
      loop.descriptorFreed();
      connectionEnded();
      return;
    }
    if (aborted) {
      connection.abort();
    } else if (!counted) {
      connection.refuseExcess();
    } else if (loop.isDraining()) {
      connection.drain();
    }
  }

  /** A connection is about to close its descriptor. */
  void leaves(int fd, boolean counted) {
    if (counted) {
      leaves.accept(fd);
    }
  }

  void connectionEnded() {
    Interleaving.point();
    open.decrementAndGet();
    if (ended != null) {
      ended.run();
    }
  }

  void resumeLater(Connection<Q, R> connection) {
    if (!connection.yielded) {
      connection.yielded = true;
      yielded.add(connection);
    }
  }

  void replyLater(Connection<Q, R> connection) {
    dirty.add(connection);
  }

  /** A connection leaves for another loop: it is not gone on with here. */
  void forget(Connection<Q, R> connection) {
    if (connection.yielded) {
      yielded.remove(connection);
    }
    if (connection.dirty) {
      dirty.remove(connection);
    }
    if (waitQueue != null && connection.lastOwed != null && !connection.lastOwed.placed) {
      waitQueue.remove(connection);
    }
  }

  /** One came from another loop whose request waits for a worker. */
  void placeLater(Connection<Q, R> connection) {
    if (waitQueue == null) {
      connection.roomFreed();
    } else {
      waitQueue.add(connection);
    }
  }

  /** Whether those that come are to end at once. */
  boolean isAborted() {
    return aborted;
  }

  /** A connection's request waits for a worker. */
  void crowded(Connection<Q, R> connection) {
    Objects.requireNonNull(waitQueue, "only workers have no room").add(connection);
  }

  /** One more connection is about to linger: too many, if none of the others gives way. */
  void lingers() {
    Timers timers = loop.timers();
    if (timers.count(Deadline.LINGER) >= limits.lingeringMax()
        && loop.slots().at(timers.first(Deadline.LINGER)) instanceof Connection<?, ?> longest) {
      loop.refused(Refusal.LINGERING);
      longest.giveWay();
    }
  }

  /** What each has come through: for its descriptor the last transitions. */
  public Map<Integer, String> explain() {
    Map<Integer, String> all = new LinkedHashMap<>();
    for (int slot = 0; slot < loop.slots().used(); slot++) {
      if (loop.slots().at(slot) instanceof Connection<?, ?> connection) {
        all.put(connection.fd(), connection.explain());
      }
    }
    return all;
  }

  @Override
  public boolean hasWork() {
    return !yielded.isEmpty() || !dirty.isEmpty();
  }

  @Override
  public int resume() {
    List<Connection<Q, R>> due = yielded;
    yielded = resuming;
    resuming = due;
    int count = due.size();
    for (int i = 0; i < count; i++) {
      due.get(i).resume();
    }
    due.clear();
    return count;
  }

  @Override
  public void flush() {
    List<Connection<Q, R>> due = dirty;
    dirty = flushing;
    flushing = due;
    for (int i = 0; i < due.size(); i++) {
      due.get(i).flushReady();
    }
    due.clear();
  }

  @Override
  public boolean isEmpty() {
    return open.get() == 0;
  }

  @Override
  public void drain() {
    for (int slot = 0; slot < loop.slots().used(); slot++) {
      if (loop.slots().at(slot) instanceof Connection<?, ?> connection) {
        connection.drain();
      }
    }
  }

  @Override
  public void abort() {
    aborted = true;
  }

  @Override
  public void stop() {
    chunks.close();
  }

  @Override
  public void count(ObjIntConsumer<String> to) {
    to.accept("owned", open.get());
  }

  // What one at work uses.

  /** What follows from a failed call, by the table of dispositions. */
  ConnectionEvent failed(Connection<Q, R> connection, Call call, long result) {
    return switch (Dispositions.of(call, result)) {
      case RETRY -> ConnectionEvent.RETRY;
      case WOULD_BLOCK -> ConnectionEvent.WOULD_BLOCK;
      case CLOSE -> ConnectionEvent.BROKEN;
      case PAUSE, PAUSE_OR_SHED, FATAL -> {
        loop.report(call.name(), connection.fd(), result);
        yield ConnectionEvent.BROKEN;
      }
    };
  }

  /** What secures a connection that comes from another loop. */
  void shares(Tls layer) {
    handshakes.share(layer);
  }

  /** Bytes queued for a connection above which it is not read. */
  int highWatermarkBytes() {
    return chunks.lentBytes() > limits.bufferBytesMax() ? 0 : limits.highWatermarkBytes();
  }

  /** Empties the read buffer for a connection. */
  void claimInput(Connection<Q, R> owner) {
    inputOwner = owner;
    input.present(0, 0);
    input.from(owner);
  }

  /** The same object for the same address: most connections of a loop have this end in common. */
  @Nullable SocketAddress shared(@Nullable SocketAddress address) {
    if (address == null || !address.equals(local)) {
      local = address;
    }
    return local;
  }

  /** The decoder of connections that are not in the middle of a request. */
  Decoder<Q> decoder() {
    return decoder;
  }

  /** Another decoder takes that place, since this one stays with its connection. */
  void replaceDecoder() {
    decoder = codec.decoder();
  }
}
