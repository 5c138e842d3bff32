package io.quintet.server;

import io.quintet.dispatch.HandlerExecutor;
import io.quintet.dispatch.Worker;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import io.quintet.machine.MachineInstance;
import io.quintet.metrics.Counts;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A server from its start to its end: the actions of {@code specs/machines/server.json}, and the
 * threads that turn its loops. Any thread may call; the monitor orders the events.
 */
public final class Lifecycle extends MachineInstance<ServerEvent, ServerAction> {
  private static final Transitions<ServerEvent, ServerAction> MACHINE =
      Transitions.of(Specs.machine("server"), ServerEvent.class, ServerAction.class);

  private static final long NANOS_A_MILLI = 1_000_000L;

  /** How often handlers are interrupted that are left at the deadline, and how long each time. */
  private static final int INTERRUPTIONS = 20;

  private static final long INTERRUPTION_MILLIS = 100;

  private final World world;
  private final Kernel clock;
  private final Lock lock;
  private final List<ServerLoop> loops;
  private final List<HandlerExecutor> executors;
  private final long delayMillis;
  private final AgentThreads threads;
  private final Retirement retirement;
  private long drainMillis;
  private int runningLoops;

  private int runningWorkers;
  private boolean cut;
  private boolean givenUp;

  /** When the drain ends at the latest, once it has begun. */
  private long drainEnd;

  /** Whether some thread waits for the end of the drain, which then sees to its deadline. */
  private boolean isAwaited;

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
   * @param executors who runs handlers for them, to be filled likewise, and as they come and go
   * @param pinned whether each thread stays on one processor
   * @param delayMillis how long connections are still accepted before a drain, in milliseconds
   * @param drainMillis how long a drain may take, in milliseconds; 0 is no time
   */
  public Lifecycle(
      World world,
      List<ServerLoop> loops,
      List<HandlerExecutor> executors,
      boolean pinned,
      long delayMillis,
      long drainMillis) {
    super(MACHINE);
    this.world = world;
    this.clock = world.kernel();
    this.lock = world.lock();
    this.loops = loops;
    this.executors = executors;
    this.threads = new AgentThreads(world, pinned);
    this.retirement = new Retirement(loops, executors);
    this.delayMillis = delayMillis;
    this.drainMillis = drainMillis;
  }

  /** Gives every loop and every worker its thread. */
  public void started() {
    lock.lock();
    try {
      run(ServerEvent.STARTED);
      runningLoops = loops.size();
      loops.forEach(loop -> threads.start(loop, () -> stopped(loop)));
      executors.forEach(this::startWorker);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives more loops and workers their threads.
   *
   * @param more the loops, those that give others connections behind these
   * @param theirs who runs handlers for them
   * @throws IllegalStateException if the server does not serve, or not any more; all are released
   *     then
   */
  public void add(List<ServerLoop> more, List<HandlerExecutor> theirs) {
    lock.lock();
    try {
      if (!takes(ServerEvent.LOOP_ADDED)) {
        more.forEach(ServerLoop::release);
        theirs.forEach(HandlerExecutor::release);
        throw new IllegalStateException("a server that is " + stateName() + " gets no more loops");
      }
      executors.addAll(theirs);
      theirs.forEach(this::startWorker);
      for (ServerLoop loop : more) {
        run(ServerEvent.LOOP_ADDED);
        loops.add(loop);
        runningLoops++;
        threads.start(loop, () -> stopped(loop));
      }
    } finally {
      lock.unlock();
    }
  }

  private void startWorker(HandlerExecutor executor) {
    if (executor instanceof Worker worker) {
      runningWorkers++;
      threads.start(worker, () -> stopped(worker));
    }
  }

  /**
   * Has workers end once some loops have.
   *
   * @param those loops that give them requests; some may have stopped
   * @param theirs who runs handlers for them, and for no others
   */
  public void retire(List<ServerLoop> those, List<HandlerExecutor> theirs) {
    locked(() -> retirement.begin(those, theirs));
  }

  /**
   * What all loops and their backends have counted, also those that have retired. Any thread.
   *
   * @param nothing counted of the service that they serve
   * @return the sums
   */
  public Counts counts(Counts nothing) {
    return locked(() -> retirement.counts(nothing));
  }

  /** Closes what the loops and workers have open. */
  public void startFailed() {
    locked(
        () -> {
          run(ServerEvent.START_FAILED);
          stopped.complete(null);
        });
  }

  private void stopped(ServerLoop loop) {
    lock.lock();
    try {
      threads.ended(loop);
      retirement.ended(loop);
      run(loop.isRetired() ? ServerEvent.LOOP_RETIRED : ServerEvent.LOOP_STOPPED);
      runningLoops--;
      if (runningLoops == 0) {
        run(ServerEvent.LOOPS_STOPPED);
        allStopped();
      }
    } finally {
      lock.unlock();
    }
  }

  private void stopped(Worker worker) {
    lock.lock();
    try {
      threads.ended(worker);
      run(retirement.ended(worker) ? ServerEvent.WORKER_RETIRED : ServerEvent.WORKER_STOPPED);
      runningWorkers--;
      allStopped();
    } finally {
      lock.unlock();
    }
  }

  private void allStopped() {
    if (runningLoops == 0 && runningWorkers == 0) {
      run(ServerEvent.ALL_STOPPED);
      stopped.complete(null);
    }
  }

  /** Drains, and does not wait for the end of it, which comes at the deadline all the same. */
  public void drainLater() {
    locked(this::begin);
  }

  private <T> T locked(Supplier<T> what) {
    lock.lock();
    try {
      return what.get();
    } finally {
      lock.unlock();
    }
  }

  private void locked(Runnable what) {
    lock.lock();
    try {
      what.run();
    } finally {
      lock.unlock();
    }
  }

  private void begin() {
    if (!isEnded()) {
      run(ServerEvent.DRAIN);
    }
  }

  /** Drains without the delay, since nothing more arrives. */
  public void drainNow() {
    drainLater();
    delayPassed();
  }

  /**
   * Drains and waits until all has stopped, or until handlers are left at the deadline that do not
   * end when they are interrupted: those are logged, and keep their threads. Where that was done
   * before, it only waits.
   *
   * @param millis how long it may take from now on, in milliseconds, where it may take longer
   * @return whether nothing was cut at the deadline
   */
  public boolean drain(long millis) {
    lock.lock();
    try {
      isAwaited = true;
      drainMillis = Math.clamp(millis, 0, drainMillis);
      begin();
      long end = clock.nanoTime() + drainMillis * NANOS_A_MILLI;
      drainEnd = begun.isDone() && end - drainEnd < 0 ? end : drainEnd;
    } finally {
      lock.unlock();
    }
    if (awaitDrained()) {
      Thread.currentThread().interrupt();
    }
    return !isCut();
  }

  /** Sees to the deadline. Gives whether the thread was interrupted meanwhile. */
  private boolean awaitDrained() {
    boolean interrupted = false;
    int left = INTERRUPTIONS;
    while (!stopped.isDone() && left > 0) {
      try {
        if (!begun.isDone()) {
          world.await(begun, Long.MAX_VALUE);
        } else {
          world.await(stopped, isCut() ? INTERRUPTION_MILLIS : millisLeft());
        }
      } catch (TimeoutException e) {
        left -= isCut() ? 1 : 0;
        cut();
      } catch (InterruptedException e) {
        interrupted = true; // a drain that began is ended; the caller learns of it afterwards
      } catch (ExecutionException e) {
        throw new IllegalStateException("nothing completes it so", e);
      }
    }
    if (!stopped.isDone()) {
      giveUp();
    }
    return interrupted;
  }

  /** Rounded up, so that the deadline has passed when it was waited for so long. */
  private long millisLeft() {
    long left = locked(() -> drainEnd - clock.nanoTime());
    return Math.max((left + NANOS_A_MILLI - 1) / NANOS_A_MILLI, 0);
  }

  /** The time for draining is over. What is left is closed, and its handlers are interrupted. */
  private void cut() {
    locked(
        () -> {
          if (!cut && !isEnded()) {
            cut = true;
            run(ServerEvent.AFTER_DRAIN);
          } else {
            interrupt();
          }
        });
  }

  /** Some handlers do not end: says where they are, once. */
  private void giveUp() {
    locked(
        () -> {
          if (!givenUp) {
            givenUp = true;
            threads.logHung(clock.logger());
          }
        });
  }

  private boolean isCut() {
    return locked(() -> cut);
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
   * Has something done once all has stopped, at once if it has.
   *
   * @param what short, and blocks nobody
   */
  public void whenStopped(Runnable what) {
    stopped.thenRun(what);
  }

  /**
   * Where in its life the server is.
   *
   * @return name of a state of the machine {@code server}
   */
  public String stateName() {
    return locked(() -> MACHINE.name(state()));
  }

  @Override
  protected @Nullable ServerEvent perform(ServerAction action) {
    switch (action) {
      case DELAY -> {
        return delay();
      }
      case DRAIN -> {
        drainEnd = clock.nanoTime() + drainMillis * NANOS_A_MILLI;
        loops.forEach(ServerLoop::drain);
        begun.complete(null);
        if (!isAwaited) {
          world.start("quintet-drain-deadline", this::awaitDrained);
        }
      }
      case ABORT -> abort();
      case STOP_WORKERS -> executors.forEach(HandlerExecutor::stopLater);
      case RELEASE -> {
        loops.forEach(ServerLoop::release);
        executors.forEach(HandlerExecutor::release);
      }
    }
    return null;
  }

  private ServerEvent delay() {
    if (delayMillis == 0) {
      return ServerEvent.NOW;
    }
    // No virtual one: handlers may keep all of their carriers busy.
    world.start("quintet-drain-delay", this::awaitDelay);
    return ServerEvent.DELAYED;
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
    locked(
        () -> {
          if (takes(ServerEvent.AFTER_DRAIN_DELAY)) {
            run(ServerEvent.AFTER_DRAIN_DELAY);
          }
        });
  }

  private void abort() {
    loops.forEach(ServerLoop::abort);
    interrupt();
  }

  private void interrupt() {
    threads.interrupt();
    executors.forEach(HandlerExecutor::interrupt);
  }
}
