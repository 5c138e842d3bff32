package io.quintet;

import io.quintet.ffi.Errno;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.SocketName;
import io.quintet.server.ServerLoop;
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
  private boolean sharesPort;

  /** Descriptors that were inherited and not asked for yet. */
  private final Deque<Integer> inherited = new ArrayDeque<>();

  /** Descriptors that no loop has taken over yet. */
  private final List<Integer> pending = new ArrayList<>();

  /** The name of a unix socket that was made here. */
  private final SocketName name = new SocketName();

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
    return isLocal(address);
  }

  private static boolean isLocal(SocketAddress address) {
    return !(address instanceof SocketAddress.Inet4 || address instanceof SocketAddress.Inet6);
  }

  /** The name of the unix socket, where it has one in the file system. */
  SocketName name() {
    return name;
  }

  /** From now on several are bound to the same port. */
  void sharePort() {
    sharesPort = true;
  }

  /** Whether several are, or were. */
  boolean shareThePort() {
    return sharesPort;
  }

  void moveTo(SocketAddress other) {
    address = other;
  }

  /**
   * Sockets that listen already; they come before any that is made.
   *
   * @param source who has given them
   */
  void inherit(Collection<Integer> descriptors, String source) {
    inherited.addAll(descriptors);
    descriptors.forEach(fd -> requireListening(fd, source));
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
    boolean local = isLocal(asked) || areLocal();
    boolean fits =
        local
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

  private void requireListening(int fd, String source) {
    String what = Inherited.describe(kernel, fd);
    if (!what.equals(Inherited.LISTENER)) {
      close();
      throw new IllegalArgumentException(
          "descriptor "
              + fd
              + " of "
              + source
              + " is "
              + what
              + "; valid are sockets that listen, of TCP or unix streams");
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
    SocketAddress own = kernel.name(fd);
    if (sharesPort && !isLocal(own)) {
      set(fd, SocketOption.SO_REUSEPORT, true); // its server may have had one listener alone
    }
    prepare(fd, own);
    return fd;
  }

  /** A unix socket that keeps messages apart. */
  int control() {
    int type = Linux.SOCK_SEQPACKET() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    return keep(LinuxException.check(kernel.socket(Linux.AF_UNIX(), type, 0), "socket"));
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
    prepare(fd, address);
    if (address instanceof SocketAddress.UnixPath path) {
      SocketName.removeStale(kernel, path);
    }
    int bound = kernel.bind(fd, address);
    LinuxException.check(bound, "bind " + address, hint(bound));
    if (address instanceof SocketAddress.UnixPath path) {
      name.bound(kernel, path.path());
    }
    LinuxException.check(kernel.listen(fd, options.backlog()), "listen on " + address);
    address = kernel.name(fd);
    return fd;
  }

  /** What is set here is what accepted sockets have from their first byte on, tcp(7). */
  private void prepare(int fd, SocketAddress own) {
    if (options.receiveBufferBytes() > 0) {
      set(fd, SocketOption.SO_RCVBUF, options.receiveBufferBytes());
    }
    if (options.sendBufferBytes() > 0) {
      set(fd, SocketOption.SO_SNDBUF, options.sendBufferBytes());
    }
    if (isLocal(own)) {
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

  private String hint(int result) {
    return switch (Errno.of(-result).orElse(Errno.EIO)) {
      case EACCES ->
          areLocal()
              ? "this user may not make a name there"
              : "ports below 1024 need CAP_NET_BIND_SERVICE";
      case EADDRINUSE ->
          areLocal()
              ? occupant() + "; choose another name"
              : "another process listens there; choose another port, or 0 for a free one";
      case EINVAL ->
          address instanceof SocketAddress.Inet6 inet && inet.isLinkLocal() && inet.scope() == 0
              ? "a link-local address needs its interface, as in fe80::1%eth0"
              : "";
      case EADDRNOTAVAIL -> "no interface of this machine has the address";
      default -> "";
    };
  }

  /** What stands where a unix socket was to be bound. */
  private String occupant() {
    return address instanceof SocketAddress.UnixPath path
        ? kernel
            .status(path.path())
            .filter(status -> !status.isSocket())
            .map(status -> "there is " + status.kind() + ", which is left alone")
            .orElse("another process has a socket there")
        : "another process listens there";
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

  /** A loop takes one over. */
  void give(ServerLoop loop, int fd, boolean shared) {
    int result = loop.listen(fd, shared, areInherited());
    LinuxException.check(result, "epoll_ctl ADD of the listener on " + address);
    taken(fd);
  }

  /** Closes what no loop has taken over, and removes the name of a socket that was made. */
  void giveUp() {
    close();
    name.remove(kernel);
  }

  /** Closes what no loop has taken over. */
  void close() {
    pending.forEach(kernel::close);
    inherited.forEach(kernel::close);
    pending.clear();
    inherited.clear();
  }
}
