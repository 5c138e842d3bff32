package io.quintet.takeover;

import io.quintet.control.ControlSocket;
import io.quintet.ffi.DescriptorMessage;
import io.quintet.ffi.Errno;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.linux.Linux;
import io.quintet.io.Poller;
import io.quintet.kernel.Dispositions;
import io.quintet.kernel.Dispositions.Call;
import io.quintet.kernel.Kernel;
import io.quintet.machine.MachineInstance;
import io.quintet.specs.Disposition;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The server before this one, which gives its listeners away and drains when this one serves: the
 * actions of {@code specs/machines/successor.json}. One thread, while a server starts.
 */
public final class TakeoverClient
    extends MachineInstance<TakeoverClient.Event, TakeoverClient.Action> implements AutoCloseable {
  enum Event {
    CONNECT,
    CONNECTED,
    NOBODY,
    REFUSED,
    WATCHED,
    WANT,
    ASKED,
    LISTENER,
    MORE,
    REPEATED,
    ALL,
    EMPTY,
    SERVES,
    TOLD,
    GONE,
    BUSY,
    STRANGE,
    DROPPED,
    WOULD_BLOCK,
    RETRY,
    READY,
    AGAIN,
    SILENT,
    END_OF_STREAM,
    BROKEN,
    THERE,
    CLOSE
  }

  enum Action {
    CONNECT,
    WATCH,
    ASK,
    RECEIVE,
    AWAIT,
    KEEP,
    TELL,
    DROP,
    LOOK,
    FORSAKE,
    FAIL,
    CLOSE
  }

  private static final Transitions<Event, Action> MACHINE =
      Transitions.of(Specs.machine("successor"), Event.class, Action.class);

  /** How long it may take for each message. What this server takes to start is not its time. */
  private static final long ANSWER_NANOS = 30_000_000_000L;

  /** How long it may take until it is asked once more. */
  private static final long AGAIN_NANOS = 100_000_000L;

  private static final long MILLI = 1_000_000L;
  private static final int NONE = -1;

  private final Kernel kernel;
  private final SocketAddress.UnixPath path;
  private final Arena arena = Arena.ofConfined();
  private final DescriptorMessage message = new DescriptorMessage(arena, 0);
  private int fd = NONE;
  private @Nullable Poller poller;

  /** Listeners that have come and are not the server's yet. */
  private final List<Integer> held = new ArrayList<>();

  /** Listeners that have not come yet. */
  private long left = Long.MAX_VALUE;

  /** When the time for an answer is over, and when it is asked for once more. */
  private long end;

  private long again;

  /** What came in place of an answer. */
  private String instead = "";

  private @Nullable RuntimeException failure;
  private long inode;

  private TakeoverClient(Kernel kernel, SocketAddress.UnixPath path) {
    super(MACHINE);
    this.kernel = kernel;
    this.path = path;
  }

  /**
   * Asks for a server.
   *
   * @param kernel kernel of the thread
   * @param path name of the unix socket on which it listens
   * @return the server; empty where none listens
   * @throws LinuxException if the kernel refuses, or the server does not accept
   */
  public static Optional<TakeoverClient> at(Kernel kernel, SocketAddress.UnixPath path) {
    TakeoverClient before = new TakeoverClient(kernel, path);
    before.go(Event.CONNECT);
    return before.isEnded() ? Optional.empty() : Optional.of(before);
  }

  /**
   * Takes its listeners.
   *
   * @return descriptors, this process's own from now on, at least one
   * @throws IllegalStateException if it takes more than 30 seconds for one, or gives none, or
   *     another server is taking over
   */
  public List<Integer> listeners() {
    go(Event.WANT);
    List<Integer> all = List.copyOf(held);
    held.clear();
    return all;
  }

  /**
   * Tells it that this server serves.
   *
   * @return inode of the name of its unix listener, which is this server's to remove from now on; 0
   *     where there is none, or it has gone before it could say so
   * @throws IllegalStateException if it does not answer within 30 seconds and serves on
   */
  public long relieve() {
    go(Event.SERVES);
    return inode;
  }

  @Override
  public void close() {
    if (!isEnded()) {
      run(Event.CLOSE);
    }
  }

  private void go(Event event) {
    begin();
    try {
      run(event);
    } catch (RuntimeException | Error e) {
      end();
      closeListeners();
      release();
      throw e;
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void begin() {
    end = kernel.nanoTime() + ANSWER_NANOS;
  }

  @Override
  protected @Nullable Event perform(Action action) {
    return switch (action) {
      case CONNECT -> connect();
      case WATCH -> watch();
      case ASK -> send(ControlSocket.Kind.WANTED, held.size(), Event.ASKED);
      case RECEIVE -> receive();
      case AWAIT -> await();
      case KEEP -> keep();
      case TELL -> send(ControlSocket.Kind.RELIEVED, 0, Event.TOLD);
      case DROP -> drop();
      case LOOK -> look();
      case FORSAKE -> {
        closeListeners();
        yield fail(ControlSocket.Kind.LISTENER);
      }
      case FAIL -> fail(ControlSocket.Kind.GONE);
      case CLOSE -> release();
    };
  }

  private int socket() {
    int type = Linux.SOCK_SEQPACKET() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    return kernel.socket(Linux.AF_UNIX(), type, 0);
  }

  private Event connect() {
    fd = socket();
    if (fd < 0) {
      return refused(fd, "socket", "");
    }
    int connected = kernel.connect(fd, path);
    if (connected == 0) {
      return Event.CONNECTED;
    }
    return switch (Dispositions.of(Call.CONNECT_TO_SERVER, connected)) {
      case CLOSE -> Event.NOBODY;
      case WOULD_BLOCK, RETRY, PAUSE, PAUSE_OR_SHED, FATAL ->
          refused(connected, "connect to " + path, "what listens there takes nobody over");
    };
  }

  private Event refused(int result, String call, String hint) {
    try {
      LinuxException.check(result, call, hint);
    } catch (LinuxException e) {
      failure = e;
    }
    return Event.REFUSED;
  }

  private Event watch() {
    try {
      Poller made = new Poller(kernel, arena);
      poller = made;
      int added = made.add(fd, Linux.EPOLLIN(), 0, 0);
      return added < 0
          ? refused(added, "epoll_ctl ADD of the socket to " + path, "")
          : Event.WATCHED;
    } catch (LinuxException e) {
      failure = e;
      return Event.REFUSED;
    }
  }

  /** Whether it goes or not: what was sent before the other end was closed may be here. */
  private Event send(ControlSocket.Kind kind, long value, Event sent) {
    long told = message.toSend(kind.ordinal(), value, DescriptorMessage.NO_DESCRIPTOR);
    kernel.sendmsg(fd, told, Linux.MSG_NOSIGNAL());
    again = Math.min(end, kernel.nanoTime() + AGAIN_NANOS);
    return sent;
  }

  private Event receive() {
    long result = kernel.recvmsg(fd, message.toReceive(), Linux.MSG_CMSG_CLOEXEC());
    if (result > 0) {
      return said();
    } else if (result == 0) {
      instead = "it closed the connection";
      return Event.END_OF_STREAM;
    }
    return switch (Dispositions.of(Call.RECVMSG, result)) {
      case WOULD_BLOCK -> Event.WOULD_BLOCK;
      case RETRY -> Event.RETRY;
      case PAUSE, PAUSE_OR_SHED, CLOSE, FATAL -> {
        instead = "recvmsg failed with " + Errno.describe(result);
        yield Event.BROKEN;
      }
    };
  }

  private Event said() {
    if (message.kind() == ControlSocket.Kind.LISTENER.ordinal()) {
      return Event.LISTENER;
    }
    drop(); // nothing else carries one
    if (message.kind() == ControlSocket.Kind.GONE.ordinal()) {
      inode = message.value();
      return Event.GONE;
    } else if (message.kind() == ControlSocket.Kind.BUSY.ordinal()) {
      instead = "it said that another server takes over";
      return Event.BUSY;
    }
    instead = "it sent something else";
    return Event.STRANGE;
  }

  private Event await() {
    long now = kernel.nanoTime();
    long leftMillis = (again - now) / MILLI;
    if (leftMillis <= 0) {
      instead = "it sent nothing for 30 s";
      return now - end < 0 ? Event.AGAIN : Event.SILENT;
    }
    int ready = poller.await((int) leftMillis);
    if (ready < 0 && Dispositions.of(Call.EPOLL_WAIT, ready) != Disposition.RETRY) {
      instead = "epoll_wait failed with " + Errno.describe(ready);
      return Event.BROKEN;
    }
    return Event.READY;
  }

  private Event keep() {
    if (message.value() >= left) {
      drop();
      return Event.REPEATED;
    } else if (message.descriptor() == DescriptorMessage.NO_DESCRIPTOR) {
      failure = new IllegalStateException("no descriptor is left for the listeners of " + path);
      return Event.EMPTY;
    }
    held.add(message.descriptor());
    left = message.value();
    begin();
    return left > 0 ? Event.MORE : Event.ALL;
  }

  private Event drop() {
    if (message.descriptor() != DescriptorMessage.NO_DESCRIPTOR) {
      kernel.close(message.descriptor());
    }
    return Event.DROPPED;
  }

  /**
   * From here on it cannot answer any more: who has not removed its name by now serves on, whatever
   * it finds on the connection.
   */
  private Event look() {
    kernel.close(fd);
    fd = NONE;
    int probe = socket();
    if (probe < 0) {
      return Event.NOBODY;
    }
    int connected = kernel.connect(probe, path);
    kernel.close(probe);
    if (connected == 0) {
      return Event.THERE;
    }
    return switch (Dispositions.of(Call.CONNECT_TO_SERVER, connected)) {
      case WOULD_BLOCK -> Event.THERE;
      case RETRY, PAUSE, PAUSE_OR_SHED, CLOSE, FATAL -> Event.NOBODY;
    };
  }

  private void closeListeners() {
    held.forEach(kernel::close);
    held.clear();
  }

  private @Nullable Event fail(ControlSocket.Kind answer) {
    if (failure == null) {
      failure =
          new IllegalStateException(
              "the server at "
                  + path
                  + " did not hand over: in place of "
                  + answer
                  + " "
                  + instead);
    }
    return null;
  }

  private @Nullable Event release() {
    if (poller != null) {
      poller.close();
    }
    if (fd >= 0) {
      kernel.close(fd);
    }
    arena.close();
    return null;
  }
}
