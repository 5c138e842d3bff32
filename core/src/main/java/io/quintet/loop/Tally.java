package io.quintet.loop;

import io.quintet.kernel.Kernel;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a loop counts. Its thread counts, any thread reads; what happens for each request is counted
 * in a plain field and published before its reply is sent, so that who has the reply finds it
 * counted, or when the turn ends.
 */
final class Tally {
  final Counter accepted = new Counter();
  final Counter pauses = new Counter();
  private final Counter[] refusals = new Counter[Refusal.values().length];
  final Counter failures = new Counter();
  private final Counter requests = new Counter();
  private final Counter receivedBytes = new Counter();
  private final Counter sentBytes = new Counter();
  private final Counter wakeUps = new Counter();
  private final Counter busyNanos = new Counter();
  private final Counter calls = new Counter();

  private int decodedNow;
  private long receivedNow;
  private long sentNow;
  private long busySince;

  Tally(long now) {
    Arrays.setAll(refusals, _ -> new Counter());
    busySince = now;
  }

  void refused(Refusal why) {
    refusals[why.ordinal()].add(1);
  }

  void decoded() {
    decodedNow++;
  }

  void received(long bytes) {
    receivedNow += bytes;
  }

  /** Something is about to be sent. */
  void sending() {
    if (decodedNow > 0) {
      publish();
    }
  }

  private void publish() {
    requests.add(decodedNow);
    decodedNow = 0;
    receivedBytes.add(receivedNow);
    receivedNow = 0;
  }

  /** A result of send(2). */
  void sent(long result) {
    sentNow += Math.max(result, 0);
  }

  void slept(long now) {
    busyNanos.add(now - busySince);
  }

  void woke(long now) {
    busySince = now;
    wakeUps.add(1);
  }

  void turnEnded(Kernel kernel) {
    publish();
    sentBytes.add(sentNow);
    sentNow = 0;
    calls.add(kernel.calls() - calls.get());
  }

  long requests() {
    return requests.get();
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("accepted", accepted.get());
    map.put("requests", requests.get());
    map.put("receivedBytes", receivedBytes.get());
    map.put("sentBytes", sentBytes.get());
    map.put("wakeUps", wakeUps.get());
    map.put("busyNanos", busyNanos.get());
    map.put("systemCalls", calls.get());
    map.put("pauses", pauses.get());
    for (Refusal why : Refusal.values()) {
      map.put(why.counter(), refusals[why.ordinal()].get());
    }
    map.put("failures", failures.get());
    return map;
  }
}
