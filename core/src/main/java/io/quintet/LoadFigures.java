package io.quintet;

import io.quintet.dispatch.HandlerExecutor;
import io.quintet.dispatch.Worker;
import io.quintet.kernel.CpuTime;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.SleepTime;
import io.quintet.kernel.World;
import io.quintet.metrics.Counts;
import io.quintet.server.Lifecycle;
import io.quintet.server.ServerLoop;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What a server has done from look to look, in the figures that rules speak of. One thread. */
final class LoadFigures {
  private static final double NANOS_A_SECOND = 1e9;
  private static final double NANOS_A_MICRO = 1e3;
  private static final double PERCENT = 100;

  /** Threads that do next to nothing do not say what requests are like. */
  private static final double BUSY_MIN = 0.05;

  /** So that nothing is divided by nothing. */
  private static final double LEAST = 1e-9;

  private final World world;
  private final Kernel kernel;
  private final Lifecycle lifecycle;
  private final List<String> replyKinds;
  private final Supplier<List<ServerLoop>> loops;
  private final List<HandlerExecutor> executors;

  /** How long each thread that was measured has slept, computed and waited for a processor. */
  private Map<Object, Times> threads = new HashMap<>();

  private Map<String, Object> counted;
  private long before;

  private record Times(long slept, long computed, long ready) {}

  /**
   * Shares of the time of a thread: not asleep, on a processor, and ready for one that it had not.
   */
  private record Shares(double busy, double computing, double ready) {
    /** It waited for anything else, in the middle of its work. */
    double waiting() {
      return Math.max(busy - computing - ready, 0);
    }
  }

  LoadFigures(
      World world,
      Lifecycle lifecycle,
      List<String> replyKinds,
      Supplier<List<ServerLoop>> loops,
      List<HandlerExecutor> executors) {
    this.world = world;
    this.kernel = world.kernel();
    this.lifecycle = lifecycle;
    this.replyKinds = replyKinds;
    this.loops = loops;
    this.executors = executors;
    this.before = kernel.nanoTime();
    this.counted = count();
  }

  private Map<String, Object> count() {
    return lifecycle.counts(Counts.none(replyKinds)).toMap();
  }

  /** Since the look before. */
  Map<String, Long> look() {
    long now = kernel.nanoTime();
    double nanos = Math.max(now - before, 1);
    Map<Object, Times> measured = new HashMap<>();
    List<Shares> ofLoops = new ArrayList<>();
    List<Shares> all = new ArrayList<>();
    for (ServerLoop loop : loops.get()) {
      shares(loop, loop.mover().sleep(), loop.cpu(), now, measured, nanos, ofLoops);
    }
    all.addAll(ofLoops);
    long queued = 0;
    for (HandlerExecutor executor : executors) {
      queued += executor.load();
      if (executor instanceof Worker worker) {
        shares(worker, worker.sleepTime(), worker.cpu(), now, measured, nanos, all);
      }
    }
    threads = measured;
    Map<String, Long> figures = new LinkedHashMap<>();
    putThreads(figures, ofLoops, all);
    figures.put("queued", queued);
    putRequests(figures, nanos / NANOS_A_SECOND);
    figures.put("processors", (long) Runtime.getRuntime().availableProcessors());
    before = now;
    return Collections.unmodifiableMap(figures);
  }

  private void shares(
      Object thread,
      SleepTime sleep,
      CpuTime cpu,
      long now,
      Map<Object, Times> measured,
      double nanos,
      List<Shares> to) {
    if (!sleep.isMeasured()) {
      return;
    }
    Times times = new Times(sleep.nanos(now), cpu.nanos(kernel), cpu.readyNanos(world));
    measured.put(thread, times);
    Times last = threads.get(thread);
    if (last != null) {
      double slept = (times.slept() - last.slept()) / nanos;
      double computing = Math.clamp((times.computed() - last.computed()) / nanos, 0, 1);
      double ready = Math.clamp((times.ready() - last.ready()) / nanos, 0, 1);
      to.add(new Shares(Math.max(1 - Math.clamp(slept, 0, 1), computing), computing, ready));
    }
  }

  private static void putThreads(
      Map<String, Long> figures, List<Shares> ofLoops, List<Shares> all) {
    double busy = all.stream().mapToDouble(Shares::busy).sum();
    double computing = all.stream().mapToDouble(Shares::computing).sum();
    double waiting = all.stream().mapToDouble(Shares::waiting).sum();
    double ready = all.stream().mapToDouble(Shares::ready).sum();
    double busiest = all.stream().mapToDouble(Shares::busy).max().orElse(0);
    double most = ofLoops.stream().mapToDouble(Shares::busy).max().orElse(0);
    double least = ofLoops.stream().mapToDouble(Shares::busy).min().orElse(0);
    figures.put("busyPercent", percent(busiest));
    figures.put("threadsPercent", percent(busy));
    figures.put("cpuPercent", percent(computing));
    figures.put("readyPercent", percent(ready));
    // What others take of the processors says nothing of the requests, so ready time is left out.
    figures.put(
        "waitingPercent", busy < BUSY_MIN ? 0 : percent(waiting / (waiting + computing + LEAST)));
    figures.put("imbalancePercent", percent(most - least));
  }

  private static long percent(double share) {
    return Math.round(share * PERCENT);
  }

  private void putRequests(Map<String, Long> figures, double seconds) {
    Map<String, Object> now = count();
    long requests = grown(now, "requests");
    long nanos = grown(now, "durationNanos");
    List<Long> durations = new ArrayList<>();
    List<?> counts = (List<?>) now.get("durations");
    List<?> earlier = (List<?>) counted.get("durations");
    for (int i = 0; i < counts.size(); i++) {
      durations.add((Long) counts.get(i) - (Long) earlier.get(i));
    }
    long timed = durations.stream().mapToLong(each -> each).sum();
    figures.put("requestsPerSecond", Math.round(requests / seconds));
    figures.put("connectionsPerSecond", Math.round(grown(now, "accepted") / seconds));
    figures.put("requestMicros", timed == 0 ? 0 : Math.round(nanos / NANOS_A_MICRO / timed));
    figures.put("spread", timed == 0 ? 1 : upTo(durations, timed, 99) / upTo(durations, timed, 50));
    counted = now;
  }

  private long grown(Map<String, Object> now, String name) {
    return (Long) now.get(name) - (Long) counted.get(name);
  }

  /** Up to which bound so many percent of the requests took; the last one for what is beyond. */
  private static long upTo(List<Long> durations, long all, int percent) {
    List<Long> bounds = Counts.durationBoundsNanos();
    long sum = 0;
    for (int i = 0; i < bounds.size(); i++) {
      sum += durations.get(i);
      if (sum * PERCENT >= all * (double) percent) {
        return bounds.get(i);
      }
    }
    return bounds.getLast();
  }
}
