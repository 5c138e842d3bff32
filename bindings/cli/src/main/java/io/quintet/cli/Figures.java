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

  /** Those that are advised by. */
  private static final List<Double> PERCENTILES = List.of(50.0, 90.0, 99.0);

  final List<Double> rates = new ArrayList<>();
  final Histogram latencies = LoadLoop.histogram();

  /** Latencies of each round in nanoseconds, by their percentile. */
  final Map<Double, List<Double>> roundLatencies = new TreeMap<>();

  final List<Double> connectionRates = new ArrayList<>();
  final List<Double> userMicros = new ArrayList<>();
  final List<Double> systemMicros = new ArrayList<>();
  final List<Double> switches = new ArrayList<>();
  final List<Double> calls = new ArrayList<>();
  long residentBytes;
  long errors;
  double busiest;

  /** Requests that each loop, worker or backend has had, by the name of the thread. */
  private final Map<String, Long> handled = new LinkedHashMap<>();

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
  void add(LoadLoop.Result result, Contender.Usage usage, Contender.Counts counts) {
    double requests = Math.max(result.latencies.getTotalCount(), 1);
    rates.add(result.rate());
    latencies.add(result.latencies);
    for (double percentile : PERCENTILES) {
      roundLatencies
          .computeIfAbsent(percentile, _ -> new ArrayList<>())
          .add((double) result.latencies.getValueAtPercentile(percentile));
    }
    userMicros.add(usage.userTicks() * TICK_MICROS / requests);
    systemMicros.add(usage.systemTicks() * TICK_MICROS / requests);
    switches.add(usage.switches() / requests);
    calls.add(counts.systemCalls() / requests);
    counts.handled().forEach((thread, count) -> handled.merge(thread, count, Long::sum));
    residentBytes = usage.residentBytes();
    errors += result.errors;
    busiest = Math.max(busiest, result.busy());
  }

  /** How much more the busiest has had than the mean. */
  double balance() {
    double mean = handled.values().stream().mapToLong(Long::longValue).average().orElse(0);
    return mean == 0 ? 1 : Collections.max(handled.values()) / mean;
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
    one.put("connectionsASecond", connectionRates);
    roundLatencies.forEach((each, nanos) -> one.put("p" + each + "NanosOfRounds", nanos));
    one.put("busiestToMean", balance());
    one.put("residentBytes", residentBytes);
    one.put("errors", errors);
    JsonReport.putPercentiles(one, latencies);
    one.put("histogram", JsonReport.encoded(latencies));
    return one;
  }
}
