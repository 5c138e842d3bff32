package io.quintet.reactor;

import io.quintet.ffi.LinuxException;
import io.quintet.ffi.linux.Linux;
import io.quintet.io.EventSource;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.kernel.Interleaving;
import io.quintet.kernel.Kernel;
import io.quintet.specs.Disposition;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import io.quintet.trace.Trace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * How other threads reach a loop: a stack of mail and the eventfd that ends the loop's sleep.
 *
 * <p>The head of the stack is at once the state of the machine {@code mailbox-wakeup}: empty is
 * awake, mail is loaded, and two marks stand for asleep and closed. Every event is one atomic
 * exchange of the head, so a wake-up can be neither lost nor written twice for one sleep.
 *
 * <p>{@link #post} may be called by any thread, the rest by the loop's alone.
 */
public final class Mailbox implements EventSource {
  enum Event {
    POST,
    DOZE,
    WAKE,
    TAKE,
    CLOSE
  }

  enum Action {
    SIGNAL
  }

  private static final Transitions<Event, Action> MACHINE =
      Transitions.of(Specs.machine("mailbox-wakeup"), Event.class, Action.class);

  private static final int AWAKE = state("awake");
  private static final int LOADED = state("loaded");
  private static final int ASLEEP = state("asleep");
  private static final int CLOSED = state("closed");

  private static final Mail ASLEEP_MARK = new Mark();
  private static final Mail CLOSED_MARK = new Mark();
  private static final VarHandle HEAD;

  static {
    try {
      HEAD = MethodHandles.lookup().findVarHandle(Mailbox.class, "head", Mail.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final class Mark extends Mail {
    @Override
    public void deliver() {
      throw new IllegalStateException("a mark is no mail");
    }
  }

  /** Name of the thread that reads it. */
  private final String owner;

  private final Kernel kernel;
  private final int eventfd;

  @SuppressWarnings("unused") // by HEAD
  private volatile @Nullable Mail head;

  /** Whether the loop announced a sleep that it has not woken from. */
  private boolean dozed;

  /** Signals that were or will be written: one for each sleep that a sender ended. */
  private long signals;

  @Override
  public String toString() {
    return owner;
  }

  /**
   * Makes the eventfd.
   *
   * @throws LinuxException if the kernel refuses
   */
  public Mailbox(String owner, Kernel kernel) {
    this.owner = owner;
    this.kernel = kernel;
    this.eventfd =
        LinuxException.check(
            kernel.eventfd(0, Linux.EFD_NONBLOCK() | Linux.EFD_CLOEXEC()), "eventfd");
  }

  public int eventfd() {
    return eventfd;
  }

  /**
   * Leaves mail for the loop.
   *
   * @return false if the loop has stopped
   */
  public boolean post(Mail mail) {
    while (true) {
      Mail seen = (Mail) HEAD.getVolatile(this);
      int state = stateOf(seen);
      if (MACHINE.ends(state)) {
        return false;
      }
      int step = MACHINE.step(state, Event.POST);
      mail.next = state == LOADED ? seen : null;
      Interleaving.point();
      if (HEAD.compareAndSet(this, seen, mail)) {
        mention(state, Event.POST);
        if (Transitions.acts(step)) {
          Interleaving.point();
          kernel.signal(eventfd);
        }
        return true;
      }
    }
  }

  /** Whether its owner sleeps, or is about to, and nobody has woken it. Any thread. */
  public boolean isAsleep() {
    return HEAD.getVolatile(this) == ASLEEP_MARK;
  }

  /** Announces a sleep. False if there is mail, so that the loop must not sleep. */
  public boolean doze() {
    dozed = exchange(Event.DOZE) == ASLEEP;
    return dozed;
  }

  /** Ends a sleep that was announced. */
  public void wake() {
    if (dozed) {
      dozed = false;
      signals += exchange(Event.WAKE) == LOADED ? 1 : 0;
    }
  }

  /** Takes all mail out, the oldest first, linked by {@code next}. */
  public @Nullable Mail take() {
    Mail seen = (Mail) HEAD.getVolatile(this);
    if (seen == null) {
      return null;
    }
    Interleaving.point();
    seen = (Mail) HEAD.getAndSet(this, null);
    mention(stateOf(seen), Event.TAKE);
    return reversed(seen);
  }

  private void mention(int from, Event event) {
    if (Trace.ON) {
      Trace.mention(MACHINE, this, from, event);
    }
  }

  /**
   * Refuses mail from now on, and closes the eventfd once the last sender is done with it. The loop
   * is awake: a sleep that was announced has been ended by {@link #wake}.
   */
  public void close(Arena arena) {
    Interleaving.point();
    Mail left = (Mail) HEAD.getAndSet(this, CLOSED_MARK);
    mention(stateOf(left), Event.CLOSE);
    undelivered(reversed(left));
    MemorySegment counter = arena.allocate(ValueLayout.JAVA_LONG);
    while (signals > 0) {
      long result = kernel.read(eventfd, counter.address(), Long.BYTES);
      signals -= result == Long.BYTES ? counter.get(ValueLayout.JAVA_LONG, 0) : 0;
      if (result < 0 && Dispositions.of(Call.READ, result) == Disposition.FATAL) {
        break; // it will never tell: better to close under a sender than to wait for ever
      }
      Interleaving.spin(); // a sender is between its exchange and its write
    }
    kernel.close(eventfd);
  }

  /** Clears away mail that nobody will deliver. */
  public static void undelivered(@Nullable Mail first) {
    Mail mail = first;
    while (mail != null) {
      Mail following = mail.next;
      mail.next = null;
      mail.undelivered();
      mail = following;
    }
  }

  /** Moves between states that hold no mail; gives the state that is reached. */
  private int exchange(Event event) {
    while (true) {
      Mail seen = (Mail) HEAD.getVolatile(this);
      int target = Transitions.target(MACHINE.step(stateOf(seen), event));
      Interleaving.point();
      if (target == LOADED || HEAD.compareAndSet(this, seen, markOf(target))) {
        mention(stateOf(seen), event);
        return target;
      }
    }
  }

  private static @Nullable Mail markOf(int state) {
    return state == AWAKE ? null : ASLEEP_MARK;
  }

  private static int stateOf(@Nullable Mail head) {
    if (head == null) {
      return AWAKE;
    }
    if (head == ASLEEP_MARK) {
      return ASLEEP;
    }
    return head == CLOSED_MARK ? CLOSED : LOADED;
  }

  private static @Nullable Mail reversed(@Nullable Mail newest) {
    Mail oldest = null;
    Mail mail = newest;
    while (mail != null) {
      Mail following = mail.next;
      mail.next = oldest;
      oldest = mail;
      mail = following;
    }
    return oldest;
  }

  private static int state(String name) {
    for (int state = 0; state < MACHINE.size(); state++) {
      if (MACHINE.name(state).equals(name)) {
        return state;
      }
    }
    throw new IllegalStateException("mailbox-wakeup lacks the state " + name);
  }

  /** The eventfd woke the loop; it is edge-triggered, so nothing has to be read. */
  @Override
  public void ready(int events) {
    // the mail is taken at the beginning of the next turn
  }
}
