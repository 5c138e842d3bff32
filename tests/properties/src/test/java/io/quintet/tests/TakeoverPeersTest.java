package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Line;
import io.quintet.ffi.DescriptorMessage;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.linux.Linux;
import io.quintet.specs.Drawing;
import io.quintet.specs.Specs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A takeover whose other side dies, comes beside another one, or says what it may not. */
class TakeoverPeersTest {
  // What the two servers say to each other.
  private static final int LISTENER = 5;
  private static final int RELIEVED = 6;
  private static final int WANTED = 8;
  private static final int BUSY = 9;

  private final LinuxCalls linux = LinuxCalls.open();

  @TempDir private Path folder;

  private SocketAddress.UnixPath offer() {
    return new SocketAddress.UnixPath(folder.resolve("offer").toString());
  }

  private ServerBuilder lines() {
    return Quintet.server(Line.codec(), line -> line).option("takeover", offer().path());
  }

  private static void requireAnswered(Server server) throws IOException {
    try (Client client = new Client(server.port())) {
      assertEquals("a", client.send("a\n").receiveLine());
    }
  }

  /** A server that connects to the one that is there. */
  private final class Peer implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();
    private final DescriptorMessage message = new DescriptorMessage(arena, 0);
    private final LinuxCalls own;
    private final int fd;

    Peer() {
      this(
          LinuxCalls.open(),
          LinuxException.check(
              LinuxCalls.open()
                  .sockets()
                  .socket(Linux.AF_UNIX(), Linux.SOCK_SEQPACKET() | Linux.SOCK_CLOEXEC(), 0),
              "socket"));
      LinuxException.check(own.sockets().connect(fd, offer()), "connect");
    }

    /** One that has been accepted; the calling thread's. */
    Peer(LinuxCalls own, int fd) {
      this.own = own;
      this.fd = fd;
    }

    void send(int kind, long value, int descriptor) {
      long told = message.toSend(kind, value, descriptor);
      assertTrue(own.sockets().sendmsg(fd, told, Linux.MSG_NOSIGNAL()) > 0);
    }

    /** The kind of the next message; a descriptor with it is closed. */
    int receive() {
      assertTrue(own.sockets().recvmsg(fd, message.toReceive(), 0) > 0);
      if (message.descriptor() != DescriptorMessage.NO_DESCRIPTOR) {
        own.files().close(message.descriptor());
      }
      return (int) message.kind();
    }

    @Override
    public void close() {
      own.files().close(fd);
      arena.close();
    }
  }

  @Test
  void aServerServesOnWhenTheOneBeforeItDiesBeforeItAnswers() throws Exception {
    int listener = socket(Linux.AF_INET(), Linux.SOCK_STREAM());
    LinuxException.check(
        linux.sockets().bind(listener, new SocketAddress.Inet4(0x7f000001, 0)), "bind");
    LinuxException.check(linux.sockets().listen(listener, 8), "listen");
    int offering = socket(Linux.AF_UNIX(), Linux.SOCK_SEQPACKET());
    LinuxException.check(linux.sockets().bind(offering, offer()), "bind");
    LinuxException.check(linux.sockets().listen(offering, 8), "listen");
    List<Integer> said = new ArrayList<>();
    Thread before =
        Thread.startVirtualThread(
            () -> {
              LinuxCalls own = LinuxCalls.open();
              int fd = own.sockets().accept4(offering, Linux.SOCK_CLOEXEC());
              try (Peer peer = new Peer(own, fd)) {
                said.add(peer.receive());
                peer.send(LISTENER, 0, listener);
                int next = peer.receive();
                while (next == WANTED) {
                  next = peer.receive(); // it was asked for twice
                }
                said.add(next);
                own.files().close(listener);
                own.files().close(offering);
              }
            });
    long recorded = Recorded.replayed("successor");
    try (Server server = lines().start()) {
      before.join();
      assertEquals(List.of(WANTED, RELIEVED), said);
      assertTrue(server.isReady());
      requireAnswered(server);
      assertTrue(Files.exists(Path.of(offer().path())), "it can be followed itself");
    }
    assertTrue(Recorded.replayed("successor") - recorded >= 10);
  }

  private int socket(int family, int type) {
    return LinuxException.check(
        linux.sockets().socket(family, type | Linux.SOCK_CLOEXEC(), 0), "socket");
  }

  @Test
  void oneServerTakesOverAtATime() throws Exception {
    try (Server server = lines().start()) {
      Peer first = new Peer();
      first.send(WANTED, 0, DescriptorMessage.NO_DESCRIPTOR);
      assertEquals(LISTENER, first.receive());
      IllegalStateException refused =
          assertThrows(IllegalStateException.class, () -> lines().start().close());
      assertEquals(
          "the server at unix:"
              + offer().path()
              + " did not hand over: in place of LISTENER it said that another server takes over",
          refused.getMessage());
      first.close();
      try (Server next = follower()) {
        Await.until(() -> !server.isReady(), "the first has been told");
        requireAnswered(next);
      }
    }
  }

  /** The one that has gone is noticed some time later. */
  private Server follower() {
    List<Server> started = new ArrayList<>();
    Await.until(
        () -> {
          try {
            return started.add(lines().start());
          } catch (IllegalStateException busy) {
            return false;
          }
        },
        "a server may follow");
    return started.getFirst();
  }

  @Test
  void whoHasTakenNothingRelievesNobody() throws Exception {
    long recorded = Recorded.replayed("predecessor");
    try (Server server = lines().start()) {
      try (Peer peer = new Peer()) {
        peer.send(RELIEVED, 0, DescriptorMessage.NO_DESCRIPTOR);
        assertEquals(BUSY, peer.receive());
        peer.send(WANTED, 0, DescriptorMessage.NO_DESCRIPTOR);
        assertEquals(BUSY, peer.receive());
      }
      assertTrue(server.isReady());
      requireAnswered(server);
      try (Server next = follower()) {
        Await.until(() -> !server.isReady(), "the first has been told");
        requireAnswered(next);
      }
    }
    assertTrue(Recorded.replayed("predecessor") - recorded >= 8);
  }

  @Test
  void thePageDrawsBothMachines() throws IOException {
    List<String> drawn =
        Document.of("core/docs/takeover.md").blocks().stream()
            .filter(block -> block.language().equals("mermaid"))
            .map(block -> block.code())
            .toList();
    assertEquals(
        List.of(
            Drawing.mermaid(Specs.machine("successor")),
            Drawing.mermaid(Specs.machine("predecessor"))),
        drawn);
  }
}
