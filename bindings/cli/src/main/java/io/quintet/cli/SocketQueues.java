package io.quintet.cli;

import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.Memory;
import io.quintet.ffi.linux.Linux;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the kernel queues before accept4(2), as sock_diag(7) tells it: half-open connections, and
 * for each listener the connections that wait and how many may. One thread.
 */
final class SocketQueues implements AutoCloseable {
  private static final int AF_NETLINK = 16;
  private static final int NETLINK_SOCK_DIAG = 4;
  private static final short SOCK_DIAG_BY_FAMILY = 20;
  private static final short NLM_F_REQUEST = 1;
  private static final short NLM_F_DUMP = 0x300;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_SYN_RECV = 3;
  private static final int TCP_LISTEN = 10;
  private static final int HEADER_BYTES = 16;
  private static final int REQUEST_BYTES = HEADER_BYTES + 56;
  private static final int BUFFER_BYTES = 64 << 10;

  /**
   * Queues of the listeners on a port.
   *
   * @param halfOpen clients' ports whose handshake is not complete
   * @param accepts for each listener how many wait to be accepted, and how many may
   */
  record Queues(List<Integer> halfOpen, List<int[]> accepts) {
    Queues() {
      this(new ArrayList<>(), new ArrayList<>());
    }
  }

  private final LinuxCalls calls = LinuxCalls.open();
  private final Arena arena = Arena.ofShared();
  private final long buffer = arena.allocate(BUFFER_BYTES, Long.BYTES).address();
  private final int fd;

  SocketQueues() {
    int type = Linux.SOCK_DGRAM() | Linux.SOCK_CLOEXEC();
    fd =
        LinuxException.check(
            calls.sockets().socket(AF_NETLINK, type, NETLINK_SOCK_DIAG), "socket AF_NETLINK");
  }

  /** The queues of all IPv4 listeners, by port. */
  Map<Integer, Queues> read() {
    for (int i = 0; i < REQUEST_BYTES; i += Long.BYTES) {
      Memory.putLong(buffer + i, 0);
    }
    Memory.putInt(buffer, REQUEST_BYTES);
    Memory.putShort(buffer + 4, SOCK_DIAG_BY_FAMILY);
    Memory.putShort(buffer + 6, (short) (NLM_F_REQUEST | NLM_F_DUMP));
    Memory.putByte(buffer + HEADER_BYTES, (byte) Linux.AF_INET());
    Memory.putByte(buffer + HEADER_BYTES + 1, (byte) IPPROTO_TCP);
    Memory.putInt(buffer + HEADER_BYTES + 4, 1 << TCP_SYN_RECV | 1 << TCP_LISTEN);
    LinuxException.check(calls.sockets().send(fd, buffer, REQUEST_BYTES, 0), "send sock_diag");
    Map<Integer, Queues> found = new TreeMap<>();
    while (isToBeContinued(found)) {
      // a dump comes in several messages
    }
    return found;
  }

  private boolean isToBeContinued(Map<Integer, Queues> found) {
    long length =
        LinuxException.check(calls.sockets().recv(fd, buffer, BUFFER_BYTES, 0), "recv sock_diag");
    for (long at = 0; at + HEADER_BYTES <= length; ) {
      int size = Memory.getInt(buffer + at);
      if (Memory.getShort(buffer + at + 4) != SOCK_DIAG_BY_FAMILY) {
        return false; // NLMSG_DONE, or an error
      }
      add(found, buffer + at + HEADER_BYTES);
      at += size + 3 & ~3;
    }
    return length > 0;
  }

  /** Reads a struct inet_diag_msg. */
  private static void add(Map<Integer, Queues> found, long message) {
    int state = Memory.getByte(message + 1);
    Queues queues = found.computeIfAbsent(port(message + 4), _ -> new Queues());
    if (state == TCP_LISTEN) {
      queues.accepts.add(new int[] {Memory.getInt(message + 56), Memory.getInt(message + 60)});
    } else if (state == TCP_SYN_RECV) {
      queues.halfOpen.add(port(message + 6));
    }
  }

  /** In the network's order. */
  private static int port(long address) {
    return (Memory.getByte(address) & 0xff) << 8 | Memory.getByte(address + 1) & 0xff;
  }

  @Override
  public void close() {
    calls.files().close(fd);
    arena.close();
  }
}
