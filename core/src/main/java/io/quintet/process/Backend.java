package io.quintet.process;

import io.quintet.accept.Acceptor;
import io.quintet.accept.ConnectionOwner;
import io.quintet.control.ControlSocket;
import io.quintet.ffi.DescriptorMessage;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.metrics.Counter;
import io.quintet.metrics.Counts;
import io.quintet.metrics.Counts.Number;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Registration;
import io.quintet.reactor.StateTable;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import io.quintet.trace.Counted;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A backend process as its front sees it: the actions of {@code specs/machines/backend.json}. The
 * front's thread alone, but for {@link #stats}.
 */
public final class Backend extends Registration<Backend.Event, Backend.Action>
    implements ConnectionOwner, ControlSocket.User, Counted {
  enum Event {
    START,
    READY,
    ANSWER,
    EXITED,
    DRAIN,
    ABORT,
    AFTER_STARTUP,
    AFTER_HEARTBEAT,
    AFTER_SILENCE,
    AFTER_HANG,
    AFTER_BACKOFF,
    SPAWNED,
    SPAWN_FAILED,
    AGAIN,
    DUE,
    TOLD,
    UNTOLD
  }

  enum Action {
    SPAWN,
    ADMIT,
    EXCLUDE,
    PING,
    SETTLE,
    LOSE,
    COUNT_DOWN,
    TELL,
    KILL,
    RETIRE
  }

  private static final Transitions<Event, Action> MACHINE =
      Transitions.of(Specs.machine("backend"), Event.class, Action.class);
  private static final StateTable<Event> RESTS = new StateTable<>(MACHINE, Event.class);

  /** Units of the longest backoff. */
  private static final int BACKOFF_MAX = 64;

  /** Questions after which nothing more is asked before an answer has come. */
  private static final int UNANSWERED_MAX = 4;

  private final Acceptor acceptor;
  private final Front front;
  private final int number;
  private final Spawner spawner;
  private @Nullable Process process;
  private @Nullable ControlSocket control;
  private boolean admitted;

  /** Connections handed over that have not ended. */
  private final Counter open = new Counter();

  private final Counter accepted = new Counter();
  private final Counter starts = new Counter();

  /** Whether connections are placed on it, or it accepts by itself. */
  private final boolean places;

  /** What it has told. */
  private final BackendCounts told;

  /** Questions that it has not answered, the oldest first. */
  private final Deque<Unanswered> unanswered = new ArrayDeque<>();

  private long questions;
  private volatile long pid;
  private volatile String stateName = MACHINE.name(MACHINE.initial());

  private int backoff = 1;
  private int units;

  Backend(
      LoopContext loop,
      Acceptor acceptor,
      Front front,
      int number,
      Spawner spawner,
      boolean places,
      List<String> replyKinds) {
    super(loop, MACHINE);
    this.acceptor = acceptor;
    this.places = places;
    this.told = new BackendCounts(replyKinds);
    this.front = front;
    this.number = number;
    this.spawner = spawner;
  }

  @Override
  public void count(ObjIntConsumer<String> to) {
    to.accept("number", number);
    to.accept("admitted", admitted ? 1 : 0);
  }

  void start() {
    openWithout();
    fire(Event.START);
  }

  /** Whether a process is this backend's and has not connected. */
  boolean isProcess(int id) {
    return process != null && process.pid() == id && control == null;
  }

  /** The process has connected. */
  void connected(ControlSocket socket) {
    control = socket;
    socket.use(this);
    fire(Event.READY);
  }

  // As an owner of connections.

  @Override
  public int load() {
    return admitted ? (int) open.get() : Integer.MAX_VALUE;
  }

  @Override
  public boolean take(int fd, LoopContext from) {
    ControlSocket socket = Objects.requireNonNull(control, "one that is admitted is connected");
    long result = socket.send(ControlSocket.Kind.CONNECTION, 0, fd);
    if (result < 0) {
      return false; // its queue is full, or it has just ended
    }
    open.add(1);
    accepted.add(1);
    from.kernel().close(fd);
    return true;
  }

  /** Its queue may have been full; and another process follows one that has ended. */
  @Override
  public boolean mayTakeLater() {
    return true;
  }

  @Override
  public void feederEnded() {
    // the front tells backends to drain behind the last connection
  }

  // As a user of its control socket.

  @Override
  public void message(ControlSocket.Kind kind, long value, int descriptor) {
    switch (kind) {
      case ANSWER -> {
        told.add(Objects.requireNonNull(control, "who answers is connected").numbers());
        while (!unanswered.isEmpty() && unanswered.getFirst().number <= value) {
          unanswered.removeFirst().question.answered();
        }
        fire(Event.ANSWER);
      }
      case ENDED -> {
        open.add(-value);
        acceptor.ownerLost(value);
        acceptor.ownerHasRoom();
        fire(Event.ANSWER); // a sign of life as good as any
      }
      case CONNECTION, DRAIN, PING, LISTENER, RELIEVED, GONE, WANTED, BUSY ->
          throw new IllegalStateException("a backend does not send " + kind);
    }
  }

  /** The end of the process follows, or has been noticed. */
  @Override
  public void parted() {
    control = null;
    admitted = false;
    giveUpQuestions();
  }

  /**
   * A question and the number by which it is answered.
   *
   * @param number counted from 1 for each process
   * @param question who waits for the answer
   */
  private record Unanswered(long number, Front.Question question) {}

  /** Has it tell what it has counted, unless it does not answer. */
  void ask(Front.Question question) {
    if (control == null || unanswered.size() == UNANSWERED_MAX) {
      return;
    }
    if (send(ControlSocket.Kind.PING, ++questions) >= 0) {
      unanswered.add(new Unanswered(questions, question));
      question.asked();
    }
  }

  private void giveUpQuestions() {
    unanswered.forEach(each -> each.question.answered());
    unanswered.clear();
  }

  // Actions.

  @Override
  protected StateTable<Event> rests() {
    return RESTS;
  }

  @Override
  protected void settle() {
    stateName = MACHINE.name(state());
  }

  @Override
  protected @Nullable Event perform(Action action) {
    return switch (action) {
      case SPAWN -> spawn();
      case COUNT_DOWN -> --units > 0 ? Event.AGAIN : Event.DUE;
      case ADMIT -> {
        admitted = true;
        acceptor.ownerHasRoom();
        front.ready();
        yield null;
      }
      case EXCLUDE -> {
        admitted = false;
        loop.report("heartbeat of backend " + number, -1, -Linux.ETIMEDOUT());
        send(ControlSocket.Kind.PING, 0); // the first may have found the socket full
        yield null;
      }
      case PING -> {
        send(ControlSocket.Kind.PING, 0);
        yield null;
      }
      case SETTLE -> {
        backoff = 1;
        yield null;
      }
      case LOSE -> {
        lose();
        yield null;
      }
      case TELL -> {
        admitted = false;
        yield tell();
      }
      case KILL -> {
        admitted = false;
        if (process != null) {
          process.destroyForcibly();
        }
        yield null;
      }
      case RETIRE -> {
        destroy();
        yield null;
      }
    };
  }

  private Event spawn() {
    starts.add(1);
    try {
      Process started = spawner.spawn(number);
      process = started;
      pid = started.pid();
      started.onExit().thenRun(() -> loop.order(() -> exited(started)));
      return Event.SPAWNED;
    } catch (IOException e) {
      loop.handlerFailed("the start of backend " + number, e);
      return Event.SPAWN_FAILED;
    }
  }

  private void exited(Process ended) {
    if (process == ended && !isEnded()) {
      process = null;
      if (control != null && !control.isEnded()) {
        control.readable(); // what it has said last
      }
      fire(Event.EXITED);
    }
  }

  /** Gives a negated error number if it was not taken. */
  private long send(ControlSocket.Kind kind, long value) {
    return control == null
        ? -Linux.ENOTCONN()
        : control.send(kind, value, DescriptorMessage.NO_DESCRIPTOR);
  }

  private Event tell() {
    long result = send(ControlSocket.Kind.DRAIN, 0);
    if (result >= 0) {
      return Event.TOLD;
    }
    return switch (Dispositions.of(Call.SENDMSG, result)) {
      case WOULD_BLOCK, RETRY, PAUSE, PAUSE_OR_SHED -> Event.UNTOLD;
      case CLOSE, FATAL -> {
        forget(); // who is still there sees the socket's end, and drains as its front is gone
        yield Event.TOLD;
      }
    };
  }

  private void lose() {
    admitted = false;
    forget();
    told.ended();
    units = backoff;
    backoff = Math.min(2 * backoff, BACKOFF_MAX);
  }

  /** Nothing is heard of its connections any more. */
  private void forget() {
    acceptor.ownerLost(open.get());
    open.add(-open.get());
    closeControl();
  }

  private void closeControl() {
    giveUpQuestions();
    if (control != null) {
      control.use(null);
      if (!control.isEnded()) {
        control.abort();
      }
      control = null;
    }
  }

  void drain() {
    fire(Event.DRAIN);
  }

  @Override
  public void abort() {
    fire(Event.ABORT);
  }

  @Override
  protected void destroy() {
    stateName = MACHINE.name(MACHINE.end());
    closeControl();
    release();
    front.stopped(this);
  }

  @Override
  protected void restedInDrain() {
    // it is told when the listener is closed
  }

  @Override
  protected void readable() {
    throw new IllegalStateException("a backend has no descriptor");
  }

  @Override
  protected void writable() {
    throw new IllegalStateException("a backend has no descriptor");
  }

  @Override
  protected void hungUp() {
    throw new IllegalStateException("a backend has no descriptor");
  }

  Map<String, Object> stats() {
    Map<String, Object> stats = new LinkedHashMap<>();
    stats.put("thread", "quintet-backend-" + number);
    stats.put("process", pid);
    stats.put("state", stateName);
    stats.put("starts", starts.get());
    stats.put("open", places ? open.get() : told.open());
    stats.put("queuedBytes", told.queuedBytes());
    stats.put("cpuNanos", told.cpuNanos());
    stats.putAll(told.counts().toMap());
    if (places) {
      stats.put("accepted", accepted.get());
    }
    return Collections.unmodifiableMap(stats);
  }

  /** What it has counted and the front has not. Any thread. */
  Counts counts() {
    return places ? told.counts().with(Number.ACCEPTED, 0) : told.counts();
  }
}
