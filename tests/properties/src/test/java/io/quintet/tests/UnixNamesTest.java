package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
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
import io.quintet.kernel.ForwardingWorld;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import io.quintet.testkit.Sizes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Names of unix sockets in the file system: a server removes those that it made, makes way where
 * nobody answers, and leaves all else alone.
 */
class UnixNamesTest {
  private static final Duration SOON = Duration.ofSeconds(8);

  /** What a server sends to the one that follows it. */
  private static final int LISTENER = 5;

  /** What the one that follows asks for. */
  private static final int WANTED = 8;

  private final LinuxCalls linux = LinuxCalls.open();

  @TempDir private Path folder;

  private Path name() {
    return folder.resolve("name");
  }

  private static ServerBuilder lines() {
    return Quintet.server(Line.codec(), line -> line);
  }

  /** A server whose listener, or whose offer to be taken over, has a name. */
  private static ServerBuilder named(String option, Path path) {
    return lines().option(option, option.equals("host") ? "unix:" + path : path.toString());
  }

  private static boolean isAnswered(Path path) {
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      client.write(ByteBuffer.wrap("a\n".getBytes()));
      return client.read(ByteBuffer.allocate(2)) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static Object inode(Path path) throws IOException {
    return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
  }

  private int socket(int type) {
    int fd = linux.sockets().socket(Linux.AF_UNIX(), type | Linux.SOCK_CLOEXEC(), 0);
    return LinuxException.check(fd, "socket");
  }

  /** A bound socket, that listens where its type can. */
  private int bound(int type, Path path, int backlog) {
    int fd = socket(type);
    int bound = linux.sockets().bind(fd, new SocketAddress.UnixPath(path.toString()));
    LinuxException.check(bound, "bind");
    if (type != Linux.SOCK_DGRAM()) {
      LinuxException.check(linux.sockets().listen(fd, backlog), "listen");
    }
    return fd;
  }

  private void make(String kind) throws Exception {
    Path other = folder.resolve("other");
    switch (kind) {
      case "a regular file" -> Files.writeString(name(), "precious");
      case "a directory" -> Files.createDirectory(name());
      case "a pipe" -> assertEquals(0, Command.run("mkfifo", name().toString()).exit());
      case "a symbolic link" -> {
        Files.writeString(other, "precious");
        Files.createSymbolicLink(name(), other);
      }
      case "a symbolic link to nothing" -> Files.createSymbolicLink(name(), other);
      case "a symbolic link to a socket" -> {
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(other))
            .close();
        Files.createSymbolicLink(name(), other);
      }
      default -> throw new IllegalArgumentException(kind);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "host, a regular file",
    "host, a directory",
    "host, a pipe",
    "host, a symbolic link",
    "host, a symbolic link to nothing",
    "host, a symbolic link to a socket",
    "takeover, a regular file",
    "takeover, a directory",
    "takeover, a pipe",
    "takeover, a symbolic link",
    "takeover, a symbolic link to nothing",
    "takeover, a symbolic link to a socket",
  })
  void whatIsNoSocketRefusesTheStartAndIsLeftAlone(String option, String kind) throws Exception {
    make(kind);
    Object before = inode(name());
    String value = option.equals("host") ? "unix:" + name() : name().toString();
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> named(option, name()).start().close());
    assertEquals(
        "option "
            + option
            + " is "
            + value
            + ", where there is "
            + kind.replaceAll(" to .*", "")
            + "; valid is a name that is free or a unix socket's",
        e.getMessage());
    assertEquals(before, inode(name()));
    if (kind.equals("a regular file")) {
      assertEquals("precious", Files.readString(name()));
    }
  }

  @ParameterizedTest
  @CsvSource({"host, 1", "host, 2", "host, 5", "takeover, 1", "takeover, 2", "takeover, 5"})
  void aSocketThatNobodyAnswersMakesWay(String option, int type) {
    int fd = bound(type, name(), 1); // SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET
    linux.files().close(fd);
    try (Server server = named(option, name()).start()) {
      assertTrue(exists(name()), "it has a name");
      assertTrue(server.isReady());
    }
    assertFalse(exists(name()), "and removes it");
  }

  @ParameterizedTest
  @CsvSource({"host, 1", "host, 2", "host, 5", "takeover, 1", "takeover, 2"})
  void aSocketThatIsUsedRefusesTheStartAndIsLeftAlone(String option, int type) throws Exception {
    int fd = bound(type, name(), 8);
    try {
      Object before = inode(name());
      LinuxException e =
          assertThrows(LinuxException.class, () -> named(option, name()).start().close());
      assertTrue(e.getMessage().contains("unix:" + name()), e.getMessage());
      assertEquals(before, inode(name()));
    } finally {
      linux.files().close(fd);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "host, a regular file",
    "host, a directory",
    "host, a symbolic link to a socket",
    "takeover, a regular file",
    "takeover, a symbolic link to nothing"
  })
  void whatHasTakenItsPlaceIsLeftAlone(String option, String kind) throws Exception {
    Object after;
    try (Server server = named(option, name()).start()) {
      assertTrue(server.isReady());
      Files.delete(name());
      make(kind);
      after = inode(name());
    }
    assertEquals(after, inode(name()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"host", "takeover"})
  void anotherServersSocketThatHasTakenItsPlaceIsLeftAlone(String option) throws Exception {
    Server first = named(option, name()).start();
    Files.delete(name());
    try (Server second = named(option, name()).start()) {
      first.close();
      assertTrue(exists(name()));
      assertTrue(second.isReady());
    }
    assertFalse(exists(name()));
  }

  @Test
  void aStartThatFailsBehindItsListenerRemovesTheName() {
    assertThrows(
        RuntimeException.class,
        () -> named("host", name()).option("takeover", folder + "/none/takeover").start());
    assertFalse(exists(name()));
  }

  /** A process that a service manager has started with a socket. */
  private static final class Managed extends ForwardingWorld {
    private final List<Integer> listeners;

    Managed(Integer... listeners) {
      super(World.linux());
      this.listeners = List.of(listeners);
    }

    @Override
    public List<Integer> listeners() {
      return listeners;
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = io.quintet.Pattern.class,
      names = {"SINGLE_THREAD", "MULTI_THREAD", "LOAD_BALANCED", "MULTI_PROCESS"})
  void aListenerThatWasPassedKeepsItsName(io.quintet.Pattern pattern) {
    int fd = bound(Linux.SOCK_STREAM(), name(), 8);
    ServerBuilder builder = lines().pattern(pattern).options(Sizes.of(pattern.id(), 1));
    try (Server server = builder.in(io.quintet.InProcess.in(new Managed(fd))).start()) {
      assertEquals("unix:" + name(), server.address().toString());
      assertTrue(isAnswered(name()));
    }
    assertTrue(exists(name()), "the manager has it still");
  }

  @Test
  void theLastOfThoseThatTookOverRemovesTheNameThatTheFirstMade() {
    String offer = folder.resolve("offer").toString();
    Server server = named("host", name()).option("takeover", offer).start();
    for (int i = 0; i < 3; i++) {
      Server next = named("host", name()).option("takeover", offer).start();
      Server before = server;
      Await.until(() -> before.stats().get("state").equals("stopped"), "the one before has ended");
      before.close();
      assertTrue(exists(name()), "it is the next one's");
      assertTrue(isAnswered(name()));
      server = next;
    }
    server.close();
    assertFalse(exists(name()));
    assertFalse(exists(Path.of(offer)));
  }

  @Test
  void aNameThatWasPassedIsLeftAloneByThoseThatTakeOverToo() {
    int fd = bound(Linux.SOCK_STREAM(), name(), 8);
    String offer = folder.resolve("offer").toString();
    Server first = lines().option("takeover", offer).in(new Managed(fd)).start();
    try (Server second = named("host", name()).option("takeover", offer).start()) {
      assertEquals("unix:" + name(), second.address().toString());
      first.close();
      assertTrue(isAnswered(name()));
    }
    assertTrue(exists(name()), "the manager has it still");
  }

  @Test
  void aServerThatTakesOverAndGivesUpLeavesTheOneBeforeItAsItWas() {
    Path offer = folder.resolve("offer");
    try (Server server = named("host", name()).option("takeover", offer.toString()).start();
        Arena arena = Arena.ofConfined()) {
      int fd = socket(Linux.SOCK_SEQPACKET());
      SocketAddress address = new SocketAddress.UnixPath(offer.toString());
      LinuxException.check(linux.sockets().connect(fd, address), "connect");
      DescriptorMessage message = new DescriptorMessage(arena, 0);
      long wanted = message.toSend(WANTED, 0, DescriptorMessage.NO_DESCRIPTOR);
      assertTrue(linux.sockets().sendmsg(fd, wanted, Linux.MSG_NOSIGNAL()) > 0);
      assertTrue(linux.sockets().recvmsg(fd, message.toReceive(), 0) > 0);
      linux.files().close(message.descriptor());
      linux.sockets().shutdown(fd, Linux.SHUT_RD()); // it will not hear the answer
      long relieved = message.toSend(message.kind() + 1, 0, DescriptorMessage.NO_DESCRIPTOR);
      assertTrue(linux.sockets().sendmsg(fd, relieved, Linux.MSG_NOSIGNAL()) > 0);
      Await.until(() -> !exists(offer), "it was heard");
      assertTrue(isAnswered(name()));
      assertTrue(server.isReady());
      linux.files().close(fd);
    }
    assertFalse(exists(name()), "it is its own still");
  }

  /** Connections of clients until the queue of a listener is full. */
  private List<Integer> fill(Path path, int type) {
    List<Integer> clients = new ArrayList<>();
    int result;
    do {
      int fd = socket(type | Linux.SOCK_NONBLOCK());
      clients.add(fd);
      result = linux.sockets().connect(fd, new SocketAddress.UnixPath(path.toString()));
    } while (result == 0);
    assertEquals(-Linux.EAGAIN(), result);
    return clients;
  }

  @ParameterizedTest
  @CsvSource({"host, 1", "host, 5", "takeover, 5", "takeover, 1"})
  void aListenerThatDoesNotAcceptRefusesTheStartAtOnce(String option, int type) throws Exception {
    int fd = bound(type, name(), 1);
    List<Integer> clients = fill(name(), type);
    Object before = inode(name());
    LinuxException e =
        assertTimeoutPreemptively(
            SOON,
            () -> assertThrows(LinuxException.class, () -> named(option, name()).start().close()));
    assertTrue(e.getMessage().contains("unix:" + name()), e.getMessage());
    assertEquals(before, inode(name()));
    clients.forEach(linux.files()::close);
    linux.files().close(fd);
  }

  /** A machine whose clock runs a hundred times as fast. */
  private static class Hasty extends ForwardingWorld {
    Hasty() {
      super(World.linux());
    }

    @Override
    public Kernel kernel() {
      return intercepted(
          super.kernel(),
          (method, _, call) ->
              method.getName().equals("nanoTime")
                  ? (Object) (100 * (long) call.proceed())
                  : call.proceed());
    }
  }

  @Test
  void aServerThatDoesNotHandOverEndsTheStart() {
    int fd = bound(Linux.SOCK_SEQPACKET(), name(), 8);
    IllegalStateException e =
        assertTimeoutPreemptively(
            SOON,
            () ->
                assertThrows(
                    IllegalStateException.class,
                    () -> named("takeover", name()).in(new Hasty()).start().close()));
    assertEquals(
        "the server at unix:"
            + name()
            + " did not hand over: in place of LISTENER it sent nothing for 30 s",
        e.getMessage());
    linux.files().close(fd);
  }

  /** A machine whose clock jumps by an hour once a listener has come. */
  private static final class Slow extends ForwardingWorld {
    private volatile long aheadNanos;

    Slow() {
      super(World.linux());
    }

    @Override
    public Kernel kernel() {
      return intercepted(
          super.kernel(),
          (method, _, call) -> {
            Object result = call.proceed();
            if (method.getName().equals("recvmsg") && (long) result > 0) {
              aheadNanos = Duration.ofHours(1).toNanos();
            }
            return method.getName().equals("nanoTime")
                ? (Object) ((long) result + aheadNanos)
                : result;
          });
    }
  }

  @Test
  void whatAServerTakesToStartIsNotTheTimeOfTheOneBeforeIt() throws Exception {
    String offer = folder.resolve("offer").toString();
    Server first = named("host", name()).option("takeover", offer).start();
    try (Server second = named("host", name()).option("takeover", offer).in(new Slow()).start()) {
      Await.until(() -> !first.isReady(), "the first has been told");
      assertTrue(second.isReady());
      assertTrue(isAnswered(name()));
    } finally {
      first.close();
    }
  }

  @Test
  void aServerThatClosesTheConnectionInPlaceOfAnAnswerEndsTheStart() throws Exception {
    int fd = bound(Linux.SOCK_SEQPACKET(), name(), 8);
    Thread before =
        Thread.startVirtualThread(
            () -> {
              LinuxCalls own = LinuxCalls.open();
              own.files().close(own.sockets().accept4(fd, Linux.SOCK_CLOEXEC()));
            });
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> named("takeover", name()).start().close());
    String what = " did not hand over: in place of LISTENER it closed the connection";
    assertEquals("the server at unix:" + name() + what, e.getMessage());
    before.join();
    linux.files().close(fd);
  }

  @Test
  void aServerThatHandsOverAndThenHangsEndsTheStartAndWhatWasStarted() throws Exception {
    Path path = folder.resolve("listener");
    int listener = bound(Linux.SOCK_STREAM(), path, 8);
    int fd = bound(Linux.SOCK_SEQPACKET(), name(), 8);
    Thread before =
        Thread.startVirtualThread(
            () -> {
              LinuxCalls own = LinuxCalls.open();
              try (Arena arena = Arena.ofConfined()) {
                int socket = own.sockets().accept4(fd, Linux.SOCK_CLOEXEC());
                long message = new DescriptorMessage(arena, 0).toSend(LISTENER, 0, listener);
                own.sockets().sendmsg(socket, message, Linux.MSG_NOSIGNAL());
              }
            });
    IllegalStateException e =
        assertTimeoutPreemptively(
            SOON,
            () ->
                assertThrows(
                    IllegalStateException.class,
                    () ->
                        named("host", path)
                            .option("takeover", name().toString())
                            .in(new Hasty())
                            .start()
                            .close()));
    assertEquals(
        "the server at unix:"
            + name()
            + " did not hand over: in place of GONE it sent nothing for 30 s",
        e.getMessage());
    before.join();
    linux.files().close(fd);
    linux.files().close(listener);
    assertFalse(isAnswered(path), "nobody has the listener");
    assertTrue(exists(path));
  }

  @Test
  void aManagerThatDoesNotReadIsNotWaitedFor() throws Exception {
    int manager = bound(Linux.SOCK_DGRAM(), name(), 0);
    int told = socket(Linux.SOCK_DGRAM() | Linux.SOCK_NONBLOCK());
    SocketAddress address = new SocketAddress.UnixPath(name().toString());
    LinuxException.check(linux.sockets().connect(told, address), "connect");
    try (Arena arena = Arena.ofConfined()) {
      long text = arena.allocateFrom("x").address();
      while (linux.sockets().send(told, text, 1, Linux.MSG_NOSIGNAL()) > 0) {
        // its queue is not full
      }
    }
    ForwardingWorld managed =
        new Hasty() {
          @Override
          public String manager() {
            return name().toString();
          }
        };
    try (Server server = assertTimeoutPreemptively(SOON, () -> lines().in(managed).start());
        Client client = new Client(server.port())) {
      assertEquals("a", client.send("a\n").receiveLine());
    }
    linux.files().close(told);
    linux.files().close(manager);
  }
}
