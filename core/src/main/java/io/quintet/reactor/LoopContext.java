package io.quintet.reactor;

import io.quintet.ffi.Errno;
import io.quintet.io.Poller;
import io.quintet.io.Slab;
import io.quintet.kernel.CpuTime;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.SleepTime;
import io.quintet.metrics.Counts.Number;
import io.quintet.metrics.DeadlineEvent;
import io.quintet.metrics.FailureEvent;
import io.quintet.metrics.LoopMetrics;
import io.quintet.metrics.PauseEvent;
import io.quintet.metrics.RateLimitedLog;
import io.quintet.metrics.Refusal;
import io.quintet.metrics.RefusalEvent;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/**
 * What those who work on a loop may ask of it: its kernel, the time, deadlines, counters and log,
 * and its mailbox. The loop's thread alone, but for {@link #post}, {@link #order}, {@link #ask},
 * {@link #tasks} and {@link #handlerFailedElsewhere}.
 */
public final class LoopContext {
  private static final long EPOCH_AGE_NANOS = 100_000_000L;

  private final String name;
  private final Kernel kernel;
  private final Arena arena = Arena.ofShared();
  private final Slab slots = new Slab();
  private final Timers timers;
  private final RateLimitedLog log;
  private final Poller poller;
  private final Mailbox mailbox;
  private final LoopMetrics metrics;
  private final CpuTime cpu = new CpuTime();
  private final SleepTime sleep = new SleepTime();
  private final Runnable descriptorFreed;
  private final Executor tasks = this::execute;

  private boolean draining;
  private volatile boolean retired;
  private long now;
  private long epochSeconds;
  private long epochRead;

  /**
   * Makes what a loop needs.
   *
   * @param name name of its thread
   * @param kernel kernel, the loop's alone from now on
   * @param timeouts lengths of its deadlines
   * @param replyKinds kinds of replies that are counted
   * @param descriptorFreed called when a descriptor of the process was closed
   * @throws io.quintet.ffi.LinuxException if the kernel refuses; nothing is left open then
   */
  public LoopContext(
      String name,
      Kernel kernel,
      Timeouts timeouts,
      List<String> replyKinds,
      Runnable descriptorFreed) {
    this.name = name;
    this.kernel = kernel;
    this.descriptorFreed = descriptorFreed;
    this.timers = new Timers(timeouts.nanos());
    this.log = new RateLimitedLog(name, kernel);
    this.metrics = new LoopMetrics(replyKinds);
    this.now = kernel.nanoTime();
    this.epochRead = now - EPOCH_AGE_NANOS;
    Waker made = Waker.open(name, kernel, arena);
    this.poller = made.poller();
    this.mailbox = made.mailbox();
    slots.take(mailbox);
  }

  public String name() {
    return name;
  }

  public Kernel kernel() {
    return kernel;
  }

  /** Memory that is there until the loop stops. */
  public Arena arena() {
    return arena;
  }

  public Slab slots() {
    return slots;
  }

  public Poller poller() {
    return poller;
  }

  public Timers timers() {
    return timers;
  }

  public LoopMetrics metrics() {
    return metrics;
  }

  public CpuTime cpu() {
    return cpu;
  }

  /** How long it has waited for events. */
  public SleepTime sleep() {
    return sleep;
  }

  /** Whether the loop sleeps and nobody has woken it. Any thread. */
  public boolean isAsleep() {
    return mailbox.isAsleep();
  }

  Mailbox mailbox() {
    return mailbox;
  }

  // The time.

  /** When this turn began to look at events. */
  public long now() {
    return now;
  }

  /** Looks at the clock. */
  void readClock() {
    now = kernel.nanoTime();
  }

  /** Time of day, at most a tenth of a second old. */
  public long epochSeconds() {
    if (now - epochRead >= EPOCH_AGE_NANOS) {
      epochRead = now;
      epochSeconds = kernel.epochSeconds();
    }
    return epochSeconds;
  }

  /** Before replies leave, so that one look at the clock counts for all that leave together. */
  public void timeAnswers() {
    if (metrics.hasUntimed()) {
      metrics.took(kernel.nanoTime() - now);
    }
  }

  // Its life.

  /** Whether what is idle is to end. */
  public boolean isDraining() {
    return draining;
  }

  void beginDrain() {
    draining = true;
  }

  /** Whether it ends once what it has has ended by itself. Any thread. */
  public boolean isRetired() {
    return retired;
  }

  /** It is to end once what it has has ended by itself. Any thread. */
  public void retire() {
    retired = true;
  }

  /** A descriptor was closed, which others may wait for. */
  public void descriptorFreed() {
    descriptorFreed.run();
  }

  // Mail. Any thread.

  /**
   * Leaves mail.
   *
   * @return false if the loop has stopped
   */
  public boolean post(Mail mail) {
    return mailbox.post(mail);
  }

  /**
   * Has something done on the loop's thread.
   *
   * @return false if the loop has stopped
   */
  public boolean order(Runnable what) {
    return mailbox.post(new Order(what));
  }

  /** Has a question answered on the loop's thread, or otherwise where it has stopped. */
  public <T> CompletableFuture<T> ask(Supplier<T> question, T otherwise) {
    Question<T> asked = new Question<>(question, otherwise);
    if (!post(asked)) {
      asked.undelivered();
    }
    return asked.answer;
  }

  private static final class Question<T> extends Mail {
    private final Supplier<T> question;
    private final T otherwise;
    private final CompletableFuture<T> answer = new CompletableFuture<>();

    Question(Supplier<T> question, T otherwise) {
      this.question = question;
      this.otherwise = otherwise;
    }

    @Override
    public void deliver() {
      answer.complete(question.get());
    }

    @Override
    public void undelivered() {
      answer.complete(otherwise);
    }
  }

  private static final class Order extends Mail {
    private final Runnable order;

    Order(Runnable order) {
      this.order = order;
    }

    @Override
    public void deliver() {
      order.run();
    }
  }

  /** Who runs tasks of users on this loop's thread. */
  public Executor tasks() {
    return tasks;
  }

  private void execute(Runnable task) {
    if (!mailbox.post(new Task(task))) {
      throw new RejectedExecutionException(name + " has stopped");
    }
  }

  /** Something of a user's. What was given is run, also where the loop stopped before. */
  private final class Task extends Mail {
    private final Runnable task;

    Task(Runnable task) {
      this.task = Objects.requireNonNull(task, "a task");
    }

    @Override
    public void deliver() {
      runTask(task);
    }

    @Override
    public void undelivered() {
      deliver();
    }
  }

  /** Runs something of a user's, whose failure is told. */
  public void runTask(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error failure) {
      handlerFailed("a task of an owner", failure);
    }
  }

  // What is counted and told.

  /** A call has failed. */
  public void report(String call, int fd, long result) {
    metrics.count(Number.FAILURES);
    log.failedCall(call, fd, result);
  }

  /** A request, or other work of a user's, has failed. */
  public void handlerFailed(String what, Throwable failure) {
    metrics.count(Number.FAILURES);
    if (FailureEvent.PROBE.isEnabled()) {
      FailureEvent event = new FailureEvent();
      event.loop = name;
      event.what = what;
      event.cause = RateLimitedLog.text(failure);
      event.commit();
    }
    log.failed(what, failure);
  }

  /** Likewise, from any thread. */
  public void handlerFailedElsewhere(String what, Throwable failure) {
    Failure failed = new Failure(what, failure);
    if (!mailbox.post(failed)) {
      failed.undelivered();
    }
  }

  /** A failure of which another thread tells. */
  private final class Failure extends Mail {
    private final String what;
    private final Throwable cause;

    Failure(String what, Throwable cause) {
      this.what = what;
      this.cause = cause;
    }

    @Override
    public void deliver() {
      handlerFailed(what, cause);
    }

    /** The loop's counters and its log belong to nobody any more. */
    @Override
    public void undelivered() {
      new RateLimitedLog(name, kernel).failed(what, cause);
    }
  }

  /** A pause begins, since a call has failed. */
  public void paused(String call, int fd, long result) {
    metrics.count(Number.PAUSES);
    if (PauseEvent.PROBE.isEnabled()) {
      PauseEvent event = new PauseEvent();
      event.loop = name;
      event.call = call;
      event.error = Errno.describe(result);
      event.commit();
    }
    report(call, fd, result);
  }

  /** Something is refused. */
  public void refused(Refusal why) {
    refused(why, "");
  }

  /** Refuses a request that is known, or says what was wrong. */
  public void refused(Refusal why, String request) {
    metrics.refused(why);
    if (RefusalEvent.PROBE.isEnabled()) {
      RefusalEvent event = new RefusalEvent();
      event.loop = name;
      event.why = why.what();
      event.commit();
    }
    log.refused(why, request);
  }

  /** A deadline of one of its registrations has passed. */
  void deadlinePassed(Registration<?, ?> registration) {
    if (DeadlineEvent.PROBE.isEnabled()) {
      DeadlineEvent event = new DeadlineEvent();
      event.loop = name;
      event.where = registration.toString();
      event.commit();
    }
  }

  void broken(Registration<?, ?> registration, Throwable bug) {
    metrics.count(Number.FAILURES);
    log.bug(registration + registration.atWork(), bug);
  }

  /** The loop itself is broken. */
  void broken(Object loop, Throwable bug) {
    log.bug(loop, bug);
  }
}
