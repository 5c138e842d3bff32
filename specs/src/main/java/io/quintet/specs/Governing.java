package io.quintet.specs;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * When a server changes its arrangement by itself: immutable data of a topology.
 *
 * @param everyMillis how often it is looked at what the server does, in milliseconds, 1 to 600,000
 * @param looks in how many looks on end a rule must hold, 1 to 1,000
 * @param coolDownMillis how long after a change there is none, in milliseconds, 0 to 86,400,000
 * @param clear when a change may follow sooner; empty for never
 * @param rules the first one that holds says what the server is to be
 */
public record Governing(
    int everyMillis, int looks, int coolDownMillis, Optional<Clear> clear, List<Rule> rules) {
  /** What rules may speak of. */
  private static final Set<String> FIGURES =
      Set.of(
          "busyPercent",
          "connectionsPerSecond",
          "cpuPercent",
          "imbalancePercent",
          "processors",
          "queued",
          "readyPercent",
          "requestMicros",
          "requestsPerSecond",
          "spread",
          "threadsPercent",
          "waitingPercent");

  /** What a rule leads to: the patterns of one process. */
  private static final Set<String> TARGETS =
      Set.of("single-thread", "multi-thread", "load-balanced", "reuseport");

  private static final int MILLIS_MAX = 600_000;
  private static final int LOOKS_MAX = 1_000;
  private static final int COOL_DOWN_MAX = 86_400_000;
  private static final int FIGURE_MAX = 1_000_000_000;
  private static final int WORKERS_MAX = 1024;

  /**
   * When a rule that holds clearly needs fewer looks, and may follow a change before the cool-down
   * is over.
   *
   * @param coolDownMillis how long after a change there is none in any case, in milliseconds, 0 to
   *     86,400,000
   * @param most how many changes there may be within the longer cool-down, 1 to 1,000
   * @param looks in how many looks on end a rule must hold clearly, 1 to 1,000
   */
  public record Clear(int coolDownMillis, int most, int looks) {}

  /**
   * One rule.
   *
   * @param to id of the pattern that the server is to have
   * @param because why, in words
   * @param when for each figure what it must be
   * @param clearly for each figure what it must be, besides, so that the rule holds clearly; empty
   *     where it never does
   * @param workers how many where the options of the server do not say; 0 for the standard
   */
  public record Rule(
      String to,
      String because,
      Map<String, Range> when,
      Map<String, Range> clearly,
      int workers) {}

  /**
   * What a figure must be.
   *
   * @param least at least
   * @param most at most
   */
  public record Range(int least, int most) {}

  static Governing of(Node node) {
    Map<String, Node> members =
        node.object(Set.of("everyMillis", "looks", "coolDownMillis", "rules"), Set.of("clear"));
    List<Rule> rules = new ArrayList<>();
    for (Node each : members.get("rules").array()) {
      rules.add(rule(each));
    }
    return new Governing(
        members.get("everyMillis").integer(1, MILLIS_MAX),
        members.get("looks").integer(1, LOOKS_MAX),
        members.get("coolDownMillis").integer(0, COOL_DOWN_MAX),
        Optional.ofNullable(members.get("clear")).map(Governing::clear),
        Collections.unmodifiableList(rules));
  }

  private static Clear clear(Node node) {
    Map<String, Node> members = node.object(Set.of("coolDownMillis", "looks", "most"), Set.of());
    return new Clear(
        members.get("coolDownMillis").integer(0, COOL_DOWN_MAX),
        members.get("most").integer(1, LOOKS_MAX),
        members.get("looks").integer(1, LOOKS_MAX));
  }

  private static Rule rule(Node node) {
    Map<String, Node> members =
        node.object(Set.of("to", "because", "when"), Set.of("clearly", "workers"));
    String to = members.get("to").choice(TARGETS);
    Node clearly = members.get("clearly");
    Node workers = members.get("workers");
    if (workers != null && !to.equals("load-balanced")) {
      throw workers.broken("only load-balanced has workers");
    }
    return new Rule(
        to,
        members.get("because").text(),
        ranges(members.get("when")),
        clearly == null ? Map.of() : ranges(clearly),
        workers == null ? 0 : workers.integer(1, WORKERS_MAX));
  }

  private static Map<String, Range> ranges(Node node) {
    Map<String, Range> ranges = new LinkedHashMap<>();
    for (Map.Entry<String, Node> each : node.object().entrySet()) {
      if (!FIGURES.contains(each.getKey())) {
        throw each.getValue()
            .broken("no figure is called so; known are " + FIGURES.stream().sorted().toList());
      }
      ranges.put(each.getKey(), range(each.getValue()));
    }
    return Collections.unmodifiableMap(ranges);
  }

  private static Range range(Node node) {
    Map<String, Node> members = node.object(Set.of(), Set.of("least", "most"));
    if (members.isEmpty()) {
      throw node.broken("expected \"least\", \"most\" or both");
    }
    return new Range(
        members.containsKey("least") ? members.get("least").integer(0, FIGURE_MAX) : 0,
        members.containsKey("most") ? members.get("most").integer(0, FIGURE_MAX) : FIGURE_MAX);
  }
}
