package io.quintet.takeover;

import io.quintet.control.ControlSocket;
import io.quintet.ffi.DescriptorMessage;
import io.quintet.ffi.Errno;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The server before this one, which gives its listeners away and drains when this one serves. One
 * thread, while a server starts.
 */
public final class TakeoverClient implements AutoCloseable {
  /** How long it may take for each message. What this server takes to start is not its time. */
  private static final long ANSWER_NANOS = 30_000_000_000L;

  private static final long PAUSE_NANOS = 1_000_000L;

  private final Kernel kernel;
  private final SocketAddress.UnixPath path;
  private final int fd;
  private final Arena arena = Arena.ofConfined();
  private final DescriptorMessage message = new DescriptorMessage(arena, 0);

  private TakeoverClient(Kernel kernel, SocketAddress.UnixPath path, int fd) {
    this.kernel = kernel;
    this.path = path;
    this.fd = fd;
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
    do {
      receive(ControlSocket.Kind.LISTENER);
      if (message.descriptor() == DescriptorMessage.NO_DESCRIPTOR) {
        throw new IllegalStateException("no descriptor is left for the listeners of " + path);
      }
      all.add(message.descriptor());
    } while (message.value() > 0);
    return all;
  }

  /**
   * Tells it that this server serves.
   *
   * @return inode of the name of its unix listener, which is this server's to remove from now on; 0
   *     where there is none
   * @throws IllegalStateException if it does not answer within 30 seconds
   */
  public long relieve() {
    long told =
        message.toSend(ControlSocket.Kind.RELIEVED.ordinal(), 0, DescriptorMessage.NO_DESCRIPTOR);
    LinuxException.check(
        (int) kernel.sendmsg(fd, told, Linux.MSG_NOSIGNAL()), "sendmsg to " + path);
    receive(ControlSocket.Kind.GONE);
    return message.value();
  }

  private void receive(ControlSocket.Kind kind) {
    long end = kernel.nanoTime() + ANSWER_NANOS;
    long result;
    while (isEarly(result = kernel.recvmsg(fd, message.toReceive(), Linux.MSG_CMSG_CLOEXEC()))
        && kernel.nanoTime() - end < 0) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    if (result > 0 && message.kind() == kind.ordinal()) {
      return;
    }
    throw new IllegalStateException(
        "the server at "
            + path
            + " did not hand over: in place of "
            + kind
            + " "
            + instead(result));
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
    return result == -Linux.EAGAIN() || result == -Linux.EINTR();
  }

  @Override
  public void close() {
    kernel.close(fd);
    arena.close();
  }
}
