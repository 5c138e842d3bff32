package io.quintet.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.quintet.ffi.linux.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * What is done with a socket: socket(7), tcp(7), unix(7).
 *
 * <p>One instance belongs to one thread at a time. A call returns a result of at least 0, or the
 * negated error number; pointers are addresses of memory that the caller owns.
 */
public final class Sockets {
  private static final MethodHandle SOCKET =
      Capture.link(Linux.socket$address(), Linux.socket$descriptor());
  private static final MethodHandle SOCKETPAIR =
      Capture.link(Linux.socketpair$address(), Linux.socketpair$descriptor());
  private static final MethodHandle BIND =
      Capture.link(Linux.bind$address(), Linux.bind$descriptor());
  private static final MethodHandle LISTEN =
      Capture.link(Linux.listen$address(), Linux.listen$descriptor());
  private static final MethodHandle ACCEPT4 =
      Capture.link(Linux.accept4$address(), Linux.accept4$descriptor());
  private static final MethodHandle CONNECT =
      Capture.link(Linux.connect$address(), Linux.connect$descriptor());
  private static final MethodHandle GETSOCKNAME =
      Capture.link(Linux.getsockname$address(), Linux.getsockname$descriptor());
  private static final MethodHandle GETPEERNAME =
      Capture.link(Linux.getpeername$address(), Linux.getpeername$descriptor());
  private static final MethodHandle GETSOCKOPT =
      Capture.link(Linux.getsockopt$address(), Linux.getsockopt$descriptor());
  private static final MethodHandle SETSOCKOPT =
      Capture.link(Linux.setsockopt$address(), Linux.setsockopt$descriptor());
  private static final MethodHandle RECV =
      Capture.link(Linux.recv$address(), Linux.recv$descriptor());
  private static final MethodHandle SEND =
      Capture.link(Linux.send$address(), Linux.send$descriptor());
  private static final MethodHandle RECVMSG =
      Capture.link(Linux.recvmsg$address(), Linux.recvmsg$descriptor());
  private static final MethodHandle SENDMSG =
      Capture.link(Linux.sendmsg$address(), Linux.sendmsg$descriptor());
  private static final MethodHandle SHUTDOWN =
      Capture.link(Linux.shutdown$address(), Linux.shutdown$descriptor());

  private final Capture capture;

  Sockets(Capture capture) {
    this.capture = capture;
  }

  /**
   * Makes a socket, socket(2).
   *
   * @param domain address family
   * @param type type, with SOCK_NONBLOCK and SOCK_CLOEXEC as wanted
   * @param protocol 0 for the only one
   * @return the descriptor, or the negated error number
   */
  public int socket(int domain, int type, int protocol) {
    int result;
    try {
      result = capture.result((int) SOCKET.invokeExact(capture.segment, domain, type, protocol));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "socket(%s, %s, %d)",
          FlagSet.FAMILY.format(domain),
          Strace.socketType(type),
          protocol);
    }
    return result;
  }

  /**
   * Makes two connected sockets, socketpair(2).
   *
   * @param domain AF_UNIX
   * @param type type and flags
   * @param protocol 0
   * @param fds address of two ints that receive the descriptors
   * @return 0, or the negated error number
   */
  public int socketpair(int domain, int type, int protocol, long fds) {
    int result;
    try {
      result =
          capture.result(
              (int) SOCKETPAIR.invokeExact(capture.segment, domain, type, protocol, fds));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "socketpair(%s, %s, %d, [%s, %s])",
          FlagSet.FAMILY.format(domain),
          Strace.socketType(type),
          protocol,
          Strace.int32(fds),
          Strace.int32(fds + 4));
    }
    return result;
  }

  /**
   * Gives a socket its address, bind(2).
   *
   * @param fd socket
   * @param address address of a struct sockaddr
   * @param length its bytes
   * @return 0, or the negated error number
   */
  public int bind(int fd, long address, int length) {
    int result;
    try {
      result = capture.result((int) BIND.invokeExact(capture.segment, fd, address, length));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "bind(%d, %s, %d)", fd, Strace.address(address, length), length);
    }
    return result;
  }

  /**
   * Makes a socket a listener, listen(2).
   *
   * @param fd bound socket
   * @param backlog connections that may wait to be accepted; the kernel caps it at
   *     net.core.somaxconn
   * @return 0, or the negated error number
   */
  public int listen(int fd, int backlog) {
    int result;
    try {
      result = capture.result((int) LISTEN.invokeExact(capture.segment, fd, backlog));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "listen(%d, %d)", fd, backlog);
    }
    return result;
  }

  /**
   * Takes the next connection and leaves its address unasked, accept4(2).
   *
   * @param fd listener
   * @param flags SOCK_NONBLOCK, SOCK_CLOEXEC
   * @return the connection's descriptor, or the negated error number
   */
  public int accept4(int fd, int flags) {
    int result;
    try {
      result = capture.result((int) ACCEPT4.invokeExact(capture.segment, fd, 0L, 0L, flags));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "accept4(%d, %s)", fd, FlagSet.ACCEPT.format(flags));
    }
    return result;
  }

  /**
   * Takes the next connection and its address, accept4(2).
   *
   * @param fd listener
   * @param address address of a struct sockaddr to fill
   * @param length address of an int, room there, then the bytes filled
   * @param flags SOCK_NONBLOCK, SOCK_CLOEXEC
   * @return the connection's descriptor, or the negated error number
   */
  public int accept4(int fd, long address, long length, int flags) {
    int result;
    try {
      result =
          capture.result((int) ACCEPT4.invokeExact(capture.segment, fd, address, length, flags));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "accept4(%d, %s, %s)",
          fd,
          Strace.filled(result, address, length),
          FlagSet.ACCEPT.format(flags));
    }
    return result;
  }

  /**
   * Connects to a listener, connect(2).
   *
   * @param fd socket
   * @param address address of a struct sockaddr
   * @param length its bytes
   * @return 0, or the negated error number
   */
  public int connect(int fd, long address, int length) {
    int result;
    try {
      result = capture.result((int) CONNECT.invokeExact(capture.segment, fd, address, length));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "connect(%d, %s, %d)", fd, Strace.address(address, length), length);
    }
    return result;
  }

  /**
   * Reads a socket's own address, getsockname(2).
   *
   * @param fd socket
   * @param address address of a struct sockaddr to fill
   * @param length address of an int, room there, then the bytes filled
   * @return 0, or the negated error number
   */
  public int getsockname(int fd, long address, long length) {
    int result;
    try {
      result = capture.result((int) GETSOCKNAME.invokeExact(capture.segment, fd, address, length));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "getsockname(%d, %s)", fd, Strace.filled(result, address, length));
    }
    return result;
  }

  /**
   * Reads the peer's address, getpeername(2).
   *
   * @param fd connected socket
   * @param address address of a struct sockaddr to fill
   * @param length address of an int, room there, then the bytes filled
   * @return 0, or the negated error number
   */
  public int getpeername(int fd, long address, long length) {
    int result;
    try {
      result = capture.result((int) GETPEERNAME.invokeExact(capture.segment, fd, address, length));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "getpeername(%d, %s)", fd, Strace.filled(result, address, length));
    }
    return result;
  }

  /**
   * Reads an option, getsockopt(2).
   *
   * @param fd socket
   * @param level level, such as SOL_SOCKET
   * @param name option
   * @param value address to fill
   * @param length address of an int, room there, then the bytes filled
   * @return 0, or the negated error number
   */
  public int getsockopt(int fd, int level, int name, long value, long length) {
    int result;
    try {
      result =
          capture.result(
              (int) GETSOCKOPT.invokeExact(capture.segment, fd, level, name, value, length));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "getsockopt(%d, %s, [%s], [%s])",
          fd,
          SocketOption.format(level, name),
          Strace.int32(value),
          Strace.int32(length));
    }
    return result;
  }

  /**
   * Sets an option, setsockopt(2).
   *
   * @param fd socket
   * @param level level, such as SOL_SOCKET
   * @param name option
   * @param value address of the value
   * @param length its bytes
   * @return 0, or the negated error number
   */
  public int setsockopt(int fd, int level, int name, long value, int length) {
    int result;
    try {
      result =
          capture.result(
              (int) SETSOCKOPT.invokeExact(capture.segment, fd, level, name, value, length));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "setsockopt(%d, %s, [%s], %d)",
          fd,
          SocketOption.format(level, name),
          Strace.int32(value),
          length);
    }
    return result;
  }

  /**
   * Receives what has arrived, recv(2).
   *
   * @param fd connection
   * @param buffer address to fill
   * @param length room there, in bytes
   * @param flags MSG_PEEK and the like, or 0
   * @return bytes received; 0 once the peer has ended its half, or the negated error number
   */
  public long recv(int fd, long buffer, long length, int flags) {
    long result;
    try {
      result = capture.result((long) RECV.invokeExact(capture.segment, fd, buffer, length, flags));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "recv(%d, %s, %d, %s)",
          fd,
          Strace.bytes(buffer, result),
          length,
          FlagSet.MESSAGE.format(flags));
    }
    return result;
  }

  /**
   * Sends as much as the socket takes, send(2).
   *
   * @param fd connection
   * @param buffer address of the bytes
   * @param length how many
   * @param flags MSG_NOSIGNAL and the like, or 0
   * @return bytes taken, which may be fewer, or the negated error number
   */
  public long send(int fd, long buffer, long length, int flags) {
    long result;
    try {
      result = capture.result((long) SEND.invokeExact(capture.segment, fd, buffer, length, flags));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(
          result,
          "send(%d, %s, %d, %s)",
          fd,
          Strace.bytes(buffer, length),
          length,
          FlagSet.MESSAGE.format(flags));
    }
    return result;
  }

  /**
   * Receives bytes and control messages, recvmsg(2).
   *
   * @param fd socket
   * @param message address of a struct msghdr
   * @param flags MSG_CMSG_CLOEXEC and the like, or 0
   * @return bytes received, or the negated error number
   */
  public long recvmsg(int fd, long message, int flags) {
    long result;
    try {
      result = capture.result((long) RECVMSG.invokeExact(capture.segment, fd, message, flags));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "recvmsg(%d, 0x%x, %s)", fd, message, FlagSet.MESSAGE.format(flags));
    }
    return result;
  }

  /**
   * Sends bytes and control messages, sendmsg(2).
   *
   * @param fd socket
   * @param message address of a struct msghdr
   * @param flags MSG_NOSIGNAL and the like, or 0
   * @return bytes taken, or the negated error number
   */
  public long sendmsg(int fd, long message, int flags) {
    long result;
    try {
      result = capture.result((long) SENDMSG.invokeExact(capture.segment, fd, message, flags));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "sendmsg(%d, 0x%x, %s)", fd, message, FlagSet.MESSAGE.format(flags));
    }
    return result;
  }

  /**
   * Ends one half of a connection or both, shutdown(2).
   *
   * @param fd connection
   * @param how SHUT_RD, SHUT_WR or SHUT_RDWR
   * @return 0, or the negated error number
   */
  public int shutdown(int fd, int how) {
    int result;
    try {
      result = capture.result((int) SHUTDOWN.invokeExact(capture.segment, fd, how));
    } catch (Throwable t) {
      throw Capture.unreachable(t);
    }
    if (Strace.on()) {
      Strace.print(result, "shutdown(%d, %s)", fd, FlagSet.SHUTDOWN.format(how));
    }
    return result;
  }

  /**
   * Sets a typed option.
   *
   * @param <T> type of its value
   * @param fd socket
   * @param option which
   * @param value value
   * @return 0, or the negated error number
   */
  public <T> int setOption(int fd, SocketOption<T> option, T value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = option.kind().write(arena, value);
      return setsockopt(
          fd, option.level(), option.number(), bytes.address(), (int) bytes.byteSize());
    }
  }

  /**
   * Reads a typed option.
   *
   * @param <T> type of its value
   * @param fd socket
   * @param option which
   * @return its value
   * @throws LinuxException if the kernel refuses
   */
  public <T> T option(int fd, SocketOption<T> option) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(option.kind().bytes(), 8);
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) value.byteSize());
      int result =
          getsockopt(fd, option.level(), option.number(), value.address(), length.address());
      LinuxException.check(result, "getsockopt " + option.name() + " on fd " + fd);
      return option.kind().read(value);
    }
  }

  /**
   * A socket's own address.
   *
   * @param fd socket
   * @return the address
   * @throws LinuxException if the kernel refuses
   */
  public SocketAddress name(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SocketAddress.BYTES_MAX, 8);
      MemorySegment length = arena.allocateFrom(JAVA_INT, SocketAddress.BYTES_MAX);
      int result = getsockname(fd, address.address(), length.address());
      LinuxException.check(result, "getsockname on fd " + fd);
      return SocketAddress.read(address.address(), length.get(JAVA_INT, 0));
    }
  }

  /**
   * The address of a connected socket's peer.
   *
   * @param fd socket
   * @return the address; empty if the kernel refuses, as it does where the peer is gone
   */
  public Optional<SocketAddress> peer(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SocketAddress.BYTES_MAX, 8);
      MemorySegment length = arena.allocateFrom(JAVA_INT, SocketAddress.BYTES_MAX);
      return getpeername(fd, address.address(), length.address()) < 0
          ? Optional.empty()
          : Optional.of(SocketAddress.read(address.address(), length.get(JAVA_INT, 0)));
    }
  }

  /**
   * The address of a connected socket itself.
   *
   * @param fd socket
   * @return the address; empty if the kernel refuses
   */
  public Optional<SocketAddress> local(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SocketAddress.BYTES_MAX, 8);
      MemorySegment length = arena.allocateFrom(JAVA_INT, SocketAddress.BYTES_MAX);
      return getsockname(fd, address.address(), length.address()) < 0
          ? Optional.empty()
          : Optional.of(SocketAddress.read(address.address(), length.get(JAVA_INT, 0)));
    }
  }

  /**
   * Gives a socket its address.
   *
   * @param fd socket
   * @param address the address
   * @return 0, or the negated error number
   */
  public int bind(int fd, SocketAddress address) {
    try (Arena arena = Arena.ofConfined()) {
      long memory = arena.allocate(SocketAddress.BYTES_MAX, 8).address();
      return bind(fd, memory, address.write(memory));
    }
  }

  /**
   * Connects a socket.
   *
   * @param fd socket
   * @param address the listener's address
   * @return 0, or the negated error number: EINPROGRESS where the socket does not block
   */
  public int connect(int fd, SocketAddress address) {
    try (Arena arena = Arena.ofConfined()) {
      long memory = arena.allocate(SocketAddress.BYTES_MAX, 8).address();
      return connect(fd, memory, address.write(memory));
    }
  }
}
