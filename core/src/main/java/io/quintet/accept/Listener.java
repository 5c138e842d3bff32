package io.quintet.accept;

import io.quintet.fault.SeededBug;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.kernel.Kernel;
import io.quintet.reactor.Registration;
import io.quintet.reactor.StateTable;
import io.quintet.specs.Disposition;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import io.quintet.trace.Counted;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket on the loop that accepts from it: the actions of {@code
 * specs/machines/listener.json}. The loop's thread alone.
 */
final class Listener extends Registration<ListenerEvent, ListenerAction> implements Counted {
  private static final Transitions<ListenerEvent, ListenerAction> MACHINE =
      Transitions.of(Specs.machine("listener"), ListenerEvent.class, ListenerAction.class);
  private static final StateTable<ListenerEvent> RESTS =
      new StateTable<>(MACHINE, ListenerEvent.class);

  /**
   * Connections that one of several loops accepts from a shared listener before it goes to the end
   * of the line. The kernel wakes the first in line, which without this got 785 of 800 (measured
   * 2026-11-23).
   */
  private static final int SHARED_BUDGET = 16;

  /** Units of the longest pause. */
  private static final int PAUSE_MAX = 8;

  private static final int NOTHING = -1;

  private final Acceptor acceptor;
  private final boolean shared;
  private final boolean forClients;
  private final IntFunction<ListenerEvent> place;

  /** Connections that it may still accept in this turn, or at its place in the line. */
  private int budget;

  /** Whether another process has it too, or had it before. */
  private boolean inherited;

  /** A connection that was accepted and not placed. */
  private int accepted = NOTHING;

  /** A descriptor that can be given up for another, where connections are shed. */
  private int reserve = NOTHING;

  /** Units of the next pause, and what is left of this one. */
  private int pause = 1;

  private int units;

  /** The turn of another one that it saw when it last wanted one, {@link DescriptorLine}. */
  int turnSeen;

  private String failed = "accept4";
  private long failure;

  /**
   * A listener.
   *
   * @param shared whether other loops wait for the same socket
   * @param forClients whether it is clients that connect to it, and not processes of the server
   * @param place takes what was accepted over, and says whether it did
   */
  Listener(
      Acceptor acceptor, boolean shared, boolean forClients, IntFunction<ListenerEvent> place) {
    super(acceptor.loop(), MACHINE);
    this.acceptor = acceptor;
    this.shared = shared;
    this.forClients = forClients;
    this.place = place;
    this.budget = placeBudget();
  }

  /** What it has without {@link #refill}: only who shares a listener keeps a place. */
  private int placeBudget() {
    return shared ? Math.min(SHARED_BUDGET, acceptor.limits().acceptBudget()) : 0;
  }

  /**
   * Keeps a descriptor for shedding. One that was given up may be another thread's before it is had
   * again: then a pause does, and the next time tries anew.
   *
   * @return 0, or the negated error number
   */
  int keepReserve() {
    if (!forClients || !acceptor.limits().sheds() || reserve != NOTHING) {
      return 0;
    }
    int result = loop.kernel().eventfd(0, Linux.EFD_CLOEXEC());
    reserve = Math.max(result, NOTHING);
    return Math.min(result, 0);
  }

  /** It was not taken over after all. */
  void giveUpReserve() {
    if (reserve != NOTHING) {
      loop.kernel().close(reserve);
      reserve = NOTHING;
    }
  }

  @Override
  protected int flags() {
    return shared ? Linux.EPOLLEXCLUSIVE() : 0;
  }

  /** An exclusive registration cannot be changed, epoll_ctl(2): it is made anew. */
  @Override
  protected int change(int wanted) {
    if (!shared) {
      return super.change(wanted);
    }
    int removed = loop.poller().remove(fd());
    int result = removed == -Linux.ENOENT() ? 0 : removed; // it was not there any more
    return wanted == 0 || result < 0 ? result : register(wanted | flags());
  }

  /** Without memory, connections stay in the kernel's queue until a pause ends. */
  @Override
  protected void cannotWait(int result) {
    fire(unregistered(result));
  }

  private ListenerEvent unregistered(int result) {
    failed = "epoll_ctl";
    failure = result;
    boolean pauses = Dispositions.of(Call.EPOLL_CTL_OF_LISTENER, result) == Disposition.PAUSE;
    return pauses ? ListenerEvent.LIMIT : ListenerEvent.FAILED;
  }

  @Override
  protected StateTable<ListenerEvent> rests() {
    return RESTS;
  }

  @Override
  protected void readable() {
    if (!shared) {
      refill();
    }
    fire(ListenerEvent.READABLE);
  }

  @Override
  protected void writable() {
    throw new IllegalStateException("a listener waits for no EPOLLOUT");
  }

  @Override
  protected void hungUp() {
    fire(ListenerEvent.HANGUP);
  }

  /** It is its turn: a descriptor has become free. Any thread. */
  void turnLater(int number) {
    loop.order(() -> turn(number));
  }

  private void turn(int number) {
    if (acceptor.line().isTurn(this, number)) {
      refill();
      fire(ListenerEvent.TURN);
    }
  }

  /** Connections may be placed again. */
  void roomFreed() {
    refill();
    fire(ListenerEvent.ROOM);
  }

  /** Registers anew, which shows whether a connection waits already. Any thread. */
  void lookLater() {
    loop.order(
        () -> {
          if (!isEnded() && RESTS.interest(state()) == Linux.EPOLLIN()) {
            int result = change(Linux.EPOLLIN());
            if (result < 0) {
              cannotWait(result);
            }
          }
        });
  }

  /** A drain has no budget, and gets none. */
  private void refill() {
    budget = Math.max(budget, acceptor.limits().acceptBudget());
  }

  void drain() {
    budget = Integer.MAX_VALUE;
    fire(ListenerEvent.DRAIN);
  }

  @Override
  public void abort() {
    fire(ListenerEvent.ABORT);
  }

  @Override
  protected void restedInDrain() {
    // a listener that drains does not rest
  }

  @Override
  protected void settle() {
    // a listener holds nothing
  }

  @Override
  protected @Nullable ListenerEvent perform(ListenerAction action) {
    return switch (action) {
      case ACCEPT -> accept();
      case PLACE -> place();
      case YIELD_PLACE -> yieldPlace();
      case SHED -> shed();
      case QUEUE -> acceptor.line().join(this);
      case PAUSE -> {
        acceptor.line().stand(this);
        loop.paused(failed, fd(), failure);
        units = pause;
        pause = Math.min(2 * pause, PAUSE_MAX);
        yield null;
      }
      case COUNT_DOWN -> --units > 0 ? ListenerEvent.AGAIN : ListenerEvent.DUE;
      case FAIL -> {
        loop.report(failed, fd(), failure);
        destroy();
        yield null;
      }
      case CLOSE -> {
        destroy();
        yield null;
      }
    };
  }

  private ListenerEvent place() {
    ListenerEvent placed = place.apply(accepted);
    if (placed == ListenerEvent.PLACED) {
      accepted = NOTHING;
    } else {
      acceptor.line().leave(this);
    }
    return placed;
  }

  private ListenerEvent yieldPlace() {
    budget = placeBudget();
    int result = shared ? change(Linux.EPOLLIN()) : 0;
    return result < 0 ? unregistered(result) : ListenerEvent.YIELDED;
  }

  private ListenerEvent shed() {
    Kernel kernel = loop.kernel();
    kernel.close(reserve);
    int result = kernel.accept4(fd(), Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC());
    if (result >= 0) {
      acceptor.shed(result);
      kernel.close(result);
    }
    reserve = NOTHING;
    int reserved = keepReserve();
    if (reserved < 0) {
      if (Dispositions.of(Call.EVENTFD_FOR_ROOM, reserved) != Disposition.PAUSE) {
        loop.report("eventfd", fd(), reserved);
      }
      return ListenerEvent.LIMIT;
    }
    // Linux says that no descriptor is left before it looks whether a connection waits.
    boolean nobody = result < 0 && Dispositions.of(Call.ACCEPT4, result) == Disposition.WOULD_BLOCK;
    if (nobody) {
      acceptor.line().leave(this);
      return ListenerEvent.WOULD_BLOCK;
    }
    return ListenerEvent.SHED;
  }

  private ListenerEvent accept() {
    DescriptorLine line = acceptor.line();
    if (budget == 0) {
      line.leave(this);
      return ListenerEvent.BUDGET_SPENT;
    }
    if (!line.isTurnOf(this) && !SeededBug.LINE_SKIPPED.isOn()) {
      return ListenerEvent.OTHERS_FIRST;
    }
    keepReserve();
    budget--;
    int result = loop.kernel().accept4(fd(), Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC());
    if (result >= 0) {
      accepted = result;
      pause = 1;
      line.accepted(this);
      return ListenerEvent.ACCEPTED;
    }
    failed = "accept4";
    failure = result;
    return switch (Dispositions.of(Call.ACCEPT4, result)) {
      case WOULD_BLOCK -> {
        budget++; // only what was accepted counts
        line.leave(this);
        yield ListenerEvent.WOULD_BLOCK;
      }
      case RETRY -> ListenerEvent.RETRY;
      case PAUSE_OR_SHED -> reserve == NOTHING ? limit() : ListenerEvent.OVERFLOW;
      case PAUSE -> limit();
      case CLOSE, FATAL -> ListenerEvent.FAILED;
    };
  }

  private ListenerEvent limit() {
    budget++; // for one more look
    return ListenerEvent.LIMIT;
  }

  @Override
  protected boolean isOpenElsewhere() {
    return shared || inherited;
  }

  @Override
  public void count(ObjIntConsumer<String> to) {
    to.accept("forClients", forClients ? 1 : 0);
    to.accept("inHand", accepted == NOTHING ? 0 : 1);
  }

  @Override
  protected boolean holds(String fact) {
    return switch (fact) {
      case "inHand" -> accepted != NOTHING;
      case "nothingInHand" -> accepted == NOTHING;
      case "inLine" -> acceptor.line().has(this);
      case "notInLine" -> !acceptor.line().has(this);
      default -> super.holds(fact);
    };
  }

  boolean isShared() {
    return shared;
  }

  boolean isForClients() {
    return forClients;
  }

  /** It is another process's as well. */
  void inherit() {
    inherited = true;
  }

  /** Another descriptor of it, for another process, or a negated error number. */
  int share() {
    inherited = true;
    return loop.kernel().dup(fd());
  }

  @Override
  protected void destroy() {
    if (accepted != NOTHING) {
      loop.kernel().close(accepted);
      accepted = NOTHING;
    }
    giveUpReserve();
    acceptor.line().leave(this);
    release();
    acceptor.listenerClosed(this);
  }
}
