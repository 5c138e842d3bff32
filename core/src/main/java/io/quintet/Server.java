package io.quintet;

import io.quintet.ffi.SocketAddress;
import io.quintet.server.Lifecycle;
import io.quintet.server.ServerLoop;
import io.quintet.specs.Topology;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A server that has been started. Any thread may use it.
 *
 * <p>{@link #close()} drains it: nothing more is accepted, what is in flight is answered, and what
 * is left when the time for that is over is closed.
 */
public final class Server implements AutoCloseable {
  private final Assembly assembly;
  private final String protocol;
  private final Lifecycle lifecycle;
  private final List<ServerLoop> loops;
  private final ServerStats figures;
  private final boolean backend;
  private final AtomicBoolean rearranging = new AtomicBoolean();
  private volatile boolean takenOver;

  Server(
      Assembly assembly,
      String protocol,
      Lifecycle lifecycle,
      List<ServerLoop> loops,
      ServerStats figures,
      boolean backend) {
    this.assembly = assembly;
    this.protocol = protocol;
    this.lifecycle = lifecycle;
    this.loops = loops;
    this.figures = figures;
    this.backend = backend;
  }

  /**
   * Where the server listens.
   *
   * @return address, with the port that the kernel chose where 0 was asked for
   */
  public SocketAddress address() {
    return assembly.address();
  }

  /**
   * The port on which the server listens.
   *
   * @return 1 to 65535
   */
  public int port() {
    return port(address());
  }

  static int port(SocketAddress address) {
    return switch (address) {
      case SocketAddress.Inet4 inet -> inet.port();
      case SocketAddress.Inet6 inet -> inet.port();
      default -> throw new IllegalStateException(address + " has no port");
    };
  }

  /**
   * How threads and sockets are arranged, now.
   *
   * @return the topology
   */
  public Topology topology() {
    return assembly.topology();
  }

  /**
   * Whether this process is a backend that a front started. It has connections from its front
   * alone, stops when the front says so or is gone, and should then end.
   *
   * @return whether it is
   */
  public boolean isBackend() {
    return backend;
  }

  /**
   * Whether new connections should be sent here: it serves and was not told to drain.
   *
   * @return whether it is ready
   */
  public boolean isReady() {
    return lifecycle.stateName().equals("serving");
  }

  /**
   * What is served, and what was done so far.
   *
   * <p>Backends are asked for theirs. What one has told before stands for one that does not answer
   * within half a second, being at work.
   *
   * @return an immutable map: {@code topology}, {@code protocol}, {@code address}, {@code state},
   *     {@code loops}, {@code workers} and {@code backends}, lists of maps, and {@code totals}, a
   *     map of what all have counted together, also those that have gone. {@code waiting} are the
   *     requests in queues from which workers take them, by the policies {@code shared}, {@code
   *     bounded}, {@code stealing} and {@code reserved}; {@code waitingShort} are those of them
   *     that are short, where workers are {@code reserved} for such. {@code listeners} has for each
   *     listener of this process what waits for accept(2), {@code queue}, and its backlog, {@code
   *     queueMax}; {@code network} what the kernel counts of all listeners of its network
   *     namespace: {@code listenOverflows}, {@code listenDrops} and {@code synCookies}. {@code
   *     cpuNanos} is processor time of a thread. {@code replies} are counted by kind. {@code
   *     durations} are how many requests took up to each of {@code durationBoundsNanos}, from when
   *     the loop learned of them until the reply was encoded, with those that took longer at the
   *     end; {@code durationNanos} is how long they took together. {@code rearrangements} has how
   *     many were {@code done} and {@code failed}, and the {@code last} in a sentence; {@code
   *     rebalancing} how many {@code orders} to give connections away busy loops got, and the
   *     {@code last} in a sentence; {@code governor} of an adaptive server how many {@code changes}
   *     it made by itself, the {@code last} in a sentence, the {@code figures} that it saw last,
   *     the {@code pattern} of now, for how long, {@code sinceMillis}, and why, {@code because},
   *     the time to its next look, {@code nextLookMillis}, and until a change needs no more to be
   *     clear, {@code restsMillis}; all that as a sentence, {@code now}; its last {@code
   *     decisions}, each with {@code agoMillis}, {@code from}, {@code to}, {@code because} and
   *     whether it {@code failed}; and the last {@code transitions} of its machine
   */
  public Map<String, Object> stats() {
    Map<String, Object> stats = new LinkedHashMap<>();
    stats.put("topology", topology().id());
    stats.put("protocol", protocol);
    stats.put("address", address().toString());
    stats.put("state", lifecycle.stateName());
    figures.putInto(stats);
    stats.put("rearrangements", assembly.rearrangements().toMap());
    stats.put("rebalancing", assembly.resizer().rebalanced());
    stats.put("governor", assembly.governor().map(Governor::toMap).orElse(Map.of()));
    return Collections.unmodifiableMap(stats);
  }

  /**
   * The last transitions of every connection of this process, as the loops have them.
   *
   * @return an immutable map by the connection's descriptor, such as {@code 9 -> "connection: idle
   *     --READABLE-> serving --RECEIVED-> serving"}
   * @throws IllegalStateException if a loop does not answer within ten seconds
   */
  public Map<Integer, String> explain() {
    Map<Integer, String> all = new LinkedHashMap<>();
    long before;
    do { // what has moved meanwhile was with none of the loops, each at the moment of its answer
      before = moved();
      for (ServerLoop loop : loops) {
        all.putAll(
            assembly.resizer().await(loop.explainConnections(), "explanation of " + loop.name()));
      }
    } while (moved() != before);
    return Map.copyOf(all);
  }

  private long moved() {
    return loops.stream().mapToLong(ServerLoop::moved).sum();
  }

  /**
   * The pattern that an adaptive server has now, since when, why, and when it looks next, in a
   * sentence; then the last transitions of the machine that decides.
   *
   * @return two lines; empty for a server that is not adaptive
   */
  public String explainGovernor() {
    return assembly
        .governor()
        .map(Governor::toMap)
        .map(told -> told.get("now") + "\n" + told.get("transitions"))
        .orElse("");
  }

  /**
   * The last transitions of a connection.
   *
   * @param connection its descriptor
   * @return the transitions; empty if there is no such connection
   * @throws IllegalStateException if a loop does not answer within ten seconds
   */
  public String explain(int connection) {
    return explain().getOrDefault(connection, "");
  }

  /**
   * Changes the number of loops while the server serves, where each loop has a listener of its own.
   * A loop that leaves loses no connection: new ones are steered to the others first, its listener
   * is accepted from by another loop, and it serves what it has until that ends by itself.
   *
   * @param count how many, 1 to 1024
   * @throws IllegalArgumentException if the count is out of range, or the topology has no listener
   *     a loop
   * @throws IllegalStateException if the server does not serve any more
   * @throws io.quintet.ffi.LinuxException if the kernel refuses
   */
  public synchronized void resize(int count) {
    boolean can = topology().listeners().equals("one-a-loop");
    if (!can || count < 1 || count > 1024) {
      throw new IllegalArgumentException(
          "count is "
              + count
              + "; valid are 1 to 1024 where each loop has a listener, which "
              + topology().id()
              + (can ? " has" : " has not"));
    }
    assembly.resizer().resize(count);
  }

  /**
   * Arranges threads and sockets by another pattern while the server serves, as {@link
   * #rearrange(String, Map)} does.
   *
   * @param pattern any but {@link Pattern#MULTI_PROCESS}
   * @return what was done
   */
  public Map<String, Object> rearrange(Pattern pattern) {
    return rearrange(pattern.id(), Map.of());
  }

  /**
   * Arranges threads and sockets by another topology while the server serves. New loops and workers
   * are started beside the old ones and take the listeners over; no client is refused or reset. An
   * old loop serves what it has until that ends by itself, and ends then.
   *
   * <p>If a step fails, the old arrangement serves on, and the exception says which. Each thread
   * that is asked for something has ten seconds to answer: a loop whose handler takes longer is not
   * exchanged.
   *
   * @param topology id of a pattern, or a file that ends with .json, of one process
   * @param options those of {@code loops}, {@code workers}, {@code policy}, {@code workerQueueMax},
   *     {@code queueTimeoutMillis}, {@code queueTargetMillis} and {@code steer} that are to differ
   *     from what the server was started with
   * @return an immutable map: {@code from}, {@code to}, {@code millis}, and {@code transitions},
   *     the last of the machine
   * @throws IllegalArgumentException if the server cannot be arranged so
   * @throws IllegalStateException if it does not serve any more or has several processes, another
   *     rearrangement is under way, or a step failed
   */
  public Map<String, Object> rearrange(String topology, Map<String, ?> options) {
    if (!rearranging.compareAndSet(false, true)) {
      throw new IllegalStateException("another rearrangement is under way; wait for its end");
    }
    try {
      return exchange(topology, options);
    } finally {
      rearranging.set(false);
    }
  }

  /**
   * Likewise, unless another rearrangement is under way, or there were others than so many before,
   * or the server serves no more: false then, and nothing was done.
   */
  boolean rearrangeBehind(long done, String topology, Map<String, ?> options) {
    if (!rearranging.compareAndSet(false, true)) {
      return false;
    }
    try {
      boolean may = rearranged() == done && serves();
      if (may) {
        exchange(topology, options);
      }
      return may;
    } finally {
      rearranging.set(false);
    }
  }

  private synchronized Map<String, Object> exchange(String topology, Map<String, ?> options) {
    Map<String, Object> done = assembly.rearrange(topology, options);
    assembly.resizer().followLoad(this);
    assembly.resizer().rebalance();
    return done;
  }

  /** How often it was rearranged. */
  long rearranged() {
    return assembly.rearrangements().done();
  }

  /** Whether it neither drains nor has stopped. */
  boolean serves() {
    return lifecycle.stateName().equals("serving");
  }

  /**
   * Has a loop give connections to another one while both serve: those with most requests since
   * this was asked last first. Each goes on there with all that it holds, replies that are owed
   * among it; its client sees nothing of it.
   *
   * @param from name of the loop's thread, as {@link #stats} has it
   * @param to name of the other one's
   * @param most how many at most, 1 or more
   * @return how many have arrived there
   * @throws IllegalArgumentException if there is no such loop of this process that serves
   *     connections, or both are the same
   * @throws IllegalStateException if the loops do not answer within ten seconds
   */
  public int move(String from, String to, int most) {
    if (from.equals(to) || most < 1) {
      throw new IllegalArgumentException(
          "move of " + most + " from " + from + " to " + to + "; valid are 1 or more to another");
    }
    CompletableFuture<Integer> arrived = loop(from).give(List.of(loop(to)), most).done();
    return assembly.resizer().await(arrived, "move from " + from + " to " + to);
  }

  private ServerLoop loop(String name) {
    return loops.stream()
        .filter(loop -> loop.name().equals(name) && loop.servesConnections())
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "loop is "
                        + name
                        + "; valid are "
                        + loops.stream()
                            .filter(ServerLoop::servesConnections)
                            .map(ServerLoop::name)
                            .toList()));
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
   * Begins to drain the server, and does not wait for the end of it, which comes after {@code
   * drainTimeoutMillis} at the latest.
   */
  public void drainLater() {
    tellStopping();
    lifecycle.drainLater();
  }

  /**
   * Drains the server and waits until it has stopped. Closing again only waits.
   *
   * <p>At the deadline connections are cut and handlers are interrupted. One that does not end
   * within two seconds of that is logged and not waited for any more: its thread goes on, and what
   * it holds stays open until it ends.
   *
   * @return whether all was answered in time; false if connections were cut at the deadline
   */
  public boolean drain() {
    return drainWithin(Long.MAX_VALUE);
  }

  /**
   * Drains the server within a time that may be shorter than {@code drainTimeoutMillis}.
   *
   * @param timeoutMillis how long it may take at most from now on, in milliseconds; less than 1 is
   *     no time
   * @return whether all was answered in time; false if connections were cut
   */
  public boolean drainWithin(long timeoutMillis) {
    tellStopping();
    boolean inTime = lifecycle.drain(timeoutMillis);
    assembly.removeNames();
    return inTime;
  }

  private void tellStopping() {
    if (!backend && isReady()) {
      assembly.tellStopping();
    }
  }

  /** Another server has the listeners and serves. */
  void takenOver() {
    takenOver = true;
    lifecycle.drain(Long.MAX_VALUE);
  }

  /**
   * Whether another server has taken the listeners over, so that this one drains.
   *
   * @return whether it has
   */
  public boolean isTakenOver() {
    return takenOver;
  }

  /** Ends the loops and the connections that are left, at once. */
  void abort() {
    loops.forEach(ServerLoop::abort);
  }

  /** Drains the server and waits until it has stopped. Closing again only waits. */
  @Override
  public void close() {
    drain();
  }
}
