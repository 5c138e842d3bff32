package io.quintet.server;

import io.quintet.dispatch.HandlerExecutor;
import io.quintet.dispatch.Worker;
import io.quintet.metrics.Counts;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Loops and workers that leave a server that serves on: workers once the loops have ended that give
 * them requests. Who has the lifecycle's monitor.
 */
final class Retirement {
  /** Workers that are to end, and the loops that give them requests and run. */
  private record Group(Set<ServerLoop> loops, List<HandlerExecutor> executors) {}

  private final List<ServerLoop> loops;
  private final List<HandlerExecutor> executors;
  private final List<Group> groups = new ArrayList<>();

  /** Workers that were told to end. */
  private final Set<HandlerExecutor> told = new HashSet<>();

  /** What the loops have counted that have left. */
  private Optional<Counts> counted = Optional.empty();

  /**
   * Nobody leaves.
   *
   * @param loops those of the server, of which those are taken out that have left
   * @param executors who runs handlers, likewise
   */
  Retirement(List<ServerLoop> loops, List<HandlerExecutor> executors) {
    this.loops = loops;
    this.executors = executors;
  }

  /** Has workers end once some loops have. */
  void begin(List<ServerLoop> those, List<HandlerExecutor> theirs) {
    Set<ServerLoop> running = new HashSet<>(those);
    running.retainAll(loops);
    groups.add(new Group(running, List.copyOf(theirs)));
    tell();
  }

  /** A loop has ended, and leaves if it was to. */
  void ended(ServerLoop loop) {
    if (loop.isRetired()) {
      loops.remove(loop);
      Counts counts = loop.counts();
      counted = Optional.of(counted.map(counts::plus).orElse(counts));
    }
    groups.forEach(group -> group.loops.remove(loop));
    tell();
  }

  private void tell() {
    for (Group group : List.copyOf(groups)) {
      if (group.loops.isEmpty()) {
        groups.remove(group);
        told.addAll(group.executors);
        group.executors.forEach(HandlerExecutor::stopLater);
        executors.removeIf(each -> group.executors.contains(each) && !(each instanceof Worker));
      }
    }
  }

  /** A worker has ended. Gives whether it was to leave. */
  boolean ended(Worker worker) {
    return told.remove(worker) && executors.remove(worker);
  }

  /** What all loops and their backends have counted, also those that have left. */
  Counts counts(Counts nothing) {
    Counts sum = counted.map(nothing::plus).orElse(nothing);
    for (ServerLoop loop : loops) {
      sum = sum.plus(loop.counts()).plus(loop.backendCounts());
    }
    return sum;
  }
}
