package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.Memory;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.Sockets;
import io.quintet.ffi.linux.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A service manager that listens itself, starts the server for it, and is told how it fares. */
@OwnProcesses
class ServiceManagerTest {
  /** socket(2); bits/socket_type.h. */
  private static final int SOCK_DGRAM = 2;

  /** Listens, and becomes the program that follows it on its command line, sd_listen_fds(3). */
  private static final String MANAGER =
      """
      import os, socket, sys
      s = socket.create_server(('127.0.0.1', 0))
      u = socket.socket(socket.AF_UNIX)
      u.bind(sys.argv[2])
      u.listen()
      os.dup2(u.fileno(), 10)
      os.dup2(s.fileno(), 3)
      os.dup2(10, 4)
      os.set_inheritable(3, True)
      os.set_inheritable(4, True)
      os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='2', NOTIFY_SOCKET=sys.argv[1])
      os.execv(sys.argv[3], sys.argv[3:])
      """;

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(value = io.quintet.Pattern.class, mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void itsSocketsAreServedAndItIsToldAndTheyAreLeftToIt(io.quintet.Pattern pattern)
      throws Exception {
    Command.needs("python3");
    Path path = folder.resolve("notify");
    Path unix = folder.resolve("unix");
    Sockets sockets = LinuxCalls.open().sockets();
    int notified = sockets.socket(Linux.AF_UNIX(), SOCK_DGRAM | Linux.SOCK_CLOEXEC(), 0);
    try (Arena arena = Arena.ofShared()) {
      assertEquals(0, sockets.bind(notified, new SocketAddress.UnixPath(path.toString())));
      List<String> manager = List.of("python3", "-c", MANAGER, path.toString(), unix.toString());
      // One TCP listener was passed, so there is one loop that listens.
      List<String> arguments = Command.Serving.arguments(pattern, 1);
      arguments.addAll(List.of("--admin", "0"));
      try (Command.Serving serving =
          Command.Serving.under(manager, arguments.toArray(String[]::new))) {
        assertEquals("READY=1", receive(notified, arena));
        try (Client client = new Client(serving.port)) {
          client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
          assertEquals("HTTP/1.1 200 OK|Hello, World!", client.receiveResponse());
        }
        assertEquals("HTTP/1.1 200 OK", status(unix));
        int admin = URI.create(serving.admin).getPort();
        assertNotEquals(serving.port, admin, "the second server of the process has its own");
        try (Client client = new Client(admin)) {
          client.send("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
          assertEquals("HTTP/1.1 200 OK|ready\n", client.receiveResponse());
        }
        assertEquals(0, serving.end("TERM").exit());
        assertEquals("STOPPING=1", receive(notified, arena));
      }
      assertTrue(Files.exists(unix), "it is the manager's");
    } finally {
      LinuxCalls.open().files().close(notified);
    }
  }

  private static String status(Path unix) throws IOException {
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(unix))) {
      client.write(ByteBuffer.wrap("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes()));
      ByteBuffer head = ByteBuffer.allocate("HTTP/1.1 200 OK".length());
      while (head.hasRemaining() && client.read(head) >= 0) {
        // more of it
      }
      return new String(head.array(), StandardCharsets.US_ASCII);
    }
  }

  private static String receive(int fd, Arena arena) throws Exception {
    CompletableFuture<String> told =
        CompletableFuture.supplyAsync(
            () -> {
              long address = arena.allocate(256).address();
              long length = LinuxCalls.open().sockets().recv(fd, address, 256, 0);
              byte[] text = new byte[(int) length];
              Memory.copy(address, text, 0, text.length);
              return new String(text, StandardCharsets.UTF_8).strip();
            });
    return told.get(30, TimeUnit.SECONDS);
  }
}
