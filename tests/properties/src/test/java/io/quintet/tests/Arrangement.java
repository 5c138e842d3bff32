package io.quintet.tests;

import io.quintet.InProcess;
import io.quintet.ServerBuilder;
import io.quintet.testkit.Sizes;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The patterns, and examples of a user's own. Backends are threads of the test's process. */
enum Arrangement {
  SINGLE_THREAD("single-thread"),
  MULTI_THREAD("multi-thread"),
  LOAD_BALANCED("load-balanced"),
  REUSEPORT("reuseport"),
  MULTI_PROCESS("multi-process"),
  SHARED_LISTENER(example("shared-listener")),
  BLOCKING_HANDLERS(example("blocking-handlers"));

  private final String topology;

  Arrangement(String topology) {
    this.topology = topology;
  }

  private static String example(String id) {
    return Path.of(System.getProperty("quintet.root"), "specs/examples", id + ".json").toString();
  }

  /** Three loops, workers or backends where there are several. */
  ServerBuilder of(ServerBuilder builder) {
    return of(builder, 3);
  }

  /** As many of these as asked for. */
  ServerBuilder of(ServerBuilder builder, int count) {
    Map<String, Integer> sizes = Sizes.of(topology, count);
    Map<String, Object> options = new HashMap<>(sizes);
    options.putAll(Map.of("topology", topology, "drainIdleMillis", 10));
    if (sizes.containsKey("backends")) {
      options.putAll(Map.of("backendSilenceMillis", 50, "backendHangMillis", 0));
    }
    return InProcess.backends(builder.options(options));
  }
}
