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
    count("loops", options.loops(), "it has one loop");
    boolean virtual = topology.workers().equals("virtual");
    count("workers", options.workers(), virtual ? "each request has one" : "it has no workers");
    count("backends", options.backends(), "it has no backends");
    if (topology.executes().equals("loop")) {
      number("workerQueueMax", options.workerQueueMax(), "it has no workers");
    }
    if (topology.owns().equals("loop")) {
      String why = "it has no backends";
      number("backendStartMillis", options.backendStartMillis(), why);
      number("backendSilenceMillis", options.backendSilenceMillis(), why);
      number("backendHangMillis", options.backendHangMillis(), why);
      number("backendBackoffMillis", options.backendBackoffMillis(), why);
    }
    if (!topology.listeners().equals("one-a-loop") && !options.steer().equals("hash")) {
      throw new IllegalArgumentException(
          "option steer is " + options.steer() + "; valid for " + topology.id() + " is hash");
    }
  }

  private void count(String name, int value, String why) {
    if (!topology.counts().contains(name)) {
      number(name, value, why);
    }
  }

  private void number(String name, int value, String why) {
    Object unused = Options.defaultOf(name);
    if (!unused.equals(value)) {
      throw new IllegalArgumentException(
          "option %s is %d; valid for %s is %s, since %s"
              .formatted(name, value, topology.id(), unused, why));
    }
  }
}
