package io.quintet.ffi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.ffi.linux.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinuxCallsTest {
  private final LinuxCalls linux = LinuxCalls.open();
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void free() {
    arena.close();
  }

  @Test
  void aFailedCallReturnsItsNegatedErrno() {
    assertEquals(-Errno.EBADF.number(), linux.files().close(-1));
    assertEquals(-Errno.EBADF.number(), linux.sockets().listen(-1, 1));
    assertEquals(-Errno.EINVAL.number(), linux.events().epollCreate1(-1));
    assertEquals(-Errno.EBADF.number(), linux.files().fcntl(-1, Linux.F_GETFL(), 0));
  }

  @Test
  void bytesTravelThroughASocketPair() {
    MemorySegment fds = arena.allocate(8, 4);
    int made = linux.sockets().socketpair(Linux.AF_UNIX(), Linux.SOCK_STREAM(), 0, fds.address());
    assertEquals(0, made);
    int left = Memory.getInt(fds.address());
    int right = Memory.getInt(fds.address() + 4);
    MemorySegment text = arena.allocateFrom("hello");
    MemorySegment room = arena.allocate(16);
    assertEquals(5, linux.sockets().send(left, text.address(), 5, 0));
    assertEquals(5, linux.sockets().recv(right, room.address(), 16, 0));
    byte[] got = room.asSlice(0, 5).toArray(JAVA_BYTE);
    assertEquals("hello", new String(got, StandardCharsets.UTF_8));
    assertEquals(linux.processes().getpid(), credentials(right).pid());
    assertEquals(0, linux.files().close(left));
    assertEquals(0, linux.sockets().recv(right, room.address(), 16, 0), "the end of the stream");
    assertEquals(0, linux.files().close(right));
  }

  private SocketOption.Credentials credentials(int fd) {
    return linux.sockets().option(fd, SocketOption.SO_PEERCRED);
  }

  @Test
  void epollReportsAListenersConnection() {
    int type = Linux.SOCK_STREAM() | Linux.SOCK_CLOEXEC();
    int listener = linux.sockets().socket(Linux.AF_INET(), type, 0);
    SocketAddress any = SocketAddress.inet("127.0.0.1", 0);
    assertEquals(0, linux.sockets().bind(listener, any));
    assertEquals(0, linux.sockets().listen(listener, 1));
    int epfd = linux.events().epollCreate1(Linux.EPOLL_CLOEXEC());
    MemorySegment event = arena.allocate(Events.EVENT_BYTES, 4);
    Memory.putInt(event.address(), Linux.EPOLLIN());
    Memory.putLong(event.address() + Events.DATA_OFFSET, 42);
    int add = Linux.EPOLL_CTL_ADD();
    assertEquals(0, linux.events().epollCtl(epfd, add, listener, event.address()));
    assertEquals(0, linux.events().epollWait(epfd, event.address(), 1, 0), "nothing yet");
    int client = linux.sockets().socket(Linux.AF_INET(), type, 0);
    assertEquals(0, linux.sockets().connect(client, linux.sockets().name(listener)));
    assertEquals(1, linux.events().epollWait(epfd, event.address(), 1, 5000));
    assertEquals(42, Memory.getLong(event.address() + Events.DATA_OFFSET));
    int accepted = linux.sockets().accept4(listener, Linux.SOCK_NONBLOCK());
    assertTrue(accepted >= 0);
    assertEquals(linux.sockets().name(listener), linux.sockets().name(accepted));
    for (int fd : new int[] {accepted, client, epfd, listener}) {
      assertEquals(0, linux.files().close(fd));
    }
  }

  @Test
  void anEventfdCountsSignalsOfAnyThread() throws InterruptedException {
    int flags = Linux.EFD_NONBLOCK() | Linux.EFD_CLOEXEC();
    int fd = linux.events().eventfd(0, flags);
    Thread other = Thread.ofPlatform().start(() -> Events.signal(fd));
    Events.signal(fd);
    other.join();
    MemorySegment counter = arena.allocate(8, 8);
    assertEquals(8, linux.files().read(fd, counter.address(), 8));
    assertEquals(2, Memory.getLong(counter.address()));
    assertEquals(-Errno.EAGAIN.number(), linux.files().read(fd, counter.address(), 8));
    linux.files().close(fd);
  }

  @Test
  void epollPwait2WaitsForReadinessOrForSoManyNanoseconds() {
    int epfd = linux.events().epollCreate1(Linux.EPOLL_CLOEXEC());
    int fd = linux.events().eventfd(0, Linux.EFD_CLOEXEC());
    MemorySegment event = arena.allocate(Events.EVENT_BYTES, 4);
    Memory.putInt(event.address(), Linux.EPOLLIN());
    Memory.putLong(event.address() + Events.DATA_OFFSET, 42);
    linux.events().epollCtl(epfd, Linux.EPOLL_CTL_ADD(), fd, event.address());
    MemorySegment limit = arena.allocate(16, 8);
    Memory.putLong(limit.address() + 8, 100_000);
    MemorySegment none = arena.allocate(128, 8);
    long began = System.nanoTime();
    int result = epollPwait2(epfd, event, limit.address(), none.address());
    assumeTrue(result != -Errno.ENOSYS.number(), "the kernel does not know epoll_pwait2");
    assertEquals(0, result, "nothing yet");
    assertTrue(System.nanoTime() - began >= 100_000, "it waited");
    Events.signal(fd);
    assertEquals(1, epollPwait2(epfd, event, 0, 0));
    assertEquals(42, Memory.getLong(event.address() + Events.DATA_OFFSET));
    assertEquals(-Errno.EBADF.number(), epollPwait2(-1, event, limit.address(), 0));
    linux.files().close(fd);
    linux.files().close(epfd);
  }

  private int epollPwait2(int epfd, MemorySegment event, long limit, long signals) {
    return linux.events().epollPwait2(epfd, event.address(), 1, limit, signals);
  }

  @Test
  void typedOptionsAreReadAsTheyWereSet() {
    int fd = linux.sockets().socket(Linux.AF_INET(), Linux.SOCK_STREAM(), 0);
    assertEquals(false, linux.sockets().option(fd, SocketOption.TCP_NODELAY));
    assertEquals(0, linux.sockets().setOption(fd, SocketOption.TCP_NODELAY, true));
    assertEquals(true, linux.sockets().option(fd, SocketOption.TCP_NODELAY));
    SocketOption.Linger reset = new SocketOption.Linger(true, 0);
    assertEquals(0, linux.sockets().setOption(fd, SocketOption.SO_LINGER, reset));
    assertEquals(reset, linux.sockets().option(fd, SocketOption.SO_LINGER));
    linux.files().close(fd);
    assertThrows(LinuxException.class, () -> linux.sockets().option(-1, SocketOption.SO_ERROR));
  }

  @Test
  void anExceptionNamesWhatWasTriedAndTheErrno() {
    LinuxException e =
        assertThrows(
            LinuxException.class,
            () -> LinuxException.check(-Errno.EACCES.number(), "bind 0.0.0.0:80", "ask root"));
    assertEquals("bind 0.0.0.0:80: EACCES (Permission denied): ask root", e.getMessage());
    assertEquals(13, e.errno());
  }

  @Test
  void anotherPlatformIsRefusedInOneSentence() {
    UnsupportedOperationException e =
        assertThrows(
            UnsupportedOperationException.class, () -> Platform.require("Mac OS X", "aarch64"));
    assertThrows(UnsupportedOperationException.class, () -> Platform.require("Linux", "riscv64"));
    assertEquals(Platform.AARCH64, Platform.require("Linux", "aarch64"));
    assertEquals(Platform.X86_64, Platform.require("Linux", "amd64"));
    assertEquals(
        "Quintet calls Linux on x86-64 and aarch64 directly; this is Mac OS X on aarch64.",
        e.getMessage());
  }

  @Test
  void anErrnoKnowsItsNameNumberAndMessage() {
    assertEquals(24, Errno.EMFILE.number());
    assertEquals("Too many open files", Errno.EMFILE.message());
    assertEquals(Errno.EAGAIN, Errno.of(11).orElseThrow());
    assertTrue(Errno.of(4000).isEmpty());
    assertEquals("errno 4000", Errno.describe(-4000));
  }

  @Test
  void aFilesStatusIsThatOfTheJdk(@TempDir Path folder) throws Exception {
    Path file = java.nio.file.Files.writeString(folder.resolve("file"), "x");
    Path link = java.nio.file.Files.createSymbolicLink(folder.resolve("link"), file);
    for (Path path : List.of(file, link, folder, Path.of("/dev/null"))) {
      FileStatus status = linux.files().status(path.toString()).orElseThrow();
      Map<String, Object> known =
          java.nio.file.Files.readAttributes(path, "unix:mode,ino,dev", LinkOption.NOFOLLOW_LINKS);
      assertEquals(known.get("mode"), status.mode(), path.toString());
      assertEquals(known.get("ino"), status.inode(), path.toString());
      assertTrue(status.isSame(linux.files().status(path.toString()).orElseThrow()));
      assertFalse(status.isSocket());
    }
    assertEquals("a regular file", kind(file.toString()));
    assertEquals("a symbolic link", kind(link.toString()));
    assertEquals("a directory", kind(folder.toString()));
    assertEquals("a device", kind("/dev/null"));
    assertTrue(linux.files().status(folder + "/none").isEmpty());
    assertTrue(linux.files().statusOf(-1).isEmpty());
    int fd = linux.sockets().socket(Linux.AF_UNIX(), Linux.SOCK_STREAM(), 0);
    assertTrue(linux.files().statusOf(fd).orElseThrow().isSocket());
    linux.files().close(fd);
  }

  private String kind(String path) {
    return linux.files().status(path).orElseThrow().kind();
  }
}
