package io.quintet.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.ffi.linux.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Calls by name and by declaration, and the trace of a block. */
class LinuxCallTest {
  private static final int SYS_PIDFD_OPEN = 434;

  /**
   * Each bound function, with arguments that do no harm, and what it answers: an error, a number,
   * or {@code +} for any result of at least 0. {@code $} stands for 128 bytes of zeros.
   */
  private static final String EACH =
      """
      accept4(-1, 0, 0, 0) = EBADF
      bind(-1, 0, 0) = EBADF
      chmod(, 0) = ENOENT
      clock_gettime(1, $) = 0
      close(-1) = EBADF
      connect(-1, 0, 0) = EBADF
      dup(-1) = EBADF
      epoll_create1(-1) = EINVAL
      epoll_ctl(-1, 1, 0, $) = EBADF
      epoll_pwait(-1, $, 1, 0, 0) = EBADF
      epoll_pwait2(-1, $, 1, $, 0) = EBADF
      epoll_wait(-1, $, 1, 0) = EBADF
      eventfd(0, -1) = EINVAL
      fcntl(-1, 1) = EBADF
      ftruncate(-1, 0) = EBADF
      getcpu($, 0) = 0
      getpeername(-1, 0, 0) = EBADF
      getpid() = +
      getppid() = +
      getrlimit(7, $) = 0
      getrusage(0, 0) = EFAULT
      getsockname(-1, 0, 0) = EBADF
      getsockopt(-1, 0, 0, 0, 0) = EBADF
      gettid() = +
      getuid() = +
      ioctl(-1, 0, 0) = EBADF
      kill(1, -1) = EINVAL
      listen(-1, 0) = EBADF
      madvise(0, 0, -1) = EINVAL
      memfd_create(, -1) = EINVAL
      mlock(0, 0) = 0
      mmap(0, 0, 0, 0, -1, 0) = EBADF
      munmap(0, 0) = EINVAL
      open(, 0) = ENOENT
      pipe2($, -1) = EINVAL
      poll(0, 0, 0) = 0
      ppoll(0, 0, $, 0) = 0
      prctl(-1) = EINVAL
      pthread_sigmask(0, 0, 0) = 0
      read(-1, 0, 0) = EBADF
      readv(-1, 0, 0) = EBADF
      recv(-1, 0, 0, 0) = EBADF
      recvfrom(-1, 0, 0, 0, 0, 0) = EBADF
      recvmmsg(-1, 0, 0, 0, 0) = EBADF
      recvmsg(-1, 0, 0) = EBADF
      sched_getaffinity(0, 0, 0) = EINVAL
      sched_getcpu() = +
      sched_setaffinity(0, 128, $) = EINVAL
      sched_yield() = 0
      send(-1, 0, 0, 0) = EBADF
      sendfile(-1, -1, 0, 0) = EBADF
      sendmmsg(-1, 0, 0, 0) = EBADF
      sendmsg(-1, 0, 0) = EBADF
      sendto(-1, 0, 0, 0, 0, 0) = EBADF
      setrlimit(-1, $) = EINVAL
      setsockopt(-1, 0, 0, 0, 0) = EBADF
      shutdown(-1, 0) = EBADF
      sigaddset($, -1) = EINVAL
      sigdelset($, -1) = EINVAL
      sigemptyset($) = 0
      sigfillset($) = 0
      signalfd(-1, $, -1) = EINVAL
      socket(-1, 1, 0) = EAFNOSUPPORT
      socketpair(-1, 1, 0, $) = EAFNOSUPPORT
      splice(-1, 0, -1, 0, 1, 0) = EBADF
      strerror(9) = +
      sys_io_uring_enter(426, -1, 0, 0, 0, 0, 0) = EBADF
      sys_io_uring_register(427, -2, 0, 0, 0) = EBADF
      sys_io_uring_setup(425, 0, $) = EINVAL
      syscall(-1) = ENOSYS
      sysconf(-1) = EINVAL
      tee(-1, -1, 1, 0) = EBADF
      timerfd_create(-1, 0) = EINVAL
      timerfd_gettime(-1, $) = EBADF
      timerfd_settime(-1, 0, $, 0) = EBADF
      unlink() = ENOENT
      vmsplice(-1, 0, 0, 0) = EBADF
      waitpid(-1, 0, -1) = EINVAL
      write(-1, 0, 0) = EBADF
      writev(-1, 0, 0) = EBADF
      """;

  private static final Pattern ROW = Pattern.compile("(\\w+)\\((.*)\\) = (.+)");

  private static Object argument(String text, MemorySegment zeros) {
    return switch (text) {
      case "$" -> zeros;
      case "" -> "";
      default -> Long.parseLong(text);
    };
  }

  private static String answer(long result, String expected) {
    if (result < 0) {
      return Errno.describe(result).split(" ")[0];
    }
    return expected.equals("+") ? "+" : Long.toString(result);
  }

  @Test
  void eachBoundFunctionCanBeCalledByItsName() {
    TreeSet<String> tried = new TreeSet<>();
    List<String> answers = new ArrayList<>();
    for (String row : EACH.lines().toList()) {
      Matcher parts = ROW.matcher(row);
      assertTrue(parts.matches(), row);
      String name = parts.group(1);
      tried.add(name);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment zeros = arena.allocate(128, 8);
        boolean none = parts.group(2).isEmpty() && !name.equals("unlink");
        Object[] arguments =
            none
                ? new Object[0]
                : Arrays.stream(parts.group(2).split(", ?", -1))
                    .map(text -> argument(text, zeros))
                    .toArray();
        long result = LinuxCalls.bound(name).call(arguments);
        answers.add(name + "(" + parts.group(2) + ") = " + answer(result, parts.group(3)));
      }
    }
    assertEquals(EACH.strip(), String.join("\n", answers));
    assertEquals(new TreeSet<>(LinuxCalls.names()), tried);
  }

  @Test
  void aFunctionIsDeclaredAsItsManualPageHasIt() {
    LinuxCall dup2 = LinuxCalls.define("int dup2(int oldfd, int newfd);");
    assertEquals(-Errno.EBADF.number(), dup2.call(-1, 5));
    LinuxCall random =
        LinuxCalls.define("ssize_t getrandom(void buf[.buflen], size_t buflen, unsigned flags)");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(64);
      assertEquals(64, random.call(bytes, 64, 0));
      assertTrue(bytes.mismatch(arena.allocate(64)) >= 0, "64 zeros at random");
    }
    assertEquals("long getrandom(long, long, int)", random.toString());
    LinuxCall access = LinuxCalls.define("extern int access(const char *restrict path, int mode)");
    assertEquals(0, access.call("/proc/self/mem", 0));
    assertEquals(-Errno.ENOENT.number(), access.call("/nowhere", 0));
    LinuxCall pause = LinuxCalls.define("unsigned int alarm(unsigned int seconds)");
    assertEquals(0, pause.call(0));
    assertEquals("int sched_yield()", LinuxCalls.define("int sched_yield(void)").toString());
    assertEquals("void exit(int)", LinuxCalls.define("void exit(int status)").toString());
    assertEquals("int f(int, ...)", LinuxCalls.define("int f(int fd, ...)", 1).toString());
    LinuxCall process =
        LinuxCalls.define("int pidfd_open(pid_t pid, unsigned int f)", SYS_PIDFD_OPEN);
    assertEquals(-Errno.EINVAL.number(), process.call(-1, 0));
  }

  @Test
  void aResultBelowMinusOneIsNoError() {
    // Only -1 says that errno holds; an address may have its highest bit set.
    LinuxCall labs = LinuxCalls.define("long labs(long j)");
    assertEquals(Long.MIN_VALUE, labs.call(Long.MIN_VALUE));
    assertEquals(5, LinuxCalls.define("int abs(int j)").call(-5));
  }

  @Test
  void aMistakeIsOneSentence() {
    assertSays(
        "no call \"frobnicate\" is bound; declare it as its manual page does:"
            + " LinuxCalls.define(\"int dup2(int oldfd, int newfd)\")",
        () -> LinuxCalls.bound("frobnicate"));
    assertSays(
        "the C library has no \"frobnicate\"; give the number of the system call as well, as in"
            + " LinuxCalls.define(\"int pidfd_open(pid_t pid, unsigned int flags)\", 434)",
        () -> LinuxCalls.define("int frobnicate(int fd)"));
    assertSays(
        "\"frobnicate\" is no declaration; valid is one as in a manual page,"
            + " \"int dup2(int oldfd, int newfd)\"",
        () -> LinuxCalls.define("frobnicate"));
    assertSays(
        "\"int f(double x)\": how \"double x\" is passed is not known; valid are pointers and the"
            + " names of integers in manual pages, such as int, size_t, off_t, pid_t",
        () -> LinuxCalls.define("int f(double x)"));
    LinuxCall close = LinuxCalls.bound("close");
    assertSays("int close(int) takes 1 arguments, not 0", close::call);
    assertSays("int close(int): argument 1 is x; valid is an int", () -> close.call("x"));
    assertSays(
        "int close(int): argument 1 is 4294967296; valid is an int", () -> close.call(1L << 32));
    assertSays("int close(int): argument 1 is 1.5; valid is a whole number", () -> close.call(1.5));
  }

  private static void assertSays(String sentence, Runnable mistake) {
    assertEquals(sentence, assertThrows(IllegalArgumentException.class, mistake::run).getMessage());
  }

  @Test
  void aBlockShowsTheCallsOfItsThreadAndNoOthers() throws InterruptedException {
    LinuxCalls linux = LinuxCalls.open();
    List<String> inner = new ArrayList<>();
    List<String> outer = new ArrayList<>();
    Thread other = Thread.ofPlatform().unstarted(() -> LinuxCalls.open().files().close(-7));
    linux.files().close(-1);
    LinuxCalls.strace(
        () -> {
          linux.files().close(-2);
          LinuxCalls.strace(() -> linux.files().close(-3), inner::add);
          other.start();
          join(other);
          LinuxCalls.bound("open").call("/nowhere", Linux.O_RDONLY());
          LinuxCalls.bound("mlock").call(null, 0);
        },
        outer::add);
    linux.files().close(-4);
    assertEquals(List.of("close(-3) = -1 EBADF (Bad file descriptor)"), inner);
    assertEquals(
        List.of(
            "close(-2) = -1 EBADF (Bad file descriptor)",
            "open(\"/nowhere\", 0) = -1 ENOENT (No such file or directory)",
            "mlock(NULL, 0) = 0"),
        outer);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aBlockThatThrowsIsWatchedNoMore() {
    List<String> lines = new ArrayList<>();
    assertThrows(
        IllegalStateException.class,
        () ->
            LinuxCalls.strace(
                () -> {
                  throw new IllegalStateException("its own");
                },
                lines::add));
    LinuxCalls.open().files().close(-1);
    assertEquals(List.of(), lines);
    assertTrue(!Strace.on(), "no block is watched");
  }

  @Test
  void addressesThatAreWrongAreShownAndNotFollowed() {
    LinuxCalls linux = LinuxCalls.open();
    List<String> lines = new ArrayList<>();
    LinuxCalls.strace(
        () -> {
          for (long wrong : new long[] {0, 1, -1, 1L << 47}) {
            linux.sockets().getsockopt(-1, 1, 3, wrong, wrong);
            linux.sockets().setsockopt(-1, 1, 3, wrong, 4);
            linux.sockets().socketpair(-1, 1, 0, wrong);
            linux.sockets().bind(-1, wrong, 16);
            linux.sockets().connect(-1, wrong, Integer.MAX_VALUE);
            linux.sockets().send(-1, wrong, 16, 0);
            linux.events().epollCtl(-1, 1, 1, wrong);
            linux.events().poll(wrong, 1, 0);
            linux.files().pipe2(wrong, -1);
            linux.files().unlink(wrong);
            linux.processes().getrlimit(-1, wrong);
            linux.processes().setrlimit(-1, wrong);
            linux.processes().clockGettime(-1, wrong);
          }
        },
        lines::add);
    assertEquals(4 * 13, lines.size(), lines.toString());
    String all = lines.stream().collect(Collectors.joining("\n"));
    assertTrue(all.contains("getsockopt(-1, SOL_SOCKET, SO_TYPE, [0x1], [0x1]) = -1 EBADF"), all);
    assertTrue(all.contains("bind(-1, NULL, 16) = -1 EBADF"), all);
  }
}
