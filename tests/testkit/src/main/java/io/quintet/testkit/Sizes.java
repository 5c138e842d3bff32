package io.quintet.testkit;

import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Options for tests that run under many arrangements. */
public final class Sizes {
  private Sizes() {}

  /**
   * As many loops, workers or backends as asked for where an arrangement has several; a server
   * refuses what its own has no use for.
   *
   * @param topology id, or a file that ends with .json
   * @param count how many, at least 1
   * @return options of a server, some of loops, workers, backends
   */
  public static Map<String, Integer> of(String topology, int count) {
    return topology(topology).counts().stream()
        .collect(Collectors.toMap(Function.identity(), _ -> count));
  }

  static Topology topology(String id) {
    return id.endsWith(".json") ? (Topology) SpecReader.read(Path.of(id)) : Specs.topology(id);
  }

  /**
   * Whether a server of an arrangement refuses an option of those that simulated ones are given,
   * since it has no use for it.
   */
  static boolean isUnused(String option, Topology topology) {
    return switch (option) {
      case "loops", "workers", "backends" -> !topology.counts().contains(option);
      case "workerQueueMax" -> topology.executes().equals("loop");
      case "backendStartMillis", "backendHangMillis" -> topology.owns().equals("loop");
      default -> false;
    };
  }
}
