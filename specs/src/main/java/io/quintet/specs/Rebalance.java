package io.quintet.specs;

import java.util.Map;
import java.util.Set;

/**
 * When a loop gives connections to others that are less busy: immutable data of a topology. A loop
 * is busy while it does not wait for events.
 *
 * @param everyMillis how often it is looked at the loops, in milliseconds, 1 to 600,000
 * @param busyPercent a loop that is busy for less of the time keeps what it has, 1 to 100
 * @param gapPercent how many percent of the time it must be busy more than the least busy one, 1 to
 *     100
 * @param looks in how many looks on end that must be so, 1 to 1,000
 * @param most connections that it gives away then, at most, 1 to 1,048,576
 */
public record Rebalance(int everyMillis, int busyPercent, int gapPercent, int looks, int most) {
  private static final int MILLIS_MAX = 600_000;
  private static final int LOOKS_MAX = 1_000;
  private static final int CONNECTIONS_MAX = 1 << 20;

  static Rebalance of(Node node) {
    Map<String, Node> members =
        node.object(Set.of("everyMillis", "busyPercent", "gapPercent", "looks", "most"), Set.of());
    return new Rebalance(
        members.get("everyMillis").integer(1, MILLIS_MAX),
        members.get("busyPercent").integer(1, 100),
        members.get("gapPercent").integer(1, 100),
        members.get("looks").integer(1, LOOKS_MAX),
        members.get("most").integer(1, CONNECTIONS_MAX));
  }
}
