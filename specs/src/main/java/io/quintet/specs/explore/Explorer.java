package io.quintet.specs.explore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Goes through every state that a model can reach, breadth first. What a command checks must hold;
 * and however the agents take turns, as long as none is passed over for ever that could go on (weak
 * fairness), the end must come.
 */
final class Explorer {
  /**
   * What was found.
   *
   * @param states how many were reached
   * @param depth steps to the farthest
   * @param seconds how long it took
   * @param violation what rule is broken, empty if none is
   * @param trace the shortest way to that, step by step
   * @param complete whether all states were seen
   */
  record Result(
      int states,
      int depth,
      double seconds,
      String violation,
      List<String> trace,
      boolean complete) {}

  private final Model model;
  private final Model.Command[] commands;
  private final int statesMax;
  private final List<String> agents;
  private final int[] agentOf;

  /** Variables that a command's guard wants to have certain values, each with its value. */
  private final int[][] wanted;

  private byte[][] states = new byte[1 << 12][];
  private int[] parents = new int[1 << 12];
  private int[] depths = new int[1 << 12];
  private int[] table = new int[1 << 13];
  private int count;
  private @Nullable String broken;
  private byte @Nullable [] brokenState;

  private Explorer(Model model, int statesMax) {
    this.model = model;
    this.commands = model.commands().toArray(Model.Command[]::new);
    this.statesMax = statesMax;
    this.agents = model.agents();
    this.agentOf = new int[commands.length];
    this.wanted = new int[commands.length][];
    for (int i = 0; i < commands.length; i++) {
      agentOf[i] = agents.indexOf(commands[i].agent());
      List<Integer> pairs = new ArrayList<>();
      collect(commands[i].guard(), pairs);
      wanted[i] = pairs.stream().mapToInt(Integer::intValue).toArray();
    }
    Arrays.fill(table, -1);
  }

  static Result explore(Model model, int statesMax) {
    return new Explorer(model, statesMax).explore();
  }

  private Result explore() {
    long began = System.nanoTime();
    add(model.initial(), -1);
    for (int at = 0; at < count && count < statesMax; at++) {
      for (int i = 0; i < commands.length; i++) {
        if (!mayHold(i, states[at])) {
          continue;
        }
        for (byte[] next : after(commands[i], states[at])) {
          add(next, at);
        }
        if (broken != null) {
          String rule = broken;
          byte[] end = brokenState;
          broken = null;
          List<String> trace = trace(at);
          trace.add(line(commands[i], states[at], end));
          return result(began, rule, trace);
        }
      }
    }
    if (count >= statesMax) {
      return result(began, "", List.of());
    }
    Graph graph = graph();
    for (Model.Response response : model.responses()) {
      int stuck = graph.forEver(at -> response.pending().of(states[at]) != 0, fair(response));
      if (stuck >= 0) {
        return result(began, response.rule(), trace(stuck));
      }
    }
    return result(began, "", List.of());
  }

  /** The agents that must go on where a response is due. */
  private long fair(Model.Response response) {
    long mask = 0;
    for (int i = 0; i < agents.size(); i++) {
      mask |= response.idle().contains(agents.get(i)) ? 0 : 1L << i;
    }
    return mask;
  }

  /** All steps, by state. */
  private Graph graph() {
    int[][] edges = new int[count][];
    byte[][] takers = new byte[count][];
    long[] enabled = new long[count];
    for (int at = 0; at < count; at++) {
      int[] to = new int[8];
      byte[] by = new byte[8];
      int size = 0;
      for (int i = 0; i < commands.length; i++) {
        if (!mayHold(i, states[at])) {
          continue;
        }
        if (commands[i].wanted().of(states[at]) != 0) {
          enabled[at] |= 1L << agentOf[i];
        }
        for (byte[] next : after(commands[i], states[at])) {
          if (size == to.length) {
            to = Arrays.copyOf(to, 2 * size);
            by = Arrays.copyOf(by, 2 * size);
          }
          to[size] = table[slot(next)];
          by[size++] = (byte) agentOf[i];
        }
      }
      edges[at] = Arrays.copyOf(to, size);
      takers[at] = Arrays.copyOf(by, size);
    }
    return new Graph(edges, takers, enabled);
  }

  private Result result(long began, String violation, List<String> trace) {
    return new Result(
        count,
        count == 0 ? 0 : depths[count - 1],
        (System.nanoTime() - began) / 1e9,
        violation,
        trace,
        count < statesMax);
  }

  /** What a guard wants beyond doubt, for a quick look before it is evaluated. */
  private static void collect(Term guard, List<Integer> pairs) {
    if (guard instanceof Term.All all) {
      all.terms().forEach(term -> collect(term, pairs));
    } else if (guard instanceof Term.Binary(Term.Operator operator, Term left, Term right)
        && operator == Term.Operator.EQUAL
        && left instanceof Term.Variable(int index)
        && right instanceof Term.Constant(int value)) {
      pairs.add(index);
      pairs.add(value);
    } else if (guard instanceof Term.Any any && any.terms().size() == 1) {
      collect(any.terms().getFirst(), pairs);
    }
  }

  private boolean mayHold(int command, byte[] state) {
    int[] pairs = wanted[command];
    for (int i = 0; i < pairs.length; i += 2) {
      if (state[pairs[i]] != pairs[i + 1]) {
        return false;
      }
    }
    return true;
  }

  /** The states that a command leads to, none where its guard does not hold. */
  private List<byte[]> after(Model.Command command, byte[] state) {
    if (command.guard().of(state) == 0) {
      return List.of();
    }
    List<byte[]> current = new ArrayList<>(1);
    current.add(state.clone());
    return applied(command.effects(), current);
  }

  private List<byte[]> applied(List<Effect> effects, List<byte[]> from) {
    List<byte[]> current = from;
    for (int i = 0; i < effects.size() && broken == null; i++) {
      switch (effects.get(i)) {
        case Effect.Set set -> {
          for (byte[] state : current) {
            state[set.index()] = (byte) set.value().of(state);
          }
        }
        case Effect.Check check -> {
          for (byte[] state : current) {
            if (broken == null && check.holds().of(state) == 0) {
              broken = check.rule();
              brokenState = state;
            }
          }
        }
        case Effect.Choice choice -> current = chosen(choice, current);
      }
    }
    return current;
  }

  private List<byte[]> chosen(Effect.Choice choice, List<byte[]> current) {
    List<byte[]> all = new ArrayList<>();
    for (byte[] state : current) {
      boolean any = false;
      for (Effect.Way way : choice.ways()) {
        if (way.guard().of(state) != 0) {
          any = true;
          List<byte[]> one = new ArrayList<>(1);
          one.add(state.clone());
          all.addAll(applied(way.effects(), one));
        }
      }
      if (!any) {
        throw new IllegalStateException("a choice without a way: " + choice);
      }
    }
    return all;
  }

  private int add(byte[] state, int parent) {
    int slot = slot(state);
    if (table[slot] >= 0) {
      return table[slot];
    }
    if (count == states.length) {
      states = Arrays.copyOf(states, 2 * count);
      parents = Arrays.copyOf(parents, 2 * count);
      depths = Arrays.copyOf(depths, 2 * count);
    }
    states[count] = state;
    parents[count] = parent;
    depths[count] = parent < 0 ? 0 : depths[parent] + 1;
    table[slot] = count++;
    if (2 * count > table.length) {
      table = new int[2 * table.length];
      Arrays.fill(table, -1);
      for (int i = 0; i < count; i++) {
        table[slot(states[i])] = i;
      }
    }
    return count - 1;
  }

  private int slot(byte[] state) {
    int hash = Arrays.hashCode(state) * 0x9e3779b9;
    int slot = (hash ^ hash >>> 15) & table.length - 1;
    while (table[slot] >= 0 && !Arrays.equals(states[table[slot]], state)) {
      slot = slot + 1 & table.length - 1;
    }
    return slot;
  }

  private List<String> trace(int at) {
    Deque<Integer> path = new ArrayDeque<>();
    for (int i = at; i >= 0; i = parents[i]) {
      path.push(i);
    }
    List<String> lines = new ArrayList<>();
    int before = path.pop();
    for (int i : path) {
      lines.add(step(before, i));
      before = i;
    }
    return lines;
  }

  private String step(int from, int to) {
    for (Model.Command command : commands) {
      for (byte[] next : after(command, states[from])) {
        if (Arrays.equals(next, states[to])) {
          return line(command, states[from], states[to]);
        }
      }
    }
    throw new IllegalStateException("a state without its parent");
  }

  private String line(Model.Command command, byte[] before, byte @Nullable [] after) {
    return "%-12s %-28s %s"
        .formatted(
            command.agent(), command.name(), after == null ? "" : model.difference(before, after));
  }
}
