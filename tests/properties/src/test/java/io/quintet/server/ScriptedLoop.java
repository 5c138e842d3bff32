package io.quintet.server;

import io.quintet.accept.ConnectionLimiter;
import io.quintet.connection.Limits;
import io.quintet.dispatch.Placement;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.reactor.Timeouts;
import io.quintet.service.Service;
import io.quintet.transport.Layers;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A loop of a server on a scripted kernel, turned by hand. */
public final class ScriptedLoop {
  /** The descriptor of its listener. */
  public static final int LISTENER = 900;

  private final ScriptedKernel machine;
  private final ServerLoop loop;

  /**
   * A loop.
   *
   * @param limits what bounds it, by the names of {@link Limits}, and {@code connectionsMax} and
   *     {@code peerConnectionsMax}
   */
  public ScriptedLoop(
      ScriptedKernel machine, Service<?, ?> service, Map<String, ? extends Number> limits) {
    this(machine, service, limits, limiter(limits), null, Optional.empty());
  }

  /** One of several of a process, or with something before its requests, or with workers. */
  public ScriptedLoop(
      ScriptedKernel machine,
      Service<?, ?> service,
      Map<String, ? extends Number> limits,
      ConnectionLimiter limiter,
      @Nullable Layers layers,
      Optional<Placement> workers) {
    this.machine = machine;
    this.loop =
        new ServerLoop(
            "loop",
            machine.kernel(),
            service,
            workers,
            limits(limits),
            new Timeouts(
                1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000, 128, 1, 1, 1, 1),
            limiter,
            layers == null
                ? new Layers(
                    false, Optional.empty(), Optional.empty(), _ -> () -> {}, Runnable::run)
                : layers);
  }

  /** Who counts the connections of a process. */
  public static ConnectionLimiter limiter(Map<String, ? extends Number> limits) {
    return new ConnectionLimiter(
        (int) number(limits, "connectionsMax", 0), (int) number(limits, "peerConnectionsMax", 0));
  }

  private static Limits limits(Map<String, ? extends Number> given) {
    return new Limits(
        (int) number(given, "acceptBudget", 4),
        (int) number(given, "requestBudget", 4),
        (int) number(given, "mailBudget", 64),
        (int) number(given, "pipelineMax", 16),
        (int) number(given, "lingeringMax", 2),
        (int) number(given, "readBufferBytes", 256),
        (int) number(given, "outputBufferBytes", 256),
        (int) number(given, "highWatermarkBytes", 64),
        (int) number(given, "lowWatermarkBytes", 16),
        number(given, "requestBytesMin", 0),
        number(given, "connectionAgeNanos", Long.MAX_VALUE),
        number(given, "bufferBytesMax", Long.MAX_VALUE),
        number(given, "sheds", 0) == 1);
  }

  private static long number(Map<String, ? extends Number> given, String name, long otherwise) {
    return given.containsKey(name) ? given.get(name).longValue() : otherwise;
  }

  /** The loop itself. */
  public ServerLoop loop() {
    return loop;
  }

  /** The kernel that it asks. */
  public ScriptedKernel machine() {
    return machine;
  }

  /** It listens from now on. */
  public ScriptedLoop listening(boolean shared) {
    loop.listen(LISTENER, shared, false);
    machine.calls();
    return this;
  }

  /** One turn, if it has not stopped. */
  public int turn() {
    return loop.isStopped() ? 0 : loop.turn();
  }

  /** One in which a descriptor is readable. */
  public void readable(int fd) {
    machine.ready(fd, Linux.EPOLLIN());
    turn();
  }

  /** One in which a descriptor is writable. */
  public void writable(int fd) {
    machine.ready(fd, Linux.EPOLLOUT());
    turn();
  }

  /** A client comes, and has this descriptor. */
  public void accepts(int fd) {
    machine.answer("accept4", fd, -Linux.EAGAIN());
    readable(LISTENER);
  }

  /** A client has sent something. */
  public void receives(int fd, String text) {
    machine.arrives(fd, text);
    readable(fd);
  }

  /** So many milliseconds pass, with a turn in each. */
  public void pass(long millis) {
    for (long i = 0; i < millis; i++) {
      machine.pass(1_000_000);
      turn(); // it sleeps until the clock has moved
      turn();
    }
  }

  /** A number of its figures. */
  public long figure(String name) {
    return ((Number) loop.stats().get(name)).longValue();
  }
}
