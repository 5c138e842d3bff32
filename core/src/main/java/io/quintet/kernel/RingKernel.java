package io.quintet.kernel;

import io.quintet.ffi.FileStatus;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.ring.RingSockets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The machine's kernel over one io_uring ring: its epoll instance is the ring. {@link #epollWait}
 * enters it once; {@link #recv} and {@link #accept4} give what has completed, {@link #send}
 * gathers. All other calls are those of {@link LinuxKernel}.
 */
final class RingKernel implements Kernel {
  private final LinuxKernel linux = new LinuxKernel();
  private @Nullable RingSockets ring;
  private long ringCalls;

  @Override
  public boolean worksAhead() {
    return true;
  }

  @Override
  public int socket(int domain, int type, int protocol) {
    return linux.socket(domain, type, protocol);
  }

  @Override
  public int bind(int fd, SocketAddress address) {
    return linux.bind(fd, address);
  }

  @Override
  public int listen(int fd, int backlog) {
    return linux.listen(fd, backlog);
  }

  @Override
  public SocketAddress name(int fd) {
    return linux.name(fd);
  }

  @Override
  public int setNonBlocking(int fd) {
    return linux.setNonBlocking(fd);
  }

  @Override
  public int descriptorsMax() {
    return linux.descriptorsMax();
  }

  @Override
  public int unlink(String path) {
    return linux.unlink(path);
  }

  @Override
  public Optional<FileStatus> status(String path) {
    return linux.status(path);
  }

  @Override
  public Optional<FileStatus> statusOf(int fd) {
    return linux.statusOf(fd);
  }

  @Override
  public Optional<SocketAddress> peer(int fd) {
    return linux.peer(fd);
  }

  @Override
  public Optional<SocketAddress> local(int fd) {
    return linux.local(fd);
  }

  @Override
  public <T> int setOption(int fd, SocketOption<T> option, T value) {
    return linux.setOption(fd, option, value);
  }

  @Override
  public <T> Optional<T> option(int fd, SocketOption<T> option) {
    return linux.option(fd, option);
  }

  @Override
  public int connect(int fd, SocketAddress address) {
    return linux.connect(fd, address);
  }

  @Override
  public int peerProcess(int fd) {
    return linux.peerProcess(fd);
  }

  @Override
  public long sendmsg(int fd, long message, int flags) {
    return linux.sendmsg(fd, message, flags);
  }

  @Override
  public long recvmsg(int fd, long message, int flags) {
    return linux.recvmsg(fd, message, flags);
  }

  @Override
  public int dup(int fd) {
    return linux.dup(fd);
  }

  @Override
  public int pin(int processor) {
    return linux.pin(processor);
  }

  @Override
  public void takeShortTurns() {
    linux.takeShortTurns();
  }

  @Override
  public int endWithParent() {
    return linux.endWithParent();
  }

  @Override
  public int eventfd(int count, int flags) {
    return linux.eventfd(count, flags);
  }

  @Override
  public long read(int fd, long buffer, long length) {
    return linux.read(fd, buffer, length);
  }

  @Override
  public long signal(int fd) {
    return linux.signal(fd);
  }

  @Override
  public System.Logger logger() {
    return linux.logger();
  }

  @Override
  public int cpuClock() {
    return linux.cpuClock();
  }

  @Override
  public long cpuNanos(int clock) {
    return linux.cpuNanos(clock);
  }

  @Override
  public long epochSeconds() {
    return linux.epochSeconds();
  }

  @Override
  public int epollCreate1(int flags) {
    if (ring != null) {
      return -Linux.EBUSY();
    }
    try {
      ring = RingSockets.open(linux.descriptorsMax());
    } catch (LinuxException e) {
      return -e.errno();
    }
    return ring.fd();
  }

  @Override
  public int epollCtl(int epfd, int operation, int fd, long event) {
    return ring == null || !ring.isRing(epfd) ? -Linux.EBADF() : ring.control(operation, fd, event);
  }

  @Override
  public int epollWait(int epfd, long events, int eventsMax, int timeoutMillis) {
    return ring == null || !ring.isRing(epfd)
        ? -Linux.EBADF()
        : ring.await(events, eventsMax, timeoutMillis);
  }

  @Override
  public int accept4(int fd, int flags) {
    return ring == null ? linux.accept4(fd, flags) : ring.accept(fd, flags);
  }

  @Override
  public long recv(int fd, long buffer, long length, int flags) {
    return ring == null
        ? linux.recv(fd, buffer, length, flags)
        : ring.receive(fd, buffer, length, flags);
  }

  @Override
  public long send(int fd, long buffer, long length, int flags) {
    return ring == null
        ? linux.send(fd, buffer, length, flags)
        : ring.send(fd, buffer, length, flags);
  }

  @Override
  public int shutdown(int fd, int how) {
    return ring == null ? linux.shutdown(fd, how) : ring.shutdown(fd, how);
  }

  @Override
  public int close(int fd) {
    if (ring == null) {
      return linux.close(fd);
    }
    if (!ring.isRing(fd)) {
      return ring.close(fd);
    }
    RingSockets ended = ring;
    ring = null;
    int result = ended.end();
    ringCalls += ended.calls();
    return result;
  }

  @Override
  public long calls() {
    return linux.calls() + ringCalls + (ring == null ? 0 : ring.calls());
  }

  @Override
  public long nanoTime() {
    long now = System.nanoTime();
    if (ring != null) {
      ring.clock(now);
    }
    return now;
  }
}
