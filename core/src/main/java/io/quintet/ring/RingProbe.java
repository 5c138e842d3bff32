package io.quintet.ring;

import io.quintet.ffi.Events;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.Memory;
import io.quintet.ffi.linux.Linux;
import java.lang.foreign.Arena;

/** Finds out whether rings can be had here, by sending a byte each way through one. Any thread. */
public final class RingProbe {
  private static final int PATIENCE_MILLIS = 1000;

  private RingProbe() {}

  /** Why there is no ring that serves, in a part of a sentence; empty if there is one. */
  public static String problem() {
    RingSockets ring;
    try {
      ring = RingSockets.open(Integer.MAX_VALUE);
    } catch (LinuxException e) {
      return why(e);
    } catch (UnsupportedOperationException e) {
      return String.valueOf(e.getMessage());
    }
    try (Arena arena = Arena.ofConfined()) {
      return serves(ring, arena) ? "" : "its ring receives nothing, which Linux 6.1 and later do";
    } finally {
      ring.end();
    }
  }

  private static String why(LinuxException refused) {
    int errno = refused.errno();
    String reason = "it is refused";
    if (errno == Linux.ENOSYS()) {
      reason = "this kernel, or the sandbox, has no io_uring";
    } else if (errno == Linux.EPERM()) {
      reason = "kernel.io_uring_disabled or the container's seccomp filter forbids it";
    } else if (errno == Linux.EINVAL()) {
      reason = "it is older than Linux 6.1";
    } else if (errno == Linux.ENOMEM()) {
      reason = "RLIMIT_MEMLOCK or the memory is used up";
    }
    return refused.getMessage() + ": " + reason;
  }

  private static boolean serves(RingSockets ring, Arena arena) {
    LinuxCalls linux = LinuxCalls.open();
    long memory = arena.allocate(64, 8).address();
    int type = Linux.SOCK_STREAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    if (linux.sockets().socketpair(Linux.AF_UNIX(), type, 0, memory) < 0) {
      return false;
    }
    int near = Memory.getInt(memory);
    int far = Memory.getInt(memory + Integer.BYTES);
    Memory.putInt(memory, Linux.EPOLLIN());
    Memory.putLong(memory + Events.DATA_OFFSET, 0);
    boolean serves =
        ring.control(Linux.EPOLL_CTL_ADD(), near, memory) == 0
            && ring.await(memory, 1, 0) == 0
            && linux.sockets().send(far, memory, 1, Linux.MSG_NOSIGNAL()) == 1
            && ring.await(memory, 1, PATIENCE_MILLIS) == 1
            && ring.receive(near, memory, 2, 0) == 1
            && ring.send(near, memory, 1, Linux.MSG_NOSIGNAL()) == 1
            && ring.await(memory, 1, 0) == 0
            && linux.sockets().recv(far, memory, 2, 0) == 1;
    ring.close(near);
    linux.files().close(far);
    return serves;
  }
}
