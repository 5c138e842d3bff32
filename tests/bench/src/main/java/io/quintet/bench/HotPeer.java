package io.quintet.bench;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Quintet with handlers that wait: {@code HotPeer TOPOLOGY LOOPS NANOS}. It answers {@code who}
 * with the loop that has the connection, {@code open} with how many connections each loop has, and
 * {@code resize N} after it has begun to change the number of loops.
 */
final class HotPeer {
  static final String WHO = "who";
  static final String OPEN = "open";
  static final String RESIZE = "resize ";

  private HotPeer() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    long nanos = Long.parseLong(arguments[2]);
    AtomicReference<Server> started = new AtomicReference<>();
    Server server =
        Quintet.server(Line.codec(), line -> answer(line, nanos, started))
            .option("topology", arguments[0])
            .option("loops", Integer.valueOf(arguments[1]))
            .option("idleTimeoutMillis", 0)
            .option("backlog", 4096)
            .start();
    started.set(server);
    Peer.run(server.port());
  }

  private static String answer(String line, long nanos, AtomicReference<Server> started) {
    if (line.equals(WHO)) {
      return Thread.currentThread().getName();
    }
    if (line.equals(OPEN)) {
      return open(started.get());
    }
    if (line.startsWith(RESIZE)) {
      int count = Integer.parseInt(line.substring(RESIZE.length()));
      Thread.ofPlatform().start(() -> started.get().resize(count)); // which asks this loop too
      return line;
    }
    LockSupport.parkNanos(nanos);
    return line;
  }

  private static String open(Server server) {
    List<?> loops = (List<?>) server.stats().get("loops");
    return String.join(
        " ", loops.stream().map(loop -> ((Map<?, ?>) loop).get("open").toString()).toList());
  }
}
