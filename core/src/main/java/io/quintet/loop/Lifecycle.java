package io.quintet.loop;

import io.quintet.kernel.Agent;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
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
    LOOP_ADDED,
    LOOP_RETIRED,
    LOOP_STOPPED,
    WORKER_STOPPED,
    LOOPS_STOPPED,
    ALL_STOPPED,
    AFTER_DRAIN,
    NOW,
    DELAYED,
    AFTER_DRAIN_DELAY
  }

  enum Action {
    DELAY,
    DRAIN,
    ABORT,
    STOP_WORKERS,
    RELEASE
  }

  private static final Transitions<Event, Action> MACHINE =
      Transitions.of(Specs.machine("server"), Event.class, Action.class);

  private static final long NANOS_A_MILLI = 1_000_000L;

  private final World world;
  private final Kernel clock;
  private final Lock lock;
  private final List<Loop> loops;
  private final List<Executor> executors;
  private final boolean pinned;
  private final long delayMillis;
  private final long drainMillis;
  private final List<Thread> workers = new ArrayList<>();
  private int runningLoops;
  private int runningWorkers;
  private int threads;
  private boolean cut;

  /** Complete when the loops were told to drain. */
  private final CompletableFuture<Void> begun = new CompletableFuture<>();

  /** Complete when all has stopped. */
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();

  /**
   * A server that is starting.
   *
   * @param world where its threads live
   * @param loops its loops, to be filled before {@link #started()} or {@link #startFailed()}; those
   *     that retired are taken out, so any thread must be able to go through it meanwhile
   * @param executors who runs handlers for them, to be filled likewise
   * @param pinned whether each thread stays on one processor
   * @param delayMillis how long connections are still accepted before a drain, in milliseconds
   * @param drainMillis how long a drain may take, in milliseconds; 0 is no time
   */
  public Lifecycle(
      World world,
      List<Loop> loops,
      List<Executor> executors,
      boolean pinned,
      long delayMillis,
      long drainMillis) {
    super(MACHINE);
    this.world = world;
    this.clock = world.kernel();
    this.lock = world.lock();
    this.loops = loops;
    this.executors = executors;
    this.pinned = pinned;
    this.delayMillis = delayMillis;
    this.drainMillis = drainMillis;
  }

  /** Gives every loop and every worker its thread. */
  public void started() {
    lock.lock();
    try {
      run(Event.STARTED);
      List<Worker> threaded =
          executors.stream().filter(Worker.class::isInstance).map(Worker.class::cast).toList();
      runningLoops = loops.size();
      runningWorkers = threaded.size();
      loops.forEach(loop -> start(loop, () -> stopped(loop)));
      threaded.forEach(worker -> workers.add(start(worker, () -> stopped(worker))));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives one more loop its thread.
   *
   * @param loop the loop, which is released where the server does not serve any more
   * @throws IllegalStateException if the server does not serve, or not any more
   */
  public void add(Loop loop) {
    lock.lock();
    try {
      if (!takes(Event.LOOP_ADDED)) {
        loop.release();
        throw new IllegalStateException("a server that is " + stateName() + " gets no more loops");
      }
      run(Event.LOOP_ADDED);
      loops.add(loop);
      runningLoops++;
      start(loop, () -> stopped(loop));
    } finally {
      lock.unlock();
    }
  }

  /** Closes what the loops and workers have open. */
  public void startFailed() {
    lock.lock();
    try {
      run(Event.START_FAILED);
      stopped.complete(null);
    } finally {
      lock.unlock();
    }
  }

  private Thread start(Agent agent, Runnable stopped) {
    int processor = threads++;
    return world.start(
        agent.name(),
        () -> {
          try {
            if (pinned) {
              agent.pin(processor);
            }
            turn(agent);
          } finally {
            stopped.run();
          }
        });
  }

  /** An agent's whole life on its thread. */
  private static void turn(Agent agent) {
    try {
      while (!agent.isStopped()) {
        agent.turn();
      }
    } catch (RuntimeException | Error bug) {
      agent.broke(bug);
    }
  }

  private void stopped(Loop loop) {
    lock.lock();
    try {
      if (loop.isRetired()) {
        loops.remove(loop);
      }
      run(loop.isRetired() ? Event.LOOP_RETIRED : Event.LOOP_STOPPED);
      runningLoops--;
      if (runningLoops == 0) {
        run(Event.LOOPS_STOPPED);
        allStopped();
      }
    } finally {
      lock.unlock();
    }
  }

  private void stopped(Worker worker) {
    lock.lock();
    try {
      run(Event.WORKER_STOPPED);
      runningWorkers--;
      allStopped();
    } finally {
      lock.unlock();
    }
  }

  private void allStopped() {
    if (runningLoops == 0 && runningWorkers == 0) {
      run(Event.ALL_STOPPED);
      stopped.complete(null);
    }
  }

  /** Drains, and does not wait for the end of it. */
  public void drainLater() {
    lock.lock();
    try {
      if (!isEnded()) {
        run(Event.DRAIN);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Drains and waits until all has stopped. Where that was done before, it only waits.
   *
   * @return whether nothing was cut at the deadline
   */
  public boolean drain() {
    drainLater();
    boolean interrupted = false;
    long end = 0;
    while (!stopped.isDone()) {
      try {
        if (end == 0) {
          world.await(begun, Long.MAX_VALUE);
          end = clock.nanoTime() + drainMillis * NANOS_A_MILLI;
        }
        long left = (end - clock.nanoTime() + NANOS_A_MILLI - 1) / NANOS_A_MILLI;
        world.await(stopped, isCut() ? Long.MAX_VALUE : Math.max(left, 0));
      } catch (TimeoutException e) {
        cut();
      } catch (InterruptedException e) {
        interrupted = true; // a drain that began is ended; the caller learns of it afterwards
      } catch (ExecutionException e) {
        throw new IllegalStateException("nothing completes it so", e);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return !isCut();
  }

  /** The time for draining is over. */
  private void cut() {
    lock.lock();
    try {
      if (!cut && !isEnded()) {
        cut = true;
        run(Event.AFTER_DRAIN);
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isCut() {
    lock.lock();
    try {
      return cut;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until all has stopped.
   *
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public void awaitStopped() throws InterruptedException {
    try {
      world.await(stopped, Long.MAX_VALUE);
    } catch (TimeoutException | ExecutionException e) {
      throw new IllegalStateException("nothing completes it so", e);
    }
  }

  /**
   * Where in its life the server is.
   *
   * @return name of a state of the machine {@code server}
   */
  public String stateName() {
    lock.lock();
    try {
      return MACHINE.name(state());
    } finally {
      lock.unlock();
    }
  }

  @Override
  @Nullable Event perform(Action action) {
    switch (action) {
      case DELAY -> {
        return delay();
      }
      case DRAIN -> {
        loops.forEach(Loop::drain);
        begun.complete(null);
      }
      case ABORT -> abort();
      case STOP_WORKERS -> executors.forEach(Executor::stopLater);
      case RELEASE -> {
        loops.forEach(Loop::release);
        executors.forEach(Executor::release);
      }
    }
    return null;
  }

  private Event delay() {
    if (delayMillis == 0) {
      return Event.NOW;
    }
    world.startVirtual("quintet-drain-delay", this::awaitDelay);
    return Event.DELAYED;
  }

  private void awaitDelay() {
    try {
      world.await(begun, delayMillis); // sooner where a loop or a worker stops meanwhile
    } catch (TimeoutException e) {
      delayPassed();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("nobody interrupts or fails it", e);
    }
  }

  private void delayPassed() {
    lock.lock();
    try {
      if (takes(Event.AFTER_DRAIN_DELAY)) {
        run(Event.AFTER_DRAIN_DELAY);
      }
    } finally {
      lock.unlock();
    }
  }

  private void abort() {
    loops.forEach(Loop::abort);
    workers.forEach(Thread::interrupt);
    executors.forEach(Executor::interrupt);
  }
}
