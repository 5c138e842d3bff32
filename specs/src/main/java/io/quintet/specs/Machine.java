package io.quintet.specs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A finite state machine as its file gives it: immutable data, checked when it was read.
 *
 * <p>The control flow is in the machine alone: an event leads from a state to another and may
 * perform one action, and the outcome that the action reports is the next event, until an action
 * reports none.
 *
 * @param id name, for example {@code connection}
 * @param description what the machine stands for
 * @param initial name of the first state
 * @param states by name, in the order of the file
 * @param actions by name, in the order of the file
 * @param facts what invariants name, each in a sentence, in the order of the file
 */
public record Machine(
    String id,
    String description,
    String initial,
    Map<String, State> states,
    Map<String, Action> actions,
    Map<String, String> facts) {

  /** What the name of a deadline's event begins with. */
  static final String AFTER = "AFTER_";

  /**
   * A state.
   *
   * @param description what it means to be in it
   * @param end whether it is final
   * @param interest the readiness that a descriptor at rest here waits for, by name; empty for none
   * @param invariant what holds where the machine rests here: facts, and outcomes that actions have
   *     reported before
   * @param on transitions by event
   * @param after the deadline that runs here and where it leads; at most one
   */
  public record State(
      String description,
      boolean end,
      Optional<List<String>> interest,
      List<String> invariant,
      Map<String, Transition> on,
      Map<String, Transition> after) {}

  /**
   * Where an event leads.
   *
   * @param target name of the next state, which may be the same
   * @param action name of the action performed on the way
   */
  public record Transition(String target, Optional<String> action) {}

  /**
   * Something that the code does.
   *
   * @param description what
   * @param outcomes events of which it reports one; if there are none it reports none
   * @param ends whether nothing is left to be done after it: where a machine has such actions, they
   *     and no others lead to its final states
   */
  public record Action(String description, List<String> outcomes, boolean ends) {}

  /**
   * Every event, in the order of the file; a deadline IDLE is the event {@code AFTER_IDLE}.
   *
   * @return names
   */
  public Set<String> events() {
    Set<String> events = new LinkedHashSet<>();
    states.values().forEach(state -> events.addAll(transitions(state).keySet()));
    return events;
  }

  /**
   * The transitions of a state, those of deadlines included.
   *
   * @param state a state of this machine
   * @return transitions by event
   */
  public Map<String, Transition> transitions(State state) {
    Map<String, Transition> all = new LinkedHashMap<>(state.on());
    state.after().forEach((deadline, transition) -> all.put(AFTER + deadline, transition));
    return all;
  }

  /**
   * The states in which it may come to rest, the final ones included: the first one, and those that
   * a transition leads to whose action, if it has one, reports nothing.
   *
   * @return their names
   */
  public Set<String> rests() {
    Set<String> rests = new LinkedHashSet<>(Set.of(initial));
    for (State state : states.values()) {
      for (Transition transition : transitions(state).values()) {
        if (transition.action().map(a -> actions.get(a).outcomes().isEmpty()).orElse(true)) {
          rests.add(transition.target());
        }
      }
    }
    return rests;
  }

  /**
   * The events that may come from outside in a state: those that are not the outcome of an action
   * that led there.
   *
   * @param name name of a state
   * @return names of events
   */
  public List<String> externalEvents(String name) {
    Set<String> outcomes = new LinkedHashSet<>();
    for (State state : states.values()) {
      for (Transition transition : transitions(state).values()) {
        if (transition.target().equals(name)) {
          transition.action().ifPresent(a -> outcomes.addAll(actions.get(a).outcomes()));
        }
      }
    }
    List<String> external = new ArrayList<>(transitions(states.get(name)).keySet());
    external.removeAll(outcomes);
    return external;
  }
}
