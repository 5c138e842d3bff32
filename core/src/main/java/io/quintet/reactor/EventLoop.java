package io.quintet.reactor;

import io.quintet.io.EventSource;
import io.quintet.io.Poller;
import io.quintet.io.Slab;
import io.quintet.kernel.Agent;
import io.quintet.kernel.CpuTime;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.machine.MachineInstance;
import io.quintet.metrics.Counts.Number;
import io.quintet.metrics.TurnEvent;
import io.quintet.specs.Disposition;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import io.quintet.trace.Counted;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One thread's duty cycle over an epoll instance: the actions of {@code specs/machines/loop.json}.
 * What is done in its steps, registrations and phases say.
 *
 * <p>The thread that turns it owns it; any thread may {@link #drain} and {@link #abort}. One that
 * is made and never turned is ended with {@link #release}.
 */
public final class EventLoop extends MachineInstance<LoopEvent, LoopAction>
    implements Agent, Counted {
  private static final Transitions<LoopEvent, LoopAction> MACHINE =
      Transitions.of(Specs.machine("loop"), LoopEvent.class, LoopAction.class);

  private static final long NANOS_A_MILLI = 1_000_000L;

  /** What a turn may take beside its sleep; what it takes more counts toward no deadline. */
  private static final long TURN_NANOS_MAX = 1_000 * NANOS_A_MILLI;

  /** A longer sleep could not be told from a loop that stands still. */
  private static final int SLEEP_MILLIS_MAX = 5_000;

  private final LoopContext context;
  private final Poller poller;
  private final Mailbox mailbox;
  private final int mailBudget;
  private TurnPhase[] phases = new TurnPhase[0];
  private final IntConsumer passed = this::deadlinePassed;

  private @Nullable Mail inbox;
  private int ready;
  private int work;

  /** The turn since the last epoll_wait(2), while somebody records turns. */
  private @Nullable TurnEvent turnEvent;

  /**
   * A loop.
   *
   * @param mailBudget messages of other threads taken in a turn, at least 1
   */
  public EventLoop(LoopContext context, int mailBudget) {
    super(MACHINE);
    this.context = context;
    this.poller = context.poller();
    this.mailbox = context.mailbox();
    this.mailBudget = mailBudget;
  }

  /** One more phase of its turns. Before the first turn, or on its thread. */
  public void add(TurnPhase phase) {
    phases = Arrays.copyOf(phases, phases.length + 1);
    phases[phases.length - 1] = phase;
  }

  @Override
  public void count(ObjIntConsumer<String> to) {
    to.accept("draining", context.isDraining() ? 1 : 0);
    for (TurnPhase phase : phases) {
      phase.count(to);
    }
  }

  @Override
  public int turn() {
    work = 0;
    run(LoopEvent.TURN);
    return work;
  }

  @Override
  public boolean isStopped() {
    return isEnded();
  }

  @Override
  public void pin(int processor) {
    int result = context.kernel().pin(processor);
    if (result < 0) {
      context.report("sched_setaffinity", -1, result);
    }
  }

  @Override
  public String name() {
    return context.name();
  }

  @Override
  public void begin() {
    context.cpu().begin(context.kernel());
  }

  @Override
  public CpuTime cpu() {
    return context.cpu();
  }

  @Override
  public void broke(Throwable bug) {
    context.broken(this, bug);
    leave();
    release();
  }

  /** Closes what a loop that was never turned, or that broke, has open. */
  public void release() {
    end();
    stop();
  }

  /** Ends the loop once all that it has is done. Any thread. */
  public void drain() {
    context.order(this::beginDrain);
  }

  private void beginDrain() {
    context.beginDrain();
    for (int i = phases.length - 1; i >= 0; i--) {
      phases[i].drain();
    }
  }

  /** Ends the loop and all that is left. Any thread. */
  public void abort() {
    context.order(this::abortAll);
  }

  private void abortAll() {
    context.beginDrain();
    for (TurnPhase phase : phases) {
      phase.abort();
    }
    Slab slots = context.slots();
    for (int slot = 0; slot < slots.used(); slot++) {
      if (slots.at(slot) instanceof Registration<?, ?> registration && !registration.isEnded()) {
        registration.abort();
      }
    }
  }

  // Actions.

  @Override
  protected @Nullable LoopEvent perform(LoopAction action) {
    return switch (action) {
      case DELIVER -> deliver();
      case EXPIRE -> expire();
      case AWAIT -> await();
      case DISPATCH -> dispatch();
      case RESUME -> resume();
      case FLUSH -> flush();
      case FAIL -> fail();
      case STOP -> stop();
    };
  }

  private LoopEvent deliver() {
    Mail mail = inbox == null ? mailbox.take() : inbox;
    int budget = mailBudget;
    while (mail != null && budget-- > 0) {
      Mail following = mail.next;
      mail.next = null;
      mail.deliver();
      work++;
      mail = following;
    }
    inbox = mail;
    return LoopEvent.DELIVERED;
  }

  private LoopEvent expire() {
    work += context.timers().expire(context.now(), passed);
    return LoopEvent.EXPIRED;
  }

  private void deadlinePassed(int slot) {
    if (context.slots().at(slot) instanceof Registration<?, ?> registration) {
      registration.deadlinePassed();
    }
  }

  private LoopEvent await() {
    boolean busy = inbox != null || hasWork() || isEmpty();
    int timeout = busy || !mailbox.doze() ? 0 : timeoutMillis();
    endTurnEvent();
    if (timeout != 0) {
      context.metrics().sleeping();
    }
    long before = context.now();
    int result = timeout == 0 ? poller.await(0) : sleep(timeout);
    mailbox.wake();
    context.readClock();
    forgive(context.now() - before, timeout);
    if (timeout != 0) {
      context.metrics().count(Number.WAKE_UPS);
    }
    ready = Math.max(result, 0);
    beginTurnEvent();
    if (result < 0 && Dispositions.of(Call.EPOLL_WAIT, result) != Disposition.RETRY) {
      context.report("epoll_wait", -1, result);
      return LoopEvent.FAILED;
    }
    return ready > 0 ? LoopEvent.EVENTS : LoopEvent.QUIET;
  }

  private int sleep(int timeout) {
    context.sleep().begins(context.kernel());
    int result = poller.await(timeout);
    context.sleep().ends(context.kernel());
    return result;
  }

  private boolean hasWork() {
    for (TurnPhase phase : phases) {
      if (phase.hasWork()) {
        return true;
      }
    }
    return false;
  }

  private boolean isEmpty() {
    if (!context.isDraining() && !context.isRetired()) {
      return false;
    }
    for (TurnPhase phase : phases) {
      if (!phase.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /**
   * No peer is late because the loop looks late: a handler may have held it up, or the machine
   * stood still.
   */
  private void forgive(long turnNanos, int timeout) {
    long excess = turnNanos - timeout * NANOS_A_MILLI - TURN_NANOS_MAX;
    if (timeout >= 0 && excess > 0) {
      context.timers().forgive(excess);
    }
  }

  private void beginTurnEvent() {
    if (TurnEvent.PROBE.isEnabled()) {
      TurnEvent event = new TurnEvent();
      event.loop = name();
      event.events = ready;
      event.begin();
      turnEvent = event;
    }
  }

  private void endTurnEvent() {
    if (turnEvent != null) {
      turnEvent.commit();
      turnEvent = null;
    }
  }

  /** Rounded up, so that a deadline has passed when epoll_wait returns for it. */
  private int timeoutMillis() {
    long nanos = context.timers().nanosToNext(context.now());
    return nanos == Long.MAX_VALUE
        ? Poller.NO_TIMEOUT
        : (int) Math.min((nanos + NANOS_A_MILLI - 1) / NANOS_A_MILLI, SLEEP_MILLIS_MAX);
  }

  private LoopEvent dispatch() {
    Slab slots = context.slots();
    for (int i = 0; i < ready; i++) {
      EventSource source = slots.find(poller.slot(i), poller.generation(i));
      if (source != null) {
        source.ready(poller.bits(i));
      }
    }
    work += ready;
    return LoopEvent.DISPATCHED;
  }

  private LoopEvent resume() {
    for (TurnPhase phase : phases) {
      work += phase.resume();
    }
    return LoopEvent.RESUMED;
  }

  private LoopEvent flush() {
    for (TurnPhase phase : phases) {
      phase.flush();
    }
    context.timeAnswers();
    context.metrics().turnEnded(context.kernel());
    for (TurnPhase phase : phases) {
      phase.turnEnded();
    }
    return isEmpty() ? LoopEvent.EMPTY : LoopEvent.FLUSHED;
  }

  private void leave() {
    for (TurnPhase phase : phases) {
      phase.leave();
    }
  }

  private @Nullable LoopEvent fail() {
    leave();
    return stop();
  }

  private @Nullable LoopEvent stop() {
    for (TurnPhase phase : phases) {
      phase.lastWord();
    }
    abortAll(); // a server that follows may be connected still
    for (TurnPhase phase : phases) {
      phase.stop();
    }
    Mailbox.undelivered(inbox);
    mailbox.wake(); // a bug may have broken out of a sleep
    mailbox.close(context.arena());
    poller.close();
    context.arena().close();
    context.cpu().end(context.kernel());
    return null;
  }
}
