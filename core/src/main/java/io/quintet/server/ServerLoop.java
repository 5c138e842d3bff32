package io.quintet.server;

import io.quintet.accept.Acceptor;
import io.quintet.accept.ConnectionLimiter;
import io.quintet.accept.ListenerAccess;
import io.quintet.balance.Balancer;
import io.quintet.connection.ConnectionContext;
import io.quintet.connection.Limits;
import io.quintet.connection.MoveOrder;
import io.quintet.connection.Mover;
import io.quintet.dispatch.HandlerExecutor;
import io.quintet.dispatch.Placement;
import io.quintet.dispatch.WaitQueue;
import io.quintet.fault.SeededBug;
import io.quintet.ffi.LinuxException;
import io.quintet.kernel.Agent;
import io.quintet.kernel.CpuTime;
import io.quintet.kernel.Kernel;
import io.quintet.metrics.Counts;
import io.quintet.process.Front;
import io.quintet.process.FrontLink;
import io.quintet.process.Spawner;
import io.quintet.reactor.EventLoop;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Timeouts;
import io.quintet.service.Service;
import io.quintet.specs.Topology;
import io.quintet.takeover.Succession;
import io.quintet.takeover.TakeoverServer;
import io.quintet.transport.Layers;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One thread's worth of a server: a loop with the listeners that it accepts from, the connections
 * that it owns and the processes that it looks after.
 *
 * <p>The thread that turns it owns it; any thread may {@link #drain}, {@link #abort} and read
 * {@link #stats}. One that is made and never turned is ended with {@link #release}.
 */
public final class ServerLoop implements Agent {
  private final Service<?, ?> service;
  private final LoopContext context;
  private final ConnectionContext<?, ?> connections;
  private final Acceptor acceptor;
  private final EventLoop loop;
  private final Mover<?, ?> mover;

  /** The processes that this loop started, if it did. */
  private @Nullable Front front;

  /**
   * Makes a loop.
   *
   * @param name name of its thread
   * @param kernel kernel, the loop's alone from now on
   * @param service what is served
   * @param executors who runs the handler where the loop itself does not; empty where it does
   * @param limits what bounds it
   * @param timeouts lengths of its deadlines
   * @param limiter counts the connections of its process
   * @param layers what comes before the requests of a connection
   * @throws io.quintet.ffi.LinuxException if the kernel refuses; nothing is left open then
   */
  public ServerLoop(
      String name,
      Kernel kernel,
      Service<?, ?> service,
      Optional<Placement> executors,
      Limits limits,
      Timeouts timeouts,
      ConnectionLimiter limiter,
      Layers layers) {
    this.service = service;
    List<String> replyKinds = service.codec().replyKinds();
    this.context = new LoopContext(name, kernel, timeouts, replyKinds, limiter::descriptorFreed);
    this.loop = new EventLoop(context, limits.mailBudget());
    try {
      Balancer<HandlerExecutor> balancer = executors.map(Placement::balancer).orElse(null);
      WaitQueue waitQueue =
          balancer == null
              ? null
              : new WaitQueue(context, executors.orElseThrow().room(), balancer);
      this.connections =
          new ConnectionContext<>(
              context, service, balancer, waitQueue, limits, layers, limiter::leaves);
      this.acceptor = new Acceptor(context, connections, limiter, limits);
      loop.add(connections);
      if (waitQueue != null) {
        loop.add(waitQueue);
      }
      loop.add(acceptor);
      this.mover = new Mover<>(connections, loop::add);
    } catch (RuntimeException | Error e) { // a codec of a user's may throw
      loop.release();
      throw e;
    }
  }

  // Before the first turn.

  /**
   * Takes a listener over.
   *
   * @param fd listening socket, the loop's from now on
   * @param shared whether other loops wait for the same socket
   * @param inherited whether another process has the socket too, or had it before
   * @return 0, or the negated error number; the descriptor is then the caller's again
   */
  public int listen(int fd, boolean shared, boolean inherited) {
    return acceptor.listen(fd, shared, inherited);
  }

  /**
   * Sends the connections accepted here to other loops, from before the first turn of any.
   *
   * @param loops who will own them
   * @param policy how one is chosen
   */
  public void placeOn(List<ServerLoop> loops, String policy) {
    acceptor.placeOn(loops.stream().map(each -> each.acceptor).toList(), policy);
    loops.forEach(each -> each.acceptor.addFeeder());
  }

  /**
   * Starts other processes and looks after them.
   *
   * @param count how many, at least 1
   * @param policy how one is chosen for each connection accepted here; {@code self} where they
   *     accept themselves
   * @param spawner starts one
   * @param control listening unix socket to which they connect, the loop's from now on
   * @return complete when each of them has connected once
   */
  public CompletableFuture<Void> front(int count, String policy, Spawner spawner, int control) {
    boolean places = !policy.equals(Topology.SELF);
    List<String> replyKinds = service.codec().replyKinds();
    Front started = new Front(context, acceptor, count, spawner, places, replyKinds);
    LinuxException.check(started.open(control), "epoll_ctl ADD of the control socket");
    if (places) {
      acceptor.placeOn(started.backends(), policy);
    }
    front = started;
    loop.add(started);
    context.order(started::start);
    return started.allReady();
  }

  /**
   * Takes the connections that a front hands over.
   *
   * @param control connected unix socket, the loop's from now on
   * @param drain begins the drain of this process, when the front says so or is gone
   * @return 0, or the negated error number; the descriptor is then the caller's again
   */
  public int follow(int control, Runnable drain) {
    FrontLink link =
        new FrontLink(context, acceptor, connections, service.codec().replyKinds(), drain);
    int result = link.open(control);
    if (result == 0) {
      loop.add(link);
    }
    return result;
  }

  /**
   * Has the process told to end when the one that started it has ended, also while a handler hangs
   * on this loop.
   */
  public void endWithParent() {
    context.order(
        () -> { // on the loop's thread: the kernel remembers it for a thread, prctl(2)
          int result = context.kernel().endWithParent();
          if (result < 0) {
            context.report("prctl PR_SET_PDEATHSIG", -1, result);
          }
        });
  }

  // Any thread.

  /**
   * Gives the listeners of all loops of a server to another one that asks for them. Any thread.
   *
   * @param control listening unix socket on which it asks, the loop's from now on
   * @param succession what is left to the other server, and to which
   * @param loops loops of the server, as they come and go
   * @return complete when the other server serves
   */
  public CompletableFuture<Void> handOver(
      int control, Succession succession, List<ServerLoop> loops) {
    TakeoverServer takeover =
        new TakeoverServer(
            context,
            acceptor,
            succession,
            () -> loops.stream().map(each -> each.acceptor).toList());
    Runnable begin =
        () -> {
          int result = acceptor.greet(control, takeover::greet, false);
          if (result < 0) {
            context.report("epoll_ctl ADD of the takeover socket", control, result);
            context.kernel().close(control);
          }
        };
    if (!context.order(begin)) {
      context.kernel().close(control);
    }
    return takeover.done();
  }

  /**
   * What may be asked of its listeners. Any thread.
   *
   * @return the listeners, as other threads see them
   */
  public ListenerAccess listeners() {
    return acceptor.access();
  }

  /**
   * Has another loop accept from a listener as well. Any thread.
   *
   * @param index of {@link ListenerAccess#count}
   * @param other the other loop, of the same server
   * @param exclusive whether it is one of several that wait for the socket from now on
   * @return 0 or the negated error number, as {@link ListenerAccess#share}
   */
  public CompletableFuture<Integer> share(int index, ServerLoop other, boolean exclusive) {
    return listeners().share(index, other.acceptor, exclusive);
  }

  /**
   * Has another loop accept from the last of this loop's listeners as well. Any thread.
   *
   * @param other the other loop, of the same server
   * @return 0 or the negated error number, as {@link ListenerAccess#shareLast}
   */
  public CompletableFuture<Integer> shareLast(ServerLoop other) {
    return listeners().shareLast(other.acceptor);
  }

  /**
   * Ends the loop once its connections have ended by themselves; it accepts no more, but loses none
   * that the kernel has queued for it. Any thread.
   *
   * @return complete when its listeners are closed
   */
  public CompletableFuture<Void> retire() {
    context.retire();
    return SeededBug.RETIRED_ACCEPTS.isOn()
        ? CompletableFuture.completedFuture(null)
        : listeners().leaveAll();
  }

  /**
   * Whether it was told to retire. Any thread.
   *
   * @return whether it was
   */
  public boolean isRetired() {
    return context.isRetired();
  }

  /**
   * What the connections of the loop have come through, on its thread. Any thread may ask.
   *
   * @return for each descriptor the last transitions; complete when the loop has answered, or empty
   *     if it has stopped
   */
  public CompletableFuture<Map<Integer, String>> explainConnections() {
    return context.ask(() -> Map.copyOf(mover.explain()), Map.of());
  }

  /**
   * Gives connections to other loops of the same server, at their next state of rest, each to the
   * one that has fewest. They go on there with all that they hold. Any thread.
   *
   * @param targets who gets them
   * @param most how many, those with most requests of late first; {@link MoveOrder#ALL} for all,
   *     and those that come, until the order ends
   * @return the order, to wait for and to end
   */
  public MoveOrder give(List<ServerLoop> targets, int most) {
    List<Mover<?, ?>> movers = targets.stream().<Mover<?, ?>>map(each -> each.mover).toList();
    return mover.give(movers, most);
  }

  /**
   * Who gives its connections away. Any thread.
   *
   * @return the mover
   */
  public Mover<?, ?> mover() {
    return mover;
  }

  /** Ends the loop once its connections have got their replies. Any thread. */
  public void drain() {
    loop.drain();
  }

  /** Ends the loop and the connections that are left. Any thread. */
  public void abort() {
    loop.abort();
  }

  /**
   * What the backends of a front have done so far. Any thread.
   *
   * @return immutable maps, one for each that has not stopped
   */
  public List<Map<String, Object>> backendStats() {
    return front == null ? List.of() : front.stats();
  }

  /**
   * What the backends of a front have counted so far, also those that have stopped. Any thread.
   *
   * @return the numbers; without connections that the front itself has counted
   */
  public Counts backendCounts() {
    return front == null ? Counts.none(service.codec().replyKinds()) : front.counts();
  }

  /**
   * Has the backends of a front tell what they have counted. Any thread.
   *
   * @return complete when those that are expected to have told, or have ended
   */
  public CompletableFuture<Void> askBackends() {
    CompletableFuture<Void> answered = new CompletableFuture<>();
    Front asked = front;
    if (asked == null || !context.order(() -> asked.ask(answered))) {
      answered.complete(null);
    }
    return answered;
  }

  /**
   * What the loop has done so far. Any thread.
   *
   * @return an immutable map of numbers, and the thread's name
   */
  public Map<String, Object> stats() {
    Map<String, Object> stats = new LinkedHashMap<>();
    stats.put("thread", name());
    stats.put("open", (long) load());
    stats.put("queuedBytes", queuedBytes());
    stats.putAll(counts().toMap());
    return Collections.unmodifiableMap(stats);
  }

  /**
   * What the loop has counted so far. Any thread.
   *
   * @return the numbers, but for those of its backends
   */
  public Counts counts() {
    return context.metrics().counts();
  }

  /**
   * Bytes that wait to be decoded or sent. Any thread.
   *
   * @return memory that they take
   */
  public long queuedBytes() {
    return connections.queuedBytes();
  }

  /**
   * Connections that have come from other loops. Any thread.
   *
   * @return how many
   */
  public long moved() {
    return context.metrics().get(Counts.Number.MOVED);
  }

  /**
   * Whether it serves connections, and does not only accept them for others. Any thread.
   *
   * @return whether it does
   */
  public boolean servesConnections() {
    return acceptor.isOwner();
  }

  /**
   * Connections that it has, and that are on their way to it. Any thread.
   *
   * @return how many
   */
  public int load() {
    return acceptor.load();
  }

  @Override
  public int turn() {
    return loop.turn();
  }

  @Override
  public boolean isStopped() {
    return loop.isStopped();
  }

  @Override
  public String name() {
    return loop.name();
  }

  @Override
  public void begin() {
    loop.begin();
    connections.begin();
  }

  @Override
  public CpuTime cpu() {
    return loop.cpu();
  }

  @Override
  public void pin(int processor) {
    loop.pin(processor);
  }

  @Override
  public void broke(Throwable bug) {
    loop.broke(bug);
  }

  /** Closes what a loop that was never turned has open. */
  public void release() {
    loop.release();
  }
}
