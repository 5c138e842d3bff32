package io.quintet.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What came of servers in phases: figures of each, and one that changes beside those that do not.
 */
final class PhaseFigures {
  private static final double MICROS_A_MILLI = 1e3;

  private final Map<String, List<PhaseRun>> runs;

  PhaseFigures(Map<String, List<PhaseRun>> runs) {
    this.runs = runs;
  }

  /** One beside the best of those that do not change. */
  record Beside(double own, double best, String id) {
    double ratio() {
      return best == 0 ? 0 : own / best;
    }
  }

  /** Whether a server of that arrangement changes it by itself. */
  private static boolean changes(String id) {
    return SpecCommand.topology(id).governor().isPresent();
  }

  /** How one run of a server that changes compares. */
  private Beside beside(String changing, int run, ToDoubleFunction<PhaseRun> figure) {
    String id = "";
    double best = 0;
    for (Map.Entry<String, List<PhaseRun>> each : runs.entrySet()) {
      double value = figure.applyAsDouble(each.getValue().get(run));
      if (!changes(each.getKey()) && value > best) {
        best = value;
        id = each.getKey();
      }
    }
    return new Beside(figure.applyAsDouble(runs.get(changing).get(run)), best, id);
  }

  private static double rate(PhaseRun run, Phase phase) {
    return run.settled.get(phase).rate();
  }

  /** What is to be said of servers that change, a sentence for each run. */
  List<String> sentences() {
    List<String> sentences = new ArrayList<>();
    if (runs.keySet().stream().allMatch(PhaseFigures::changes)) {
      return sentences; // there is none to be compared with
    }
    for (String id : runs.keySet().stream().filter(PhaseFigures::changes).toList()) {
      for (int i = 0; i < runs.get(id).size(); i++) {
        sentences.add(sentence(id, i));
      }
    }
    return sentences;
  }

  private String sentence(String id, int run) {
    List<String> ratios = new ArrayList<>();
    for (Phase phase : Phase.values()) {
      ratios.add("%s %.2f".formatted(phase, beside(id, run, it -> rate(it, phase)).ratio()));
    }
    Beside whole = beside(id, run, PhaseRun::rate);
    return ("run %d: %s, settled, had these parts of the rate of the best static pattern: %s; over"
            + " the whole run %.2f of that of %s")
        .formatted(run + 1, name(id), String.join(", ", ratios), whole.ratio(), whole.id());
  }

  private static String name(String id) {
    return SpecCommand.topology(id).id();
  }

  void print(PrintWriter out) {
    out.printf("%-15s", "requests/s");
    for (Phase phase : Phase.values()) {
      out.printf(" %9s", phase);
    }
    out.printf(" %9s%n", "whole run");
    runs.forEach(
        (id, each) -> {
          out.printf("%-15s", name(id));
          for (Phase phase : Phase.values()) {
            out.printf(" %,9.0f", median(each, run -> rate(run, phase)));
          }
          out.printf(" %,9.0f%n", median(each, PhaseRun::rate));
        });
    out.printf("%n%-15s%n", "p99 in ms");
    runs.forEach(
        (id, each) -> {
          out.printf("%-15s", name(id));
          for (Phase phase : Phase.values()) {
            out.printf(" %,9.2f", median(each, run -> millis(run, phase)));
          }
          out.println();
        });
    out.println();
    sentences().forEach(out::println);
    runs.forEach((id, each) -> printDecisions(out, id, each));
    out.flush();
  }

  private static void printDecisions(PrintWriter out, String id, List<PhaseRun> runs) {
    for (int i = 0; i < runs.size(); i++) {
      for (PhaseRun.Decision decision : runs.get(i).decisions) {
        out.printf(
            "run %d: %s, after %.1f s: to %s, since %s%n",
            i + 1, name(id), decision.at(), decision.to(), decision.because());
      }
    }
  }

  private static double millis(PhaseRun run, Phase phase) {
    return run.settled.get(phase).p99Micros() / MICROS_A_MILLI;
  }

  private static double median(List<PhaseRun> runs, ToDoubleFunction<PhaseRun> figure) {
    return Figures.median(runs.stream().map(figure::applyAsDouble).toList());
  }

  long errors() {
    return runs.values().stream().flatMap(List::stream).mapToLong(PhaseRun::errors).sum();
  }

  /** For other programs. */
  Map<String, Object> toMap() {
    Map<String, Object> all = new LinkedHashMap<>();
    runs.forEach((id, each) -> all.put(name(id), each.stream().map(PhaseFigures::toMap).toList()));
    return all;
  }

  private static Map<String, Object> toMap(PhaseRun run) {
    Map<String, Object> one = new LinkedHashMap<>();
    Map<String, Object> phases = new LinkedHashMap<>();
    run.settled.forEach(
        (phase, settled) ->
            phases.put(
                phase.toString(),
                Map.of("requestsASecond", settled.rate(), "p99Micros", settled.p99Micros())));
    one.put("phases", phases);
    one.put("requestsASecond", run.rate());
    one.put("errors", run.errors());
    one.put("begins", run.begins());
    one.put(
        "samples",
        run.samples.stream()
            .map(each -> List.of(each.at(), each.rate(), each.p99Micros()))
            .toList());
    one.put(
        "decisions",
        run.decisions.stream()
            .map(each -> Map.of("at", each.at(), "to", each.to(), "because", each.because()))
            .toList());
    return one;
  }
}
