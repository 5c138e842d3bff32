package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import io.quintet.ffi.Files;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.Memory;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.Sockets;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ForwardingWorld;
import io.quintet.kernel.World;
import io.quintet.testkit.Sizes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Descriptors that a service manager passes to a process, LISTEN_FDS. */
class PassedDescriptorsTest {
  private final Sockets sockets = LinuxCalls.open().sockets();
  private final Files files = LinuxCalls.open().files();
  private final Arena arena = Arena.ofAuto();

  @TempDir private Path folder;

  /** A world that passes them. */
  private static final class Passing extends ForwardingWorld {
    private final List<Integer> listeners;

    Passing(List<Integer> listeners) {
      super(World.linux());
      this.listeners = listeners;
    }

    @Override
    public List<Integer> listeners() {
      return listeners;
    }
  }

  private int socket(int domain, int type) {
    return LinuxException.check(sockets.socket(domain, type | Linux.SOCK_CLOEXEC(), 0), "socket");
  }

  private int listening(SocketAddress address) {
    int fd = socket(address.family(), Linux.SOCK_STREAM());
    LinuxException.check(sockets.bind(fd, address), "bind");
    LinuxException.check(sockets.listen(fd, 8), "listen");
    return fd;
  }

  private int tcpListener() {
    return listening(SocketAddress.inet("127.0.0.1", 0));
  }

  private int made(String what) throws IOException {
    return switch (what) {
      case "a UDP socket" -> socket(Linux.AF_INET(), Linux.SOCK_DGRAM());
      case "a UDP socket of IPv6" -> socket(Linux.AF_INET6(), Linux.SOCK_DGRAM());
      case "a TCP socket that does not listen" -> socket(Linux.AF_INET(), Linux.SOCK_STREAM());
      case "a unix socket that does not listen" -> socket(Linux.AF_UNIX(), Linux.SOCK_STREAM());
      case "a socket of AF_UNIX and SOCK_DGRAM" -> socket(Linux.AF_UNIX(), Linux.SOCK_DGRAM());
      case "a socket of AF_UNIX and SOCK_SEQPACKET" ->
          socket(Linux.AF_UNIX(), Linux.SOCK_SEQPACKET());
      case "a pipe" -> {
        long fds = arena.allocate(8, 4).address();
        LinuxException.check(files.pipe2(fds, Linux.O_CLOEXEC()), "pipe2");
        files.close(Memory.getInt(fds + 4));
        yield Memory.getInt(fds);
      }
      case "a regular file" -> opened(java.nio.file.Files.createFile(folder.resolve("file")));
      case "a directory" -> opened(folder);
      case "a device" -> opened(Path.of("/dev/null"));
      case "an anonymous file, such as an eventfd(2)" ->
          LinuxCalls.open().events().eventfd(0, Linux.EFD_CLOEXEC());
      case "not open" -> 987_654;
      default -> throw new IllegalArgumentException(what);
    };
  }

  private int opened(Path path) {
    long name = arena.allocateFrom(path.toString()).address();
    return LinuxException.check(files.open(name, Linux.O_CLOEXEC(), 0), "open");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a UDP socket",
        "a UDP socket of IPv6",
        "a TCP socket that does not listen",
        "a unix socket that does not listen",
        "a socket of AF_UNIX and SOCK_DGRAM",
        "a socket of AF_UNIX and SOCK_SEQPACKET",
        "a pipe",
        "a regular file",
        "a directory",
        "a device",
        "an anonymous file, such as an eventfd(2)",
        "not open"
      })
  void whatIsNoListenerEndsTheStartInOneSentence(String what) throws IOException {
    int fd = made(what);
    int good = tcpListener();
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Quintet.server(Line.codec(), line -> line)
                    .in(new Passing(List.of(good, fd)))
                    .start());
    assertEquals(
        "descriptor "
            + fd
            + " of LISTEN_FDS is "
            + what.replace(" of IPv6", "")
            + "; valid are sockets that listen, of TCP or unix streams",
        e.getMessage());
    assertEquals(-Linux.EBADF(), files.close(good), "nothing is left open");
    assertEquals(-Linux.EBADF(), files.close(fd));
  }

  @ParameterizedTest
  @EnumSource(value = Pattern.class, mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void listenersOfSeveralKindsAreServedTogether(Pattern pattern) throws IOException {
    Path path = folder.resolve("socket");
    List<Integer> all = new ArrayList<>(List.of(tcpListener()));
    if (pattern != Pattern.REUSEPORT) {
      all.add(listening(new SocketAddress.UnixPath(path.toString())));
    }
    all.add(listening(SocketAddress.inet("::1", 0)));
    int second = Integer.parseInt(sockets.name(all.getLast()).toString().replace("[::1]:", ""));
    try (Server server =
            Quintet.server(Line.codec(), line -> line)
                .pattern(pattern)
                .options(Sizes.of(pattern.id(), 1))
                .in(io.quintet.InProcess.in(new Passing(List.copyOf(all))))
                .start();
        Client client = new Client(server.port())) {
      assertEquals("a", client.send("a\n").receiveLine());
      if (pattern != Pattern.REUSEPORT) {
        assertTrue(isAnswered(SocketChannel.open(UnixDomainSocketAddress.of(path))));
      }
      assertTrue(isAnswered(SocketChannel.open(new java.net.InetSocketAddress("::1", second))));
    }
  }

  @Test
  void aClientOfIpv4IsOnePeerAtSocketsOfBothFamilies() throws IOException {
    int four = tcpListener();
    int both = listening(SocketAddress.inet("::", 0));
    int second = Integer.parseInt(sockets.name(both).toString().replace("[::]:", ""));
    try (Server server =
            Quintet.server(Line.codec(), line -> line)
                .option("peerConnectionsMax", 1)
                .in(io.quintet.InProcess.in(new Passing(List.of(four, both))))
                .start();
        Client client = new Client(server.port())) {
      assertEquals("a", client.send("a\n").receiveLine());
      try (Client other = new Client(second)) {
        assertTrue(other.receiveAllText().contains("too many connections"));
      }
      assertTrue(isAnswered(SocketChannel.open(new java.net.InetSocketAddress("::1", second))));
    }
  }

  private static boolean isAnswered(SocketChannel channel) throws IOException {
    try (channel) {
      channel.write(ByteBuffer.wrap("a\n".getBytes()));
      return channel.read(ByteBuffer.allocate(2)) > 0;
    }
  }
}
