package io.quintet.loop;

import io.quintet.ffi.LinuxException;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.kernel.Kernel;
import io.quintet.specs.Disposition;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One thread's worth of a server: an epoll instance, the listeners that it accepts from, the
 * connections that it owns, and their buffers. The actions of {@code specs/machines/loop.json}.
 *
 * <p>The thread that turns it owns it; any thread may {@link #drain}, {@link #abort} and read
 * {@link #stats}. A loop that is made and never turned is ended with {@link #release}.
 */
public final class Loop extends MachineInstance<LoopEvent, LoopAction> implements Agent {
  private static final Transitions<LoopEvent, LoopAction> MACHINE =
      Transitions.of(Specs.machine("loop"), LoopEvent.class, LoopAction.class);

  private static final int MAIL_BUDGET = 1024;
  private static final long NANOS_A_MILLI = 1_000_000L;
  private static final long EPOCH_AGE_NANOS = 100 * NANOS_A_MILLI;
  private static final int NO_TIMEOUT = -1;

  private final String name;
  private final Kernel kernel;
  private final Limits limits;
  private final boolean tcp;
  private final Arena arena;
  private final Serving<?, ?> serving;
  private final Slots slots = new Slots();
  private final Deadlines deadlines;
  private final LoopLog log;
  private final Poller poller;
  private final Mailbox mailbox;

  private final Counter accepted = new Counter();
  private final Counter open = new Counter();
  private final Counter requests = new Counter();
  private final Counter refusals = new Counter();
  private final Counter failures = new Counter();

  private final List<Listener> listeners = new ArrayList<>();
  private @Nullable Mail inbox;

  // Two lists for each, so that what is added while one is gone through waits for the next turn.
  private List<Connection<?, ?>> yielded = new ArrayList<>();
  private List<Connection<?, ?>> resuming = new ArrayList<>();
  private List<Connection<?, ?>> dirty = new ArrayList<>();
  private List<Connection<?, ?>> flushing = new ArrayList<>();

  private boolean draining;
  private boolean descriptorFreed;
  private int ready;
  private int work;

  /** Requests of this turn, counted in when it ends. */
  private int decoded;

  private long now;
  private long epochSeconds;
  private long epochRead;

  /**
   * Makes a loop.
   *
   * @param name name of its thread
   * @param kernel kernel, the loop's alone from now on
   * @param service what is served
   * @param limits what bounds it
   * @param timeouts lengths of its deadlines
   * @param tcp whether its connections are TCP ones
   * @throws io.quintet.ffi.LinuxException if the kernel refuses; nothing is left open then
   */
  public Loop(
      String name,
      Kernel kernel,
      Service<?, ?> service,
      Limits limits,
      Timeouts timeouts,
      boolean tcp) {
    super(MACHINE);
    this.name = name;
    this.kernel = kernel;
    this.limits = limits;
    this.tcp = tcp;
    this.arena = Arena.ofShared();
    this.serving = new Serving<>(service, limits, arena);
    this.deadlines = new Deadlines(timeouts.nanos());
    this.log = new LoopLog(name, kernel);
    this.now = kernel.nanoTime();
    this.epochRead = now - EPOCH_AGE_NANOS;
    Poller madePoller = null;
    Mailbox madeMailbox = null;
    try {
      madePoller = new Poller(kernel, arena);
      madeMailbox = new Mailbox(kernel);
      int slot = slots.take(madeMailbox);
      int events = Linux.EPOLLIN() | Linux.EPOLLET();
      int result = madePoller.add(madeMailbox.eventfd(), events, slot, slots.generation(slot));
      LinuxException.check(result, "epoll_ctl ADD of an eventfd");
    } catch (RuntimeException e) {
      if (madeMailbox != null) {
        madeMailbox.close(arena);
      }
      if (madePoller != null) {
        madePoller.close();
      }
      arena.close();
      throw e;
    }
    this.poller = madePoller;
    this.mailbox = madeMailbox;
  }

  /**
   * Takes a listener over, before the first turn.
   *
   * @param fd listening socket, the loop's from now on
   * @return 0, or the negated error number; the descriptor is then the caller's again
   */
  public int listen(int fd) {
    Listener listener = new Listener(this);
    int result = listener.open(fd);
    if (result == 0) {
      listeners.add(listener);
    }
    return result;
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

  /**
   * The name of its thread.
   *
   * @return for example {@code quintet-loop-0}
   */
  public String name() {
    return name;
  }

  /** Ends the loop once its connections have got their replies. Any thread. */
  public void drain() {
    mailbox.post(new Order(this::beginDrain));
  }

  /** Ends the loop and the connections that are left. Any thread. */
  public void abort() {
    mailbox.post(new Order(this::abortAll));
  }

  /**
   * What the loop has done so far. Any thread.
   *
   * @return an immutable map of numbers, and the thread's name
   */
  public Map<String, Object> stats() {
    Map<String, Object> stats = new LinkedHashMap<>();
    stats.put("thread", name);
    stats.put("accepted", accepted.get());
    stats.put("open", open.get());
    stats.put("requests", requests.get());
    stats.put("refusals", refusals.get());
    stats.put("failures", failures.get());
    return Map.copyOf(stats);
  }

  /** Closes what a loop that was never turned, or that broke, has open. */
  public void release() {
    abortAll();
    end();
    stop();
  }

  private static final class Order extends Mail {
    private final Runnable order;

    Order(Runnable order) {
      this.order = order;
    }

    @Override
    void deliver() {
      order.run();
    }
  }

  private void beginDrain() {
    draining = true;
    List.copyOf(listeners).forEach(Listener::drain);
    for (int slot = 0; slot < slots.used(); slot++) {
      if (slots.at(slot) instanceof Connection<?, ?> connection) {
        connection.drain();
      }
    }
  }

  private void abortAll() {
    draining = true;
    for (int slot = 0; slot < slots.used(); slot++) {
      if (slots.at(slot) instanceof Registration<?, ?> registration) {
        registration.abort();
      }
    }
  }

  // Actions.

  @Override
  @Nullable LoopEvent perform(LoopAction action) {
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
    int budget = MAIL_BUDGET;
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
    work += deadlines.expire(now);
    return LoopEvent.EXPIRED;
  }

  private LoopEvent await() {
    boolean busy = inbox != null || !yielded.isEmpty() || !dirty.isEmpty() || isEmpty();
    int timeout = busy || !mailbox.doze() ? 0 : timeoutMillis();
    int result = poller.await(timeout);
    mailbox.wake();
    now = kernel.nanoTime();
    ready = Math.max(result, 0);
    if (result < 0 && Dispositions.of(Call.EPOLL_WAIT, result) != Disposition.RETRY) {
      report("epoll_wait", -1, result);
      return LoopEvent.FAILED;
    }
    return ready > 0 ? LoopEvent.EVENTS : LoopEvent.QUIET;
  }

  /** Rounded up, so that a deadline has passed when epoll_wait returns for it. */
  private int timeoutMillis() {
    long nanos = deadlines.nanosToNext(now);
    return nanos == Long.MAX_VALUE
        ? NO_TIMEOUT
        : (int) Math.min((nanos + NANOS_A_MILLI - 1) / NANOS_A_MILLI, Integer.MAX_VALUE);
  }

  private LoopEvent dispatch() {
    for (int i = 0; i < ready; i++) {
      Source source = slots.find(poller.slot(i), poller.generation(i));
      if (source != null) {
        source.ready(poller.bits(i));
      }
    }
    work += ready;
    return LoopEvent.DISPATCHED;
  }

  private LoopEvent resume() {
    List<Connection<?, ?>> due = yielded;
    yielded = resuming;
    resuming = due;
    for (int i = 0; i < due.size(); i++) {
      due.get(i).resume();
    }
    work += due.size();
    due.clear();
    return LoopEvent.RESUMED;
  }

  private LoopEvent flush() {
    List<Connection<?, ?>> due = dirty;
    dirty = flushing;
    flushing = due;
    for (int i = 0; i < due.size(); i++) {
      due.get(i).flushReady();
    }
    due.clear();
    requests.add(decoded);
    decoded = 0;
    if (descriptorFreed) {
      descriptorFreed = false;
      for (int i = 0; i < listeners.size(); i++) {
        listeners.get(i).connectionClosed();
      }
    }
    return isEmpty() ? LoopEvent.EMPTY : LoopEvent.FLUSHED;
  }

  private boolean isEmpty() {
    return draining && open.get() == 0 && listeners.isEmpty();
  }

  private @Nullable LoopEvent fail() {
    abortAll();
    return stop();
  }

  private @Nullable LoopEvent stop() {
    mailbox.close(arena);
    poller.close();
    serving.chunks.close();
    arena.close();
    return null;
  }

  // What registrations ask of their loop.

  /** Makes a connection out of an accepted socket. */
  void adopt(int fd) {
    accepted.add(1);
    if (tcp) {
      kernel.setNoDelay(fd);
    }
    Connection<?, ?> connection = new Connection<>(this, serving);
    int result = connection.open(fd);
    if (result < 0) {
      report("epoll_ctl ADD", fd, result);
      kernel.close(fd);
      return;
    }
    open.add(1);
    if (draining) {
      connection.drain();
    }
  }

  void connectionClosed() {
    open.add(-1);
    descriptorFreed = true;
  }

  void listenerClosed(Listener closed) {
    listeners.remove(closed);
  }

  void requestDecoded() {
    decoded++;
  }

  void resumeLater(Connection<?, ?> connection) {
    yielded.add(connection);
  }

  void replyLater(Connection<?, ?> connection) {
    dirty.add(connection);
  }

  boolean post(Mail mail) {
    return mailbox.post(mail);
  }

  void report(String call, int fd, long result) {
    failures.add(1);
    log.failedCall(call, fd, result);
  }

  void handlerFailed(Throwable failure) {
    failures.add(1);
    log.failedHandler(failure);
  }

  void refused(Throwable refusal) {
    refusals.add(1);
  }

  void broken(Registration<?, ?> registration, Throwable bug) {
    failures.add(1);
    log.bug(registration, bug);
  }

  boolean isDraining() {
    return draining;
  }

  /** Time of day, at most a tenth of a second old. */
  long epochSeconds() {
    if (now - epochRead >= EPOCH_AGE_NANOS) {
      epochRead = now;
      epochSeconds = kernel.epochSeconds();
    }
    return epochSeconds;
  }

  long now() {
    return now;
  }

  Kernel kernel() {
    return kernel;
  }

  Limits limits() {
    return limits;
  }

  Slots slots() {
    return slots;
  }

  Poller poller() {
    return poller;
  }

  Deadlines deadlines() {
    return deadlines;
  }
}
