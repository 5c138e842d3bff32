package io.quintet.testkit;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * All that is left to chance in a simulation, as one sequence of numbers: drawn from a seed, or
 * given again. 0 is always the plainest choice, and what follows the end of a given sequence is 0,
 * so that a shorter sequence of smaller numbers is a simpler run. One thread.
 */
sealed class Choices permits EnumeratedChoices {
  private final @Nullable SplittableRandom random;

  /** Of what is drawn aside; null where all of that is plain. */
  private final @Nullable Long seedAside;

  private final int[] given;
  private int[] taken = new int[256];
  private int count;

  Choices(@Nullable SplittableRandom random, int[] given, @Nullable Long seedAside) {
    this.random = random;
    this.seedAside = seedAside;
    this.given = given;
  }

  static Choices ofSeed(long seed) {
    return new Choices(new SplittableRandom(seed), new int[0], ~seed);
  }

  /** The same, but for what is drawn aside, which is plain. */
  static Choices plainOfSeed(long seed) {
    return new Choices(new SplittableRandom(seed), new int[0], null);
  }

  /** What was chosen before, or a part of it; what is drawn aside is drawn again. */
  Choices again(int[] given) {
    return new Choices(null, given, seedAside);
  }

  /** The same choices, but for what is drawn aside, which is plain. */
  Choices plainly() {
    return new Choices(null, taken(), null);
  }

  /**
   * What a run is like, beside what happens in it: a sequence of its own, so that one more choice
   * there changes no other. It begins anew with each call.
   */
  Choices aside() {
    return seedAside == null
        ? new Choices(null, new int[0], null)
        : new Choices(new SplittableRandom(seedAside), new int[0], null);
  }

  /** One of 0 to {@code bound - 1}. */
  int draw(int bound) {
    int value;
    if (random != null) {
      value = random.nextInt(bound);
    } else {
      value = count < given.length ? Math.min(given[count], bound - 1) : 0;
    }
    if (count == taken.length) {
      taken = Arrays.copyOf(taken, 2 * count);
    }
    taken[count++] = value;
    return value;
  }

  /** Once in so many times; never where that is 0. */
  boolean once(int in) {
    return in > 0 && draw(in) == in - 1;
  }

  /** Whether another thread may go on at a call, where that is asked once in so many. */
  boolean interrupts(int once) {
    return once(once);
  }

  /**
   * Who goes on, of so many.
   *
   * @param goesOn whether the first of them is who had the turn, and could go on
   */
  int next(int count, boolean goesOn) {
    return draw(count);
  }

  /** Which of so many errors a call fails with, from 1; 0 for none. */
  int error(int once, int count) {
    return once(once) ? 1 + draw(count) : 0;
  }

  /** Something that the kernel decides, one of so many. */
  int kernel(int bound) {
    return draw(bound);
  }

  /** How many choices were given. */
  int given() {
    return given.length;
  }

  /** What has been chosen so far. */
  int[] taken() {
    return Arrays.copyOf(taken, count);
  }
}
