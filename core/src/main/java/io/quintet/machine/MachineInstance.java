package io.quintet.machine;

import io.quintet.specs.Transitions;
import io.quintet.trace.Trace;
import org.jspecify.annotations.Nullable;

/**
 * A machine at work: fires events and performs the actions that the table names. One thread.
 *
 * @param <E> its events
 * @param <A> its actions
 */
public abstract class MachineInstance<E extends Enum<E>, A extends Enum<A>> {
  private static final int REMEMBERED = 4;

  /** A field and not a method of each machine's class, which would be a virtual call a step. */
  private final Transitions<E, A> transitions;

  private byte state;

  /** The last four (state, event) pairs, 16 bits each, the latest lowest. */
  private long history;

  protected MachineInstance(Transitions<E, A> transitions) {
    this.transitions = transitions;
    this.state = (byte) transitions.initial();
  }

  /**
   * Fires an event, and the outcomes that follow from it, until an action has none.
   *
   * @return whether a state was entered or left, so that its deadline begins anew
   * @throws IllegalStateException if the machine lacks a transition, which is a bug in it
   */
  protected final boolean run(E event) {
    Transitions<E, A> table = transitions;
    @Nullable E next = event;
    boolean moved = false;
    while (next != null) {
      int from = state;
      int step = table.step(from, next);
      history = history << 16 | (long) (from + 1) << 8 | next.ordinal();
      if (Trace.ON) {
        Trace.record(table, this, from, next, step);
      }
      if (step == Transitions.UNDEFINED) {
        throw new IllegalStateException(
            "no transition for " + next + " in " + table.name(from) + "; " + explain());
      }
      if (TransitionEvent.PROBE.isEnabled()) {
        TransitionEvent.record(table, this, from, next, step);
      }
      state = (byte) Transitions.target(step);
      moved |= state != from;
      next = Transitions.acts(step) ? perform(table.action(step)) : null;
    }
    return moved;
  }

  /** Performs an action and reports its outcome, or null if it has none. */
  protected abstract @Nullable E perform(A action);

  /** Whether the machine has a transition for an event where it is. */
  protected final boolean takes(E event) {
    return transitions.step(state, event) != Transitions.UNDEFINED;
  }

  protected final int state() {
    return state;
  }

  public final boolean isEnded() {
    return transitions.ends(state);
  }

  /** What the state's invariant names does not hold: it is recorded, and to be thrown. */
  protected final IllegalStateException broken(String fact) {
    Trace.recordBroken(transitions, this, state, fact);
    return new IllegalStateException(
        "it is "
            + transitions.name(state)
            + " where this does not hold: "
            + fact
            + "; "
            + explain());
  }

  /** Ends the machine where it is: for what was found broken in the middle of a transition. */
  protected final void end() {
    state = (byte) transitions.end();
  }

  /** The last transitions, oldest first. */
  public final String explain() {
    Transitions<E, A> table = transitions;
    StringBuilder text = new StringBuilder(table.machine().id()).append(':');
    for (int i = REMEMBERED - 1; i >= 0; i--) {
      int entry = (int) (history >>> (16 * i)) & 0xffff;
      if (entry != 0) {
        text.append(' ').append(table.name((entry >>> 8) - 1));
        text.append(" --").append(table.event(entry & 0xff)).append("->");
      }
    }
    return text.append(' ').append(table.name(state)).toString();
  }
}
