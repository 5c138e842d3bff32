package io.quintet.specs;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Reads specs and refuses broken ones with the file, the JSON path and the reason. Any thread may
 * call.
 */
public final class SpecReader {
  /** What a state may say beside its transitions. */
  private static final Set<String> OF_STATES = Set.of("interest", "invariant");

  private SpecReader() {}

  /**
   * Reads a machine or a topology from a file, whichever it is.
   *
   * @param file a JSON file
   * @return a {@link Machine} or a {@link Topology}
   * @throws SpecException if it is broken
   */
  public static Object read(Path file) {
    try (Reader text = Files.newBufferedReader(file)) {
      Node root = root(file.toString(), text);
      return root.member("states").isPresent() ? machine(root) : Topology.of(root);
    } catch (IOException e) {
      throw new SpecException(file.toString(), "$", "cannot be read: " + e);
    }
  }

  /**
   * Reads a machine.
   *
   * @param file name to complain under
   * @param text its JSON
   * @return the machine
   * @throws SpecException if it is broken
   */
  public static Machine machine(String file, Reader text) {
    return machine(root(file, text));
  }

  /**
   * Reads a topology.
   *
   * @param file name to complain under
   * @param text its JSON
   * @return the topology
   * @throws SpecException if it is broken
   */
  public static Topology topology(String file, Reader text) {
    return Topology.of(root(file, text));
  }

  static Node root(String file, Reader text) {
    return new Node(file, "$", JsonTree.read(file, text));
  }

  private static Machine machine(Node root) {
    Map<String, Node> members =
        root.object(Set.of("id", "description", "initial", "states", "meta"), Set.of("$schema"));
    Node states = members.get("states");
    Map<String, Node> meta = members.get("meta").object(Set.of("actions"), Set.of("facts"));
    Machine machine =
        new Machine(
            members.get("id").text(),
            members.get("description").text(),
            members.get("initial").text(),
            each(states, SpecReader::state),
            each(meta.get("actions"), SpecReader::action),
            meta.containsKey("facts") ? each(meta.get("facts"), Node::text) : Map.of());
    members.get("initial").choice(machine.states().keySet());
    checkTransitions(machine, states);
    checkInvariants(machine, states);
    checkActionsUsed(machine, meta.get("actions"));
    checkReachable(machine, states);
    checkEnds(machine, states);
    return machine;
  }

  private static Machine.State state(Node node) {
    Map<String, Node> members =
        node.object(Set.of("description"), Set.of("type", "meta", "on", "after"));
    boolean end = false;
    if (members.containsKey("type")) {
      members.get("type").choice(Set.of("final"));
      end = true;
    }
    return new Machine.State(
        members.get("description").text(),
        end,
        Optional.ofNullable(members.get("meta")).flatMap(SpecReader::interest),
        Optional.ofNullable(members.get("meta")).map(SpecReader::invariant).orElse(List.of()),
        transitions(members, "on"),
        transitions(members, "after"));
  }

  private static Optional<List<String>> interest(Node meta) {
    return Optional.ofNullable(meta.object(Set.of(), OF_STATES).get("interest"))
        .map(
            node ->
                node.array().stream()
                    .map(name -> name.choice(Set.of("EPOLLIN", "EPOLLOUT")))
                    .toList());
  }

  private static List<String> invariant(Node meta) {
    Node outcomes = meta.object(Set.of(), OF_STATES).get("invariant");
    return outcomes == null ? List.of() : outcomes.array().stream().map(Node::text).toList();
  }

  private static Map<String, Machine.Transition> transitions(
      Map<String, Node> members, String key) {
    Node node = members.get(key);
    return node == null ? Map.of() : each(node, SpecReader::transition);
  }

  private static Machine.Transition transition(Node node) {
    Map<String, Node> members = node.object(Set.of("target"), Set.of("actions"));
    return new Machine.Transition(
        members.get("target").text(), Optional.ofNullable(members.get("actions")).map(Node::text));
  }

  private static Machine.Action action(Node node) {
    Map<String, Node> members = node.object(Set.of("description", "outcomes"), Set.of("ends"));
    List<String> outcomes = members.get("outcomes").array().stream().map(Node::text).toList();
    boolean ends = members.containsKey("ends") && members.get("ends").truth();
    return new Machine.Action(members.get("description").text(), outcomes, ends);
  }

  private static <T> Map<String, T> each(Node node, Function<Node, T> read) {
    Map<String, T> values = new LinkedHashMap<>();
    node.object().forEach((key, member) -> values.put(key, read.apply(member)));
    return Collections.unmodifiableMap(values);
  }

  /** Every target is a state, every action is declared, every outcome has somewhere to go. */
  private static void checkTransitions(Machine machine, Node states) {
    for (Map.Entry<String, Node> state : states.object().entrySet()) {
      for (String kind : List.of("on", "after")) {
        for (Node transition : members(state.getValue(), kind)) {
          checkTransition(machine, transition);
        }
      }
      int deadlines = members(state.getValue(), "after").size();
      if (deadlines > 1) {
        throw state.getValue().broken("more than one deadline: at most one runs in a state");
      }
    }
  }

  private static List<Node> members(Node node, String key) {
    return node.member(key).map(n -> List.copyOf(n.object().values())).orElse(List.of());
  }

  private static void checkTransition(Machine machine, Node transition) {
    Map<String, Node> members = transition.object();
    String target = members.get("target").text();
    if (!machine.states().containsKey(target)) {
      throw members
          .get("target")
          .broken("unknown target \"" + target + "\"; the states are " + machine.states().keySet());
    }
    Node action = members.get("actions");
    checkEnd(machine, members.get("target"), action == null ? "" : action.text());
    if (action == null) {
      return;
    }
    Machine.Action declared = machine.actions().get(action.text());
    if (declared == null) {
      throw action.broken("undeclared action \"" + action.text() + "\": meta.actions lacks it");
    }
    for (String outcome : declared.outcomes()) {
      if (!machine.states().get(target).on().containsKey(outcome)) {
        throw action.broken(
            "outcome "
                + outcome
                + " of \""
                + action.text()
                + "\" leads nowhere from \""
                + target
                + "\"");
      }
    }
  }

  /** What a state says that holds is declared. */
  private static void checkInvariants(Machine machine, Node states) {
    Set<String> declared = new LinkedHashSet<>(machine.facts().keySet());
    machine.actions().values().forEach(action -> declared.addAll(action.outcomes()));
    states
        .object()
        .forEach(
            (name, state) -> {
              for (String invariant : machine.states().get(name).invariant()) {
                if (!declared.contains(invariant)) {
                  throw state.broken(
                      "invariant " + invariant + " is neither a fact nor an outcome of an action");
                }
              }
            });
  }

  /** Where some actions end a machine, they and no others lead to its final states. */
  private static void checkEnd(Machine machine, Node target, String action) {
    boolean known = machine.actions().values().stream().anyMatch(Machine.Action::ends);
    boolean ends = machine.actions().containsKey(action) && machine.actions().get(action).ends();
    if (known && ends != machine.states().get(target.text()).end()) {
      throw target.broken(
          ends
              ? "\"" + action + "\" ends the machine, and this is no final state"
              : "a final state, where no action has ended the machine");
    }
  }

  private static void checkActionsUsed(Machine machine, Node actions) {
    Set<String> used = new LinkedHashSet<>();
    machine
        .states()
        .values()
        .forEach(
            s -> machine.transitions(s).values().forEach(t -> t.action().ifPresent(used::add)));
    for (Map.Entry<String, Node> action : actions.object().entrySet()) {
      if (!used.contains(action.getKey())) {
        throw action.getValue().broken("no transition performs this action");
      }
    }
  }

  private static void checkReachable(Machine machine, Node states) {
    Set<String> reached = new LinkedHashSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(machine.initial()));
    while (!open.isEmpty()) {
      String name = open.remove();
      if (reached.add(name)) {
        Machine.State state = machine.states().get(name);
        machine.transitions(state).values().forEach(t -> open.add(t.target()));
      }
    }
    for (Map.Entry<String, Node> state : states.object().entrySet()) {
      if (!reached.contains(state.getKey())) {
        throw state
            .getValue()
            .broken("unreachable: no path leads here from \"" + machine.initial() + "\"");
      }
    }
  }

  /** A state without a way to a final one is a dead end; a final one with a way out is none. */
  private static void checkEnds(Machine machine, Node states) {
    Set<String> ending = new LinkedHashSet<>();
    boolean grew = true;
    while (grew) {
      List<String> more = new ArrayList<>();
      machine
          .states()
          .forEach(
              (name, state) -> {
                boolean leads =
                    machine.transitions(state).values().stream()
                        .anyMatch(t -> ending.contains(t.target()));
                if (state.end() || leads) {
                  more.add(name);
                }
              });
      grew = ending.addAll(more);
    }
    for (Map.Entry<String, Node> entry : states.object().entrySet()) {
      Machine.State state = machine.states().get(entry.getKey());
      if (!ending.contains(entry.getKey())) {
        throw entry.getValue().broken("dead end: no path leads to a final state");
      }
      if (state.end() && !machine.transitions(state).isEmpty()) {
        throw entry.getValue().broken("a final state has no transitions");
      }
    }
  }
}
