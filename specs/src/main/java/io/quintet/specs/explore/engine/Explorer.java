package io.quintet.specs.explore.engine;

import io.quintet.specs.Rule;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Goes through every state that a model can reach, breadth first. What a command checks must hold;
 * and however the agents take turns, as long as none is passed over for ever that could go on (weak
 * fairness), the end must come.
 */
public final class Explorer {
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
  public record Result(
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
  private static final int FARTHER = 50_000;

  private final Model model;
  private final List<Model.Command> commands;
  private final Program program;
  private final int statesMax;
  private final Symmetry symmetry;
  private final List<String> agents;
  private final StateSet states;
  private final Graph graph = new Graph();
  private int[] parents = new int[1 << 12];
  private int[] depths = new int[1 << 12];
  private final boolean goesOn;
  private final Set<Rule> found = new LinkedHashSet<>();
  private @Nullable Rule broken;
  private String where = "";
  private byte @Nullable [] brokenState;
  private @Nullable Result first;
  private final long began = System.nanoTime();

  /** For each transition, how many states there were when it was first taken. */
  private final Map<String, Integer> taken = new HashMap<>();

  private Explorer(Model model, int statesMax, boolean goesOn) {
    this.model = model;
    this.goesOn = goesOn;
    this.commands = model.commands();
    this.program = new Program(model);
    this.statesMax = statesMax;
    this.symmetry = model.symmetry();
    this.agents = model.fair();
    this.states = new StateSet(model.names().size());
  }

  public static Result explore(Model model, int statesMax) {
    return new Explorer(model, statesMax, false).explore();
  }

  /** Goes on for a while beside what broke a rule, to see which others are broken. */
  public static Result exploreAll(Model model, int statesMax) {
    return new Explorer(model, statesMax, true).explore();
  }

  /** How many states there were when each transition was first taken, where that is noted. */
  public static Map<String, Integer> taken(Model model, int statesMax) {
    Explorer explorer = new Explorer(model, statesMax, false);
    explorer.explore();
    return explorer.taken;
  }

  private Result explore() {
    byte[] state = Arrays.copyOf(model.initial(), states.width());
    add(state, -1);
    int most = statesMax;
    long[] enabled = new long[program.words()];
    Runs runs = new Runs();
    for (int at = 0; at < states.count() && states.count() < most; at++) {
      states.get(at, state);
      program.enabled(state, enabled);
      graph.begin();
      for (int word = 0; word < enabled.length; word++) {
        for (long left = enabled[word]; left != 0; left &= left - 1) {
          int command = (word << 6) + Long.numberOfTrailingZeros(left);
          runs.from(at, command, state);
          if (broken != null) {
            if (first == null) {
              first = violation(commands.get(command), at);
              most = Math.min(most, states.count() + FARTHER);
            }
            if (!goesOn) {
              return first;
            }
            broken = null;
          }
        }
      }
    }
    return first == null ? endless() : first;
  }

  /** All states were seen, unless there are too many, and none breaks a rule. */
  private Result endless() {
    for (Model.Response response : model.responses()) {
      if (states.count() >= statesMax || found.contains(response.rule())) {
        continue;
      }
      byte[] state = new byte[states.width()];
      Condition pending = program.condition(response.pending());
      int stuck =
          graph.forEver(
              at -> {
                states.get(at, state);
                return pending.holds(state);
              },
              fair(response),
              at -> {
                states.get(at, state);
                return program.wanting(state);
              });
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
    return first == null ? result(Optional.empty(), "", List.of()) : first;
  }

  /** Runs commands, and adds the states that they lead to. */
  private final class Runs implements Step.Runner {
    private final List<byte[]> copies = new ArrayList<>();
    private int at;
    private int agent;
    private int depth;

    /** When it is not null, states are not added but put there. */
    private @Nullable List<byte[]> reached;

    void from(int number, int command, byte[] state) {
      at = number;
      agent = program.agent(command);
      branch(program.step(command), state);
    }

    List<byte[]> after(int command, byte[] state) {
      List<byte[]> all = new ArrayList<>();
      reached = all;
      branch(program.step(command), state);
      return all;
    }

    @Override
    public void branch(@Nullable Step way, byte[] state) {
      if (depth == copies.size()) {
        copies.add(new byte[states.width()]);
      }
      byte[] copy = copies.get(depth++);
      System.arraycopy(state, 0, copy, 0, copy.length);
      Step step = way;
      while (step != null) {
        step = step.perform(copy, this);
        if (step == Step.Stop.STOP) {
          depth--;
          return;
        }
      }
      depth--;
      if (reached != null) {
        reached.add(copy.clone());
      } else {
        symmetry.apply(copy);
        graph.add(add(copy, at), agent);
      }
    }

    @Override
    public void breaks(Rule rule, String of, byte[] state) {
      found.add(rule);
      if (broken == null) {
        broken = rule;
        where = of;
        brokenState = state.clone();
      }
    }

    @Override
    public void takes(Effect.Note note) {
      taken.putIfAbsent(note.transition(), states.count());
    }
  }

  /** A command breaks a rule. */
  private Result violation(Model.Command command, int at) {
    Rule rule = broken;
    String of = where;
    byte[] end = brokenState;
    List<Line> trace = trace(at);
    trace.add(new Line(command, line(command, states.get(at), end)));
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

  private Result result(Optional<Rule> violation, String of, List<Line> trace) {
    return new Result(
        states.count(),
        depths[states.count() - 1],
        (System.nanoTime() - began) / 1e9,
        violation,
        found,
        of,
        trace.stream().map(step -> step.command().agent()).distinct().toList(),
        trace.stream().map(Line::text).toList(),
        states.count() < statesMax);
  }

  private int add(byte[] state, int parent) {
    int before = states.count();
    int number = states.add(state);
    if (number == before) {
      if (number == parents.length) {
        parents = Arrays.copyOf(parents, 2 * number);
        depths = Arrays.copyOf(depths, 2 * number);
      }
      parents[number] = parent;
      depths[number] = parent < 0 ? 0 : depths[parent] + 1;
    }
    return number;
  }

  /** A command, and a line about it for people. */
  private record Line(Model.Command command, String text) {}

  /** From the end back: of what is before, it or its twin leads there. */
  private List<Line> trace(int at) {
    Deque<Line> steps = new ArrayDeque<>();
    byte[] after = states.get(at);
    for (int i = parents[at]; i >= 0; i = parents[i]) {
      byte[] before = states.get(i);
      Optional<Line> step = step(before, after);
      if (step.isEmpty()) {
        symmetry.swap(before);
        step = step(before, after);
      }
      steps.push(step.orElseThrow(() -> new IllegalStateException("a state without its parent")));
      after = before;
    }
    return new ArrayList<>(steps);
  }

  private Optional<Line> step(byte[] before, byte[] after) {
    for (int i = 0; i < program.size(); i++) {
      if (program.isEnabled(i, before)) {
        for (byte[] next : new Runs().after(i, before)) {
          if (Arrays.equals(next, after)) {
            Model.Command command = commands.get(i);
            return Optional.of(new Line(command, line(command, before, after)));
          }
        }
      }
    }
    return Optional.empty();
  }

  private String line(Model.Command command, byte[] before, byte @Nullable [] after) {
    return "%-12s %-28s %s"
        .formatted(
            command.agent(), command.name(), after == null ? "" : model.difference(before, after));
  }
}
