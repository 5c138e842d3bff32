package io.quintet.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.ffi.Events;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.Memory;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.Sockets;
import io.quintet.ffi.linux.Linux;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** A ring's buffers come back, whatever becomes of the connections that had them. */
class RingBuffersTest {
  private static final int CONNECTIONS = 40;
  private static final int BYTES = 40_000;
  private static final int EVENTS = 64;
  private static final int DESCRIPTORS = 1024;
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  /** What becomes of a connection whose bytes have come. */
  private enum Fate {
    READ,
    UNREAD,
    NOT_WAITED_FOR,
    ANSWERED
  }

  private final LinuxCalls linux = LinuxCalls.open();
  private final Sockets sockets = linux.sockets();

  @Test
  void noneIsLeftBehindConnectionsThatHaveEnded() throws Exception {
    List<Socket> clients = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      long memory = arena.allocate(BYTES, Long.BYTES).address();
      RingSockets ring = ring();
      int listener = listener();
      int most = 0;
      for (int i = 0; i < CONNECTIONS; i++) {
        int port = ((SocketAddress.Inet4) sockets.name(listener)).port();
        Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
        clients.add(client);
        int fd = accepted(listener);
        assertEquals(
            0, ring.control(Linux.EPOLL_CTL_ADD(), fd, event(memory, Linux.EPOLLIN(), fd)));
        client.getOutputStream().write(new byte[BYTES]);
        int before = ring.held();
        until(ring, memory, () -> ring.held() > before);
        most = Math.max(most, ring.held());
        end(ring, fd, memory, Fate.values()[i % Fate.values().length]);
      }
      assertTrue(most > 0, "no buffer was ever held");
      until(ring, memory, () -> ring.held() == 0);
      assertEquals(0, ring.end());
      assertEquals(0, linux.files().close(listener));
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  private RingSockets ring() {
    try {
      return RingSockets.open(DESCRIPTORS);
    } catch (LinuxException e) {
      assumeTrue(false, "skipped: " + e.getMessage());
      throw e;
    }
  }

  private int listener() {
    int type = Linux.SOCK_STREAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    int fd = sockets.socket(Linux.AF_INET(), type, 0);
    assertEquals(0, sockets.bind(fd, new SocketAddress.Inet4(0x7f000001, 0)));
    assertEquals(0, sockets.listen(fd, CONNECTIONS));
    return fd;
  }

  private int accepted(int listener) {
    int fd;
    long end = System.nanoTime() + PATIENCE_NANOS;
    do {
      fd = sockets.accept4(listener, Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC());
    } while (fd == -Linux.EAGAIN() && System.nanoTime() - end < 0);
    assertTrue(fd >= 0, "accept4 gave " + fd);
    return fd;
  }

  private static long event(long memory, int interest, int fd) {
    Memory.putInt(memory, interest);
    Memory.putLong(memory + Events.DATA_OFFSET, fd);
    return memory;
  }

  private static void until(RingSockets ring, long memory, BooleanSupplier holds) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!holds.getAsBoolean()) {
      assertTrue(System.nanoTime() - end < 0, ring.held() + " buffers are held");
      assertTrue(ring.await(memory, EVENTS, 1) >= 0);
    }
  }

  private static void end(RingSockets ring, int fd, long memory, Fate fate) {
    switch (fate) {
      case READ -> {
        long read = 0;
        while (read < BYTES) {
          read += Math.max(ring.receive(fd, memory, BYTES, 0), 0);
          assertTrue(ring.await(memory, EVENTS, 1) >= 0);
        }
      }
      case UNREAD -> {}
      case NOT_WAITED_FOR -> {
        assertEquals(0, ring.control(Linux.EPOLL_CTL_MOD(), fd, event(memory, 0, fd)));
        assertTrue(ring.await(memory, EVENTS, 1) >= 0);
      }
      case ANSWERED -> assertEquals(100, ring.send(fd, memory, 100, Linux.MSG_NOSIGNAL()));
    }
    assertEquals(0, ring.close(fd));
  }
}
