package io.quintet.loop;

import io.quintet.ffi.DescriptorMessage;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A backend process as its front sees it: the actions of {@code specs/machines/backend.json}. The
 * front's thread alone, but for {@link #stats}.
 */
final class Backend extends Registration<Backend.Event, Backend.Action>
    implements Owner, Control.User {
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
  private static final Rests<Event> RESTS = new Rests<>(MACHINE, Event.class);

  /** Units of the longest backoff. */
  private static final int BACKOFF_MAX = 64;

  private final Front front;
  private final int number;
  private final Spawner spawner;
  private @Nullable Process process;
  private @Nullable Control control;
  private boolean admitted;

  /** Connections handed over that have not ended. */
  private final Counter open = new Counter();

  private final Counter accepted = new Counter();
  private final Counter requests = new Counter();
  private final Counter starts = new Counter();
  private volatile long pid;
  private volatile String stateName = MACHINE.name(MACHINE.initial());

  private int backoff = 1;
  private int units;

  Backend(Loop loop, Front front, int number, Spawner spawner) {
    super(loop, MACHINE);
    this.front = front;
    this.number = number;
    this.spawner = spawner;
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
  void connected(Control socket) {
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
  public boolean take(int fd, Loop from) {
    Control socket = Objects.requireNonNull(control, "one that is admitted is connected");
    long result = socket.send(Control.Kind.CONNECTION, 0, fd);
    if (result < 0) {
      return false; // its queue is full, or it has just ended
    }
    open.add(1);
    accepted.add(1);
    from.kernel().close(fd);
    return true;
  }

  @Override
  public void feederEnded() {
    // the front tells backends to drain behind the last connection
  }

  // As a user of its control socket.

  @Override
  public void message(Control.Kind kind, long value, int descriptor) {
    switch (kind) {
      case ANSWER -> {
        requests.add(value - requests.get());
        fire(Event.ANSWER);
      }
      case ENDED -> {
        open.add(-value);
        loop.ownerLost(value);
        loop.ownerHasRoom();
        fire(Event.ANSWER); // a sign of life as good as any
      }
      case CONNECTION, DRAIN, PING, LISTENER, RELIEVED, GONE ->
          throw new IllegalStateException("a backend does not send " + kind);
    }
  }

  /** The end of the process follows, or has been noticed. */
  @Override
  public void parted() {
    control = null;
    admitted = false;
  }

  // Actions.

  @Override
  Rests<Event> rests() {
    return RESTS;
  }

  @Override
  void settle() {
    stateName = MACHINE.name(state());
  }

  @Override
  @Nullable Event perform(Action action) {
    return switch (action) {
      case SPAWN -> spawn();
      case COUNT_DOWN -> --units > 0 ? Event.AGAIN : Event.DUE;
      case ADMIT -> {
        admitted = true;
        loop.ownerHasRoom();
        front.ready();
        yield null;
      }
      case EXCLUDE -> {
        admitted = false;
        loop.report("heartbeat of backend " + number, -1, -Linux.ETIMEDOUT());
        send(Control.Kind.PING); // the first may have found the socket full
        yield null;
      }
      case PING -> {
        send(Control.Kind.PING);
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
      fire(Event.EXITED);
    }
  }

  /** Gives a negated error number if it was not taken. */
  private long send(Control.Kind kind) {
    return control == null
        ? -Linux.ENOTCONN()
        : control.send(kind, 0, DescriptorMessage.NO_DESCRIPTOR);
  }

  private Event tell() {
    long result = send(Control.Kind.DRAIN);
    if (result >= 0) {
      return Event.TOLD;
    }
    return switch (Dispositions.of(Call.SENDMSG, result)) {
      case WOULD_BLOCK, RETRY, PAUSE, SHED -> Event.UNTOLD;
      case CLOSE, FATAL -> {
        forget(); // who is still there sees the socket's end, and drains as its front is gone
        yield Event.TOLD;
      }
    };
  }

  private void lose() {
    admitted = false;
    forget();
    requests.add(-requests.get());
    units = backoff;
    backoff = Math.min(2 * backoff, BACKOFF_MAX);
  }

  /** Nothing is heard of its connections any more. */
  private void forget() {
    loop.ownerLost(open.get());
    open.add(-open.get());
    closeControl();
  }

  private void closeControl() {
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
  void abort() {
    fire(Event.ABORT);
  }

  @Override
  void destroy() {
    stateName = MACHINE.name(MACHINE.end());
    closeControl();
    release();
    front.stopped(this);
  }

  @Override
  void restedInDrain() {
    // it is told when the listener is closed
  }

  @Override
  void readable() {
    throw new IllegalStateException("a backend has no descriptor");
  }

  @Override
  void writable() {
    throw new IllegalStateException("a backend has no descriptor");
  }

  @Override
  void hungUp() {
    throw new IllegalStateException("a backend has no descriptor");
  }

  Map<String, Object> stats() {
    Map<String, Object> stats = new LinkedHashMap<>();
    stats.put("thread", "quintet-backend-" + number);
    stats.put("process", pid);
    stats.put("state", stateName);
    stats.put("starts", starts.get());
    stats.put("accepted", accepted.get());
    stats.put("open", open.get());
    stats.put("requests", requests.get());
    return Map.copyOf(stats);
  }
}
