package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import io.quintet.micrometer.QuintetMetrics;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What the kernel queues while a loop does not accept is what the server says of it. */
class AcceptQueueTest {
  private static final int BACKLOG = 4;

  private final CountDownLatch released = new CountDownLatch(1);
  private final AtomicBoolean held = new AtomicBoolean();

  @Test
  void aFullAcceptQueueAndItsOverflowAreSeen() throws Exception {
    List<SocketChannel> clients = new ArrayList<>();
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (Server server =
        Quintet.server(Line.codec(), this::hold)
            .options(Map.of("port", 0, "backlog", BACKLOG, "drainIdleMillis", 10))
            .start()) {
      new QuintetMetrics(server).bindTo(registry);
      assertEquals(0L, listener(server).get("queue"));
      assertEquals((long) BACKLOG, listener(server).get("queueMax"));
      long before = overflows(server);
      try (Client first = new Client(server.port()).send("hold\n")) {
        Await.until(held::get, "the handler holds the loop");
        for (int i = 0; i <= BACKLOG; i++) {
          clients.add(connecting(server.port()));
        }
        Await.until(
            () -> listener(server).get("queue").equals(BACKLOG + 1L),
            () -> "the queue is full: " + listener(server));
        assertEquals(BACKLOG + 1, queuedByProc(server.port()));
        assertEquals(BACKLOG + 1, registry.get("quintet.accept.queue").gauge().value());
        assertEquals(BACKLOG, registry.get("quintet.accept.queue.max").gauge().value());
        clients.add(connecting(server.port()));
        Await.until(() -> overflows(server) > before, "one too many is counted");
        double metered = registry.get("quintet.listen.overflows").functionCounter().count();
        assertTrue(metered > before, metered + " of " + before);
        released.countDown();
        assertEquals("hold", first.receiveLine());
        Await.until(() -> listener(server).get("queue").equals(0L), "all are accepted");
      }
    } finally {
      released.countDown();
      registry.close();
      for (SocketChannel client : clients) {
        client.close();
      }
    }
  }

  private String hold(String line) throws InterruptedException {
    held.set(true);
    released.await();
    return line;
  }

  /** A handshake that is not waited for. */
  private static SocketChannel connecting(int port) throws IOException {
    SocketChannel client = SocketChannel.open();
    client.configureBlocking(false);
    client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return client;
  }

  private static Map<?, ?> listener(Server server) {
    return (Map<?, ?>) ((List<?>) server.stats().get("listeners")).getFirst();
  }

  private static long overflows(Server server) {
    return (long) ((Map<?, ?>) server.stats().get("network")).get("listenOverflows");
  }

  /** The received bytes of a listener in proc_net_tcp are its accept queue. */
  private static int queuedByProc(int port) throws IOException {
    String local = String.format(Locale.ROOT, ":%04X", port);
    for (String file : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6")) {
      try (InputStream in = Files.newInputStream(Path.of(file))) {
        for (String line :
            new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList()) {
          String[] fields = line.strip().split("\\s+");
          if (fields.length > 4 && fields[1].endsWith(local) && fields[3].equals("0A")) {
            return Integer.parseInt(fields[4].substring(9), 16);
          }
        }
      }
    }
    throw new IllegalStateException("nobody listens on " + port);
  }
}
