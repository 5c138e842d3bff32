package io.quintet;

import io.quintet.specs.Topology;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The options of a server that is to be arranged by another topology. */
final class TargetOptions {
  /** What belongs to an arrangement, and not to the server. */
  private static final List<String> CHANGEABLE =
      Stream.of(OptionTable.values())
          .filter(OptionTable::isOfArrangement)
          .map(OptionTable::key)
          .toList();

  private TargetOptions() {}

  /**
   * Those with which the server was started, where the topology has use for them, and what is given
   * now.
   *
   * @throws IllegalArgumentException for what belongs to no arrangement, or not to this one
   */
  static Options of(Options start, String id, Map<String, ?> given) {
    for (Map.Entry<String, ?> each : given.entrySet()) {
      if (!CHANGEABLE.contains(each.getKey())) {
        throw new IllegalArgumentException(
            "option %s is %s; what can be given with another topology are %s"
                .formatted(each.getKey(), each.getValue(), String.join(", ", CHANGEABLE)));
      }
    }
    Map<String, Object> changed = new LinkedHashMap<>();
    changed.put(OptionTable.TOPOLOGY.key(), id);
    changed.put(OptionTable.POLICY.key(), "");
    Topology topology = Topologies.of(start.with(changed));
    if (topology.owns().equals("backend")) {
      throw new IllegalArgumentException(
          "option topology is " + id + "; valid for a server that serves are those of one process");
    }
    if (topology.governor().isPresent()) {
      throw new IllegalArgumentException(
          "option topology is " + id + "; valid for a server that serves are those without rules");
    }
    changed.putAll(UnusedOptions.standards(start, topology));
    if (fits(start.policy(), topology)) {
      changed.put(OptionTable.POLICY.key(), start.policy());
    }
    changed.putAll(given);
    Options target = start.with(changed);
    UnusedOptions.refuse(target, topology);
    return target;
  }

  private static boolean fits(String policy, Topology topology) {
    try {
      return !policy.isEmpty() && !topology.withPolicy(policy).id().isEmpty();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
