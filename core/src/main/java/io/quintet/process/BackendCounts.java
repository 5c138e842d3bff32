package io.quintet.process;

import io.quintet.metrics.Counts;
import java.util.List;

/**
 * What a backend has told of what it has counted, its processes one after the other together. The
 * front's thread adds, any thread reads.
 */
public final class BackendCounts {
  private final List<String> kinds;

  /** Of the processes that have ended. */
  private Counts countsBefore;

  private long cpuBefore;

  private volatile Counts counts;
  private volatile long cpuNanos;
  private volatile long queuedBytes;
  private volatile long open;

  BackendCounts(List<String> kinds) {
    this.kinds = kinds;
    this.countsBefore = Counts.none(kinds);
    this.counts = countsBefore;
  }

  /** An answer, as {@link FrontLink} lays it down; one of another length is none. */
  void add(long[] numbers) {
    if (numbers.length != FrontLink.numbers(kinds)) {
      return;
    }
    int at = Counts.size(kinds.size());
    counts = countsBefore.plus(Counts.of(numbers, kinds));
    cpuNanos = cpuBefore + numbers[at];
    queuedBytes = numbers[at + 1];
    open = numbers[at + 2];
  }

  /** The process has ended. */
  void ended() {
    countsBefore = counts;
    cpuBefore = cpuNanos;
    queuedBytes = 0;
    open = 0;
  }

  Counts counts() {
    return counts;
  }

  long cpuNanos() {
    return cpuNanos;
  }

  long queuedBytes() {
    return queuedBytes;
  }

  long open() {
    return open;
  }
}
