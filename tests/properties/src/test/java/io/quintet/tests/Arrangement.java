package io.quintet.tests;

import java.nio.file.Path;
import java.util.Map;

/** The patterns within one process, and examples of a user's own. */
enum Arrangement {
  SINGLE_THREAD("single-thread"),
  MULTI_THREAD("multi-thread"),
  LOAD_BALANCED("load-balanced"),
  REUSEPORT("reuseport"),
  SHARED_LISTENER(example("shared-listener")),
  BLOCKING_HANDLERS(example("blocking-handlers"));

  private final String topology;

  Arrangement(String topology) {
    this.topology = topology;
  }

  private static String example(String id) {
    return Path.of(System.getProperty("quintet.root"), "specs/examples", id + ".json").toString();
  }

  /** Three loops or workers where there are several. */
  Map<String, Object> options() {
    return Map.of("topology", topology, "loops", 3, "workers", 3);
  }
}
