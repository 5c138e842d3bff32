package io.quintet;

import io.quintet.accept.ListenerSocket;
import io.quintet.codec.Codec;
import io.quintet.dispatch.HandlerExecutor;
import io.quintet.dispatch.RequestQueues;
import io.quintet.dispatch.Worker;
import io.quintet.ffi.SocketOption;
import io.quintet.kernel.Agent;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import io.quintet.metrics.Counts;
import io.quintet.server.Lifecycle;
import io.quintet.server.ServerLoop;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.function.ToLongFunction;

/** What a server has done so far, put together. Any thread. */
final class ServerStats {
  /** Backends that have not told by then are at work: what they told last stands for them. */
  private static final long ANSWER_MILLIS = 500;

  private final World world;
  private final Codec<?, ?> codec;
  private final Lifecycle lifecycle;
  private final List<ServerLoop> loops;
  private final List<HandlerExecutor> executors;

  /** Who looks at the clocks of threads; its holder has the kernel. */
  private final Lock lock;

  private final Kernel kernel;

  ServerStats(
      World world,
      Codec<?, ?> codec,
      Lifecycle lifecycle,
      List<ServerLoop> loops,
      List<HandlerExecutor> executors) {
    this.world = world;
    this.codec = codec;
    this.lifecycle = lifecycle;
    this.loops = loops;
    this.executors = executors;
    this.lock = world.lock();
    this.kernel = world.kernel();
  }

  /** Adds what loops, workers, backends and all together have done. */
  void putInto(Map<String, Object> stats) {
    awaitBackends();
    List<Map<String, Object>> ofLoops = new ArrayList<>();
    List<Map<String, Object>> ofBackends = new ArrayList<>();
    long open = 0;
    long queued = 0;
    lock.lock();
    try {
      for (ServerLoop loop : loops) {
        ofLoops.add(with(loop.stats(), loop));
        open += loop.load();
        queued += loop.queuedBytes();
        ofBackends.addAll(loop.backendStats());
      }
      stats.put("loops", List.copyOf(ofLoops));
      stats.put("workers", executors.stream().map(this::worker).toList());
    } finally {
      lock.unlock();
    }
    stats.put("waiting", waiting(RequestQueues::waiting));
    stats.put("waitingShort", waiting(RequestQueues::waitingShort));
    stats.put("listeners", listeners());
    stats.put("network", world.networkCounts());
    stats.put("backends", List.copyOf(ofBackends));
    for (Map<String, Object> backend : ofBackends) {
      open += (long) backend.get("open");
      queued += (long) backend.get("queuedBytes");
    }
    Map<String, Object> totals = new LinkedHashMap<>();
    totals.put("open", open);
    totals.put("queuedBytes", queued);
    totals.putAll(lifecycle.counts(Counts.none(codec.replyKinds())).toMap());
    stats.put("totals", Collections.unmodifiableMap(totals));
    stats.put("durationBoundsNanos", Counts.durationBoundsNanos());
  }

  private void awaitBackends() {
    List<CompletableFuture<Void>> asked = loops.stream().map(ServerLoop::askBackends).toList();
    try {
      world.await(CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new)), ANSWER_MILLIS);
    } catch (TimeoutException e) {
      return; // those that are late tell the next who asks
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("nothing completes it so", e);
    }
  }

  /** What the kernel has queued of those of this process. */
  private List<Map<String, Object>> listeners() {
    List<Map<String, Object>> all = new ArrayList<>();
    boolean sharedSeen = false;
    lock.lock();
    try {
      for (ServerLoop loop : loops) {
        for (ListenerSocket socket : loop.listeners().sockets()) {
          if (!(socket.shared() && sharedSeen)) {
            sharedSeen |= socket.shared();
            queue(socket, loop).ifPresent(all::add);
          }
        }
      }
    } finally {
      lock.unlock();
    }
    return List.copyOf(all);
  }

  private Optional<Map<String, Object>> queue(ListenerSocket socket, ServerLoop loop) {
    return kernel
        .option(socket.descriptor(), SocketOption.TCP_INFO_OF_LISTENER)
        .filter(SocketOption.AcceptQueue::listens)
        .map(
            queue ->
                Map.of(
                    "thread", loop.name(),
                    "descriptor", (long) socket.descriptor(),
                    "queue", (long) queue.length(),
                    "queueMax", (long) queue.max()));
  }

  private long waiting(ToLongFunction<RequestQueues> which) {
    return executors.stream()
        .filter(Worker.class::isInstance)
        .flatMap(each -> ((Worker) each).queues().stream())
        .distinct()
        .mapToLong(which)
        .sum();
  }

  private Map<String, Object> worker(HandlerExecutor executor) {
    Map<String, Object> stats = executor.stats();
    return executor instanceof Agent agent ? with(stats, agent) : stats;
  }

  private Map<String, Object> with(Map<String, Object> stats, Agent agent) {
    Map<String, Object> more = new LinkedHashMap<>(stats);
    more.put("cpuNanos", agent.cpu().nanos(kernel));
    return Collections.unmodifiableMap(more);
  }
}
