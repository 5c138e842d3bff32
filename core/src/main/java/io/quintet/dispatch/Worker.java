package io.quintet.dispatch;

import io.quintet.ffi.LinuxException;
import io.quintet.io.Poller;
import io.quintet.kernel.Agent;
import io.quintet.kernel.CpuTime;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.kernel.Interleaving;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.SleepTime;
import io.quintet.machine.MachineInstance;
import io.quintet.metrics.Counter;
import io.quintet.metrics.RateLimitedLog;
import io.quintet.reactor.Mail;
import io.quintet.reactor.Mailbox;
import io.quintet.reactor.Waker;
import io.quintet.specs.Disposition;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import io.quintet.trace.Counted;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A thread without sockets that runs handlers: the actions of {@code specs/machines/worker.json}.
 *
 * <p>The thread that turns it owns it; any thread may {@link #execute}, {@link #stopLater} and read
 * {@link #stats}. One that is made and never turned is ended with {@link #release}.
 */
public final class Worker extends MachineInstance<WorkerEvent, WorkerAction>
    implements Agent, HandlerExecutor, Counted {
  private static final Transitions<WorkerEvent, WorkerAction> MACHINE =
      Transitions.of(Specs.machine("worker"), WorkerEvent.class, WorkerAction.class);

  /** Turns without a request before it sleeps: some microseconds, what a wake-up costs. */
  private static final int POLLS = 200;

  private final String name;
  private final Kernel kernel;
  private final CapacitySignal room;
  private final QueueLimit limit;
  private final Arena arena;
  private final RateLimitedLog log;
  private final Poller poller;
  private final Mailbox mailbox;

  /** Where it takes requests that wait for any worker, or for it alone; null if they are mailed. */
  private final @Nullable WorkerSeat seat;

  private final Optional<RequestQueues> queues;

  /**
   * Requests that wait or run. Raised by those who place, lowered here; the seat's if it has one.
   */
  private final AtomicInteger load = new AtomicInteger();

  private final Counter requests = new Counter();
  private final CpuTime cpu = new CpuTime();
  private final SleepTime sleepTime = new SleepTime();
  private final Counter sleeps = new Counter();

  private @Nullable Mail inbox;

  /** The request that it took from its seat. */
  private @Nullable HandlerTask request;

  private int polls;
  private boolean last;

  /**
   * Makes a worker.
   *
   * @param name name of its thread
   * @param kernel kernel, the worker's alone from now on
   * @param room whom to tell of requests that have ended
   * @param limit how long requests may wait for it
   * @param queues where it takes requests; empty where each is given to one worker
   * @throws LinuxException if the kernel refuses; nothing is left open then
   */
  public Worker(
      String name,
      Kernel kernel,
      CapacitySignal room,
      QueueLimit limit,
      Optional<RequestQueues> queues) {
    super(MACHINE);
    this.name = name;
    this.kernel = kernel;
    this.room = room;
    this.limit = limit;
    this.arena = Arena.ofShared();
    this.log = new RateLimitedLog(name, kernel);
    Waker made = Waker.open(name, kernel, arena);
    this.poller = made.poller();
    this.mailbox = made.mailbox();
    this.queues = queues;
    this.seat = queues.map(each -> each.seat(mailbox::post)).orElse(null);
  }

  /** The end of the work, behind the requests that were placed before. */
  private final class End extends Mail {
    @Override
    public void deliver() {
      last = true;
    }
  }

  /** That its sleep is measured from now on. */
  private final class Measure extends Mail {
    @Override
    public void deliver() {
      sleepTime.measure();
    }
  }

  @Override
  public boolean execute(HandlerTask request) {
    Interleaving.point();
    load.incrementAndGet();
    boolean posted = mailbox.post(request);
    if (!posted) {
      load.decrementAndGet();
    }
    return posted;
  }

  @Override
  public int load() {
    return seat == null ? load.get() : seat.load();
  }

  /**
   * Where it takes requests that other workers may take too. Any thread.
   *
   * @return empty where each request is given to one worker
   */
  public Optional<RequestQueues> queues() {
    return queues;
  }

  @Override
  public void stopLater() {
    mailbox.post(new End());
  }

  /** Its thread is who made it: that one is interrupted there. */
  @Override
  public void interrupt() {
    // nothing runs but on the thread that turns it
  }

  @Override
  public void count(ObjIntConsumer<String> to) {
    to.accept("load", load());
  }

  @Override
  public int turn() {
    int before = polls;
    run(WorkerEvent.TURN);
    return polls > before ? 0 : 1;
  }

  @Override
  public boolean isStopped() {
    return isEnded();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void begin() {
    cpu.begin(kernel);
  }

  @Override
  public CpuTime cpu() {
    return cpu;
  }

  /**
   * How long it has waited for requests, which is measured once somebody has asked. Any thread.
   *
   * @return its sleep
   */
  public SleepTime sleepTime() {
    if (!sleepTime.isMeasured()) {
      mailbox.post(new Measure());
    }
    return sleepTime;
  }

  @Override
  public void pin(int processor) {
    int result = kernel.pin(processor);
    if (result < 0) {
      log.failedCall("sched_setaffinity", -1, result);
    }
  }

  @Override
  public void broke(Throwable bug) {
    log.bug(this, bug);
    release();
  }

  @Override
  public void release() {
    end();
    stop();
  }

  @Override
  public Map<String, Object> stats() {
    Map<String, Object> stats = new LinkedHashMap<>();
    stats.put("thread", name);
    stats.put("requests", requests.get());
    stats.put("load", (long) load());
    stats.put("sleeps", sleeps.get());
    stats.put("reserved", seat != null && seat.isReserved());
    return Map.copyOf(stats);
  }

  @Override
  protected @Nullable WorkerEvent perform(WorkerAction action) {
    return switch (action) {
      case TAKE -> take();
      case EXECUTE -> execute();
      case POLL -> poll();
      case PARK -> seat != null && seat.park() ? WorkerEvent.FOUND : WorkerEvent.PARKED;
      case DOZE -> mailbox.doze() ? WorkerEvent.DOZED : WorkerEvent.MAIL;
      case SLEEP -> sleep();
      case FAIL, STOP -> stop();
    };
  }

  private WorkerEvent take() {
    if (inbox == null) {
      inbox = mailbox.take();
    }
    if (seat == null || inbox != null) {
      return inbox == null ? WorkerEvent.NOTHING : WorkerEvent.TAKEN;
    }
    request = seat.take();
    return request == null && !last ? WorkerEvent.NOTHING : WorkerEvent.TAKEN;
  }

  private WorkerEvent execute() {
    polls = 0;
    Mail mail = inbox;
    if (mail == null) {
      return executeTaken();
    }
    inbox = mail.next;
    mail.next = null;
    if (mail instanceof HandlerTask given) {
      handle(given);
      Interleaving.point();
      load.decrementAndGet();
      Interleaving.point();
      room.freed();
      return WorkerEvent.EXECUTED;
    }
    mail.deliver();
    return last && seat == null ? WorkerEvent.LAST : WorkerEvent.EXECUTED;
  }

  /** What waits where the workers take it comes before the end. */
  private WorkerEvent executeTaken() {
    HandlerTask taken = request;
    if (taken == null) {
      return WorkerEvent.LAST;
    }
    request = null;
    handle(taken);
    Objects.requireNonNull(seat, "where it was taken").ended();
    return WorkerEvent.EXECUTED;
  }

  private void handle(HandlerTask first) {
    HandlerTask next = first;
    while (next != null) {
      next.handle(limit);
      requests.add(1);
      next = next.done();
      if (next != null && seat != null) {
        next = seat.runOrPassOn(next);
      }
    }
  }

  private WorkerEvent poll() {
    polls++;
    Thread.onSpinWait();
    return polls % POLLS == 0 ? WorkerEvent.POLLED_OUT : WorkerEvent.POLL_AGAIN;
  }

  private WorkerEvent sleep() {
    sleeps.add(1);
    sleepTime.begins(kernel);
    int result = poller.await(Poller.NO_TIMEOUT);
    sleepTime.ends(kernel);
    mailbox.wake();
    if (result < 0 && Dispositions.of(Call.EPOLL_WAIT, result) != Disposition.RETRY) {
      log.failedCall("epoll_wait", -1, result);
      return WorkerEvent.FAILED;
    }
    return WorkerEvent.WOKEN;
  }

  /** From now on it refuses requests, which is room as well: they are answered with a failure. */
  private @Nullable WorkerEvent stop() {
    Mailbox.undelivered(inbox);
    inbox = null;
    mailbox.wake(); // a bug may have broken out of a sleep
    mailbox.close(arena);
    load.set(0);
    if (seat != null) {
      seat.leave();
    }
    Interleaving.point();
    room.freed();
    poller.close();
    arena.close();
    cpu.end(kernel);
    return null;
  }
}
