package io.quintet;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a service manager passes to a process and wants to hear from it, sd_listen_fds(3) and
 * sd_notify(3).
 */
final class Systemd {
  /** SD_LISTEN_FDS_START. */
  private static final int FIRST = 3;

  /** socket(2); bits/socket_type.h. */
  private static final int SOCK_DGRAM = 2;

  private Systemd() {}

  /** Sockets that this process was started with. */
  static List<Integer> listeners(Map<String, String> environment, long process) {
    String whose = environment.getOrDefault("LISTEN_PID", "");
    String count = environment.getOrDefault("LISTEN_FDS", "");
    if (!whose.equals(Long.toString(process)) || !count.matches("[1-9][0-9]{0,3}")) {
      return List.of();
    }
    return IntStream.range(FIRST, FIRST + Integer.parseInt(count)).boxed().toList();
  }

  /** Tells the manager, if there is one that wants to know; whether it heard is its own affair. */
  static void tell(Kernel kernel, Map<String, String> environment, String state) {
    String name = environment.getOrDefault("NOTIFY_SOCKET", "");
    if (name.isEmpty()) {
      return;
    }
    SocketAddress manager =
        name.startsWith("@")
            ? new SocketAddress.UnixAbstract(name.substring(1))
            : new SocketAddress.UnixPath(name);
    int fd = kernel.socket(Linux.AF_UNIX(), SOCK_DGRAM | Linux.SOCK_CLOEXEC(), 0);
    try (Arena arena = Arena.ofConfined()) {
      if (fd >= 0 && kernel.connect(fd, manager) == 0) {
        MemorySegment text = arena.allocateFrom(ValueLayout.JAVA_BYTE, state.getBytes(UTF_8));
        kernel.send(fd, text.address(), text.byteSize(), Linux.MSG_NOSIGNAL());
      }
    } finally {
      if (fd >= 0) {
        kernel.close(fd);
      }
    }
  }
}
