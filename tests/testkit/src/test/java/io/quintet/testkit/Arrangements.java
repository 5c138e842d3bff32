package io.quintet.testkit;

import io.quintet.Pattern;
import java.util.Locale;

/** Under what a service is simulated; a run draws one of them. */
enum Arrangements {
  /** The five patterns. */
  PATTERNS(Pattern.five().stream().map(Pattern::id).toArray(String[]::new)),
  /** What a user may write. */
  OWN(
      Shouting.example("shared-listener"),
      Shouting.example("blocking-handlers"),
      Shouting.example("shared-workers"),
      Shouting.example("shared-queue"),
      Shouting.example("bounded-queues"),
      Shouting.example("stealing-workers"),
      Shouting.example("reserved-workers"),
      Shouting.restless());

  private final String[] topologies;

  Arrangements(String... topologies) {
    this.topologies = topologies;
  }

  /** Ids or files. */
  String[] topologies() {
    return topologies.clone();
  }

  /** Its name for people and files. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
