package io.quintet.kernel;

import io.quintet.ffi.Events;
import io.quintet.ffi.Files;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.Sockets;
import io.quintet.ffi.linux.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The machine's own kernel: every method is the call of its name. */
public final class LinuxKernel implements Kernel {
  private static final MemorySegment ONE = Arena.global().allocateFrom(ValueLayout.JAVA_INT, 1);

  private final Sockets sockets;
  private final Events events;
  private final Files files;

  /**
   * A kernel for one thread.
   *
   * @throws UnsupportedOperationException on anything but Linux on x86-64
   */
  public LinuxKernel() {
    LinuxCalls calls = LinuxCalls.open();
    this.sockets = calls.sockets();
    this.events = calls.events();
    this.files = calls.files();
  }

  @Override
  public int socket(int domain, int type, int protocol) {
    return sockets.socket(domain, type, protocol);
  }

  @Override
  public int bind(int fd, SocketAddress address) {
    return sockets.bind(fd, address);
  }

  @Override
  public int listen(int fd, int backlog) {
    return sockets.listen(fd, backlog);
  }

  @Override
  public SocketAddress name(int fd) {
    return sockets.name(fd);
  }

  @Override
  public <T> int setOption(int fd, SocketOption<T> option, T value) {
    return sockets.setOption(fd, option, value);
  }

  @Override
  public int setNoDelay(int fd) {
    return sockets.setsockopt(
        fd, Linux.IPPROTO_TCP(), Linux.TCP_NODELAY(), ONE.address(), Integer.BYTES);
  }

  @Override
  public int accept4(int fd, int flags) {
    return sockets.accept4(fd, flags);
  }

  @Override
  public long recv(int fd, long buffer, long length, int flags) {
    return sockets.recv(fd, buffer, length, flags);
  }

  @Override
  public long send(int fd, long buffer, long length, int flags) {
    return sockets.send(fd, buffer, length, flags);
  }

  @Override
  public int shutdown(int fd, int how) {
    return sockets.shutdown(fd, how);
  }

  @Override
  public int close(int fd) {
    return files.close(fd);
  }

  @Override
  public int epollCreate1(int flags) {
    return events.epollCreate1(flags);
  }

  @Override
  public int epollCtl(int epfd, int operation, int fd, long event) {
    return events.epollCtl(epfd, operation, fd, event);
  }

  @Override
  public int epollWait(int epfd, long array, int eventsMax, int timeoutMillis) {
    return events.epollWait(epfd, array, eventsMax, timeoutMillis);
  }

  @Override
  public int eventfd(int count, int flags) {
    return events.eventfd(count, flags);
  }

  @Override
  public long read(int fd, long buffer, long length) {
    return files.read(fd, buffer, length);
  }

  @Override
  public long signal(int fd) {
    return Events.signal(fd);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long epochSeconds() {
    return System.currentTimeMillis() / 1000;
  }
}
