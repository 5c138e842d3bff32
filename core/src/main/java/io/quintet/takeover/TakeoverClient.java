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
import io.quintet.specs.Disposition;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The server before this one, which gives its listeners away and drains when this one serves. One
 * thread, while a server starts.
 */
public final class TakeoverClient implements AutoCloseable {
  /** How long it may take for each message. What this server takes to start is not its time. */
  private static final long ANSWER_NANOS = 30_000_000_000L;

  /** How long it may take until it is asked once more. */
  private static final long AGAIN_NANOS = 100_000_000L;

  private static final long MILLI = 1_000_000L;

  private final Kernel kernel;
  private final SocketAddress.UnixPath path;
  private final int fd;
  private final Arena arena = Arena.ofConfined();
  private final DescriptorMessage message = new DescriptorMessage(arena, 0);
  private final Poller poller;

  /** Listeners that have not come yet. */
  private long left = Long.MAX_VALUE;

  private TakeoverClient(Kernel kernel, SocketAddress.UnixPath path, int fd) {
    this.kernel = kernel;
    this.path = path;
    this.fd = fd;
    try {
      poller = new Poller(kernel, arena);
    } catch (LinuxException e) {
      release();
      throw e;
    }
    int added = poller.add(fd, Linux.EPOLLIN(), 0, 0);
    if (added < 0) {
      close();
      LinuxException.check(added, "epoll_ctl ADD of the socket to " + path);
    }
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
    int type = Linux.SOCK_SEQPACKET() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    int fd = LinuxException.check(kernel.socket(Linux.AF_UNIX(), type, 0), "socket");
    int connected = kernel.connect(fd, path);
    if (connected < 0) {
      kernel.close(fd);
      boolean nobody = connected == -Linux.ENOENT() || connected == -Errno.ECONNREFUSED.number();
      LinuxException.check(
          nobody ? 0 : connected, "connect to " + path, "what listens there takes nobody over");
      return Optional.empty();
    }
    return Optional.of(new TakeoverClient(kernel, path, fd));
  }

  /**
   * Takes its listeners.
   *
   * @return descriptors, this process's own from now on, at least one
   * @throws IllegalStateException if it takes more than 30 seconds for one, or gives none
   */
  public List<Integer> listeners() {
    List<Integer> all = new ArrayList<>();
    try {
      do {
        ask(ControlSocket.Kind.WANTED, all.size(), ControlSocket.Kind.LISTENER);
        if (message.descriptor() == DescriptorMessage.NO_DESCRIPTOR) {
          throw new IllegalStateException("no descriptor is left for the listeners of " + path);
        }
        all.add(message.descriptor());
        left = message.value();
      } while (left > 0);
      return all;
    } catch (RuntimeException e) {
      all.forEach(kernel::close);
      throw e;
    }
  }

  /**
   * Tells it that this server serves.
   *
   * @return inode of the name of its unix listener, which is this server's to remove from now on; 0
   *     where there is none
   * @throws IllegalStateException if it does not answer within 30 seconds
   */
  public long relieve() {
    ask(ControlSocket.Kind.RELIEVED, 0, ControlSocket.Kind.GONE);
    return message.value();
  }

  /** Asks until it is answered, since what either of the two sends may not go at once. */
  private void ask(ControlSocket.Kind question, long value, ControlSocket.Kind answer) {
    long end = kernel.nanoTime() + ANSWER_NANOS;
    long result;
    do {
      long told = message.toSend(question.ordinal(), value, DescriptorMessage.NO_DESCRIPTOR);
      kernel.sendmsg(fd, told, Linux.MSG_NOSIGNAL()); // what it sent before it ended may be here
      long until = Math.min(end, kernel.nanoTime() + AGAIN_NANOS);
      while ((result = receive(until)) > 0 && isRepeated(answer)) {
        if (message.descriptor() != DescriptorMessage.NO_DESCRIPTOR) {
          kernel.close(message.descriptor());
        }
      }
    } while (isEarly(result) && kernel.nanoTime() - end < 0);
    if (result > 0 && message.kind() == answer.ordinal()) {
      return;
    }
    throw new IllegalStateException(
        "the server at "
            + path
            + " did not hand over: in place of "
            + answer
            + " "
            + instead(result));
  }

  /** Whether a listener has come that is here already, since it was asked for twice. */
  private boolean isRepeated(ControlSocket.Kind answer) {
    return message.kind() == ControlSocket.Kind.LISTENER.ordinal()
        && (answer != ControlSocket.Kind.LISTENER || message.value() >= left);
  }

  /** The next message, or what recvmsg(2) gave last where none comes until then. */
  private long receive(long until) {
    while (true) {
      long result = kernel.recvmsg(fd, message.toReceive(), Linux.MSG_CMSG_CLOEXEC());
      boolean again = result < 0 && Dispositions.of(Call.RECVMSG, result) == Disposition.RETRY;
      if (again) {
        continue;
      }
      long leftMillis = (until - kernel.nanoTime()) / MILLI;
      if (!isEarly(result) || leftMillis <= 0) {
        return result;
      }
      int ready = poller.await((int) leftMillis);
      if (ready < 0 && Dispositions.of(Call.EPOLL_WAIT, ready) != Disposition.RETRY) {
        LinuxException.check(ready, "epoll_wait for " + path);
      }
    }
  }

  private static String instead(long result) {
    if (result > 0) {
      return "it sent something else";
    } else if (result == 0) {
      return "it closed the connection";
    } else if (isEarly(result)) {
      return "it sent nothing for 30 s";
    }
    return "recvmsg failed with " + Errno.describe(result);
  }

  private static boolean isEarly(long result) {
    return result < 0 && Dispositions.of(Call.RECVMSG, result) == Disposition.WOULD_BLOCK;
  }

  @Override
  public void close() {
    poller.close();
    release();
  }

  private void release() {
    kernel.close(fd);
    arena.close();
  }
}
