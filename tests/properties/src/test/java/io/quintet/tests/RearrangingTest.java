package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Line;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A server changes its pattern while it serves, and no client notices. */
class RearrangingTest {
  private static final List<Pattern> PATTERNS =
      List.of(
          Pattern.SINGLE_THREAD, Pattern.MULTI_THREAD, Pattern.LOAD_BALANCED, Pattern.REUSEPORT);

  /** Rounds through all ordered pairs. */
  private static final int TIMES = Integer.getInteger("quintet.rearrange.times", 1);

  private static ServerBuilder echo() {
    return Quintet.server(Line.codec(), line -> line).listen("127.0.0.1", 0);
  }

  /** From each of the four to each other one, each once. */
  private static List<Pattern> tour() {
    int[] order = {0, 1, 0, 2, 0, 3, 1, 2, 1, 3, 2, 3, 0};
    return java.util.Arrays.stream(order).mapToObj(PATTERNS::get).toList();
  }

  @Test
  void nobodyIsRefusedOrResetByAnyChange() {
    try (Server server = echo().pattern(Pattern.SINGLE_THREAD).start();
        Storm storm = new Storm(server.port(), 4, 2)) {
      for (int i = 0; i < TIMES; i++) {
        for (Pattern to : tour().subList(1, tour().size())) {
          storm.await(200, 20);
          long[] before = storm.pauses();
          Map<String, Object> done = server.rearrange(to);
          storm.await(200, 20);
          long[] during = storm.pauses();
          System.out.printf(
              "%s to %s in %s ms: p99 %.1f ms before, %.1f ms during, longest %.1f ms%n",
              done.get("from"),
              to.id(),
              done.get("millis"),
              part(before, 0.99),
              part(during, 0.99),
              part(during, 1));
          assertEquals(to.id(), server.topology().id());
          assertEquals(Map.of(), storm.failures());
        }
      }
      storm.close();
      assertEquals(Map.of(), storm.failures());
      assertEquals(12L * TIMES, ((Map<?, ?>) server.stats().get("rearrangements")).get("done"));
    }
  }

  private static double part(long[] sorted, double share) {
    return sorted.length == 0
        ? 0
        : sorted[(int) Math.min(sorted.length - 1, Math.ceil(share * sorted.length))] / 1e6;
  }

  @Test
  void theToursCoverAllPairs() {
    assertEquals(
        12,
        java.util.stream.IntStream.range(1, tour().size())
            .mapToObj(i -> tour().get(i - 1) + " " + tour().get(i))
            .distinct()
            .count());
  }

  @Test
  void oldLoopsEndWithTheirConnections() throws IOException {
    try (Server server = echo().pattern(Pattern.LOAD_BALANCED).option("workers", 2).start();
        Client client = new Client(server.port())) {
      assertEquals("a", client.send("a\n").receiveLine());
      server.rearrange(Pattern.SINGLE_THREAD);
      assertEquals("b", client.send("b\n").receiveLine());
      client.close();
      Await.until(
          () -> size(server, "loops") == 1 && size(server, "workers") == 0,
          "the end of the old loop and its workers");
    }
  }

  private static int size(Server server, String what) {
    return ((List<?>) server.stats().get(what)).size();
  }

  @Test
  void whatDoesNotFitIsRefusedInASentence() {
    try (Server server = echo().pattern(Pattern.SINGLE_THREAD).start()) {
      assertRefused(
          server,
          "multi-process",
          Map.of(),
          "option topology is multi-process; valid for a server that serves are those of one"
              + " process");
      assertRefused(
          server,
          "single-thread",
          Map.of("loops", 2),
          "option loops is 2; valid for single-thread is 0, since it has one loop");
      assertRefused(
          server,
          "reuseport",
          Map.of("port", 80),
          "option port is 80; what can be given with another topology are loops, workers, policy,"
              + " workerQueueMax, steer");
      assertTrue(
          assertThrows(
                  IllegalArgumentException.class, () -> server.rearrange("elsewhere", Map.of()))
              .getMessage()
              .startsWith("option topology is elsewhere; valid are "));
      assertEquals("single-thread", server.topology().id());
      assertEquals(
          Map.of("done", 0L, "failed", 0L, "last", ""), server.stats().get("rearrangements"));
      server.drain();
      assertEquals(
          "a server that is stopped is not rearranged",
          assertThrows(IllegalStateException.class, () -> server.rearrange(Pattern.MULTI_THREAD))
              .getMessage());
    }
  }

  private static void assertRefused(
      Server server, String topology, Map<String, ?> options, String sentence) {
    assertEquals(
        sentence,
        assertThrows(IllegalArgumentException.class, () -> server.rearrange(topology, options))
            .getMessage());
  }
}
