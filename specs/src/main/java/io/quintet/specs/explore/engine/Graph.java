package io.quintet.specs.explore.engine;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;

/** The states of a model and the steps between them, to be searched for runs without an end. */
final class Graph {
  /** For each state, the first of its steps; they follow each other in the order of the states. */
  private int[] first = new int[1 << 12];

  /** Where each step leads to, and whose it is. */
  private int[] targets = new int[1 << 14];

  private byte[] takers = new byte[1 << 14];
  private int states;
  private int steps;

  /** The next state begins. */
  void begin() {
    if (states + 2 > first.length) {
      first = Arrays.copyOf(first, 2 * first.length);
    }
    first[states++] = steps;
    first[states] = steps;
  }

  /** A step of the state that has begun last. */
  void add(int target, int taker) {
    if (steps == targets.length) {
      targets = Arrays.copyOf(targets, 2 * steps);
      takers = Arrays.copyOf(takers, 2 * steps);
    }
    targets[steps] = target;
    takers[steps++] = (byte) taker;
    first[states] = steps;
  }

  /**
   * A state from which a run, fair to some agents, stays where a condition holds; -1 if there is
   * none. It is one in which none of them can go on, or one of a component of states that lead to
   * each other, in which each of them gets its turn or cannot go on somewhere.
   *
   * @param wanting for a state, a bit for each agent that could go on there
   */
  int forEver(IntPredicate holds, long fair, IntToLongFunction wanting) {
    BitSet within = new BitSet(states);
    for (int at = 0; at < states; at++) {
      if (holds.test(at)) {
        if (isStuck(at, fair)) {
          return at;
        }
        within.set(at);
      }
    }
    return component(within, fair, wanting);
  }

  private boolean isStuck(int at, long fair) {
    for (int i = first[at]; i < first[at + 1]; i++) {
      if ((fair >> takers[i] & 1) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Tarjan's components, without recursion. */
  private int component(BitSet within, long fair, IntToLongFunction wanting) {
    int[] index = new int[states]; // of a state whose component is known, it is -1
    int[] low = new int[states];
    int[] next = new int[states];
    int[] stack = new int[states];
    int[] calls = new int[states];
    int stacked = 0;
    int order = 0;
    for (int root = within.nextSetBit(0); root >= 0; root = within.nextSetBit(root + 1)) {
      if (index[root] != 0) {
        continue;
      }
      int depth = 0;
      calls[0] = root;
      while (depth >= 0) {
        int at = calls[depth];
        if (index[at] == 0) {
          index[at] = ++order;
          low[at] = order;
          next[at] = first[at];
          stack[stacked++] = at;
        }
        if (next[at] < first[at + 1]) {
          int to = targets[next[at]++];
          if (!within.get(to)) {
            continue;
          }
          if (index[to] == 0) {
            calls[++depth] = to;
          } else if (index[to] > 0) {
            low[at] = Math.min(low[at], index[to]);
          }
          continue;
        }
        depth--;
        if (depth >= 0) {
          low[calls[depth]] = Math.min(low[calls[depth]], low[at]);
        }
        if (low[at] == index[at]) {
          int from = stacked;
          do {
            from--;
          } while (stack[from] != at);
          if (isFair(stack, from, stacked, index, low[at], fair, wanting)) {
            return Arrays.stream(stack, from, stacked).min().orElseThrow();
          }
          while (stacked > from) {
            index[stack[--stacked]] = -1;
          }
        }
      }
    }
    return -1;
  }

  /** What is on the stack from the component's first state on is the component. */
  private boolean isFair(
      int[] stack,
      int from,
      int to,
      int[] index,
      int lowest,
      long fair,
      IntToLongFunction wanting) {
    long taken = 0;
    boolean moves = false;
    long able = 0;
    for (int member = from; member < to; member++) {
      int at = stack[member];
      for (int i = first[at]; i < first[at + 1]; i++) {
        able |= 1L << takers[i];
        if (index[targets[i]] >= lowest) {
          moves = true;
          taken |= 1L << takers[i];
        }
      }
    }
    if (!moves) {
      return false;
    }
    // Who goes round in the middle of something keeps all others from going on.
    if ((able & fair & ~taken) == 0) {
      return true;
    }
    long always = -1;
    for (int member = from; member < to && (always & fair & ~taken) != 0; member++) {
      always &= wanting.applyAsLong(stack[member]);
    }
    return (always & fair & ~taken) == 0;
  }
}
