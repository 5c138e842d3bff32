package io.quintet.metrics;

import io.quintet.kernel.Kernel;
import io.quintet.metrics.Counts.Number;
import java.util.Arrays;
import java.util.List;

/**
 * What a loop counts. Its thread counts, any thread reads; what happens for each request is counted
 * in a plain field and published before its reply is sent, so that who has the reply finds it
 * counted, or when the turn ends.
 */
public final class LoopMetrics {
  private final List<String> kinds;
  private final Counter[] all;

  private int decodedNow;
  private long receivedNow;
  private long sentNow;

  /** Replies of the turn that are encoded and were not timed. */
  private int untimed;

  private final int[] repliedNow;
  private boolean replied;

  public LoopMetrics(List<String> kinds) {
    this.kinds = kinds;
    this.all = new Counter[Counts.size(kinds.size())];
    this.repliedNow = new int[kinds.size()];
    Arrays.setAll(all, _ -> new Counter());
  }

  private Counter of(Number number) {
    return all[Counts.indexOf(number)];
  }

  public void count(Number number) {
    of(number).add(1);
  }

  /** What was counted so far of one that is published at once. Any thread. */
  public long get(Number number) {
    return of(number).get();
  }

  public void refused(Refusal why) {
    all[Counts.indexOf(why)].add(1);
  }

  public void decoded() {
    decodedNow++;
  }

  public void received(long bytes) {
    receivedNow += bytes;
  }

  /** A result of send(2). */
  public void sent(long result) {
    sentNow += Math.max(result, 0);
  }

  /** A reply of some kind has been encoded; of none that is counted if that is below 0. */
  public void replied(int kind) {
    if (kind >= 0 && kind < repliedNow.length) {
      repliedNow[kind]++;
      replied = true;
    }
  }

  /** A request that was decoded in this turn has its reply. */
  public void answered() {
    untimed++;
  }

  /** So are timed together which leave together. */
  public boolean hasUntimed() {
    return untimed > 0;
  }

  /** How long those took that are untimed, each. */
  public void took(long nanos) {
    took(nanos, untimed);
    untimed = 0;
  }

  /** How long so many requests took, each. */
  public void took(long nanos, int count) {
    all[Counts.indexOfDuration(nanos, kinds.size())].add(count);
    all[Counts.indexOfDurations(kinds.size())].add(nanos * count);
  }

  /** Something is about to be sent. */
  public void sending() {
    if (decodedNow > 0 || replied) {
      publish();
    }
  }

  private void publish() {
    of(Number.REQUESTS).add(decodedNow);
    decodedNow = 0;
    of(Number.RECEIVED_BYTES).add(receivedNow);
    receivedNow = 0;
    if (replied) {
      replied = false;
      for (int i = 0; i < repliedNow.length; i++) {
        all[Counts.indexOfReplies(i)].add(repliedNow[i]);
        repliedNow[i] = 0;
      }
    }
  }

  /** Grows with each turn. Any thread. */
  public long systemCalls() {
    return of(Number.SYSTEM_CALLS).get();
  }

  /** The loop is about to sleep: what it did since the turn began can be read meanwhile. */
  public void sleeping() {
    publish();
    of(Number.SENT_BYTES).add(sentNow);
    sentNow = 0;
  }

  public void turnEnded(Kernel kernel) {
    sleeping();
    Counter calls = of(Number.SYSTEM_CALLS);
    calls.add(kernel.calls() - calls.get());
  }

  public Counts counts() {
    return Counts.of(all, kinds);
  }
}
