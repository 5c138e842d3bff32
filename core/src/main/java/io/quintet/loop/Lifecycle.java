package io.quintet.loop;

import static java.lang.System.Logger.Level.ERROR;

import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server from its start to its end: the actions of {@code specs/machines/server.json}, and the
 * threads that turn its loops. Any thread may call; the monitor orders the events.
 */
public final class Lifecycle extends MachineInstance<Lifecycle.Event, Lifecycle.Action> {
  enum Event {
    STARTED,
    START_FAILED,
    DRAIN,
    LOOP_STOPPED,
    ALL_STOPPED,
    AFTER_DRAIN
  }

  enum Action {
    DRAIN,
    ABORT,
    RELEASE
  }

  private static final Transitions<Event, Action> MACHINE =
      Transitions.of(Specs.machine("server"), Event.class, Action.class);

  private final List<Loop> loops;
  private final long drainMillis;
  private final List<Thread> threads = new ArrayList<>();
  private int running;
  private boolean cut;

  /**
   * A server that is starting.
   *
   * @param loops its loops, to be filled before {@link #started()} or {@link #startFailed()}
   * @param drainMillis how long a drain may take, in milliseconds; 0 is no time
   */
  public Lifecycle(List<Loop> loops, long drainMillis) {
    super(MACHINE);
    this.loops = loops;
    this.drainMillis = drainMillis;
  }

  /** Gives every loop its thread. */
  public synchronized void started() {
    run(Event.STARTED);
    for (int i = 0; i < loops.size(); i++) {
      Loop loop = loops.get(i);
      threads.add(Thread.ofPlatform().name(loop.name()).unstarted(() -> turn(loop)));
    }
    running = threads.size();
    threads.forEach(Thread::start);
  }

  /** Closes what the loops have open. */
  public synchronized void startFailed() {
    run(Event.START_FAILED);
  }

  /** A loop's whole life on its thread. */
  private void turn(Loop loop) {
    try {
      while (!loop.isStopped()) {
        loop.turn();
      }
    } catch (RuntimeException | Error bug) {
      System.getLogger("io.quintet").log(ERROR, loop.name() + " broke: " + loop.explain(), bug);
      loop.release();
    } finally {
      stopped();
    }
  }

  private synchronized void stopped() {
    run(Event.LOOP_STOPPED);
    running--;
    if (running == 0) {
      run(Event.ALL_STOPPED);
    }
    notifyAll();
  }

  /**
   * Drains and waits until all has stopped. Where that was done before, it only waits.
   *
   * @return whether nothing was cut at the deadline
   */
  public synchronized boolean drain() {
    if (!isEnded()) {
      run(Event.DRAIN);
    }
    boolean interrupted = false;
    long end = System.nanoTime() + drainMillis * 1_000_000L;
    while (!isEnded()) {
      long left = (end - System.nanoTime() + 999_999L) / 1_000_000L;
      if (left <= 0 && !cut) {
        cut = true;
        run(Event.AFTER_DRAIN);
      }
      try {
        wait(cut ? 0 : Math.max(left, 1));
      } catch (InterruptedException e) {
        interrupted = true; // a drain that began is ended; the caller learns of it afterwards
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return !cut;
  }

  /**
   * Waits until all has stopped.
   *
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public synchronized void awaitStopped() throws InterruptedException {
    while (!isEnded()) {
      wait();
    }
  }

  /**
   * Where in its life the server is.
   *
   * @return name of a state of the machine {@code server}
   */
  public synchronized String stateName() {
    return MACHINE.name(state());
  }

  @Override
  @Nullable Event perform(Action action) {
    switch (action) {
      case DRAIN -> loops.forEach(Loop::drain);
      case ABORT -> loops.forEach(Loop::abort);
      case RELEASE -> loops.forEach(Loop::release);
    }
    return null;
  }
}
