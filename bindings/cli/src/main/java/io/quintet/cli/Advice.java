package io.quintet.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which pattern fits, from what was measured. Patterns whose difference is within the noise are
 * called equal, and of these the simplest is advised.
 */
final class Advice {
  /** Differences that small say nothing, however quiet the machine was. */
  private static final double NOISE_MIN = 0.05;

  /** A latency that is so much longer counts. */
  private static final double LONGER = 1.5;

  /**
   * What one pattern did.
   *
   * @param rates requests a second of each round
   * @param latencies by their percentile, in nanoseconds, each of each round
   * @param tailNanos 99th percentile of all rounds together
   * @param cpuMicros processor time a request
   */
  record Candidate(
      List<Double> rates, Map<Double, List<Double>> latencies, long tailNanos, double cpuMicros) {
    double rate() {
      return Figures.median(rates);
    }

    /** Rates as shares of the other's, round by round: what disturbed one disturbed the other. */
    private List<Double> shares(Candidate other) {
      return ratios(rates, other.rates);
    }

    /** Whether it answered fewer in each round, and not only a few fewer. */
    boolean isSlowerThan(Candidate other) {
      List<Double> shares = shares(other);
      return Figures.median(shares) < 1 - NOISE_MIN && Collections.max(shares) < 1;
    }

    /** How many times as long as the other's some percentile of its latencies is, likewise. */
    private List<Double> times(Candidate other, double percentile) {
      return ratios(latencies.get(percentile), other.latencies.get(percentile));
    }

    private static List<Double> ratios(List<Double> ours, List<Double> theirs) {
      return IntStream.range(0, ours.size())
          .mapToObj(round -> ours.get(round) / Math.max(theirs.get(round), 1))
          .toList();
    }

    /** Percentiles that are so much longer than the other's, and longer in each round. */
    private List<Double> behind(Candidate other) {
      return latencies.keySet().stream()
          .filter(
              percentile -> {
                List<Double> times = times(other, percentile);
                return Figures.median(times) > LONGER && Collections.min(times) > 1;
              })
          .toList();
    }

    /** Whether the other answers sooner, and nowhere later. */
    boolean isBeatenBy(Candidate other) {
      return !behind(other).isEmpty() && other.behind(this).isEmpty();
    }

    /** Where it is furthest behind, as a person says it. */
    String lag(Candidate other) {
      return behind(other).stream()
          .max(Comparator.comparing(each -> Figures.median(times(other, each))))
          .map(
              each ->
                  "p%.0f %.1f times as long".formatted(each, Figures.median(times(other, each))))
          .orElseThrow();
    }
  }

  private Advice() {}

  /** How far the rounds are apart, as a share of their median, to either side. */
  static double spread(List<Double> values) {
    double median = Figures.median(values);
    return median == 0 ? 0 : (Collections.max(values) - Collections.min(values)) / 2 / median;
  }

  /** What to take, and sentences that say why, the first of which names it. */
  record Choice(String id, List<String> sentences) {}

  static Choice of(Map<String, Candidate> candidates, boolean open) {
    String fastest =
        Collections.max(candidates.keySet(), Comparator.comparing(id -> candidates.get(id).rate()));
    Candidate best = candidates.get(fastest);
    double noise =
        Math.max(
            NOISE_MIN,
            candidates.values().stream().mapToDouble(c -> spread(c.rates)).max().orElse(0));
    // In the order of the patterns, which is that of their simplicity.
    List<String> fast =
        candidates.keySet().stream().filter(id -> !candidates.get(id).isSlowerThan(best)).toList();
    List<String> unbeaten =
        fast.stream()
            .filter(
                id ->
                    fast.stream().noneMatch(o -> candidates.get(id).isBeatenBy(candidates.get(o))))
            .toList();
    List<String> fit = unbeaten.isEmpty() ? fast : unbeaten; // they may beat each other in a circle
    String advised = fit.getFirst();
    List<String> sentences = new ArrayList<>();
    sentences.add("Take " + advised + ": " + reason(advised, fast, fit, candidates, open));
    Candidate taken = candidates.get(advised);
    List<String> equal = new ArrayList<>();
    List<String> choices = new ArrayList<>();
    List<String> later = new ArrayList<>();
    for (String id : fast) {
      Candidate other = candidates.get(id);
      boolean lags = !other.behind(taken).isEmpty();
      boolean leads = !taken.behind(other).isEmpty();
      if (fit.contains(id) && lags && leads) {
        choices.add(
            "As many, a choice: %s has its %s, but %s has its %s."
                .formatted(id, other.lag(taken), advised, taken.lag(other)));
      } else if (fit.contains(id) && !lags && !leads) {
        equal.add(id);
      } else {
        later.add(id);
      }
    }
    equal.remove(advised);
    if (!equal.isEmpty()) {
      sentences.add(
          "Within the noise of this run (± %.0f %%) it is equal to %s; it is the simplest of them."
              .formatted(100 * noise, String.join(", ", equal)));
    }
    sentences.addAll(choices);
    if (!later.isEmpty()) {
      sentences.add(
          "As many, but later in every round: %s.".formatted(lags(later, fit, candidates)));
    }
    candidates.forEach(
        (id, each) -> {
          if (!fast.contains(id)) {
            sentences.add(
                "%s answered %.2f times as many requests."
                    .formatted(id, Figures.median(each.shares(best))));
          }
        });
    sentences.add(confidence(noise, candidates, fast, later.isEmpty()));
    return new Choice(advised, sentences);
  }

  /** How far behind the first of the fit ones that beats it each is. */
  private static String lags(
      List<String> later, List<String> fit, Map<String, Candidate> candidates) {
    return later.stream()
        .map(
            id -> {
              Candidate one = candidates.get(id);
              return fit.stream()
                  .map(candidates::get)
                  .filter(one::isBeatenBy)
                  .findFirst()
                  .map(better -> id + " (" + one.lag(better) + ")")
                  .orElse(id);
            })
        .collect(Collectors.joining(", "));
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
            : fit.size() == 1 ? "; of the fastest it answers soonest." : ".");
  }

  private static String confidence(
      double noise, Map<String, Candidate> candidates, List<String> fast, boolean alike) {
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
    String others =
        "Other costs of a request (--handler-cpu, --handler-block, --heavy), --churn or more"
            + " processors would change it.";
    if (next > 0) {
      return "Fairly sure: the next one has %.0f %% of its rate. ".formatted(100 * next / best)
          + others;
    }
    return (alike
            ? "Sure only of that: none is much faster than the rest. "
            : "Fairly sure: each round showed the same. ")
        + others;
  }
}
