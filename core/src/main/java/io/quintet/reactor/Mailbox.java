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
 * exchange of the head, for what the machine says that it leads to, so a wake-up can be neither
 * lost nor written twice for one sleep.
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

  private static final int AWAKE = MACHINE.number("awake");
  private static final int LOADED = MACHINE.number("loaded");
  private static final int ASLEEP = MACHINE.number("asleep");
  private static final int CLOSED = MACHINE.number("closed");

  private static final Mail ASLEEP_MARK = new Mark();
  private static final Mail CLOSED_MARK = new Mark();

  /** What stands for the state that the loop leaves when it has taken the mail. */
  private static final @Nullable Mail TAKEN = markOf(target(LOADED, Event.TAKE));

  private static final VarHandle HEAD;

  static {
    requireMailWhereLoaded();
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
      if (move(seen, mail, Event.POST)) {
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
    dozed = target(stateOf(exchange(Event.DOZE)), Event.DOZE) == ASLEEP;
    return dozed;
  }

  /** Ends a sleep that was announced. */
  public void wake() {
    if (dozed) {
      dozed = false;
      signals += target(stateOf(exchange(Event.WAKE)), Event.WAKE) == LOADED ? 1 : 0;
    }
  }

  /** Takes all mail out, the oldest first, linked by {@code next}. */
  public @Nullable Mail take() {
    Mail seen = (Mail) HEAD.getVolatile(this);
    if (seen == null) {
      return null;
    }
    Interleaving.point();
    return reversed(Trace.ON ? takeRecorded() : (Mail) HEAD.getAndSet(this, TAKEN));
  }

  private @Nullable Mail takeRecorded() {
    Mail seen;
    do {
      seen = (Mail) HEAD.getVolatile(this);
    } while (!move(seen, TAKEN, Event.TAKE));
    return seen;
  }

  /** Has the head be another one, if it is as it was seen. */
  private boolean move(@Nullable Mail seen, @Nullable Mail head, Event event) {
    if (!Trace.ON) {
      return HEAD.compareAndSet(this, seen, head);
    }
    int from = stateOf(seen);
    return Trace.recordShared(
        MACHINE,
        this,
        from,
        event,
        MACHINE.step(from, event),
        () -> HEAD.compareAndSet(this, seen, head));
  }

  /**
   * Refuses mail from now on, and closes the eventfd once the last sender is done with it. The loop
   * is awake: a sleep that was announced has been ended by {@link #wake}.
   */
  public void close(Arena arena) {
    Interleaving.point();
    undelivered(reversed(exchange(Event.CLOSE)));
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

  /** Goes where the machine says; gives what the head was. Mail that stays is left alone. */
  private @Nullable Mail exchange(Event event) {
    while (true) {
      Mail seen = (Mail) HEAD.getVolatile(this);
      int target = target(stateOf(seen), event);
      Interleaving.point();
      boolean stays = target == LOADED && !Trace.ON;
      if (stays || move(seen, target == LOADED ? seen : markOf(target), event)) {
        return seen;
      }
    }
  }

  private static int target(int state, Event event) {
    int step = MACHINE.step(state, event);
    if (step == Transitions.UNDEFINED) {
      throw new IllegalStateException(
          "no transition for " + event + " in " + MACHINE.name(state) + " of a mailbox");
    }
    return Transitions.target(step);
  }

  /** The head is the mail: a machine is loaded from when some is left to when it is taken out. */
  private static void requireMailWhereLoaded() {
    for (int state = 0; state < MACHINE.size(); state++) {
      for (Event event : Event.values()) {
        int step = MACHINE.step(state, event);
        boolean loads = step != Transitions.UNDEFINED && Transitions.target(step) == LOADED;
        boolean may = event == Event.POST ? !MACHINE.ends(state) : loads && state == LOADED;
        if (loads != may) {
          throw new IllegalStateException(
              "mailbox-wakeup has no mail to be loaded with, or more, by "
                  + event
                  + " in "
                  + MACHINE.name(state));
        }
      }
    }
  }

  private static @Nullable Mail markOf(int state) {
    if (state == AWAKE) {
      return null;
    }
    return state == CLOSED ? CLOSED_MARK : ASLEEP_MARK;
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

  /** The eventfd woke the loop; it is edge-triggered, so nothing has to be read. */
  @Override
  public void ready(int events) {
    // the mail is taken at the beginning of the next turn
  }
}
