package io.quintet.loop;

import io.quintet.balance.Balancer;
import io.quintet.codec.Peer;
import io.quintet.fault.SeededBug;
import io.quintet.ffi.DescriptorMessage;
import io.quintet.ffi.Errno;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.io.EventSource;
import io.quintet.io.Poller;
import io.quintet.io.Slab;
import io.quintet.kernel.Agent;
import io.quintet.kernel.CpuTime;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.kernel.Interleaving;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.SocketName;
import io.quintet.machine.MachineInstance;
import io.quintet.metrics.AcceptEvent;
import io.quintet.metrics.Counts;
import io.quintet.metrics.Counts.Number;
import io.quintet.metrics.DeadlineEvent;
import io.quintet.metrics.FailureEvent;
import io.quintet.metrics.LoopMetrics;
import io.quintet.metrics.PauseEvent;
import io.quintet.metrics.RateLimitedLog;
import io.quintet.metrics.Refusal;
import io.quintet.metrics.RefusalEvent;
import io.quintet.metrics.TurnEvent;
import io.quintet.reactor.Deadline;
import io.quintet.reactor.Mail;
import io.quintet.reactor.Mailbox;
import io.quintet.reactor.Timeouts;
import io.quintet.reactor.Waker;
import io.quintet.service.Service;
import io.quintet.specs.Disposition;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import io.quintet.specs.Transitions;
import io.quintet.trace.Counted;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * One thread's worth of a server: an epoll instance, the listeners that it accepts from, the
 * connections that it owns, and their buffers. The actions of {@code specs/machines/loop.json}.
 *
 * <p>The thread that turns it owns it; any thread may {@link #drain}, {@link #abort} and read
 * {@link #stats}. A loop that is made and never turned is ended with {@link #release}.
 */
public final class Loop extends MachineInstance<LoopEvent, LoopAction>
    implements Agent, Owner, Counted {
  private static final Transitions<LoopEvent, LoopAction> MACHINE =
      Transitions.of(Specs.machine("loop"), LoopEvent.class, LoopAction.class);

  private static final long NANOS_A_MILLI = 1_000_000L;
  private static final long EPOCH_AGE_NANOS = 100 * NANOS_A_MILLI;

  /** What a turn may take beside its sleep; what it takes more counts toward no deadline. */
  private static final long TURN_NANOS_MAX = 1_000 * NANOS_A_MILLI;

  /** A longer sleep could not be told from a loop that stands still. */
  private static final int SLEEP_MILLIS_MAX = 5_000;

  private final String name;
  private final Kernel kernel;
  private final Limits limits;
  private final Census census;
  private final Arena arena;
  private final Serving<?, ?> serving;
  private final Slab slots = new Slab();
  private final Deadlines deadlines;
  private final RateLimitedLog log;
  private final Poller poller;
  private final Mailbox mailbox;

  private final LoopMetrics tally;
  private final CpuTime cpu = new CpuTime();

  /** Connections owned or on their way here. Raised by those who accept, lowered here. */
  private final AtomicInteger owned = new AtomicInteger();

  private final List<Listener> listeners = new ArrayList<>();

  /** Who gets the connections accepted here; null where they stay. */
  private @Nullable Balancer<Owner> owners;

  /** Loops that may still send connections here. */
  private int feeders;

  /** The processes that this loop started, if it did. */
  private @Nullable Front front;

  /** The way to the front that started this process, if one did. */
  private @Nullable Follower follower;

  /** Connections that wait for workers, where there are some. */
  private final @Nullable Crowd crowd;

  /** For what is sent and received on control sockets. */
  private final DescriptorMessage message;

  private final java.util.concurrent.Executor tasks = this::execute;
  private @Nullable Mail inbox;

  // Two lists for each, so that what is added while one is gone through waits for the next turn.
  private List<Connection<?, ?>> yielded = new ArrayList<>();
  private List<Connection<?, ?>> resuming = new ArrayList<>();
  private List<Connection<?, ?>> dirty = new ArrayList<>();
  private List<Connection<?, ?>> flushing = new ArrayList<>();

  private boolean draining;

  /** Where backends connect. */
  private @Nullable Listener greeter;

  /** Whether the backends are to be told to drain. */
  private boolean frontDrains;

  private volatile boolean retired;
  private final CompletableFuture<Void> unlistened = new CompletableFuture<>();

  /** Whether the front is to be told, and what it sends received, since a connection has closed. */
  private boolean descriptorFreed;

  private boolean ownerFreed;
  private int ready;
  private int work;

  /** The turn since the last epoll_wait(2), while somebody records turns. */
  private @Nullable TurnEvent turnEvent;

  private long now;
  private long epochSeconds;
  private long epochRead;

  /**
   * Makes a loop.
   *
   * @param name name of its thread
   * @param kernel kernel, the loop's alone from now on
   * @param service what is served
   * @param executors who runs the handler where the loop itself does not; empty where it does
   * @param limits what bounds it
   * @param timeouts lengths of its deadlines
   * @param census counts the connections of its process
   * @param tls makes the server's side of TLS for a connection; empty where none is secured
   * @throws io.quintet.ffi.LinuxException if the kernel refuses; nothing is left open then
   */
  public Loop(
      String name,
      Kernel kernel,
      Service<?, ?> service,
      Optional<Placement> executors,
      Limits limits,
      Timeouts timeouts,
      Census census,
      Optional<Function<Peer, SSLEngine>> tls) {
    super(MACHINE);
    this.name = name;
    this.kernel = kernel;
    this.limits = limits;
    this.census = census;
    this.arena = Arena.ofShared();
    Balancer<Executor> balancer = executors.map(Placement::balancer).orElse(null);
    this.serving = new Serving<>(service, balancer, limits, tls.orElse(null), arena);
    this.crowd =
        balancer == null ? null : new Crowd(this, executors.orElseThrow().room(), balancer);
    this.deadlines = new Deadlines(timeouts.nanos());
    this.log = new RateLimitedLog(name, kernel);
    this.message = new DescriptorMessage(arena, Follower.numbers(service.codec().replyKinds()));
    this.now = kernel.nanoTime();
    this.tally = new LoopMetrics(service.codec().replyKinds());
    this.epochRead = now - EPOCH_AGE_NANOS;
    Waker made = Waker.open(name, kernel, arena);
    this.poller = made.poller();
    this.mailbox = made.mailbox();
    slots.take(mailbox);
  }

  /**
   * Takes a listener over, before the first turn.
   *
   * @param fd listening socket, the loop's from now on
   * @param shared whether other loops wait for the same socket
   * @param inherited whether another process has the socket too, or had it before
   * @return 0, or the negated error number; the descriptor is then the caller's again
   */
  public int listen(int fd, boolean shared, boolean inherited) {
    Listener listener = new Listener(this, shared, true, this::place);
    if (inherited) {
      listener.inherit();
    }
    return listen(fd, listener);
  }

  private int listen(int fd, Listener listener) {
    int kept = listener.keepReserve();
    int result = kept < 0 ? kept : listener.open(fd);
    if (result == 0) {
      listeners.add(listener);
      if (listener.isShared()) {
        census.shares(listener);
      }
    } else {
      listener.giveUpReserve();
    }
    return result;
  }

  /**
   * Sends the connections accepted here to other loops, from before the first turn of any.
   *
   * @param loops who will own them
   * @param policy how one is chosen
   */
  public void placeOn(List<Loop> loops, String policy) {
    owners = new Balancer<>(policy, List.<Owner>copyOf(loops), Integer.MAX_VALUE, 1);
    loops.forEach(owner -> owner.feeders++);
  }

  /**
   * Starts other processes and looks after them. Before the first turn.
   *
   * @param count how many, at least 1
   * @param policy how one is chosen for each connection accepted here; {@code self} where they
   *     accept themselves
   * @param spawner starts one
   * @param control listening unix socket to which they connect, the loop's from now on
   * @return complete when each of them has connected once
   */
  public CompletableFuture<Void> front(int count, String policy, Spawner spawner, int control) {
    boolean places = !policy.equals(Topology.SELF);
    Front started = new Front(this, count, spawner, places);
    Listener greets = new Listener(this, false, false, started::greet);
    int result = listen(control, greets);
    LinuxException.check(result, "epoll_ctl ADD of the control socket");
    greeter = greets;
    if (places) {
      List<Owner> processes = List.copyOf(started.backends());
      owners = new Balancer<>(policy, processes, Integer.MAX_VALUE, 1);
    }
    front = started;
    order(started::start);
    return started.allReady();
  }

  /**
   * Takes the connections that a front hands over. Before the first turn.
   *
   * @param control connected unix socket, the loop's from now on
   * @param drain begins the drain of this process, when the front says so or is gone
   * @return 0, or the negated error number; the descriptor is then the caller's again
   */
  public int follow(int control, Runnable drain) {
    Follower made = new Follower(this, drain);
    int result = made.open(control);
    if (result == 0) {
      follower = made;
    }
    return result;
  }

  /**
   * Has the process told to end when the one that started it has ended, also while a handler hangs
   * on this loop. Before the first turn.
   */
  public void endWithParent() {
    order(
        () -> { // on the loop's thread: the kernel remembers it for a thread, prctl(2)
          int result = kernel.endWithParent();
          if (result < 0) {
            report("prctl PR_SET_PDEATHSIG", -1, result);
          }
        });
  }

  /**
   * Gives the listeners of all loops of a server to another one that asks for them. Any thread.
   *
   * @param control listening unix socket on which it asks, the loop's from now on
   * @param offered name of that socket, which is removed when it has them
   * @param listening name of the listeners, which is left to the other server
   * @param loops loops of the server
   * @return complete when the other server serves
   */
  public CompletableFuture<Void> handOver(
      int control, SocketName offered, SocketName listening, List<Loop> loops) {
    Handover handover = new Handover(this, offered, listening, loops);
    Runnable begin =
        () -> {
          int result = listen(control, new Listener(this, false, false, handover::greet));
          if (result < 0) {
            report("epoll_ctl ADD of the takeover socket", control, result);
            kernel.close(control);
          }
        };
    if (!mailbox.post(new Order(begin))) {
      kernel.close(control);
    }
    return handover.done();
  }

  /** Descriptors of the listeners that accept clients, for another process. */
  CompletableFuture<List<Integer>> shareListeners() {
    return ask(
        () -> listeners.stream().filter(Listener::isForClients).map(Listener::share).toList(),
        List.of());
  }

  /**
   * Has a question answered on the loop's thread, or otherwise where it has stopped. Any thread.
   */
  private <T> CompletableFuture<T> ask(Supplier<T> question, T otherwise) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    if (!mailbox.post(new Order(() -> answer.complete(question.get())))) {
      answer.complete(otherwise);
    }
    return answer;
  }

  @Override
  public void count(ObjIntConsumer<String> to) {
    to.accept("owned", owned.get());
    to.accept("draining", draining ? 1 : 0);
    to.accept("feeders", feeders);
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
  public int load() {
    return owned.get();
  }

  @Override
  public void pin(int processor) {
    int result = kernel.pin(processor);
    if (result < 0) {
      report("sched_setaffinity", -1, result);
    }
  }

  @Override
  public String name() {
    return name;
  }

  /** Ends the loop once its connections have got their replies. Any thread. */
  public void drain() {
    mailbox.post(new Order(this::beginDrain));
  }

  /**
   * Has another loop accept from the last of this loop's listeners as well, so that the socket
   * stays open when this loop leaves it: a client may be in the middle of the handshake, and the
   * kernel resets it when nobody has the socket any more. Any thread.
   *
   * @param other the other loop, of the same server
   * @return 0 or the negated error number, once it does; -EBADF if there is no listener, or one of
   *     the loops has stopped
   */
  public CompletableFuture<Integer> shareListener(Loop other) {
    CompletableFuture<Integer> answer = new CompletableFuture<>();
    Runnable share =
        () -> {
          Listener last = lastListener();
          int fd = last == null ? -Linux.EBADF() : last.share();
          if (fd < 0) {
            answer.complete(fd);
            return;
          }
          if (!other.mailbox.post(new Bequest(other, fd, answer))) {
            kernel.close(fd);
            answer.complete(-Linux.EBADF());
          }
        };
    if (!mailbox.post(new Order(share))) {
      answer.complete(-Linux.EBADF());
    }
    return answer;
  }

  /** Leaves the last of its listeners to the loop with which it is shared. Any thread. */
  public void leaveListener() {
    order(
        () -> {
          Listener last = lastListener();
          if (last != null) {
            last.drain();
          }
        });
  }

  private @Nullable Listener lastListener() {
    return listeners.reversed().stream().filter(Listener::isForClients).findFirst().orElse(null);
  }

  /** A listening socket on its way to a loop that accepts from it too. */
  private static final class Bequest extends Mail {
    private final Loop heir;
    private final int fd;
    private final CompletableFuture<Integer> answer;

    Bequest(Loop heir, int fd, CompletableFuture<Integer> answer) {
      this.heir = heir;
      this.fd = fd;
      this.answer = answer;
    }

    @Override
    public void deliver() {
      int result = heir.listen(fd, false, true);
      if (result < 0) {
        heir.kernel.close(fd);
      } else if (heir.draining) {
        heir.leaveListener();
      }
      answer.complete(result);
    }

    @Override
    public void undelivered() {
      heir.kernel.close(fd);
      answer.complete(-Linux.EBADF());
    }
  }

  /**
   * Ends the loop once its connections have ended by themselves; it accepts no more, but loses none
   * that the kernel has queued for it. Any thread.
   *
   * @return complete when its listeners are closed
   */
  public CompletableFuture<Void> retire() {
    retired = true;
    mailbox.post(new Order(() -> List.copyOf(listeners).forEach(Listener::drain)));
    return unlistened;
  }

  /**
   * Whether it was told to retire. Any thread.
   *
   * @return whether it was
   */
  public boolean isRetired() {
    return retired;
  }

  /**
   * Sets an option of a listener, on the loop's thread. Any thread may call.
   *
   * @param <T> type of the value
   * @param option option
   * @param value value
   * @return 0 or the negated error number, once it is set; -EBADF if there is no listener
   */
  public <T> CompletableFuture<Integer> setOption(SocketOption<T> option, T value) {
    return ask(
        () ->
            listeners.isEmpty()
                ? -Linux.EBADF()
                : kernel.setOption(listeners.getFirst().fd(), option, value),
        -Linux.EBADF());
  }

  /**
   * What the connections of the loop have come through, on its thread. Any thread may ask.
   *
   * @return for each descriptor the last transitions; complete when the loop has answered, or empty
   *     if it has stopped
   */
  public CompletableFuture<Map<Integer, String>> explainConnections() {
    return ask(
        () -> {
          Map<Integer, String> all = new LinkedHashMap<>();
          for (int slot = 0; slot < slots.used(); slot++) {
            if (slots.at(slot) instanceof Connection<?, ?> connection) {
              all.put(connection.fd(), connection.explain());
            }
          }
          return Map.copyOf(all);
        },
        Map.of());
  }

  /** Ends the loop and the connections that are left. Any thread. */
  public void abort() {
    mailbox.post(new Order(this::abortAll));
  }

  /**
   * What the backends of a front have done so far. Any thread.
   *
   * @return immutable maps, one for each that has not stopped
   */
  public List<Map<String, Object>> backendStats() {
    return front == null ? List.of() : front.stats();
  }

  /**
   * What the backends of a front have counted so far, also those that have stopped. Any thread.
   *
   * @return the numbers; without connections that the front itself has counted
   */
  public Counts backendCounts() {
    return front == null ? Counts.none(serving.codec.replyKinds()) : front.counts();
  }

  /**
   * Has the backends of a front tell what they have counted. Any thread.
   *
   * @return complete when those that are expected to have told, or have ended
   */
  public CompletableFuture<Void> askBackends() {
    CompletableFuture<Void> answered = new CompletableFuture<>();
    Front asked = front;
    if (asked == null || !mailbox.post(new Order(() -> asked.ask(answered)))) {
      answered.complete(null);
    }
    return answered;
  }

  /**
   * What the loop has done so far. Any thread.
   *
   * @return an immutable map of numbers, and the thread's name
   */
  public Map<String, Object> stats() {
    Map<String, Object> stats = new LinkedHashMap<>();
    stats.put("thread", name);
    stats.put("open", (long) owned.get());
    stats.put("queuedBytes", queuedBytes());
    stats.putAll(counts().toMap());
    return Collections.unmodifiableMap(stats);
  }

  /**
   * What the loop has counted so far. Any thread.
   *
   * @return the numbers, but for those of its backends
   */
  public Counts counts() {
    return tally.counts();
  }

  /**
   * Bytes that wait to be decoded or sent. Any thread.
   *
   * @return memory that they take
   */
  public long queuedBytes() {
    return serving.chunks.lentBytes();
  }

  @Override
  public void begin() {
    cpu.begin(kernel);
  }

  @Override
  public CpuTime cpu() {
    return cpu;
  }

  @Override
  public void broke(Throwable bug) {
    log.bug(this, bug);
    leaveBackends();
    release();
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
    public void deliver() {
      order.run();
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
      try {
        task.run();
      } catch (RuntimeException | Error failure) {
        handlerFailed("a task of an owner", failure);
      }
    }

    @Override
    public void undelivered() {
      deliver();
    }
  }

  /** Who runs tasks of users on this loop's thread. */
  java.util.concurrent.Executor tasks() {
    return tasks;
  }

  private void execute(Runnable task) {
    if (!mailbox.post(new Task(task))) {
      throw new RejectedExecutionException(name + " has stopped");
    }
  }

  private void beginDrain() {
    draining = true;
    frontDrains = true;
    for (Listener listener : List.copyOf(listeners)) {
      if (listener != greeter) {
        listener.drain();
      }
    }
    drainFront();
    for (int slot = 0; slot < slots.used(); slot++) {
      if (slots.at(slot) instanceof Connection<?, ?> connection) {
        connection.drain();
      }
    }
  }

  /**
   * Its backends are told behind the last connection that they get. Until then others follow those
   * that end, since one may be needed for a connection that was accepted.
   */
  private void drainFront() {
    if (front != null && frontDrains && lastListener() == null) {
      frontDrains = false;
      if (listeners.contains(greeter)) {
        greeter.drain();
      }
      front.drain();
    }
  }

  private void abortAll() {
    draining = true;
    frontDrains = false;
    for (int slot = 0; slot < slots.used(); slot++) {
      if (slots.at(slot) instanceof Registration<?, ?> registration) {
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
    int budget = limits.mailBudget();
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
    boolean busy =
        inbox != null
            || !yielded.isEmpty()
            || !dirty.isEmpty()
            || descriptorFreed
            || mayAdmit()
            || isEmpty();
    int timeout = busy || !mailbox.doze() ? 0 : timeoutMillis();
    endTurnEvent();
    long before = now;
    int result = poller.await(timeout);
    mailbox.wake();
    now = kernel.nanoTime();
    forgive(now - before, timeout);
    if (timeout != 0) {
      tally.count(Number.WAKE_UPS);
    }
    ready = Math.max(result, 0);
    beginTurnEvent();
    if (result < 0 && Dispositions.of(Call.EPOLL_WAIT, result) != Disposition.RETRY) {
      report("epoll_wait", -1, result);
      return LoopEvent.FAILED;
    }
    return ready > 0 ? LoopEvent.EVENTS : LoopEvent.QUIET;
  }

  /**
   * No peer is late because the loop looks late: a handler may have held it up, or the machine
   * stood still.
   */
  private void forgive(long turnNanos, int timeout) {
    long excess = turnNanos - timeout * NANOS_A_MILLI - TURN_NANOS_MAX;
    if (timeout >= 0 && excess > 0) {
      deadlines.forgive(excess);
    }
  }

  private void beginTurnEvent() {
    if (TurnEvent.PROBE.isEnabled()) {
      TurnEvent event = new TurnEvent();
      event.loop = name;
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

  /** A deadline of one of its registrations has passed. */
  void deadlinePassed(Registration<?, ?> registration) {
    if (DeadlineEvent.PROBE.isEnabled()) {
      DeadlineEvent event = new DeadlineEvent();
      event.loop = name;
      event.where = registration.toString();
      event.commit();
    }
  }

  /** Rounded up, so that a deadline has passed when epoll_wait returns for it. */
  private int timeoutMillis() {
    long nanos = deadlines.nanosToNext(now);
    return nanos == Long.MAX_VALUE
        ? Poller.NO_TIMEOUT
        : (int) Math.min((nanos + NANOS_A_MILLI - 1) / NANOS_A_MILLI, SLEEP_MILLIS_MAX);
  }

  private LoopEvent dispatch() {
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
    List<Connection<?, ?>> due = yielded;
    yielded = resuming;
    resuming = due;
    for (int i = 0; i < due.size(); i++) {
      due.get(i).resume();
    }
    work += due.size();
    due.clear();
    if (mayAdmit()) {
      work += crowd.admit();
    }
    return LoopEvent.RESUMED;
  }

  private boolean mayAdmit() {
    return crowd != null && crowd.mayAdmit();
  }

  private LoopEvent flush() {
    List<Connection<?, ?>> due = dirty;
    dirty = flushing;
    flushing = due;
    for (int i = 0; i < due.size(); i++) {
      due.get(i).flushReady();
    }
    due.clear();
    timeAnswers();
    tally.turnEnded(kernel);
    if (follower != null) {
      follower.tell();
    }
    if (descriptorFreed) {
      descriptorFreed = false;
      if (follower != null) {
        follower.descriptorFreed();
      }
    }
    if (ownerFreed) {
      ownerFreed = false;
      for (int i = 0; i < listeners.size(); i++) {
        listeners.get(i).roomFreed();
      }
    }
    return isEmpty() ? LoopEvent.EMPTY : LoopEvent.FLUSHED;
  }

  private boolean isEmpty() {
    return (draining || retired)
        && feeders == 0
        && owned.get() == 0
        && listeners.isEmpty()
        && (follower == null || !follower.isFull())
        && (front == null || front.isEmpty());
  }

  private void leaveBackends() {
    if (front != null) {
      front.leave();
    }
  }

  private @Nullable LoopEvent fail() {
    leaveBackends();
    abortAll();
    return stop();
  }

  private @Nullable LoopEvent stop() {
    unlistened.complete(null);
    if (follower != null) {
      follower.close();
    }
    Mailbox.undelivered(inbox);
    mailbox.close(arena);
    poller.close();
    serving.chunks.close();
    arena.close();
    cpu.end(kernel);
    return null;
  }

  // What registrations ask of their loop.

  /** A connection on its way to the loop that will own it. */
  private static final class Handoff extends Mail {
    private final Loop owner;
    private final int fd;

    Handoff(Loop owner, int fd) {
      this.owner = owner;
      this.fd = fd;
    }

    @Override
    public void deliver() {
      if (SeededBug.LATE_COUNT.isOn()) {
        owner.owned.incrementAndGet();
      }
      owner.adopt(fd, true);
    }

    @Override
    public void undelivered() {
      owner.owned.decrementAndGet();
      owner.census.leaves(fd);
      owner.kernel.close(fd);
      owner.line().descriptorFreed();
    }
  }

  /** Gives an accepted socket to who will own it. */
  private ListenerEvent place(int fd) {
    Owner owner = owners == null ? this : owners.choose();
    if (owner == null) {
      return ListenerEvent.NOWHERE; // backends that are silent or not there yet
    }
    if (!census.admits(kernel, fd)) {
      refuse(fd);
      return ListenerEvent.PLACED;
    }
    if (!owner.take(fd, this)) {
      census.leaves(fd);
      return owner.mayTakeLater() ? ListenerEvent.NOWHERE : ListenerEvent.NOBODY;
    }
    accepted(fd);
    return ListenerEvent.PLACED;
  }

  private void accepted(int fd) {
    tally.count(Number.ACCEPTED);
    if (AcceptEvent.PROBE.isEnabled()) {
      AcceptEvent event = new AcceptEvent();
      event.loop = name;
      event.descriptor = fd;
      event.commit();
    }
  }

  /** Tells a connection that it is one too many, here, whoever would own it otherwise. */
  private void refuse(int fd) {
    accepted(fd);
    owned.incrementAndGet();
    adopt(fd, false);
  }

  @Override
  public boolean take(int fd, Loop from) {
    owned.incrementAndGet();
    if (from == this) {
      adopt(fd, true);
      return true;
    }
    if (SeededBug.LATE_COUNT.isOn()) {
      owned.decrementAndGet();
    }
    Interleaving.point();
    boolean posted = mailbox.post(new Handoff(this, fd));
    if (!posted) {
      owned.decrementAndGet();
    }
    return posted;
  }

  @Override
  public boolean mayTakeLater() {
    return false; // it takes all until it stops
  }

  @Override
  public void feederEnded() {
    order(() -> feeders--);
  }

  /** Some owner can take connections; listeners are told at the end of the turn. */
  void ownerHasRoom() {
    ownerFreed = true;
  }

  /** The front has handed a connection over. */
  void handed(int fd) {
    if (census.admits(kernel, fd)) {
      accepted(fd);
      take(fd, this);
    } else {
      refuse(fd);
    }
  }

  /** Has something done on the loop's thread. Any thread. */
  void order(Runnable what) {
    mailbox.post(new Order(what));
  }

  List<String> replyKinds() {
    return serving.codec.replyKinds();
  }

  DescriptorMessage message() {
    return message;
  }

  /** Makes a connection out of an accepted socket. */
  private void adopt(int fd, boolean counted) {
    Connection<?, ?> connection = new Connection<>(this, serving, counted);
    int result = connection.open(fd);
    if (result < 0) {
      report("epoll_ctl ADD", fd, result);
      leaves(fd, counted);
      kernel.close(fd);
      line().descriptorFreed();
      connectionEnded();
      return;
    }
    if (!counted) {
      connection.refuseExcess();
    } else if (draining) {
      connection.drain();
    }
  }

  /** A connection is about to close its descriptor. */
  void leaves(int fd, boolean counted) {
    if (counted) {
      census.leaves(fd);
    }
  }

  /** Connections of another process have ended, which this one has counted. */
  void ownerLost(long count) {
    census.leave((int) count);
  }

  void connectionClosed() {
    connectionEnded();
    descriptorFreed = follower != null;
  }

  private void connectionEnded() {
    Interleaving.point();
    owned.decrementAndGet();
    if (follower != null) {
      follower.connectionEnded();
    }
  }

  void listenerClosed(Listener closed) {
    listeners.remove(closed);
    drainFront();
    if (closed.isShared()) {
      census.sharesNoMore(closed);
    }
    if (listeners.isEmpty()) {
      unlistened.complete(null);
      if (owners != null) {
        owners.targets().forEach(Owner::feederEnded);
      }
    }
  }

  /** A connection's request waits for a worker. */
  void crowded(Connection<?, ?> connection) {
    Objects.requireNonNull(crowd, "only workers have no room").add(connection);
  }

  LoopMetrics tally() {
    return tally;
  }

  /** Before replies leave, so that one look at the clock counts for all that leave together. */
  void timeAnswers() {
    if (tally.hasUntimed()) {
      tally.took(kernel.nanoTime() - now);
    }
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
    tally.count(Number.FAILURES);
    log.failedCall(call, fd, result);
  }

  /** A request, or other work of a user's, has failed. */
  void handlerFailed(String what, Throwable failure) {
    tally.count(Number.FAILURES);
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
  void handlerFailedElsewhere(String what, Throwable failure) {
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

  /** One more connection is about to linger: too many, if none of the others gives way. */
  void lingers() {
    if (deadlines.count(Deadline.LINGER) >= limits.lingeringMax()
        && deadlines.first(Deadline.LINGER) instanceof Connection<?, ?> longest) {
      refused(Refusal.LINGERING);
      longest.giveWay();
    }
  }

  /** A listener pauses. */
  void paused(String call, int fd, long result) {
    tally.count(Number.PAUSES);
    if (PauseEvent.PROBE.isEnabled()) {
      PauseEvent event = new PauseEvent();
      event.loop = name;
      event.call = call;
      event.error = Errno.describe(result);
      event.commit();
    }
    report(call, fd, result);
  }

  /** Listeners of the process that wait for a descriptor. */
  DescriptorLine line() {
    return census.line();
  }

  /** A connection was accepted to be closed. */
  void shed(int fd) {
    tally.count(Number.ACCEPTED);
    refused(Refusal.SHED);
  }

  void refused(Refusal why) {
    refused(why, "");
  }

  /** Refuses a request that is known, or says what was wrong. */
  void refused(Refusal why, String request) {
    tally.refused(why);
    if (RefusalEvent.PROBE.isEnabled()) {
      RefusalEvent event = new RefusalEvent();
      event.loop = name;
      event.why = why.what();
      event.commit();
    }
    log.refused(why, request);
  }

  void broken(Registration<?, ?> registration, Throwable bug) {
    tally.count(Number.FAILURES);
    log.bug(registration + registration.atWork(), bug);
  }

  /** Whether a front hands it its connections. */
  boolean isFollower() {
    return follower != null;
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

  Slab slots() {
    return slots;
  }

  Poller poller() {
    return poller;
  }

  Deadlines deadlines() {
    return deadlines;
  }
}
