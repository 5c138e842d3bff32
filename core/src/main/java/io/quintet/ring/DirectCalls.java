package io.quintet.ring;

import io.quintet.ffi.Files;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.Memory;
import io.quintet.ffi.Sockets;
import io.quintet.ffi.linux.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Calls beside the ring, counted. One thread. */
final class DirectCalls {
  private final Sockets sockets;
  private final Files files;

  /** Two ints for getsockopt(2). */
  private final MemorySegment option = Arena.ofAuto().allocate(2 * Integer.BYTES, Integer.BYTES);

  private long made;

  DirectCalls() {
    LinuxCalls linux = LinuxCalls.open();
    this.sockets = linux.sockets();
    this.files = linux.files();
  }

  long made() {
    return made;
  }

  long recv(int fd, long buffer, long length, int flags) {
    made++;
    return sockets.recv(fd, buffer, length, flags);
  }

  long send(int fd, long address, long length, int flags) {
    made++;
    return sockets.send(fd, address, length, flags);
  }

  int accept4(int fd, int flags) {
    made++;
    return sockets.accept4(fd, flags);
  }

  int shutdown(int fd, int how) {
    made++;
    return sockets.shutdown(fd, how);
  }

  int close(int fd) {
    made++;
    return files.close(fd);
  }

  /** An option of SOL_SOCKET, or the negated error number. */
  int option(int fd, int name) {
    made++;
    long value = option.address();
    Memory.putInt(value + Integer.BYTES, Integer.BYTES);
    int result = sockets.getsockopt(fd, Linux.SOL_SOCKET(), name, value, value + Integer.BYTES);
    return result < 0 ? result : Memory.getInt(value);
  }
}
