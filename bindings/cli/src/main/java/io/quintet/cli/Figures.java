package io.quintet.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What one pattern did in the rounds of a comparison. */
final class Figures {
  private static final double TICK_MICROS = 10_000;

  final List<Double> rates = new ArrayList<>();
  final Histogram latencies = LoadLoop.histogram();
  final List<Double> userMicros = new ArrayList<>();
  final List<Double> systemMicros = new ArrayList<>();
  final List<Double> switches = new ArrayList<>();
  final List<Double> calls = new ArrayList<>();
  double balance = 1;
  long residentBytes;
  long errors;
  double busiest;

  /** Requests a second by the number of connections, where that was asked for. */
  final Map<Integer, Double> scale = new TreeMap<>();

  /** Requests that each loop, worker or backend has had, at times, where that was asked for. */
  final List<Moment> moments = new ArrayList<>();

  /**
   * What had been handled at some time.
   *
   * @param nanos time, from anywhere
   * @param handled requests by the name of the thread
   */
  record Moment(long nanos, Map<String, Long> handled) {}

  /** Adds a slice of load. */
  void add(LoadLoop.Result result, Contender.Usage usage, long systemCalls) {
    double requests = Math.max(result.latencies.getTotalCount(), 1);
    rates.add(result.rate());
    latencies.add(result.latencies);
    userMicros.add(usage.userTicks() * TICK_MICROS / requests);
    systemMicros.add(usage.systemTicks() * TICK_MICROS / requests);
    switches.add(usage.switches() / requests);
    calls.add(systemCalls / requests);
    residentBytes = usage.residentBytes();
    errors += result.errors;
    busiest = Math.max(busiest, result.busy());
  }

  /** How much more the busiest has had than the mean. */
  void balanceOf(Map<String, Long> handled) {
    double mean = handled.values().stream().mapToLong(Long::longValue).average().orElse(0);
    balance = mean == 0 ? 1 : Collections.max(handled.values()) / mean;
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** For other programs. */
  Map<String, Object> toMap() {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("requestsASecond", rates);
    one.put("userMicrosARequest", userMicros);
    one.put("systemMicrosARequest", systemMicros);
    one.put("switchesARequest", switches);
    one.put("systemCallsARequest", calls);
    one.put("busiestToMean", balance);
    one.put("residentBytes", residentBytes);
    one.put("errors", errors);
    JsonReport.putPercentiles(one, latencies);
    one.put("histogram", JsonReport.encoded(latencies));
    return one;
  }
}
