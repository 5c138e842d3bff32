package io.quintet.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Which pattern fits, from what was measured. Patterns whose difference is within the noise are
 * called equal, and of these the simplest is advised.
 */
final class Advice {
  /** Differences that small say nothing, however quiet the machine was. */
  private static final double NOISE_MIN = 0.05;

  /** A tail that is so much longer counts. */
  private static final double TAIL = 1.5;

  /**
   * What one pattern did.
   *
   * @param rates requests a second of each round
   * @param tailNanos 99th percentile of all latencies
   * @param cpuMicros processor time a request
   */
  record Candidate(List<Double> rates, long tailNanos, double cpuMicros) {
    double rate() {
      return Figures.median(rates);
    }
  }

  private Advice() {}

  /** How far the rounds are apart, as a share of their median, to either side. */
  static double spread(List<Double> values) {
    double median = Figures.median(values);
    return median == 0 ? 0 : (Collections.max(values) - Collections.min(values)) / 2 / median;
  }

  /** Sentences, the first of which says what to take. */
  static List<String> of(Map<String, Candidate> candidates, boolean open) {
    String fastest =
        Collections.max(candidates.keySet(), Comparator.comparing(id -> candidates.get(id).rate()));
    Candidate best = candidates.get(fastest);
    double noise =
        Math.max(
            NOISE_MIN,
            candidates.values().stream().mapToDouble(c -> spread(c.rates)).max().orElse(0));
    // In the order of the patterns, which is that of their simplicity.
    List<String> fast =
        candidates.keySet().stream()
            .filter(id -> candidates.get(id).rate() >= best.rate() * (1 - noise))
            .toList();
    long shortest = fast.stream().mapToLong(id -> candidates.get(id).tailNanos).min().orElse(1);
    List<String> fit =
        fast.stream().filter(id -> candidates.get(id).tailNanos <= TAIL * shortest).toList();
    String advised = fit.getFirst();
    List<String> sentences = new ArrayList<>();
    sentences.add("Take " + advised + ": " + reason(advised, fast, fit, candidates, open));
    List<String> equal = fit.stream().filter(id -> !id.equals(advised)).toList();
    if (!equal.isEmpty()) {
      sentences.add(
          "Within the noise of this run (± %.0f %%) it is equal to %s; it is the simplest of them."
              .formatted(100 * noise, String.join(", ", equal)));
    }
    List<String> tails = fast.stream().filter(id -> !fit.contains(id)).toList();
    if (!tails.isEmpty()) {
      sentences.add(
          "As fast but with a 99th percentile more than %.1f times as long: %s."
              .formatted(TAIL, String.join(", ", tails)));
    }
    candidates.forEach(
        (id, each) -> {
          if (!fast.contains(id)) {
            sentences.add(
                "%s answered %.2f times as many requests."
                    .formatted(id, each.rate() / best.rate()));
          }
        });
    sentences.add(confidence(noise, candidates, fast));
    return sentences;
  }

  private static String reason(
      String advised,
      List<String> fast,
      List<String> fit,
      Map<String, Candidate> candidates,
      boolean open) {
    Candidate one = candidates.get(advised);
    String figures =
        "%,.0f requests a second, 99 %% of them within %s, %.1f us of processor time each"
            .formatted(one.rate(), LoadCommand.micros(one.tailNanos), one.cpuMicros);
    if (open) {
      return figures + "; all were asked for as many, so the latencies decide.";
    }
    return figures
        + (fast.size() == 1
            ? "; no other was as fast."
            : fit.size() == 1 ? "; of the fastest it has the shortest tail." : ".");
  }

  private static String confidence(
      double noise, Map<String, Candidate> candidates, List<String> fast) {
    double next =
        candidates.entrySet().stream()
            .filter(each -> !fast.contains(each.getKey()))
            .mapToDouble(each -> each.getValue().rate())
            .max()
            .orElse(0);
    double best = candidates.values().stream().mapToDouble(Candidate::rate).max().orElse(1);
    if (noise > 0.25) {
      return "Not sure: the rounds differ by more than a quarter, so the machine does other things;"
          + " more --rounds would tell more.";
    }
    return next == 0
        ? "Sure only of that: nothing is much faster than the rest. More processors, other costs of"
            + " a request (--handler-cpu, --handler-block, --heavy) or --churn would change it."
        : "Fairly sure: the next one has %.0f %% of its rate. Other costs of a request"
                .formatted(100 * next / best)
            + " (--handler-cpu, --handler-block, --heavy), --churn or more processors would change"
            + " it.";
  }
}
