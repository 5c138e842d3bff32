package io.quintet.testkit;

import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes a sequence of choices that fails shorter and smaller, as long as it still fails. */
final class Shrinking {
  /** Parts as small as what one client draws are cut out wherever they begin. */
  private static final int SMALL = 16;

  private static final int ATTEMPTS_MAX = 30_000;

  /** Of all attempts together: some ten seconds, and the same end on each machine. */
  private static final long CHOICES_MAX = 1_000_000;

  private final Function<int[], int @Nullable []> fails;
  private int attempts;
  private long choices;
  private int[] best;

  private Shrinking(int[] first, Function<int[], int @Nullable []> fails) {
    this.best = first;
    this.fails = fails;
  }

  /**
   * Shrinks.
   *
   * @param first choices that fail
   * @param fails runs with choices, and gives those that were taken if it failed, else null
   * @return choices that fail, none longer than the first
   */
  static int[] shrink(int[] first, Function<int[], int @Nullable []> fails) {
    Shrinking shrinking = new Shrinking(first, fails);
    int before;
    do {
      before = shrinking.weight();
      shrinking.cutParts();
      shrinking.zeroParts();
      shrinking.lower();
      if (shrinking.weight() == before) {
        shrinking.lowerAndCut();
      }
    } while (shrinking.weight() < before && shrinking.mayGoOn());
    return shrinking.best;
  }

  private int weight() {
    int weight = best.length;
    for (int choice : best) {
      weight += Math.min(choice, 1_000);
    }
    return weight;
  }

  private boolean mayGoOn() {
    return attempts < ATTEMPTS_MAX && choices < CHOICES_MAX;
  }

  private boolean accept(int[] candidate) {
    attempts++;
    choices += candidate.length;
    int[] taken = fails.apply(candidate);
    if (taken == null) {
      return false;
    }
    int length = Math.min(taken.length, candidate.length);
    while (length > 0 && taken[length - 1] == 0) {
      length--; // what follows the end is 0 anyway
    }
    best = Arrays.copyOf(taken, length);
    return true;
  }

  private void cutParts() {
    for (int size = best.length / 2; size > 0; size /= 2) {
      int step = size > SMALL ? size : 1;
      for (int from = 0; from + size <= best.length && mayGoOn(); from += step) {
        accept(without(from, size));
      }
    }
  }

  private int[] without(int from, int size) {
    int[] rest = new int[best.length - size];
    System.arraycopy(best, 0, rest, 0, from);
    System.arraycopy(best, from + size, rest, from, best.length - from - size);
    return rest;
  }

  private void zeroParts() {
    for (int size = best.length / 2; size > 0; size /= 2) {
      for (int from = 0; from + size <= best.length && mayGoOn(); from += size) {
        int[] candidate = best.clone();
        Arrays.fill(candidate, from, from + size, 0);
        if (!Arrays.equals(candidate, best)) {
          accept(candidate);
        }
      }
    }
  }

  /** One client fewer, say, and what it drew: neither fails without the other. */
  private void lowerAndCut() {
    for (int i = 0; i < best.length; i++) {
      for (int size = 1; size <= SMALL; size++) {
        for (int from = i + 1; from + size <= best.length && best[i] > 0 && mayGoOn(); from++) {
          int[] candidate = without(from, size);
          candidate[i]--;
          accept(candidate);
        }
      }
    }
  }

  private void lower() {
    for (int i = 0; i < best.length && mayGoOn(); i++) {
      if (best[i] > 1) {
        int[] candidate = best.clone();
        candidate[i] = best[i] / 2;
        accept(candidate);
      }
    }
  }
}
