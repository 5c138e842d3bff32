package io.quintet.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What one server did in one run through all phases. */
final class PhaseRun {
  private static final double NANOS_A_SECOND = 1e9;
  private static final double NANOS_A_MICRO = 1e3;
  private static final double MILLIS_A_SECOND = 1e3;
  private static final int PERCENTILE = 99;

  /** How long a server may take to fit a phase. */
  private static final double SETTLE_SECONDS = 2;

  /**
   * What was measured at some time.
   *
   * @param at its end, in seconds of load since the run began
   * @param rate requests a second
   * @param p99Micros 99th percentile of the latencies
   */
  record Sample(double at, double rate, double p99Micros) {}

  /** A phase after the server had its time to fit it. */
  record Settled(double rate, double p99Micros) {}

  /** A change by a server's governor, so many seconds after the run began. */
  record Decision(double at, String to, String because) {}

  final List<Sample> samples = new ArrayList<>();
  final Map<Phase, Settled> settled = new LinkedHashMap<>();
  final List<Decision> decisions = new ArrayList<>();
  private long requests;
  private double seconds;
  private long errors;

  /** When each phase began, by the clock and in seconds of load. */
  private final List<Begun> begun = new ArrayList<>();

  private record Begun(long nanos, double at) {}

  /** A phase begins now. */
  void begin() {
    begun.add(new Begun(System.nanoTime(), seconds));
  }

  /** The phase has ended. */
  void add(Phase phase, List<LoadLoop.Result> parts) {
    double all = parts.stream().mapToDouble(part -> part.nanos / NANOS_A_SECOND).sum();
    double from = Math.min(SETTLE_SECONDS, all / 2);
    Histogram latencies = LoadLoop.histogram();
    double counted = 0;
    double into = 0;
    for (LoadLoop.Result part : parts) {
      double took = part.nanos / NANOS_A_SECOND;
      if (into + took / 2 >= from) {
        latencies.add(part.latencies);
        counted += took;
      }
      into += took;
      seconds += took;
      requests += part.latencies.getTotalCount();
      errors += part.errors;
      samples.add(new Sample(seconds, part.rate(), micros(part.latencies)));
    }
    double rate = counted == 0 ? 0 : latencies.getTotalCount() / counted;
    settled.put(phase, new Settled(rate, micros(latencies)));
  }

  private static double micros(Histogram latencies) {
    return latencies.getValueAtPercentile(PERCENTILE) / NANOS_A_MICRO;
  }

  /** Takes the changes since the run began from what a server tells now. */
  void addDecisions(JsonObject stats) {
    long now = System.nanoTime();
    JsonObject governor = stats.getAsJsonObject("governor");
    if (governor == null || !governor.has("decisions")) {
      return;
    }
    for (JsonElement each : governor.getAsJsonArray("decisions")) {
      JsonObject decision = each.getAsJsonObject();
      long nanos =
          now - (long) (decision.get("agoMillis").getAsLong() / MILLIS_A_SECOND * NANOS_A_SECOND);
      if (!decision.get("failed").getAsBoolean() && nanos >= begun.getFirst().nanos) {
        decisions.add(
            new Decision(
                at(nanos),
                decision.get("to").getAsString(),
                decision.get("because").getAsString()));
      }
    }
  }

  /** A time by the clock in seconds of load: between phases there is none. */
  private double at(long nanos) {
    Begun phase = begun.getFirst();
    double until = seconds;
    for (int i = 0; i < begun.size(); i++) {
      if (begun.get(i).nanos <= nanos) {
        phase = begun.get(i);
        until = i + 1 < begun.size() ? begun.get(i + 1).at : seconds;
      }
    }
    return Math.min(phase.at + (nanos - phase.nanos) / NANOS_A_SECOND, until);
  }

  /** Requests that were answered in all phases, a second. */
  double rate() {
    return seconds == 0 ? 0 : requests / seconds;
  }

  long errors() {
    return errors;
  }

  /** When the phases began, in seconds of load. */
  List<Double> begins() {
    return begun.stream().map(Begun::at).toList();
  }

  double seconds() {
    return seconds;
  }
}
