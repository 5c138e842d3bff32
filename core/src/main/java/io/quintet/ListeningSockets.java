package io.quintet;

import io.quintet.ffi.Errno;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

/**
 * The listening sockets of a server until loops take them over: those that it inherited first, then
 * such as it makes, all bound to one address. One thread.
 */
final class ListeningSockets {
  private static final String UNIX = "unix:";
  private static final String ABSTRACT = "unix:@";

  private final Kernel kernel;
  private final Options options;
  private final boolean sharesPort;

  /** Descriptors that were inherited and not asked for yet. */
  private final Deque<Integer> inherited = new ArrayDeque<>();

  /** Descriptors that no loop has taken over yet. */
  private final List<Integer> pending = new ArrayList<>();

  private SocketAddress address;
  private boolean inherits;

  /**
   * No sockets yet.
   *
   * @param sharesPort whether several of them are bound to the same port
   */
  ListeningSockets(Kernel kernel, Options options, boolean sharesPort) {
    this.kernel = kernel;
    this.options = options;
    this.sharesPort = sharesPort;
    this.address = address(options.host(), options.port());
    requireSense();
  }

  /** What another family of addresses alone has is not left out in silence. */
  private void requireSense() {
    if (options.ipv6Only() && !(address instanceof SocketAddress.Inet6)) {
      throw new IllegalArgumentException(
          "option ipv6Only is true; valid for host " + options.host() + " is false");
    }
    if (areLocal() && (options.deferAcceptSeconds() > 0 || options.fastOpenMax() > 0)) {
      boolean defers = options.deferAcceptSeconds() > 0;
      throw new IllegalArgumentException(
          (defers
                  ? "option deferAcceptSeconds is " + options.deferAcceptSeconds()
                  : "option fastOpenMax is " + options.fastOpenMax())
              + "; valid for host "
              + options.host()
              + " is 0");
    }
  }

  /** An address as options give it. */
  static SocketAddress address(String host, int port) {
    try {
      if (host.startsWith(ABSTRACT)) {
        return new SocketAddress.UnixAbstract(host.substring(ABSTRACT.length()));
      }
      return host.startsWith(UNIX)
          ? new SocketAddress.UnixPath(host.substring(UNIX.length()))
          : SocketAddress.inet(host, port);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "option host is "
              + host
              + "; valid is an address, a name that resolves, unix:PATH, or unix:@NAME",
          e);
    }
  }

  /** Where they listen, with the port that the kernel chose, once there is one. */
  SocketAddress address() {
    return address;
  }

  /** Whether they are unix sockets. */
  boolean areLocal() {
    return !(address instanceof SocketAddress.Inet4 || address instanceof SocketAddress.Inet6);
  }

  void moveTo(SocketAddress other) {
    address = other;
  }

  /** Sockets that listen already; they come before any that is made. */
  void inherit(Collection<Integer> descriptors) {
    inherited.addAll(descriptors);
    inherits = !inherited.isEmpty();
    if (inherits) {
      address = kernel.name(inherited.getFirst());
    }
  }

  /**
   * Refuses sockets of the server before this one that listen elsewhere than was asked, so that a
   * port that has changed is not left out in silence.
   */
  void requireAsked() {
    SocketAddress asked = address(options.host(), options.port());
    boolean local = asked.family() == Linux.AF_UNIX();
    boolean fits =
        local || areLocal()
            ? asked.equals(address)
            : options.port() == 0 || Server.port(asked) == Server.port(address);
    if (!fits) {
      close();
      throw new IllegalArgumentException(
          (local ? "option host is " + options.host() : "option port is " + options.port())
              + "; valid with takeover "
              + options.takeover()
              + " is what the server there listens on, "
              + address);
    }
  }

  /** How many were inherited and not asked for yet. */
  int left() {
    return inherited.size();
  }

  /** Whether they may be another process's too. */
  boolean areInherited() {
    return inherits;
  }

  /** One more that listens. */
  int next() {
    Integer known = inherited.poll();
    if (known == null) {
      return made();
    }
    int fd = keep(known);
    LinuxException.check(kernel.setNonBlocking(fd), "fcntl F_SETFL");
    if (sharesPort && !areLocal()) {
      set(fd, SocketOption.SO_REUSEPORT, true); // its server may have had one listener alone
    }
    prepare(fd);
    return fd;
  }

  /** Another descriptor of one of them. */
  int twin(int fd) {
    return keep(LinuxException.check(kernel.dup(fd), "fcntl F_DUPFD_CLOEXEC"));
  }

  private int made() {
    int type = Linux.SOCK_STREAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    int fd = keep(LinuxException.check(kernel.socket(address.family(), type, 0), "socket"));
    if (!areLocal()) {
      set(fd, SocketOption.SO_REUSEADDR, true);
      if (sharesPort) {
        set(fd, SocketOption.SO_REUSEPORT, true);
      }
    }
    if (address instanceof SocketAddress.Inet6) {
      set(fd, SocketOption.IPV6_V6ONLY, options.ipv6Only());
    }
    prepare(fd);
    removeStale();
    int bound = kernel.bind(fd, address);
    LinuxException.check(bound, "bind " + address, hint(bound));
    LinuxException.check(kernel.listen(fd, options.backlog()), "listen on " + address);
    address = kernel.name(fd);
    return fd;
  }

  /** What is set here is what accepted sockets have from their first byte on, tcp(7). */
  private void prepare(int fd) {
    if (options.receiveBufferBytes() > 0) {
      set(fd, SocketOption.SO_RCVBUF, options.receiveBufferBytes());
    }
    if (options.sendBufferBytes() > 0) {
      set(fd, SocketOption.SO_SNDBUF, options.sendBufferBytes());
    }
    if (areLocal()) {
      return;
    }
    if (options.noDelay()) {
      set(fd, SocketOption.TCP_NODELAY, true);
    }
    if (options.keepAlive()) {
      set(fd, SocketOption.SO_KEEPALIVE, true);
    }
    if (options.deferAcceptSeconds() > 0) {
      set(fd, SocketOption.TCP_DEFER_ACCEPT, options.deferAcceptSeconds());
    }
    if (options.fastOpenMax() > 0) {
      set(fd, SocketOption.TCP_FASTOPEN, options.fastOpenMax());
    }
  }

  private <T> void set(int fd, SocketOption<T> option, T value) {
    LinuxException.check(kernel.setOption(fd, option, value), "setsockopt " + option.name());
  }

  /** A unix socket's name stays when its server is gone; one that nobody listens on is removed. */
  private void removeStale() {
    if (!(address instanceof SocketAddress.UnixPath path)) {
      return;
    }
    int type = Linux.SOCK_STREAM() | Linux.SOCK_CLOEXEC();
    int probe = LinuxException.check(kernel.socket(Linux.AF_UNIX(), type, 0), "socket");
    int result = kernel.connect(probe, address);
    kernel.close(probe);
    if (result == -Errno.ECONNREFUSED.number()) {
      kernel.unlink(path.path());
    }
  }

  /** Removes the name of a unix socket that is not needed any more. */
  void removeName() {
    if (address instanceof SocketAddress.UnixPath path) {
      kernel.unlink(path.path());
    }
  }

  private static String hint(int result) {
    return switch (Errno.of(-result).orElse(Errno.EINVAL)) {
      case EACCES -> "ports below 1024 need CAP_NET_BIND_SERVICE";
      case EADDRINUSE -> "another process listens there; choose another port, or 0 for a free one";
      case EADDRNOTAVAIL -> "no interface of this machine has the address";
      default -> "";
    };
  }

  /** A descriptor that is closed unless a loop takes it over. */
  int keep(int fd) {
    pending.add(fd);
    return fd;
  }

  /** A loop has taken one over. */
  void taken(int fd) {
    pending.remove((Integer) fd);
  }

  /** Closes what no loop has taken over. */
  void close() {
    pending.forEach(kernel::close);
    inherited.forEach(kernel::close);
    pending.clear();
    inherited.clear();
  }
}
