package io.quintet;

import io.quintet.kernel.Kernel;
import io.quintet.machine.MachineInstance;
import io.quintet.metrics.GovernEvent;
import io.quintet.specs.Governing;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import io.quintet.specs.Transitions;
import java.lang.System.Logger.Level;
import java.util.Collections;
import java.util.LinkedHashMap;
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

  private static final long NANOS_A_MILLI = 1_000_000;

  private final Kernel kernel;
  private final Governing by;
  private final Governed server;

  /** The arrangement that serves, as it was seen last. */
  private Topology known;

  /** How often the server had been changed when it was seen so. */
  private long knownChanges;

  private Governing.@Nullable Rule held;

  /** In how many looks on end that rule was the first that held. */
  private int looks;

  private long changedAt;
  private String reason = "";

  private volatile long changes;
  private volatile String last = "";
  private volatile Map<String, Long> figures = Map.of();

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
  }

  /** Looks at the server, and changes it where that is due; it ends where the server drains. */
  void look() {
    if (!server.serves()) {
      stop();
    } else {
      run(GovernorEvent.LOOK);
    }
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
    Map<String, Long> seen = server.figures();
    figures = seen;
    if (isDisplaced()) {
      return GovernorEvent.DISPLACED;
    }
    Governing.Rule first = first(seen);
    looks = first != null && first.equals(held) ? looks + 1 : 1;
    held = first;
    boolean there = first == null || known.arrangesAs(Specs.topology(first.to()));
    if (there || looks < by.looks()) {
      return GovernorEvent.SETTLED;
    }
    reason = first.because() + " (" + told(first, seen) + ")";
    return GovernorEvent.DUE;
  }

  /** Somebody else has changed the server. */
  private boolean isDisplaced() {
    return server.changes() != knownChanges;
  }

  private Governing.@Nullable Rule first(Map<String, Long> seen) {
    for (Governing.Rule rule : by.rules()) {
      boolean holds =
          rule.when().entrySet().stream()
              .allMatch(
                  each -> {
                    Long figure = seen.get(each.getKey());
                    Governing.Range range = each.getValue();
                    return figure != null && figure >= range.least() && figure <= range.most();
                  });
      if (holds) {
        return rule;
      }
    }
    return null;
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
        return GovernorEvent.DISPLACED;
      }
      last = "from %s to %s, since %s".formatted(from, rule.to(), reason);
      changes = changes + 1;
      kernel.logger().log(Level.INFO, "adapted " + last);
      return GovernorEvent.CHANGED;
    } catch (RuntimeException e) { // whatever a step of a rearrangement meets
      last = "not from %s to %s: %s".formatted(from, rule.to(), e.getMessage());
      event.failure = e.getMessage();
      kernel.logger().log(Level.WARNING, "adapted " + last);
      return GovernorEvent.FAILED;
    } finally {
      event.commit();
    }
  }

  private @Nullable GovernorEvent rest() {
    changedAt = kernel.nanoTime();
    knownChanges = server.changes(); // before the topology: a change in between is seen next
    known = server.topology();
    held = null;
    looks = 0;
    return null;
  }

  private GovernorEvent waitOn() {
    figures = server.figures();
    if (isDisplaced()) {
      return GovernorEvent.DISPLACED;
    }
    boolean soon = kernel.nanoTime() - changedAt < by.coolDownMillis() * NANOS_A_MILLI;
    return soon ? GovernorEvent.TOO_SOON : GovernorEvent.RESTED;
  }

  /** How often it has changed the server, why the last time, and what it saw last. Any thread. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("changes", changes);
    map.put("last", last);
    map.put("figures", figures);
    return Collections.unmodifiableMap(map);
  }
}
