package io.quintet;

import io.quintet.kernel.Kernel;
import io.quintet.machine.MachineInstance;
import io.quintet.metrics.GovernEvent;
import io.quintet.specs.Governing;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import io.quintet.specs.Transitions;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Changes the arrangement of a server by rules: the actions of {@code
 * specs/machines/governor.json}. One thread, but for {@link #toMap}.
 */
final class Governor extends MachineInstance<GovernorEvent, GovernorAction> {
  private static final Transitions<GovernorEvent, GovernorAction> MACHINE =
      Transitions.of(Specs.machine("governor"), GovernorEvent.class, GovernorAction.class);

  private static final int RESTING = MACHINE.number("resting");
  private static final long NANOS_A_MILLI = 1_000_000;
  private static final double MILLIS_A_SECOND = 1e3;

  /** How many decisions are told. */
  private static final int TOLD = 32;

  private static final String BEGAN = "it was started so";
  private static final String DISPLACED = "somebody else has changed it";

  private final Kernel kernel;
  private final Governing by;
  private final Governed server;

  /** The arrangement that serves, as it was seen last, and which pattern that is. */
  private Topology known;

  /** How often the server had been changed when it was seen so. */
  private long knownChanges;

  private String pattern;

  private Governing.@Nullable Rule held;

  /** In how many looks on end that rule was the first that held, and in how many clearly. */
  private int looks;

  private int clearLooks;

  private long changedAt;

  /** Whether the last change was its own and went well, so that a clear one may follow soon. */
  private boolean follows;

  /** When it changed the server, within the cool-down. */
  private final Deque<Long> recent = new ArrayDeque<>();

  private String reason = "";

  /** What was seen last. */
  private Map<String, Long> figures = Map.of();

  private volatile Told told;

  /** What others see of it, as of the last look. */
  private record Told(
      String pattern,
      long since,
      String because,
      long lookedAt,
      long restsUntil,
      long changes,
      String last,
      Map<String, Long> figures,
      List<Decision> decisions,
      String transitions) {}

  /** A change by it, or one that failed. */
  private record Decision(long at, String from, String to, String because, boolean failed) {}

  /** The server of which it decides. */
  interface Governed {
    /** How it is arranged now. */
    Topology topology();

    /** How often it has been changed, by whomever; it rises behind a change of the topology. */
    long changes();

    /** Whether it neither drains nor has stopped. */
    boolean serves();

    /** What it has done since the look before. */
    Map<String, Long> figures();

    /**
     * Rearranges it, or throws and has it serve on as it did. False, and nothing was done, where
     * somebody else changes it, or it has been changed more often, or it serves no more.
     */
    boolean rearrange(Governing.Rule rule, long changes);
  }

  Governor(Kernel kernel, Governing by, Governed server) {
    super(MACHINE);
    this.kernel = kernel;
    this.by = by;
    this.server = server;
    this.knownChanges = server.changes();
    this.known = server.topology();
    this.pattern = pattern(known);
    this.changedAt = kernel.nanoTime();
    this.told =
        new Told(
            pattern, changedAt, BEGAN, changedAt, changedAt, 0, "", Map.of(), List.of(), explain());
  }

  /** The pattern as which it is arranged, or the id of a topology of the user's own. */
  private static String pattern(Topology topology) {
    return Specs.topologyIds().stream()
        .filter(id -> topology.arrangesAs(Specs.topology(id)))
        .findFirst()
        .orElse(topology.id());
  }

  /** Looks at the server, and changes it where that is due; it ends where the server drains. */
  void look() {
    if (!server.serves()) {
      stop();
    } else {
      run(GovernorEvent.LOOK);
    }
    told = told(told);
  }

  /** Decides nothing any more. */
  void stop() {
    if (!isEnded()) {
      run(GovernorEvent.STOP);
    }
  }

  @Override
  protected @Nullable GovernorEvent perform(GovernorAction action) {
    return switch (action) {
      case OBSERVE -> observe();
      case REARRANGE -> rearrange();
      case REST -> rest();
      case WAIT -> waitOn();
      case END -> null;
    };
  }

  private GovernorEvent observe() {
    figures = server.figures();
    if (isDisplaced()) {
      follows = false;
      return GovernorEvent.DISPLACED;
    }
    note();
    return isThere() || (looks < by.looks() && !isClear())
        ? GovernorEvent.SETTLED
        : GovernorEvent.DUE;
  }

  /** Counts the looks on end in which a rule was the first that held. */
  private void note() {
    Governing.Rule first = first(figures);
    boolean same = first != null && first.equals(held);
    boolean clear = first != null && !first.clearly().isEmpty() && holds(first.clearly(), figures);
    looks = same ? looks + 1 : 1;
    clearLooks = !clear ? 0 : same ? clearLooks + 1 : 1;
    held = first;
    reason = first == null ? "" : first.because() + " (" + told(first, figures) + ")";
  }

  /** Whether nothing is to be changed. */
  private boolean isThere() {
    return held == null || known.arrangesAs(Specs.topology(held.to()));
  }

  /** Whether the rule has held clearly for long enough. */
  private boolean isClear() {
    return by.clear().filter(clear -> clearLooks >= clear.looks()).isPresent();
  }

  /** Somebody else has changed the server. */
  private boolean isDisplaced() {
    return server.changes() != knownChanges;
  }

  private Governing.@Nullable Rule first(Map<String, Long> seen) {
    return by.rules().stream().filter(rule -> holds(rule.when(), seen)).findFirst().orElse(null);
  }

  private static boolean holds(Map<String, Governing.Range> ranges, Map<String, Long> seen) {
    return ranges.entrySet().stream()
        .allMatch(
            each -> {
              Long figure = seen.get(each.getKey());
              Governing.Range range = each.getValue();
              return figure != null && figure >= range.least() && figure <= range.most();
            });
  }

  private static String told(Governing.Rule rule, Map<String, Long> seen) {
    return rule.when().keySet().stream()
        .map(name -> name + " " + seen.get(name))
        .collect(Collectors.joining(", "));
  }

  private GovernorEvent rearrange() {
    Governing.Rule rule = held;
    String from = known.id();
    GovernEvent event = new GovernEvent();
    event.from = from;
    event.to = rule.to();
    event.reason = reason;
    try {
      if (!server.rearrange(rule, knownChanges)) {
        event.failure = "another change, or the end, came first";
        follows = false;
        return GovernorEvent.DISPLACED;
      }
      decided(from, rule, reason, false);
      kernel.logger().log(Level.INFO, "adapted " + told.last());
      return GovernorEvent.CHANGED;
    } catch (RuntimeException e) { // whatever a step of a rearrangement meets
      decided(from, rule, e.getMessage(), true);
      event.failure = e.getMessage();
      kernel.logger().log(Level.WARNING, "adapted " + told.last());
      return GovernorEvent.FAILED;
    } finally {
      event.commit();
    }
  }

  private void decided(String from, Governing.Rule rule, String because, boolean failed) {
    String last =
        (failed ? "not from %s to %s: %s" : "from %s to %s, since %s")
            .formatted(from, rule.to(), because);
    long now = kernel.nanoTime();
    List<Decision> decisions = new ArrayList<>(told.decisions());
    decisions.add(new Decision(now, from, rule.to(), because, failed));
    int first = Math.max(decisions.size() - TOLD, 0);
    follows = !failed;
    recent.add(now);
    told =
        new Told(
            failed ? told.pattern() : rule.to(),
            failed ? told.since() : now,
            failed ? told.because() : because,
            now,
            now,
            told.changes() + (failed ? 0 : 1),
            last,
            told.figures(),
            List.copyOf(decisions.subList(first, decisions.size())),
            told.transitions());
  }

  private @Nullable GovernorEvent rest() {
    changedAt = kernel.nanoTime();
    long changes = server.changes(); // before the topology: a change in between is seen next
    follows &= changes == knownChanges + 1; // nobody else has changed it behind that
    knownChanges = changes;
    known = server.topology();
    pattern = pattern(known);
    held = null;
    looks = 0;
    clearLooks = 0;
    return null;
  }

  private GovernorEvent waitOn() {
    figures = server.figures();
    if (isDisplaced()) {
      follows = false;
      return GovernorEvent.DISPLACED;
    }
    note();
    long rested = kernel.nanoTime() - changedAt;
    if (rested >= by.coolDownMillis() * NANOS_A_MILLI) {
      return GovernorEvent.RESTED;
    }
    return !isThere() && isClear() && mayFollow(rested)
        ? GovernorEvent.DUE
        : GovernorEvent.TOO_SOON;
  }

  /** Whether a change by a rule that holds clearly may come so long after the last one. */
  private boolean mayFollow(long rested) {
    long coolDown = by.coolDownMillis() * NANOS_A_MILLI;
    recent.removeIf(at -> kernel.nanoTime() - at >= coolDown);
    return follows
        && by.clear()
            .filter(
                clear ->
                    rested >= clear.coolDownMillis() * NANOS_A_MILLI
                        && recent.size() < clear.most())
            .isPresent();
  }

  /** What is told after a look. */
  private Told told(Told before) {
    boolean same = before.pattern().equals(pattern);
    long now = kernel.nanoTime();
    boolean rests = state() == RESTING;
    return new Told(
        pattern,
        same ? before.since() : now,
        same ? before.because() : DISPLACED,
        now,
        rests ? changedAt + by.coolDownMillis() * NANOS_A_MILLI : now,
        before.changes(),
        before.last(),
        figures,
        before.decisions(),
        explain());
  }

  /** What runs now and why, how often it has changed the server, what it saw last. Any thread. */
  Map<String, Object> toMap() {
    Told now = told;
    long nanos = kernel.nanoTime();
    long nextMillis = millis(now.lookedAt() + by.everyMillis() * NANOS_A_MILLI - nanos);
    long restsMillis = millis(now.restsUntil() - nanos);
    long sinceMillis = millis(nanos - now.since());
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("changes", now.changes());
    map.put("last", now.last());
    map.put("figures", now.figures());
    map.put("pattern", now.pattern());
    map.put("sinceMillis", sinceMillis);
    map.put("because", now.because());
    map.put("nextLookMillis", nextMillis);
    map.put("restsMillis", restsMillis);
    map.put(
        "now",
        "%s for %.1f s, since %s; next look in %.1f s%s"
            .formatted(
                now.pattern(),
                sinceMillis / MILLIS_A_SECOND,
                now.because(),
                nextMillis / MILLIS_A_SECOND,
                restsMillis == 0
                    ? ""
                    : ", and for %.0f s only what is clear changes it"
                        .formatted(Math.ceil(restsMillis / MILLIS_A_SECOND))));
    map.put(
        "decisions",
        now.decisions().stream().map(each -> toMap(each, millis(nanos - each.at()))).toList());
    map.put("transitions", now.transitions());
    return Collections.unmodifiableMap(map);
  }

  private static Map<String, Object> toMap(Decision decision, long agoMillis) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("agoMillis", agoMillis);
    map.put("from", decision.from());
    map.put("to", decision.to());
    map.put("because", decision.because());
    map.put("failed", decision.failed());
    return Collections.unmodifiableMap(map);
  }

  private static long millis(long nanos) {
    return Math.max(nanos, 0) / NANOS_A_MILLI;
  }
}
