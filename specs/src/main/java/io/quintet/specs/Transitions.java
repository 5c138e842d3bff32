package io.quintet.specs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A machine as one dense table, for running it: a step is one array access and allocates nothing.
 *
 * <p>States are numbers from 0 in the order of the file. Events and actions are the constants of
 * two enums that must agree with the machine's names, none missing and none to spare. Immutable;
 * any thread may use it.
 *
 * @param <E> the machine's events
 * @param <A> the machine's actions
 */
public final class Transitions<E extends Enum<E>, A extends Enum<A>> {
  /** The step of an event that is undefined in a state. */
  public static final int UNDEFINED = -1;

  private static final int NO_ACTION = 0xffff;

  private final Machine machine;
  private final String[] states;
  private final E[] events;
  private final A[] actions;
  private final int initial;
  private final boolean[] ends;
  private final int width;
  private final int[] steps;

  private Transitions(Machine machine, Class<E> events, Class<A> actions) {
    this.machine = machine;
    this.states = machine.states().keySet().toArray(String[]::new);
    this.events = events.getEnumConstants();
    this.actions = actions.getEnumConstants();
    this.initial = index(machine.initial());
    this.ends = new boolean[states.length];
    this.width = this.events.length;
    this.steps = new int[states.length * width];
    Arrays.fill(steps, UNDEFINED);
    for (int state = 0; state < states.length; state++) {
      Machine.State declared = machine.states().get(states[state]);
      ends[state] = declared.end();
      fill(state, declared, events, actions);
    }
  }

  /**
   * Compiles a machine.
   *
   * @param <E> its events
   * @param <A> its actions
   * @param machine the machine
   * @param events an enum with a constant for each event, such as {@code WOULD_BLOCK}
   * @param actions an enum with a constant for each action, {@code YIELD_TURN} for {@code
   *     yieldTurn}
   * @return the table
   * @throws IllegalArgumentException if names and constants differ
   */
  public static <E extends Enum<E>, A extends Enum<A>> Transitions<E, A> of(
      Machine machine, Class<E> events, Class<A> actions) {
    requireSame(machine.id() + " events", machine.events(), events);
    List<String> names = machine.actions().keySet().stream().map(Transitions::constant).toList();
    requireSame(machine.id() + " actions", names, actions);
    return new Transitions<>(machine, events, actions);
  }

  private void fill(int state, Machine.State declared, Class<E> events, Class<A> actions) {
    for (Map.Entry<String, Machine.Transition> on : machine.transitions(declared).entrySet()) {
      int event = Enum.valueOf(events, on.getKey()).ordinal();
      int action =
          on.getValue()
              .action()
              .map(name -> Enum.valueOf(actions, constant(name)).ordinal())
              .orElse(NO_ACTION);
      steps[state * width + event] = index(on.getValue().target()) << 16 | action;
    }
  }

  /**
   * Where an event leads from a state.
   *
   * @param state number of a state
   * @param event event
   * @return a step to be taken apart with {@link #target} and {@link #action}, or {@link
   *     #UNDEFINED}
   */
  public int step(int state, E event) {
    return steps[state * width + event.ordinal()];
  }

  /**
   * The state that a step leads to.
   *
   * @param step a defined step
   * @return number of a state
   */
  public static int target(int step) {
    return step >>> 16;
  }

  /**
   * Whether a step performs an action.
   *
   * @param step a defined step
   * @return whether {@link #action} may be asked
   */
  public static boolean acts(int step) {
    return (step & 0xffff) != NO_ACTION;
  }

  /**
   * The action that a step performs.
   *
   * @param step a step that {@link #acts}
   * @return the action
   */
  public A action(int step) {
    return actions[step & 0xffff];
  }

  /**
   * The first state.
   *
   * @return its number
   */
  public int initial() {
    return initial;
  }

  /**
   * Whether a state is final.
   *
   * @param state its number
   * @return whether it is
   */
  public boolean ends(int state) {
    return ends[state];
  }

  /**
   * A final state.
   *
   * @return the number of the first one
   */
  public int end() {
    int state = 0;
    while (!ends[state]) {
      state++;
    }
    return state;
  }

  /**
   * How many states there are.
   *
   * @return at least 2
   */
  public int size() {
    return states.length;
  }

  /**
   * The number of a state.
   *
   * @param state its name in the file
   * @return its number
   * @throws IllegalArgumentException if there is none of that name
   */
  public int number(String state) {
    int number = index(state);
    if (number < 0) {
      throw new IllegalArgumentException(machine.id() + " lacks the state " + state);
    }
    return number;
  }

  /**
   * The name of a state.
   *
   * @param state its number
   * @return its name in the file
   */
  public String name(int state) {
    return states[state];
  }

  /**
   * The state of a number, as the file has it.
   *
   * @param state its number
   * @return the state
   */
  public Machine.State state(int state) {
    return machine.states().get(states[state]);
  }

  /**
   * The event of a number.
   *
   * @param ordinal number
   * @return the event
   */
  public E event(int ordinal) {
    return events[ordinal];
  }

  /**
   * The name of the deadline that runs in a state.
   *
   * @param state its number
   * @return the name, such as IDLE, or empty
   */
  public Optional<String> deadline(int state) {
    return state(state).after().keySet().stream().findFirst();
  }

  /**
   * The machine.
   *
   * @return as it was compiled
   */
  public Machine machine() {
    return machine;
  }

  private int index(String state) {
    return Arrays.asList(states).indexOf(state);
  }

  private static String constant(String action) {
    return action.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
  }

  private static void requireSame(
      String what, Iterable<String> names, Class<? extends Enum<?>> constants) {
    Set<String> missing = new HashSet<>();
    names.forEach(missing::add);
    List<String> spare = new ArrayList<>();
    for (Enum<?> constant : constants.getEnumConstants()) {
      if (!missing.remove(constant.name())) {
        spare.add(constant.name());
      }
    }
    if (!missing.isEmpty() || !spare.isEmpty()) {
      throw new IllegalArgumentException(
          what
              + ": "
              + constants.getSimpleName()
              + " lacks "
              + missing
              + " and has "
              + spare
              + " to spare");
    }
  }
}
