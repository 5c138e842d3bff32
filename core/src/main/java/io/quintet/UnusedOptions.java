package io.quintet;

import io.quintet.specs.Topology;

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
    new UnusedOptions(options, topology).refuse();
  }

  private void refuse() {
    count(OptionTable.LOOPS, "it has one loop");
    boolean virtual = topology.workers().equals("virtual");
    count(OptionTable.WORKERS, virtual ? "each request has one" : "it has no workers");
    count(OptionTable.BACKENDS, "it has no backends");
    if (topology.executes().equals("loop")) {
      unused(OptionTable.WORKER_QUEUE_MAX, ", since it has no workers");
    }
    if (topology.owns().equals("loop")) {
      String why = ", since it has no backends";
      unused(OptionTable.BACKEND_START_MILLIS, why);
      unused(OptionTable.BACKEND_SILENCE_MILLIS, why);
      unused(OptionTable.BACKEND_HANG_MILLIS, why);
      unused(OptionTable.BACKEND_BACKOFF_MILLIS, why);
    }
    if (!topology.listeners().equals("one-a-loop")) {
      unused(OptionTable.STEER, "");
    }
  }

  private void count(OptionTable row, String why) {
    if (!topology.counts().contains(row.key())) {
      unused(row, ", since " + why);
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
