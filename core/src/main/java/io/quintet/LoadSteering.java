package io.quintet;

import io.quintet.ffi.SocketFilter;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import io.quintet.server.Lifecycle;
import io.quintet.server.ServerLoop;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Has the kernel draw among the listeners of loops by how busy these are. A loop that has not ended
 * its turn between two looks gets no new connection until it has. A thread of its own.
 */
final class LoadSteering {
  private static final long LOOK_MILLIS = 25;

  /** Weights follow the load so many looks apart, and at once where a loop hangs. */
  private static final int LOOKS = 10;

  private static final int WEIGHT_MAX = 16;

  private final World world;
  private final Resizer resizer;
  private final Object lock;
  private final Kernel kernel;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Map<ServerLoop, Long> progress = new HashMap<>();
  private final Map<ServerLoop, Long> measured = new HashMap<>();
  private Map<ServerLoop, Integer> weights = new HashMap<>();
  private List<Integer> given = List.of();
  private long measuredAt;
  private int looks;

  /** As the resizer had it when weights were given last: what it sets stands in their place. */
  private int programs;

  /** Begins with its thread. */
  LoadSteering(World world, Resizer resizer, Lifecycle lifecycle, Object lock) {
    this.world = world;
    this.resizer = resizer;
    this.lock = lock;
    this.kernel = world.kernel();
    lifecycle.whenStopped(() -> ended.complete(null));
  }

  void run() {
    while (!awaited(ended)) {
      synchronized (lock) {
        if (!ended.isDone() && resizer.steersByLoad()) {
          look(resizer.active());
        }
      }
    }
  }

  /** Waits until the next look. Gives whether it was done before. */
  private boolean awaited(CompletableFuture<?> what) {
    try {
      world.await(what, LOOK_MILLIS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("nobody interrupts or fails it", e);
    }
  }

  private void look(List<ServerLoop> loops) {
    List<ServerLoop> going = new ArrayList<>();
    for (ServerLoop loop : loops) {
      long now = loop.listeners().progress();
      Long before = progress.put(loop, now);
      if (now < 0 || before == null || before != now) {
        going.add(loop);
      }
    }
    if (looks++ % LOOKS == 0) {
      measure(loops);
    }
    List<Integer> wanted = new ArrayList<>();
    for (ServerLoop loop : loops) {
      wanted.add(going.contains(loop) ? weights.getOrDefault(loop, WEIGHT_MAX) : 0);
    }
    boolean stands = wanted.equals(given) && programs == resizer.programs();
    if (loops.size() > 1 && !going.isEmpty() && !stands) {
      give(going.getFirst(), wanted);
    }
  }

  /** A loop weighs as much as it was idle since it was measured last. */
  private void measure(List<ServerLoop> loops) {
    long now = kernel.nanoTime();
    Map<ServerLoop, Integer> weighed = new HashMap<>();
    for (ServerLoop loop : loops) {
      long cpu = loop.cpu().nanos(kernel);
      Long before = measured.put(loop, cpu);
      if (before != null) {
        double busy = (double) (cpu - before) / Math.max(now - measuredAt, 1);
        weighed.put(loop, 1 + (int) Math.round((WEIGHT_MAX - 1) * (1 - Math.clamp(busy, 0, 1))));
      }
    }
    measuredAt = now;
    weights = weighed;
    progress.keySet().retainAll(loops);
    measured.keySet().retainAll(loops);
  }

  /** By a loop that goes on: one that hangs would not come to it. */
  private void give(ServerLoop by, List<Integer> wanted) {
    SocketFilter filter = SocketFilter.weighted(wanted);
    CompletableFuture<Integer> set =
        by.listeners().setOption(SocketOption.SO_ATTACH_REUSEPORT_CBPF, filter);
    if (!awaited(set)) {
      return; // it hangs since: the next look sees to it
    }
    int result = set.join();
    if (result == 0) {
      given = List.copyOf(wanted);
      programs = resizer.programs();
    } else if (result != -Linux.EBADF()) { // else it has stopped meanwhile
      kernel
          .logger()
          .log(
              Level.WARNING, "setsockopt SO_ATTACH_REUSEPORT_CBPF: " + -result + "; steer is load");
      ended.complete(null);
    }
  }
}
