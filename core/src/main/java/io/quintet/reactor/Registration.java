package io.quintet.reactor;

import io.quintet.fault.SeededBug;
import io.quintet.ffi.linux.Linux;
import io.quintet.io.EventSource;
import io.quintet.machine.MachineInstance;
import io.quintet.specs.Transitions;
import io.quintet.trace.Trace;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A descriptor registered with a loop's epoll instance and run by a machine. Where the machine
 * comes to rest, the readiness and the deadline that its state asks for are set. The loop's thread
 * alone.
 *
 * @param <E> the machine's events
 * @param <A> the machine's actions
 */
public abstract class Registration<E extends Enum<E>, A extends Enum<A>>
    extends MachineInstance<E, A> implements EventSource {
  private static final int NO_DESCRIPTOR = -1;
  private static final int NO_SLOT = -1;
  private static final VarHandle LOOP;

  static {
    try {
      LOOP = MethodHandles.lookup().findVarHandle(Registration.class, "loop", LoopContext.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** The loop that has it. Its thread reads it as it is, others by {@link #owner}. */
  protected LoopContext loop;

  private int fd;
  private int slot;
  private byte interest;

  protected Registration(LoopContext loop, Transitions<E, A> transitions) {
    super(transitions);
    this.loop = loop;
  }

  /** What the machine's states ask for: one for all instances. */
  protected abstract StateTable<E> rests();

  /**
   * Takes a descriptor over and registers it.
   *
   * @return 0, or the negated error number; the descriptor is then the caller's again
   */
  public final int open(int descriptor) {
    fd = descriptor;
    slot = loop.slots().take(this);
    interest = (byte) rests().interest(state());
    int result = register(interest | flags());
    if (result < 0) {
      loop.slots().free(slot);
      return result;
    }
    rest(true);
    return 0;
  }

  /**
   * Fires an event and settles where the machine comes to rest. What is thrown on the way is a bug,
   * here or in a codec: it ends this registration, with its last transitions, and no other.
   */
  public final void fire(E event) {
    try {
      rest(run(event));
      if (Trace.ON) {
        requireInvariant();
      }
      if (loop.isDraining() && !isEnded()) {
        restedInDrain();
      }
    } catch (RuntimeException | Error bug) {
      loop.broken(this, bug);
      endAtOnce();
    }
  }

  /** Where transitions are recorded, what the state says is checked as well. */
  private void requireInvariant() {
    int state = state();
    StateTable<E> rests = rests();
    if (isEnded() || !rests.rests(state)) {
      return;
    }
    if (interest != (byte) rests.interest(state)) {
      throw broken(Trace.INTEREST);
    }
    int deadline = rests.deadline(state);
    int running = loop.timers().kind(slot);
    if (running != deadline && !(running == Timers.NO_DEADLINE && loop.timers().isOff(deadline))) {
      throw broken(Trace.DEADLINE);
    }
    for (String fact : rests.invariant(state)) {
      if (!holds(fact)) {
        throw broken(fact);
      }
    }
  }

  /** Whether a fact holds that the invariants of the machine's states name. */
  protected boolean holds(String fact) {
    throw new IllegalStateException("the machine has no fact " + fact);
  }

  /** Ends it whatever state it is in, for what its machine knows nothing of. */
  public final void endAtOnce() {
    if (!isEnded()) {
      end();
      destroy();
    }
  }

  /** Registers without a descriptor: for what has deadlines and is told of events otherwise. */
  public final void openWithout() {
    fd = NO_DESCRIPTOR;
    slot = loop.slots().take(this);
    rest(true);
  }

  protected final void rest(boolean moved) {
    int state = state();
    StateTable<E> rests = rests();
    int wanted = rests.interest(state);
    if (wanted == StateTable.PASSING) {
      return; // final: nothing waits any more
    }
    settle();
    if (wanted != interest) {
      int armed = SeededBug.NEVER_DISARMED.isOn() ? interest & Linux.EPOLLOUT() : 0;
      interest = (byte) wanted;
      int result = change(wanted | armed);
      if (result < 0) {
        cannotWait(result);
        return;
      }
    }
    int deadline = rests.deadline(state);
    Timers timers = loop.timers();
    if (deadline == Timers.NO_DEADLINE) {
      timers.disarm(slot);
    } else if (deadline != timers.kind(slot) || (moved && !rests.goesOn(state))) {
      timers.arm(slot, deadline, loop.now());
    }
  }

  // From one loop to another.

  /** The loop that has it at the moment, to which it may be on its way. Any thread. */
  public final LoopContext owner() {
    return (LoopContext) LOOP.getAcquire(this);
  }

  /**
   * It is another loop's from now on, with all that was written before; the thread that calls does
   * not touch it any more.
   */
  protected final void handTo(LoopContext next) {
    LOOP.setRelease(this, next);
  }

  /**
   * Takes it out of its loop, the descriptor open. What the loop was told of it before is for
   * nobody any more.
   *
   * @return when its deadline passes, if one runs
   */
  protected final long leaveLoop() {
    long due = loop.now() + loop.timers().left(slot, loop.now());
    loop.timers().disarm(slot);
    if (!SeededBug.OWNED_TWICE.isOn()) {
      int result = loop.poller().remove(fd);
      if (result < 0) {
        loop.report("epoll_ctl DEL", fd, result);
      }
      loop.slots().free(slot);
    }
    slot = NO_SLOT;
    return due;
  }

  /**
   * Registers it with the loop that has it now, for what a state waits for.
   *
   * @param state where it rested
   * @param due what {@link #leaveLoop} gave there
   * @return 0, or the negated error number; it is on its way still then
   */
  protected final int enterLoop(int state, long due) {
    slot = loop.slots().take(this);
    interest = (byte) rests().interest(state);
    int result = register(interest | flags());
    if (result < 0) {
      loop.slots().free(slot);
      slot = NO_SLOT;
      return result;
    }
    int deadline = rests().deadline(state);
    if (deadline != Timers.NO_DEADLINE) {
      loop.timers().arm(slot, deadline, loop.now(), Math.max(due - loop.now(), 0));
    }
    return 0;
  }

  /** Fires the event by which it goes on in another loop, where its deadline runs already. */
  protected final void arrived(E event) {
    try {
      run(event);
      rest(false);
      if (SeededBug.DEADLINE_LOST.isOn() && slot != NO_SLOT) {
        loop.timers().disarm(slot);
      }
      if (Trace.ON) {
        requireInvariant();
      }
    } catch (RuntimeException | Error bug) {
      loop.broken(this, bug);
      endAtOnce();
    }
  }

  /** Registers the descriptor for the first time, or anew. */
  protected final int register(int flags) {
    return loop.poller().add(fd, flags, slot, loop.slots().generation(slot));
  }

  /** The kernel refuses to wait for what a state asks for. */
  protected void cannotWait(int result) {
    loop.report("epoll_ctl MOD", fd, result);
    abort();
  }

  /** Changes what is waited for. */
  protected int change(int wanted) {
    return loop.poller().change(fd, wanted, slot, loop.slots().generation(slot));
  }

  /** Called once, on the way into the final state. */
  protected final void release() {
    if (slot != NO_SLOT) {
      loop.timers().disarm(slot);
      loop.slots().free(slot);
    }
    if (isOpenElsewhere()) {
      loop.poller().remove(fd); // where that fails it was not registered
    }
    int result = fd == NO_DESCRIPTOR ? 0 : loop.kernel().close(fd);
    if (result == -Linux.EINTR() && SeededBug.DOUBLE_CLOSE.isOn()) {
      result = loop.kernel().close(fd);
    }
    if (result < 0) {
      loop.report("close", fd, result);
    }
    loop.descriptorFreed();
  }

  @Override
  public final void ready(int events) {
    begin();
    int failed = Linux.EPOLLERR() | Linux.EPOLLHUP();
    if ((events & failed) != 0) {
      hungUp();
      return;
    }
    if ((events & interest & Linux.EPOLLOUT()) != 0) {
      writable();
    }
    // The first event may have changed what is waited for, or ended all.
    if ((events & interest & Linux.EPOLLIN()) != 0 && !isEnded()) {
      readable();
    }
  }

  final void deadlinePassed() {
    loop.deadlinePassed(this);
    fire(rests().passed(state()));
  }

  public final int fd() {
    return fd;
  }

  @Override
  public final String toString() {
    return "fd " + fd + ", " + explain();
  }

  /** What it does at the moment for somebody, for the log; empty if nothing. */
  protected String atWork() {
    return "";
  }

  /** Flags beside the readiness that is waited for. */
  protected int flags() {
    return 0;
  }

  /**
   * Whether others may have the same open file, so that the poller would go on to report what
   * nobody here waits for: close(2) ends that with the last descriptor only, epoll(7).
   */
  protected boolean isOpenElsewhere() {
    return false;
  }

  /** What follows in this turn begins: of several events at once, before the first. */
  protected void begin() {
    // most have no budget
  }

  protected abstract void readable();

  protected abstract void writable();

  protected abstract void hungUp();

  /** Ends this registration at once. */
  public abstract void abort();

  /** Closes the descriptor and returns what was held. */
  protected abstract void destroy();

  /** Called where the machine has come to rest while the loop drains. */
  protected abstract void restedInDrain();

  /** Called before a state's readiness and deadline are set. */
  protected abstract void settle();
}
