package io.quintet.reactor;

import io.quintet.ffi.linux.Linux;
import io.quintet.specs.Machine;
import io.quintet.specs.Transitions;
import java.util.List;
import java.util.Locale;

/**
 * What a machine's states ask for while a descriptor rests in them: readiness and a deadline.
 *
 * @param <E> the machine's events
 */
public final class StateTable<E extends Enum<E>> {
  /** A state that only leads from one action to the next. */
  static final int PASSING = -1;

  private final int[] interest;
  private final int[] deadline;
  private final boolean[] goesOn;
  private final List<List<String>> invariants;
  private final E[] passed;

  @SuppressWarnings("unchecked") // an array of E's own class
  public StateTable(Transitions<E, ?> transitions, Class<E> events) {
    int states = transitions.size();
    interest = new int[states];
    deadline = new int[states];
    goesOn = new boolean[states];
    invariants =
        transitions.machine().states().values().stream().map(Machine.State::invariant).toList();
    passed = (E[]) java.lang.reflect.Array.newInstance(events, states);
    for (int state = 0; state < states; state++) {
      Machine.State declared = transitions.state(state);
      interest[state] = declared.interest().map(StateTable::bits).orElse(PASSING);
      deadline[state] = Timers.NO_DEADLINE;
      String name = transitions.deadline(state).orElse("");
      if (!name.isEmpty()) {
        deadline[state] = Deadline.valueOf(name).ordinal();
        goesOn[state] = Deadline.valueOf(name).goesOn();
        passed[state] = Enum.valueOf(events, "AFTER_" + name.toUpperCase(Locale.ROOT));
      }
    }
  }

  private static int bits(List<String> names) {
    int bits = 0;
    for (String name : names) {
      bits |= name.equals("EPOLLIN") ? Linux.EPOLLIN() : Linux.EPOLLOUT();
    }
    return bits;
  }

  /** The epoll events that a state waits for, or {@link #PASSING}. */
  public int interest(int state) {
    return interest[state];
  }

  /** Whether a descriptor may rest in a state. */
  public boolean rests(int state) {
    return interest[state] != PASSING;
  }

  /** The kind of deadline that runs in a state, or {@link Timers#NO_DEADLINE}. */
  int deadline(int state) {
    return deadline[state];
  }

  /** Whether it goes on where it runs already, or begins anew where the state is entered. */
  boolean goesOn(int state) {
    return goesOn[state];
  }

  /** The facts that hold where a descriptor rests in a state. */
  List<String> invariant(int state) {
    return invariants.get(state);
  }

  /** The event of a state's deadline. */
  E passed(int state) {
    return passed[state];
  }
}
