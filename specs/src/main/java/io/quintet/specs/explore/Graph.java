package io.quintet.specs.explore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;

/** The states of a model and the steps between them, to be searched for runs without an end. */
final class Graph {
  /** For each state, where its steps lead to, and whose they are. */
  private final int[][] edges;

  private final byte[][] takers;

  /** For each state, a bit for each agent that could go on there. */
  private final long[] enabled;

  Graph(int[][] edges, byte[][] takers, long[] enabled) {
    this.edges = edges;
    this.takers = takers;
    this.enabled = enabled;
  }

  /**
   * A state from which a run, fair to some agents, stays where a condition holds; -1 if there is
   * none. It is one in which none of them can go on, or one of a component of states that lead to
   * each other, in which each of them gets its turn or cannot go on somewhere.
   */
  int forEver(IntPredicate holds, long fair) {
    BitSet within = new BitSet(edges.length);
    for (int at = 0; at < edges.length; at++) {
      if (holds.test(at)) {
        if (isStuck(at, fair)) {
          return at;
        }
        within.set(at);
      }
    }
    return component(within, fair);
  }

  private boolean isStuck(int at, long fair) {
    for (byte taker : takers[at]) {
      if ((fair >> taker & 1) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Tarjan's components, without recursion. */
  private int component(BitSet within, long fair) {
    int count = edges.length;
    int[] index = new int[count];
    int[] low = new int[count];
    int[] next = new int[count];
    Arrays.fill(index, -1);
    BitSet onStack = new BitSet(count);
    int[] stack = new int[count];
    int[] calls = new int[count];
    int stacked = 0;
    int order = 0;
    for (int root = within.nextSetBit(0); root >= 0; root = within.nextSetBit(root + 1)) {
      if (index[root] >= 0) {
        continue;
      }
      int depth = 0;
      calls[depth] = root;
      while (depth >= 0) {
        int at = calls[depth];
        if (index[at] < 0) {
          index[at] = order;
          low[at] = order++;
          stack[stacked++] = at;
          onStack.set(at);
        }
        if (next[at] < edges[at].length) {
          int to = edges[at][next[at]++];
          if (!within.get(to)) {
            continue;
          }
          if (index[to] < 0) {
            calls[++depth] = to;
          } else if (onStack.get(to)) {
            low[at] = Math.min(low[at], index[to]);
          }
          continue;
        }
        depth--;
        if (depth >= 0) {
          low[calls[depth]] = Math.min(low[calls[depth]], low[at]);
        }
        if (low[at] == index[at]) {
          List<Integer> component = new ArrayList<>();
          int member;
          do {
            member = stack[--stacked];
            onStack.clear(member);
            component.add(member);
          } while (member != at);
          if (isFair(component, fair)) {
            return Collections.min(component);
          }
        }
      }
    }
    return -1;
  }

  private boolean isFair(List<Integer> component, long fair) {
    BitSet members = new BitSet();
    component.forEach(members::set);
    long taken = 0;
    long always = -1;
    long able = 0;
    boolean moves = false;
    for (int at : component) {
      always &= enabled[at];
      for (byte taker : takers[at]) {
        able |= 1L << taker;
      }
      for (int i = 0; i < edges[at].length; i++) {
        if (members.get(edges[at][i])) {
          moves = true;
          taken |= 1L << takers[at][i];
        }
      }
    }
    // Who goes round in the middle of something keeps all others from going on.
    return moves && ((always & fair & ~taken) == 0 || (able & fair & ~taken) == 0);
  }
}
