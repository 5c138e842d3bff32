package io.quintet.balance;

import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Chooses among several that do the same, by one of the policies that a topology may name. What
 * counts is the load at the moment of the choice; whoever chooses raises it before the work is
 * handed over, since a count that rises when the work arrives makes a burst fall on one. One
 * thread.
 *
 * @param <T> what is chosen among
 */
public final class Balancer<T extends Balancer.Target> {
  /** One of those that are chosen among. */
  public interface Target {
    /** What it has to do: connections, or requests that wait or run. */
    int load();
  }

  private interface Policy<T> {
    public T choose();
  }

  private final List<T> targets;
  private final int capacity;
  private final SplittableRandom random;
  private final Policy<T> policy;
  private int next;

  /**
   * A balancer.
   *
   * @param policy name of a policy in a topology
   * @param targets at least one
   * @param capacity load at which one is full
   * @param seed of what is drawn
   */
  public Balancer(String policy, List<T> targets, int capacity, long seed) {
    this.targets = List.copyOf(targets);
    this.capacity = capacity;
    this.random = new SplittableRandom(seed);
    this.policy =
        switch (policy) {
          case "round-robin" -> this::following;
          case "least-connections", "least-loaded" -> this::least;
          case "power-of-two", "shortest-of-two" -> this::lesserOfTwo;
          default -> throw new IllegalArgumentException("unknown policy " + policy);
        };
  }

  public List<T> targets() {
    return targets;
  }

  /**
   * One with room: by the policy, or, where that one is full, the least loaded. Null if all are.
   */
  public @Nullable T choose() {
    T chosen = policy.choose();
    if (chosen.load() >= capacity) {
      chosen = least();
    }
    return chosen.load() < capacity ? chosen : null;
  }

  /** One by the policy, whether it has room or not. */
  public T chooseAnyway() {
    T chosen = choose();
    return chosen == null ? least() : chosen;
  }

  public boolean hasRoom() {
    return least().load() < capacity;
  }

  private T following() {
    next = next + 1 < targets.size() ? next + 1 : 0;
    return targets.get(next);
  }

  /** Of several with as little to do, the next one behind the last choice. */
  private T least() {
    int count = targets.size();
    int first = next;
    int best = -1;
    int least = Integer.MAX_VALUE;
    for (int i = 1; i <= count; i++) {
      int index = (first + i) % count;
      int load = targets.get(index).load();
      if (best < 0 || load < least) { // a backend that takes nothing has the highest load
        least = load;
        best = index;
      }
    }
    next = best;
    return targets.get(best);
  }

  private T lesserOfTwo() {
    T one = targets.get(random.nextInt(targets.size()));
    T other = targets.get(random.nextInt(targets.size()));
    return other.load() < one.load() ? other : one;
  }
}
