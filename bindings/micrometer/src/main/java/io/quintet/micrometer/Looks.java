package io.quintet.micrometer;

import io.quintet.Server;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Looks at a server: one for each reading, or one for all that a thread reads together. */
final class Looks {
  /** The server's numbers at a moment. */
  record Look(Map<String, Object> stats) {
    List<Map<?, ?>> agents(String kind) {
      return ((List<?>) stats.get(kind)).stream().<Map<?, ?>>map(Map.class::cast).toList();
    }

    /** What all have together. */
    Map<?, ?> totals() {
      return (Map<?, ?>) stats.get("totals");
    }

    /** Whether the server changes its pattern by itself. */
    boolean isAdaptive() {
      return !((Map<?, ?>) stats.get("governor")).isEmpty();
    }

    double governor(String name) {
      return number((Map<?, ?>) stats.get("governor"), name);
    }

    double rearrangements(String outcome) {
      return number((Map<?, ?>) stats.get("rearrangements"), outcome);
    }

    /** What the listeners have queued together, or the shortest queue that one may have. */
    double queued() {
      return agents("listeners").stream().mapToDouble(each -> number(each, "queue")).sum();
    }

    double queueMax() {
      return agents("listeners").stream()
          .mapToDouble(each -> number(each, "queueMax"))
          .min()
          .orElse(0);
    }

    double waiting() {
      return number(stats, "waiting");
    }

    double network(String number) {
      return number((Map<?, ?>) stats.get("network"), number);
    }

    double total(String number) {
      return number(totals(), number);
    }

    double replies(String kind) {
      return number((Map<?, ?>) totals().get("replies"), kind);
    }

    /** A number of a loop, worker or backend; 0 where it is gone. */
    double of(String kind, String thread, String number) {
      return agents(kind).stream()
          .filter(each -> each.get("thread").equals(thread))
          .mapToDouble(each -> number(each, number))
          .sum();
    }

    private static double number(Map<?, ?> numbers, String name) {
      return numbers.get(name) instanceof Number number ? number.doubleValue() : 0;
    }
  }

  private final Server server;
  private final ThreadLocal<@Nullable Look> shared = new ThreadLocal<>();

  Looks(Server server) {
    this.server = server;
  }

  Server server() {
    return server;
  }

  /** The one that is shared, or the numbers as they are now. */
  Look look() {
    Look together = shared.get();
    return together == null ? fresh() : together;
  }

  private Look fresh() {
    return new Look(server.stats());
  }

  <T> T together(Supplier<T> reading) {
    shared.set(fresh());
    try {
      return reading.get();
    } finally {
      shared.remove();
    }
  }
}
