package io.quintet;

import io.quintet.specs.Topology;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** Options that an arrangement has no use for: who gives one expects something of it. */
final class UnusedOptions {
  private final Options options;
  private final Topology topology;

  private UnusedOptions(Options options, Topology topology) {
    this.options = options;
    this.topology = topology;
  }

  /**
   * Refuses the first of them whose value is not that of a server to which it was not given.
   *
   * @throws IllegalArgumentException in one sentence that names it
   */
  static void refuse(Options options, Topology topology) {
    UnusedOptions unused = new UnusedOptions(options, topology);
    unused.find(unused::unused);
  }

  /**
   * Those of which an arrangement has no use, each with the value of a server to which it was not
   * given.
   */
  static Map<String, Object> standards(Options options, Topology topology) {
    Map<String, Object> standards = new LinkedHashMap<>();
    new UnusedOptions(options, topology)
        .find((row, why) -> standards.put(row.key(), row.standard()));
    return standards;
  }

  private void find(BiConsumer<OptionTable, String> found) {
    count(OptionTable.LOOPS, "it has one loop", found);
    boolean virtual = topology.workers().equals("virtual");
    count(OptionTable.WORKERS, virtual ? "each request has one" : "it has no workers", found);
    count(OptionTable.BACKENDS, "it has no backends", found);
    if (topology.executes().equals("loop")) {
      String why = ", since it has no workers";
      found.accept(OptionTable.WORKER_QUEUE_MAX, why);
      found.accept(OptionTable.QUEUE_TIMEOUT_MILLIS, why);
      found.accept(OptionTable.QUEUE_TARGET_MILLIS, why);
    }
    if (topology.owns().equals("loop")) {
      String why = ", since it has no backends";
      found.accept(OptionTable.BACKEND_START_MILLIS, why);
      found.accept(OptionTable.BACKEND_SILENCE_MILLIS, why);
      found.accept(OptionTable.BACKEND_HANG_MILLIS, why);
      found.accept(OptionTable.BACKEND_BACKOFF_MILLIS, why);
    }
    if (!topology.listeners().equals("one-a-loop")) {
      found.accept(OptionTable.STEER, "");
    }
  }

  private void count(OptionTable row, String why, BiConsumer<OptionTable, String> found) {
    if (!topology.counts().contains(row.key())) {
      found.accept(row, ", since " + why);
    }
  }

  private void unused(OptionTable row, String why) {
    Object value = options.get(row);
    if (!value.equals(row.standard())) {
      throw new IllegalArgumentException(
          "option %s is %s; valid for %s is %s%s"
              .formatted(row.key(), value, topology.id(), row.standard(), why));
    }
  }
}
