package io.quintet.specs.explore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
   * @param broken all rules of which it is known that they are
   * @param where of what in particular, empty if that is plain
   * @param participants who has a part in the trace
   * @param trace the shortest way to the violation, step by step
   * @param complete whether all states were seen
   */
  record Result(
      int states,
      int depth,
      double seconds,
      Optional<Rule> violation,
      Set<Rule> broken,
      String where,
      List<String> participants,
      List<String> trace,
      boolean complete) {}

  /** States to look at beside a violation for others. */
  private static final int FARTHER = 20_000;

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
  private final boolean goesOn;
  private final Set<Rule> found = EnumSet.noneOf(Rule.class);
  private @Nullable Rule broken;
  private String where = "";
  private byte @Nullable [] brokenState;
  private @Nullable Result first;
  private final long began = System.nanoTime();

  private Explorer(Model model, int statesMax, boolean goesOn) {
    this.model = model;
    this.goesOn = goesOn;
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
    return new Explorer(model, statesMax, false).explore();
  }

  /** Goes on for a while beside what broke a rule, to see which others are broken. */
  static Result exploreAll(Model model, int statesMax) {
    return new Explorer(model, statesMax, true).explore();
  }

  private Result explore() {
    add(model.initial(), -1);
    int most = statesMax;
    for (int at = 0; at < count && count < most; at++) {
      for (int i = 0; i < commands.length; i++) {
        if (!mayHold(i, states[at])) {
          continue;
        }
        for (byte[] next : after(commands[i], states[at])) {
          add(next, at);
        }
        if (broken != null) {
          if (first == null) {
            first = violation(commands[i], at);
            most = Math.min(most, count + FARTHER);
          }
          if (!goesOn) {
            return first;
          }
          broken = null;
        }
      }
    }
    if (first == null && count < statesMax) {
      Graph graph = graph();
      for (Model.Response response : model.responses()) {
        if (found.contains(response.rule())) {
          continue;
        }
        int stuck = graph.forEver(at -> response.pending().of(states[at]) != 0, fair(response));
        if (stuck >= 0) {
          found.add(response.rule());
          if (first == null) {
            first = result(Optional.of(response.rule()), "", trace(stuck));
          }
          if (!goesOn) {
            return first;
          }
        }
      }
    }
    return first == null ? result(Optional.empty(), "", List.of()) : first;
  }

  /** A command breaks a rule. */
  private Result violation(Model.Command command, int at) {
    Rule rule = broken;
    String of = where;
    byte[] end = brokenState;
    List<Step> trace = trace(at);
    trace.add(new Step(command, line(command, states[at], end)));
    return result(Optional.of(rule), of, trace);
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

  private Result result(Optional<Rule> violation, String of, List<Step> trace) {
    return new Result(
        count,
        count == 0 ? 0 : depths[count - 1],
        (System.nanoTime() - began) / 1e9,
        violation,
        found,
        of,
        trace.stream().map(step -> step.command().agent()).distinct().toList(),
        trace.stream().map(Step::line).toList(),
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
    for (int i = 0; i < effects.size() && !current.isEmpty(); i++) {
      switch (effects.get(i)) {
        case Effect.Set set -> {
          for (byte[] state : current) {
            state[set.index()] = (byte) set.value().of(state);
          }
        }
        case Effect.Check check ->
            current.removeIf(
                state ->
                    check.holds().of(state) == 0 && breaks(check.rule(), check.where(), state));
        case Effect.Choice choice -> current = chosen(choice, current);
      }
    }
    return current;
  }

  private boolean breaks(Rule rule, String of, byte[] state) {
    found.add(rule);
    if (broken == null) {
      broken = rule;
      where = of;
      brokenState = state;
    }
    return true;
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
        breaks(Rule.OUTCOME_FOR_EACH_ACTION, "", state);
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

  /** A command, and a line about it for people. */
  private record Step(Model.Command command, String line) {}

  private List<Step> trace(int at) {
    Deque<Integer> path = new ArrayDeque<>();
    for (int i = at; i >= 0; i = parents[i]) {
      path.push(i);
    }
    List<Step> steps = new ArrayList<>();
    int before = path.pop();
    for (int i : path) {
      steps.add(step(before, i));
      before = i;
    }
    return steps;
  }

  private Step step(int from, int to) {
    for (Model.Command command : commands) {
      for (byte[] next : after(command, states[from])) {
        if (Arrays.equals(next, states[to])) {
          return new Step(command, line(command, states[from], states[to]));
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
