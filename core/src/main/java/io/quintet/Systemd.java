package io.quintet;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.LockSupport;

/** What a service manager wants to hear from a process, sd_notify(3). */
final class Systemd {
  /** How long a manager whose queue is full is waited for. */
  private static final long PATIENCE_NANOS = 1_000_000_000L;

  private static final long PAUSE_NANOS = 1_000_000L;

  private Systemd() {}

  /**
   * Tells the manager, if there is one; whether it heard is its own affair.
   *
   * @param name NOTIFY_SOCKET, empty for none
   */
  static void tell(Kernel kernel, String name, String state) {
    if (name.isEmpty() || name.getBytes(UTF_8).length > SocketAddress.UNIX_PATH_MAX) {
      return;
    }
    SocketAddress manager =
        name.startsWith("@")
            ? new SocketAddress.UnixAbstract(name.substring(1))
            : new SocketAddress.UnixPath(name);
    int type = Linux.SOCK_DGRAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    int fd = kernel.socket(Linux.AF_UNIX(), type, 0);
    if (fd < 0) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      if (kernel.connect(fd, manager) == 0) {
        send(kernel, fd, arena.allocateFrom(ValueLayout.JAVA_BYTE, state.getBytes(UTF_8)));
      }
    } finally {
      kernel.close(fd);
    }
  }

  private static void send(Kernel kernel, int fd, MemorySegment text) {
    long end = kernel.nanoTime() + PATIENCE_NANOS;
    while (kernel.send(fd, text.address(), text.byteSize(), Linux.MSG_NOSIGNAL()) == -Linux.EAGAIN()
        && kernel.nanoTime() - end < 0) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
