package io.quintet.kernel;

import io.quintet.ffi.Events;
import io.quintet.ffi.FileStatus;
import io.quintet.ffi.Files;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.Processes;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.Sockets;
import io.quintet.ffi.linux.Linux;
import io.quintet.ffi.linux.timespec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.Optional;

/** The machine's own kernel: every method is the call of its name. */
public final class LinuxKernel implements Kernel {
  private static final System.Logger LOGGER = System.getLogger("io.quintet");

  /** Room for 8,192 processors, the most that Linux knows. */
  private static final long AFFINITY_BYTES = 1024;

  /** CPUCLOCK_PERTHREAD_MASK | CPUCLOCK_SCHED, include/linux/posix-timers.h. */
  private static final int THREAD_CPU_CLOCK = 6;

  private static final long NANOS_A_SECOND = 1_000_000_000L;

  private final Sockets sockets;
  private final Events events;
  private final Files files;
  private final Processes processes;
  private long calls;

  /**
   * A kernel for one thread.
   *
   * @throws UnsupportedOperationException on anything but Linux on x86-64 or aarch64
   */
  public LinuxKernel() {
    LinuxCalls linux = LinuxCalls.open();
    this.sockets = linux.sockets();
    this.events = linux.events();
    this.files = linux.files();
    this.processes = linux.processes();
  }

  @Override
  public int socket(int domain, int type, int protocol) {
    calls++;
    return sockets.socket(domain, type, protocol);
  }

  @Override
  public int bind(int fd, SocketAddress address) {
    calls++;
    return sockets.bind(fd, address);
  }

  @Override
  public int listen(int fd, int backlog) {
    calls++;
    return sockets.listen(fd, backlog);
  }

  @Override
  public SocketAddress name(int fd) {
    return sockets.name(fd);
  }

  @Override
  public Optional<SocketAddress> peer(int fd) {
    calls++;
    return sockets.peer(fd);
  }

  @Override
  public Optional<SocketAddress> local(int fd) {
    calls++;
    return sockets.local(fd);
  }

  @Override
  public <T> int setOption(int fd, SocketOption<T> option, T value) {
    calls++;
    return sockets.setOption(fd, option, value);
  }

  @Override
  public <T> Optional<T> option(int fd, SocketOption<T> option) {
    calls++;
    try {
      return Optional.of(sockets.option(fd, option));
    } catch (LinuxException e) {
      return Optional.empty();
    }
  }

  @Override
  public int setNonBlocking(int fd) {
    calls += 2;
    int flags = files.fcntl(fd, Linux.F_GETFL(), 0);
    return flags < 0 ? flags : files.fcntl(fd, Linux.F_SETFL(), flags | Linux.O_NONBLOCK());
  }

  @Override
  public int descriptorsMax() {
    calls++;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limits = arena.allocate(2 * Long.BYTES, Long.BYTES);
      int result = processes.getrlimit(Linux.RLIMIT_NOFILE(), limits.address());
      long soft = result < 0 ? 0 : limits.get(ValueLayout.JAVA_LONG, 0);
      return Math.clamp(soft, 0, Integer.MAX_VALUE); // RLIM_INFINITY is -1
    }
  }

  @Override
  public int unlink(String path) {
    calls++;
    try (Arena arena = Arena.ofConfined()) {
      return files.unlink(arena.allocateFrom(path).address());
    }
  }

  @Override
  public Optional<FileStatus> status(String path) {
    calls++;
    return files.status(path);
  }

  @Override
  public Optional<FileStatus> statusOf(int fd) {
    calls++;
    return files.statusOf(fd);
  }

  @Override
  public int accept4(int fd, int flags) {
    calls++;
    return sockets.accept4(fd, flags);
  }

  @Override
  public long recv(int fd, long buffer, long length, int flags) {
    calls++;
    return sockets.recv(fd, buffer, length, flags);
  }

  @Override
  public long send(int fd, long buffer, long length, int flags) {
    calls++;
    return sockets.send(fd, buffer, length, flags);
  }

  @Override
  public int shutdown(int fd, int how) {
    calls++;
    return sockets.shutdown(fd, how);
  }

  @Override
  public int close(int fd) {
    calls++;
    return files.close(fd);
  }

  @Override
  public int connect(int fd, SocketAddress address) {
    calls++;
    return sockets.connect(fd, address);
  }

  @Override
  public int peerProcess(int fd) {
    calls++;
    return sockets.option(fd, SocketOption.SO_PEERCRED).pid();
  }

  @Override
  public long sendmsg(int fd, long message, int flags) {
    calls++;
    return sockets.sendmsg(fd, message, flags);
  }

  @Override
  public long recvmsg(int fd, long message, int flags) {
    calls++;
    return sockets.recvmsg(fd, message, flags);
  }

  @Override
  public int dup(int fd) {
    calls++;
    return files.fcntl(fd, Linux.F_DUPFD_CLOEXEC(), 0);
  }

  @Override
  public int pin(int processor) {
    calls += 2;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment set = arena.allocate(AFFINITY_BYTES, Long.BYTES);
      int result = processes.schedGetaffinity(0, AFFINITY_BYTES, set.address());
      if (result < 0) {
        return result;
      }
      int[] allowed = BitSet.valueOf(set.asByteBuffer()).stream().toArray();
      set.fill((byte) 0);
      int chosen = allowed[processor % allowed.length];
      set.set(ValueLayout.JAVA_BYTE, chosen / 8, (byte) (1 << chosen % 8));
      return processes.schedSetaffinity(0, AFFINITY_BYTES, set.address());
    }
  }

  @Override
  public void takeShortTurns() {
    calls += 2;
    ShortTurns.take();
  }

  @Override
  public int endWithParent() {
    calls++;
    return processes.prctl(Linux.PR_SET_PDEATHSIG(), Linux.SIGTERM());
  }

  @Override
  public int epollCreate1(int flags) {
    calls++;
    return events.epollCreate1(flags);
  }

  @Override
  public int epollCtl(int epfd, int operation, int fd, long event) {
    calls++;
    return events.epollCtl(epfd, operation, fd, event);
  }

  @Override
  public int epollWait(int epfd, long array, int eventsMax, int timeoutMillis) {
    calls++;
    return events.epollWait(epfd, array, eventsMax, timeoutMillis);
  }

  @Override
  public int eventfd(int count, int flags) {
    calls++;
    return events.eventfd(count, flags);
  }

  @Override
  public long read(int fd, long buffer, long length) {
    calls++;
    return files.read(fd, buffer, length);
  }

  @Override
  public long signal(int fd) {
    return Events.signal(fd);
  }

  @Override
  public System.Logger logger() {
    return LOGGER;
  }

  @Override
  public long calls() {
    return calls;
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public int cpuClock() {
    calls++;
    return ~processes.gettid() << 3 | THREAD_CPU_CLOCK;
  }

  @Override
  public long cpuNanos(int clock) {
    calls++;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = timespec.allocate(arena);
      int result = processes.clockGettime(clock, time.address());
      return result < 0 ? result : timespec.tv_sec(time) * NANOS_A_SECOND + timespec.tv_nsec(time);
    }
  }

  @Override
  public long epochSeconds() {
    return System.currentTimeMillis() / 1000;
  }
}
