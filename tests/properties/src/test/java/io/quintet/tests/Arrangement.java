package io.quintet.tests;

import io.quintet.InProcess;
import io.quintet.ServerBuilder;
import java.nio.file.Path;
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
    Map<String, Object> options =
        Map.of(
            "topology",
            topology,
            "loops",
            3,
            "workers",
            3,
            "backends",
            3,
            "backendSilenceMillis",
            50,
            "backendHangMillis",
            0,
            "drainIdleMillis",
            10);
    return InProcess.backends(builder.options(options));
  }
}
