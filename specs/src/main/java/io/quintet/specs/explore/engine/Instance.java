package io.quintet.specs.explore.engine;

import io.quintet.specs.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * A machine at work in a model: a variable for its state and one for the event that it is about to
 * take, 0 if none.
 */
public final class Instance {
  /** Checks what a state's invariant names. */
  @FunctionalInterface
  public interface Invariant {
    /**
     * The check.
     *
     * @param holds whether the machine is elsewhere, or the fact holds
     */
    Effect of(String state, String fact, Term holds);
  }

  private final Machine machine;
  private final List<String> states;
  private final List<String> events;
  private final String name;
  private final boolean noted;
  public final int state;
  public final int pending;

  /** What an action does, and which outcome it reports; an empty list if nothing. */
  private final Function<String, List<Effect>> actions;

  public Instance(
      Model model, String name, Machine machine, Function<String, List<Effect>> actions) {
    this.machine = machine;
    this.name = name;
    this.noted = model.isNoted();
    this.actions = actions;
    this.states = List.copyOf(machine.states().keySet());
    this.events = List.copyOf(machine.events());
    this.state = model.variable(name, 0);
    this.pending = model.variable(name + "_event", 0);
    List<String> numbered = new ArrayList<>(List.of("none"));
    numbered.addAll(states);
    model.naming(state, numbered);
    List<String> taken = new ArrayList<>(List.of("none"));
    taken.addAll(events);
    model.naming(pending, taken);
  }

  /** It begins in the machine's first state. */
  public Effect begin() {
    return Effect.set(state, number(machine.initial()));
  }

  /** 0 stands for an instance that does not exist. */
  public Effect end() {
    return Effect.set(state, 0);
  }

  public String name() {
    return name;
  }

  /** The states that take an event. */
  public List<String> statesThatTake(String event) {
    return states.stream()
        .filter(of -> machine.transitions(machine.states().get(of)).containsKey(event))
        .toList();
  }

  /** What stands for a state in its variable. */
  public int number(String of) {
    return states.indexOf(of) + 1;
  }

  public Term in(String of) {
    return states.contains(of) ? Term.is(state, number(of)) : Term.number(0);
  }

  public Term exists() {
    return Term.not(Term.is(state, 0));
  }

  /** In a final state. */
  public Term isEnded() {
    return stands(Machine.State::end);
  }

  /** Exists and is not in a final state. */
  public Term isAlive() {
    return Term.all(exists(), Term.not(isEnded()));
  }

  /** In a state that waits for some readiness. */
  public Term waitsFor(String readiness) {
    return stands(of -> of.interest().map(names -> names.contains(readiness)).orElse(false));
  }

  /** About to take an event. */
  public Term isAbout(String event) {
    return events.contains(event) ? Term.is(pending, events.indexOf(event) + 1) : Term.number(0);
  }

  /** Whether it is in a state, about to take an event. */
  public boolean isAbout(byte[] values, String from, String event) {
    return values[state] > 0
        && states.get(values[state] - 1).equals(from)
        && values[pending] > 0
        && events.get(values[pending] - 1).equals(event);
  }

  /** In a state where a descriptor may rest. */
  public Term rests() {
    return stands(of -> of.interest().isPresent() || of.end());
  }

  /** In a state where some deadline runs. */
  public Term hasDeadline(String deadline) {
    return stands(of -> of.after().containsKey(deadline));
  }

  /**
   * Where the machine rests, what the state's invariant names holds.
   *
   * @param facts what each fact means in the model
   * @param check what checks it of a state
   */
  public List<Effect> invariants(Map<String, Term> facts, Invariant check) {
    List<Effect> effects = new ArrayList<>();
    machine
        .states()
        .forEach(
            (of, declared) -> {
              for (String fact : declared.invariant()) {
                Term holds = Objects.requireNonNull(facts.get(fact), fact);
                effects.add(check.of(of, fact, Term.any(Term.not(in(of)), holds)));
              }
            });
    return effects;
  }

  /** In a state that takes an event. */
  public Term takes(String event) {
    List<Term> any = new ArrayList<>();
    for (Map.Entry<String, Machine.State> of : machine.states().entrySet()) {
      if (machine.transitions(of.getValue()).containsKey(event)) {
        any.add(in(of.getKey()));
      }
    }
    return Term.any(any);
  }

  /** In a state that an event leads to its end. */
  public Term endsBy(String event) {
    return stands(
        of -> {
          Machine.Transition on = machine.transitions(of).get(event);
          return on != null && machine.states().get(on.target()).end();
        });
  }

  private Term stands(java.util.function.Predicate<Machine.State> where) {
    List<Term> any = new ArrayList<>();
    machine
        .states()
        .forEach(
            (of, declared) -> {
              if (where.test(declared)) {
                any.add(in(of));
              }
            });
    return Term.any(any);
  }

  /** The event is next; a machine that lacks it altogether breaks the rule when it comes to it. */
  public Effect next(String event) {
    int index = events.indexOf(event);
    return Effect.set(pending, index < 0 ? events.size() + 1 : index + 1);
  }

  /** Takes an event at once, with all that follows; for machines whose actions end. */
  public Effect run(String event) {
    return run(event, actions);
  }

  /** Likewise, with other actions. */
  public Effect run(String event, Function<String, List<Effect>> doing) {
    List<Effect.Way> ways = new ArrayList<>();
    List<Term> defined = new ArrayList<>();
    for (Map.Entry<String, Machine.State> of : machine.states().entrySet()) {
      Machine.Transition transition = machine.transitions(of.getValue()).get(event);
      if (transition != null) {
        defined.add(in(of.getKey()));
        ways.add(Effect.when(in(of.getKey()), taken(of.getKey(), event, transition, doing)));
      }
    }
    ways.add(
        Effect.when(
            Term.not(Term.any(defined)),
            Effect.check(
                Term.number(0),
                GeneralRule.TRANSITION_FOR_EACH_EVENT,
                name + " takes no " + event)));
    return Effect.choice(ways);
  }

  private List<Effect> taken(
      String from,
      String event,
      Machine.Transition transition,
      Function<String, List<Effect>> doing) {
    List<Effect> effects = new ArrayList<>();
    if (noted) {
      effects.add(
          new Effect.Note(
              name + " " + from + " " + event, machine.id() + " " + from + " " + event));
    }
    effects.add(Effect.set(state, number(transition.target())));
    transition.action().ifPresent(action -> effects.addAll(doing.apply(action)));
    return effects;
  }

  /**
   * A command for each transition: the pending event is taken, and the action makes its outcome the
   * next. Where nothing is pending any more, the machine has come to rest.
   */
  public void commands(
      Model model,
      String agent,
      Term may,
      Function<String, List<Effect>> doing,
      List<Effect> rested) {
    for (Map.Entry<String, Machine.State> of : machine.states().entrySet()) {
      List<Term> undefined = new ArrayList<>();
      undefined.add(may);
      undefined.add(in(of.getKey()));
      undefined.add(Term.not(Term.is(pending, 0)));
      for (Map.Entry<String, Machine.Transition> on :
          machine.transitions(of.getValue()).entrySet()) {
        Term here = Term.is(pending, events.indexOf(on.getKey()) + 1);
        undefined.add(Term.not(here));
        List<Effect> effects = new ArrayList<>();
        effects.add(Effect.set(pending, 0));
        effects.addAll(taken(of.getKey(), on.getKey(), on.getValue(), doing));
        effects.add(Effect.onlyIf(Term.is(pending, 0), rested));
        model.command(
            agent,
            name + " " + of.getKey() + " " + on.getKey(),
            Term.all(may, in(of.getKey()), here),
            effects);
      }
      model.command(
          agent,
          name + " " + of.getKey() + " ?",
          new Term.All(undefined),
          Effect.check(Term.number(0), GeneralRule.TRANSITION_FOR_EACH_EVENT, name));
    }
  }
}
