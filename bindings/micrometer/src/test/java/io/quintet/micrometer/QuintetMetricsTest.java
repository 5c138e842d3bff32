package io.quintet.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Meters read what the server counts. */
class QuintetMetricsTest {
  @Test
  void metersReadWhatTheServerCounts() throws IOException {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Server server = Quintet.server(Line.codec(), line -> line).start();
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      new QuintetMetrics(server).bindTo(registry);
      client.setSoTimeout(60_000);
      client.getOutputStream().write("a\nb\n".getBytes(StandardCharsets.US_ASCII));
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
      assertEquals("a", in.readLine());
      assertEquals("b", in.readLine());
      assertEquals(1, registry.get("quintet.connections.open").gauge().value());
      assertEquals(1, registry.get("quintet.connections.accepted").functionCounter().count());
      // Who has the reply finds its request counted.
      assertEquals(2, registry.get("quintet.requests").functionCounter().count());
      assertEquals(4, registry.get("quintet.received.bytes").functionCounter().count());
    } finally {
      server.close();
    }
    // What was sent is published when a turn ends, and all turns have ended.
    assertEquals(4, registry.get("quintet.sent.bytes").functionCounter().count());
    assertEquals(0, registry.get("quintet.connections.open").gauge().value());
    assertEquals(
        0, registry.get("quintet.refused").tag("reason", "late").functionCounter().count());
    assertTrue(registry.get("quintet.loop.cpu").functionCounter().count() > 0);
  }

  @Test
  void aLoopThatComesGetsItsMetersAndOneThatGoesLosesThem() throws InterruptedException {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (Server server =
        Quintet.server(Line.codec(), line -> line)
            .options(Map.of("topology", "reuseport", "loops", 1))
            .start()) {
      new QuintetMetrics(server).bindTo(registry);
      assertEquals(1, loops(registry));
      server.resize(3);
      awaitLoops(registry, 3);
      server.resize(1);
      awaitLoops(registry, 1);
    }
  }

  private static int loops(SimpleMeterRegistry registry) {
    registry.get("quintet.connections.open").gauge().value(); // a reading, as a scrape does it
    return registry.find("quintet.loop.cpu").functionCounters().size();
  }

  private static void awaitLoops(SimpleMeterRegistry registry, int count)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (loops(registry) != count) {
      assertTrue(System.nanoTime() < deadline, "meters of " + loops(registry) + " loops");
      Thread.onSpinWait();
    }
  }
}
