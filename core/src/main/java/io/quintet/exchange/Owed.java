package io.quintet.exchange;

import io.quintet.kernel.Interleaving;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import io.quintet.trace.Trace;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A reply that is owed, as the machine {@code reply} has it: each event is one atomic exchange. */
abstract class Owed extends Cancellable {
  enum Event {
    ANSWER,
    RETURN,
    ENCODE,
    CONTINUE,
    OVERDUE
  }

  enum Action {
    POST
  }

  private static final Transitions<Event, Action> MACHINE =
      Transitions.of(Specs.machine("reply"), Event.class, Action.class);
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Owed.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // by STATE
  private volatile int state = MACHINE.initial();

  /** Stands for it in what is recorded, which would keep the request otherwise. */
  final @Nullable Object traced = Trace.token();

  abstract void perform(Action action);

  /** Whether it may be encoded. */
  public final boolean isReady() {
    return MACHINE.step((int) STATE.getVolatile(this), Event.ENCODE) != Transitions.UNDEFINED;
  }

  final void fire(Event event) {
    while (true) {
      int from = (int) STATE.getVolatile(this);
      int step = MACHINE.step(from, event);
      if (step == Transitions.UNDEFINED) {
        throw new IllegalStateException(
            "no transition for " + event + " in " + MACHINE.name(from) + " of a reply");
      }
      Interleaving.point();
      if (move(from, event, step)) {
        if (Transitions.acts(step)) {
          Interleaving.point();
          perform(MACHINE.action(step));
        }
        return;
      }
    }
  }

  private boolean move(int from, Event event, int step) {
    return Trace.ON
        ? Trace.recordShared(
            MACHINE, Objects.requireNonNull(traced), from, event, step, () -> take(from, step))
        : take(from, step);
  }

  private boolean take(int from, int step) {
    return STATE.compareAndSet(this, from, Transitions.target(step));
  }
}
