package io.quintet.specs.explore.engine;

import io.quintet.specs.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Variables and guarded commands. Each command belongs to an agent; agents take turns anyhow. */
public final class Model {
  /**
   * Something that an agent can do where a guard holds.
   *
   * @param agent whose it is
   * @param name for a trace
   * @param guard where it can be done
   * @param wanted where its agent could do it if nobody else were in the middle of something, which
   *     is how fairness is judged
   * @param effects what it does
   */
  public record Command(String agent, String name, Term guard, Term wanted, List<Effect> effects) {}

  /**
   * What does not last for ever in any run that is fair: whoever could go on does in the end.
   *
   * @param rule what is broken otherwise
   * @param pending holds while it lasts
   * @param idle agents that need not go on for that
   */
  public record Response(Rule rule, Term pending, Set<String> idle) {}

  private final List<String> names = new ArrayList<>();
  private final List<Integer> initial = new ArrayList<>();
  private final List<Command> commands = new ArrayList<>();
  private final Map<Integer, List<String>> valueNames = new LinkedHashMap<>();
  private final Map<String, Term> inTheMiddle = new LinkedHashMap<>();
  private final Map<String, Term> halted = new LinkedHashMap<>();
  private final List<Response> responses = new ArrayList<>();
  private final Map<String, String> goesOnAs = new LinkedHashMap<>();
  private final List<Integer> twins = new ArrayList<>();
  private final List<Integer> others = new ArrayList<>();
  private final List<Integer> namesTwins = new ArrayList<>();
  private Term done = Term.number(0);

  /** Whether commands say which events machines take. */
  private final boolean noted;

  /** A model to be searched. */
  public Model() {
    this(false);
  }

  public Model(boolean noted) {
    this.noted = noted;
  }

  public boolean isNoted() {
    return noted;
  }

  public int variable(String name, int first) {
    names.add(name);
    initial.add(first);
    return names.size() - 1;
  }

  /** Names for a variable's values, for a trace. */
  public void naming(int variable, List<String> values) {
    valueNames.put(variable, values);
  }

  /** Of several agents it is only asked that one of them goes on when one can. */
  public void goesOnAs(String agent, String all) {
    goesOnAs.put(agent, all);
  }

  /** The agent of which it is asked that it goes on. */
  public String fair(Command command) {
    return goesOnAs.getOrDefault(command.agent(), command.agent());
  }

  /** Those of which it is asked. */
  public List<String> fair() {
    return commands.stream().map(this::fair).distinct().toList();
  }

  /** A variable of one of two that are alike, and that of the other one. */
  public void twins(int one, int other) {
    twins.add(one);
    others.add(other);
  }

  /** A variable that is 1 for one of the two, 2 for the other. */
  public void namesTwin(int variable) {
    namesTwins.add(variable);
  }

  public Symmetry symmetry() {
    return new Symmetry(ints(twins), ints(others), ints(namesTwins));
  }

  private static int[] ints(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }

  public void command(String agent, String name, Term guard, List<Effect> effects) {
    commands.add(new Command(agent, name, guard, guard, List.copyOf(effects)));
  }

  public void command(String agent, String name, Term guard, Effect... effects) {
    command(agent, name, guard, List.of(effects));
  }

  /**
   * Where an agent is in the middle of something, nobody else goes on: what it does there is one
   * step for all others.
   */
  public void inTheMiddle(String agent, Term where) {
    inTheMiddle.put(agent, where);
  }

  /** Where an agent takes no step. */
  public void halted(String agent, Term where) {
    halted.put(agent, where);
  }

  /** Guards every command by that nobody else is in the middle of something. */
  public void close() {
    commands.replaceAll(
        command -> {
          List<Term> terms = new ArrayList<>(List.of(command.guard()));
          if (halted.containsKey(command.agent())) {
            terms.add(Term.not(halted.get(command.agent())));
          }
          Term wanted = new Term.All(List.copyOf(terms));
          inTheMiddle.forEach(
              (agent, where) -> {
                if (!agent.equals(command.agent())) {
                  terms.add(Term.not(where));
                }
              });
          return new Command(
              command.agent(), command.name(), new Term.All(terms), wanted, command.effects());
        });
  }

  /** Leaves a variable as it is in all commands whose name contains a text. */
  public void forget(String command, String variable) {
    int index = names.indexOf(variable);
    if (index < 0) {
      throw new IllegalArgumentException("there is no variable " + variable);
    }
    List<Command> before = List.copyOf(commands);
    commands.replaceAll(
        each ->
            each.name().contains(command)
                ? new Command(
                    each.agent(),
                    each.name(),
                    each.guard(),
                    each.wanted(),
                    without(index, each.effects()))
                : each);
    if (commands.equals(before)) {
      throw new IllegalArgumentException("no command " + command + " changes " + variable);
    }
  }

  private static List<Effect> without(int index, List<Effect> effects) {
    List<Effect> left = new ArrayList<>();
    for (Effect effect : effects) {
      switch (effect) {
        case Effect.Set set when set.index() == index -> {
          // left out
        }
        case Effect.Choice(List<Effect.Way> ways) ->
            left.add(
                new Effect.Choice(
                    ways.stream()
                        .map(way -> new Effect.Way(way.guard(), without(index, way.effects())))
                        .toList()));
        default -> left.add(effect);
      }
    }
    return List.copyOf(left);
  }

  /** What every fair run comes to, and stays at. */
  public void done(Term holds) {
    done = holds;
  }

  public void response(Rule rule, Term pending, Set<String> idle) {
    responses.add(new Response(rule, pending, Set.copyOf(idle)));
  }

  public List<Response> responses() {
    return responses;
  }

  public Term done() {
    return done;
  }

  public List<String> names() {
    return names;
  }

  public List<Command> commands() {
    return commands;
  }

  public List<String> agents() {
    return commands.stream().map(Command::agent).distinct().toList();
  }

  public byte[] initial() {
    byte[] state = new byte[initial.size()];
    for (int i = 0; i < state.length; i++) {
      state[i] = initial.get(i).byteValue();
    }
    return state;
  }

  public List<Integer> initialValues() {
    return initial;
  }

  /** What differs between two states. */
  public String difference(byte[] before, byte[] after) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < names.size(); i++) {
      if (before[i] != after[i]) {
        text.append(text.isEmpty() ? "" : ", ").append(names.get(i)).append(" = ");
        List<String> values = valueNames.getOrDefault(i, List.of());
        text.append(
            after[i] >= 0 && after[i] < values.size() ? values.get(after[i]) : (int) after[i]);
      }
    }
    return text.toString();
  }
}
