package io.quintet;

import io.quintet.ffi.Errno;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.LinuxKernel;
import io.quintet.loop.Lifecycle;
import io.quintet.loop.Limits;
import io.quintet.loop.Loop;
import io.quintet.loop.Service;
import io.quintet.loop.Timeouts;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A server that has been started. Any thread may use it.
 *
 * <p>{@link #close()} drains it: nothing more is accepted, what is in flight is answered, and what
 * is left when the time for that is over is closed.
 */
public final class Server implements AutoCloseable {
  private final Topology topology;
  private final String protocol;
  private final SocketAddress address;
  private final List<Loop> loops;
  private final Lifecycle lifecycle;

  private Server(
      Topology topology,
      String protocol,
      SocketAddress address,
      List<Loop> loops,
      Lifecycle lifecycle) {
    this.topology = topology;
    this.protocol = protocol;
    this.address = address;
    this.loops = loops;
    this.lifecycle = lifecycle;
  }

  static Server start(Service<?, ?> service, Options options) {
    Topology topology = topology(options.topology());
    SocketAddress asked = address(options);
    Kernel kernel = new LinuxKernel();
    List<Loop> loops = new ArrayList<>();
    Lifecycle lifecycle = new Lifecycle(loops, options.drainTimeoutMillis());
    int listener = -1;
    try {
      listener = bind(kernel, asked, options.backlog());
      SocketAddress address = kernel.name(listener);
      for (int i = 0; i < topology.loops(); i++) {
        loops.add(loop("quintet-loop-" + i, service, options));
      }
      int result = loops.getFirst().listen(listener);
      LinuxException.check(result, "epoll_ctl ADD of the listener on " + asked);
      listener = -1;
      lifecycle.started();
      return new Server(topology, service.codec().name(), address, List.copyOf(loops), lifecycle);
    } catch (RuntimeException | Error e) {
      lifecycle.startFailed();
      if (listener >= 0) {
        kernel.close(listener);
      }
      throw e;
    }
  }

  private static Topology topology(String id) {
    if (!Specs.topologyIds().contains(id)) {
      throw new IllegalArgumentException(
          "option topology is " + id + "; valid are " + String.join(", ", Specs.topologyIds()));
    }
    return Specs.topology(id);
  }

  private static SocketAddress address(Options options) {
    try {
      return SocketAddress.inet(options.host(), options.port());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "option host is " + options.host() + "; valid is an address or a name that resolves", e);
    }
  }

  private static Loop loop(String name, Service<?, ?> service, Options options) {
    Limits limits =
        new Limits(
            options.acceptBudget(),
            options.requestBudget(),
            options.pipelineMax(),
            options.readBufferBytes(),
            options.outputBufferBytes(),
            options.highWatermarkBytes(),
            options.lowWatermarkBytes());
    Timeouts timeouts =
        new Timeouts(
            options.idleTimeoutMillis(),
            options.requestTimeoutMillis(),
            options.writeStallTimeoutMillis(),
            options.lingerTimeoutMillis(),
            options.acceptPauseMillis());
    return new Loop(name, new LinuxKernel(), service, limits, timeouts, true);
  }

  /** A listening socket, or nothing left open. */
  private static int bind(Kernel kernel, SocketAddress address, int backlog) {
    int type = Linux.SOCK_STREAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
    int fd = LinuxException.check(kernel.socket(address.family(), type, 0), "socket");
    try {
      int reuse = kernel.setOption(fd, SocketOption.SO_REUSEADDR, true);
      LinuxException.check(reuse, "setsockopt SO_REUSEADDR");
      int bound = kernel.bind(fd, address);
      LinuxException.check(bound, "bind " + address, hint(bound));
      LinuxException.check(kernel.listen(fd, backlog), "listen on " + address);
      return fd;
    } catch (LinuxException e) {
      kernel.close(fd);
      throw e;
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

  /**
   * Where the server listens.
   *
   * @return address, with the port that the kernel chose where 0 was asked for
   */
  public SocketAddress address() {
    return address;
  }

  /**
   * The port on which the server listens.
   *
   * @return 1 to 65535
   */
  public int port() {
    return switch (address) {
      case SocketAddress.Inet4 inet -> inet.port();
      case SocketAddress.Inet6 inet -> inet.port();
      default -> throw new IllegalStateException(address + " has no port");
    };
  }

  /**
   * How threads and sockets are arranged.
   *
   * @return the topology
   */
  public Topology topology() {
    return topology;
  }

  /**
   * What is served, and what was done so far.
   *
   * @return an immutable map: {@code topology}, {@code protocol}, {@code address}, {@code state},
   *     and {@code loops}, a list of maps
   */
  public Map<String, Object> stats() {
    Map<String, Object> stats = new LinkedHashMap<>();
    stats.put("topology", topology.id());
    stats.put("protocol", protocol);
    stats.put("address", address.toString());
    stats.put("state", lifecycle.stateName());
    stats.put("loops", loops.stream().map(Loop::stats).toList());
    return Map.copyOf(stats);
  }

  /**
   * Waits until the server has stopped.
   *
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public void awaitStopped() throws InterruptedException {
    lifecycle.awaitStopped();
  }

  /**
   * Drains the server and waits until it has stopped. Closing again only waits.
   *
   * @return whether all was answered in time; false if connections were cut at the deadline
   */
  public boolean drain() {
    return lifecycle.drain();
  }

  /** Drains the server and waits until it has stopped. Closing again only waits. */
  @Override
  public void close() {
    drain();
  }
}
