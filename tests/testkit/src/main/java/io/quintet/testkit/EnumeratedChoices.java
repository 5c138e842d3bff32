package io.quintet.testkit;

import java.util.Arrays;

/**
 * Every run within bounds, one after the other: each place where something is left to chance is a
 * branching of a tree, which is walked depth first. What is not within the bounds has its plainest
 * choice. A run is made by each of the calls between {@link #begin} and {@link #advance}. One
 * thread.
 */
final class EnumeratedChoices extends Choices {
  /**
   * How far the runs go from the plainest one.
   *
   * @param preemptions how often a thread that could go on is made to wait for another one
   * @param departures how often, where a thread waits, not the first of those goes on who could
   * @param failures how many calls fail
   */
  record Bounds(int preemptions, int departures, int failures) {}

  private static final int[] NOTHING = {};

  private final Bounds bounds;

  /** The way from the root to the leaf of this run: what is chosen, and out of how many. */
  private int[] chosen = new int[64];

  private int[] counts = new int[64];
  private int length;
  private int depth;

  private boolean open;
  private boolean preempting;
  private int preemptions;
  private int departures;
  private int failures;

  EnumeratedChoices(Bounds bounds) {
    super(null, NOTHING, null);
    this.bounds = bounds;
  }

  /** A run begins; until {@link #open} all is as plain as can be. */
  void begin() {
    depth = 0;
    open = false;
    preempting = false;
    preemptions = bounds.preemptions;
    departures = bounds.departures;
    failures = bounds.failures;
  }

  /** From now on, or from now on not any more, this run may differ from the plainest one. */
  void open(boolean isOpen) {
    open = isOpen;
  }

  /** Whether there is another run; it begins with {@link #begin}. */
  boolean advance() {
    length = depth; // what the last run did not come to is another subtree
    while (length > 0 && chosen[length - 1] == counts[length - 1] - 1) {
      length--;
    }
    if (length == 0) {
      return false;
    }
    chosen[length - 1]++;
    return true;
  }

  /** Where the last run went, as {@link #follow} takes it. */
  int[] path() {
    return Arrays.copyOf(chosen, depth);
  }

  /** The next run goes this way. */
  void follow(int[] path) {
    chosen = Arrays.copyOf(path, Math.max(path.length, 64));
    counts = new int[chosen.length];
    Arrays.fill(counts, Integer.MAX_VALUE);
    length = path.length;
  }

  private int branch(int count) {
    if (depth == length) {
      if (length == chosen.length) {
        chosen = Arrays.copyOf(chosen, 2 * length);
        counts = Arrays.copyOf(counts, 2 * length);
      }
      chosen[length] = 0;
      counts[length] = count;
      length++;
    }
    if (counts[depth] != count && counts[depth] != Integer.MAX_VALUE) {
      throw new IllegalStateException(
          "the same choices led elsewhere: %d of %d at %d, which was of %d"
              .formatted(chosen[depth], count, depth, counts[depth]));
    }
    return chosen[depth++];
  }

  @Override
  int draw(int bound) {
    return 0;
  }

  @Override
  boolean once(int in) {
    return false;
  }

  /** Whether that is so is the first choice of who goes on. */
  @Override
  boolean interrupts(int once) {
    preempting = open && preemptions > 0;
    return preempting;
  }

  @Override
  int next(int count, boolean goesOn) {
    boolean preempts = preempting && goesOn;
    preempting = false;
    if (!open || count == 1 || goesOn && !preempts || !goesOn && departures == 0) {
      return 0; // where an actor has acted in the place of who could go on, that one has its turn
    }
    int next = branch(count);
    if (next > 0 && goesOn) {
      preemptions--;
    } else if (next > 0) {
      departures--;
    }
    return next;
  }

  @Override
  int error(int once, int count) {
    int error = open && failures > 0 ? branch(count + 1) : 0;
    failures -= error == 0 ? 0 : 1;
    return error;
  }

  @Override
  int kernel(int bound) {
    return open ? branch(bound) : 0;
  }
}
