package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Line;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a server tells of itself is what it has done, at once and under every arrangement. */
class FiguresTest {
  private static final int CONNECTIONS = 6;
  private static final int ROUNDS = 5;

  private static HttpResponse answer(HttpRequest request) {
    return switch (request.path()) {
      case "/moved" -> HttpResponse.of(301, "text/plain", new byte[0]).withHeader("Location", "/");
      case "/missing" -> HttpResponse.text(404, "no");
      case "/broken" -> throw new IllegalStateException("as asked for");
      default -> HttpResponse.text("yes");
    };
  }

  private static Map<?, ?> totals(Server server) {
    return (Map<?, ?>) server.stats().get("totals");
  }

  private static long total(Server server, String number) {
    return ((Number) totals(server).get(number)).longValue();
  }

  private static long answered(Server server) {
    return ((List<?>) totals(server).get("durations"))
        .stream().mapToLong(count -> (Long) count).sum();
  }

  private static long handled(Server server, String kind) {
    return Stats.each(server, kind, "requests").stream().mapToLong(Map.Entry::getValue).sum();
  }

  /** Without a wait between a reply and the look: backends are asked. */
  @ParameterizedTest
  @EnumSource
  void whatWasAnsweredIsCountedWhenItsReplyIsThere(Arrangement arrangement) throws IOException {
    ServerBuilder builder = Quintet.server(Http.codec(), FiguresTest::answer);
    try (Server server = arrangement.of(builder).start()) {
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        clients.add(new Client(server.port()));
      }
      int requests = 0;
      for (int round = 1; round <= ROUNDS; round++) {
        for (Client client : clients) {
          for (String path : List.of("/", "/moved", "/missing", "/broken", "/")) {
            client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").receiveResponse();
            requests++;
          }
        }
        Map<?, ?> totals = totals(server);
        assertEquals((long) requests, totals.get("requests"));
        assertEquals((long) requests, answered(server));
        int each = requests / 5;
        assertEquals(
            Map.of(
                "1xx",
                0L,
                "2xx",
                2L * each,
                "3xx",
                (long) each,
                "4xx",
                (long) each,
                "5xx",
                (long) each),
            totals.get("replies"));
        assertEquals((long) each, totals.get("failures"), "handlers that failed");
        assertEquals((long) CONNECTIONS, totals.get("accepted"));
        assertEquals((long) CONNECTIONS, totals.get("open"));
      }
      if (arrangement == Arrangement.MULTI_PROCESS) {
        assertEquals(requests, handled(server, "backends"));
        assertTrue(
            Stats.each(server, "backends", "requests").stream().allMatch(e -> e.getValue() > 0));
      }
      for (Client client : clients) {
        client.close();
      }
      assertTrue(server.drain(), "drained in time");
      assertEquals((long) requests, total(server, "requests"), "also at the end");
      assertEquals(requests, answered(server));
      assertEquals(0, total(server, "open"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalIsCountedAmongTheReplies(Arrangement arrangement) throws IOException {
    ServerBuilder builder = Quintet.server(Http.codec(), FiguresTest::answer);
    try (Server server = arrangement.of(builder).start();
        Client client = new Client(server.port())) {
      assertTrue(client.send("nonsense\r\n\r\n").receiveResponse().startsWith("HTTP/1.1 400 "));
      assertEquals(1L, ((Map<?, ?>) totals(server).get("replies")).get("4xx"));
      assertEquals(1, total(server, "refusedMalformed"));
      assertEquals(0, answered(server), "nothing that is no request has a duration");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRequestIsAsLongAsItsHandler(Arrangement arrangement) throws IOException {
    long handlerNanos = TimeUnit.MILLISECONDS.toNanos(60);
    ServerBuilder builder =
        Quintet.server(
            Line.codec(),
            line -> {
              Thread.sleep(60); // what is under test: a handler that waits
              return line;
            });
    try (Server server = arrangement.of(builder).start();
        Client client = new Client(server.port())) {
      long began = System.nanoTime();
      for (int i = 0; i < 3; i++) {
        assertEquals("a", client.send("a\n").receiveLine());
      }
      long took = System.nanoTime() - began;
      long told = total(server, "durationNanos");
      assertTrue(told >= 3 * handlerNanos, told + " ns");
      assertTrue(told <= took, told + " of " + took + " ns");
      List<?> bounds = (List<?>) server.stats().get("durationBoundsNanos");
      List<?> counts = (List<?>) totals(server).get("durations");
      assertEquals(bounds.size() + 1, counts.size());
      for (int i = 0; i < bounds.size() && (Long) bounds.get(i) < handlerNanos; i++) {
        assertEquals(0L, counts.get(i), "up to " + bounds.get(i));
      }
    }
  }

  @Test
  void loopsThatGoLeaveWhatTheyHaveCounted() throws IOException {
    ServerBuilder builder = Quintet.server(Http.codec(), FiguresTest::answer);
    try (Server server = Arrangement.REUSEPORT.of(builder).start()) {
      long requests = 0;
      for (int loops : new int[] {5, 1, 3, 1}) {
        for (int i = 0; i < 20; i++) {
          try (Client client = new Client(server.port())) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").receiveResponse();
            requests++;
          }
        }
        server.resize(loops);
        Await.until(() -> ((List<?>) server.stats().get("loops")).size() == loops, "so many loops");
        assertEquals(requests, total(server, "requests"), "with " + loops + " loops");
        assertEquals(requests, total(server, "accepted"));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SINGLE_THREAD", "LOAD_BALANCED", "MULTI_PROCESS"})
  void timeInWhichAHandlerWaitsIsNoTimeOfAProcessor(Arrangement arrangement) throws IOException {
    ServerBuilder builder =
        Quintet.server(
            Line.codec(),
            line -> {
              Thread.sleep(300); // what is under test: a handler that waits
              return line;
            });
    try (Server server = arrangement.of(builder).start();
        Client client = new Client(server.port())) {
      assertEquals("a", client.send("a\n").receiveLine()); // what is loaded for the first
      long before = cpuNanos(server);
      long began = System.nanoTime();
      for (int i = 0; i < 4; i++) {
        assertEquals("a", client.send("a\n").receiveLine());
      }
      long worked = cpuNanos(server) - before;
      assertTrue(worked < (System.nanoTime() - began) / 4, worked + " ns of work");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SINGLE_THREAD", "MULTI_THREAD", "LOAD_BALANCED", "MULTI_PROCESS"})
  void timeInWhichAHandlerComputesIsTimeOfAProcessor(Arrangement arrangement) throws IOException {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long burnNanos = TimeUnit.MILLISECONDS.toNanos(150);
    ServerBuilder builder =
        Quintet.server(
            Line.codec(),
            line -> {
              long end = threads.getCurrentThreadCpuTime() + burnNanos;
              while (threads.getCurrentThreadCpuTime() < end) {
                Thread.onSpinWait();
              }
              return line;
            });
    try (Server server = arrangement.of(builder).start();
        Client client = new Client(server.port())) {
      long before = cpuNanos(server);
      assertEquals("a", client.send("a\n").receiveLine());
      long worked = cpuNanos(server) - before;
      assertTrue(worked >= burnNanos, worked + " ns of work");
    }
  }

  private static long cpuNanos(Server server) {
    long sum = 0;
    for (String kind : List.of("loops", "workers", "backends")) {
      sum += Stats.each(server, kind, "cpuNanos").stream().mapToLong(Map.Entry::getValue).sum();
    }
    return sum;
  }
}
