package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Line;
import io.quintet.kernel.World;
import io.quintet.specs.Disposition;
import io.quintet.testkit.FaultyWorld;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    return Arrays.stream(order).mapToObj(PATTERNS::get).toList();
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
      storm.end();
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
        IntStream.range(1, tour().size())
            .mapToObj(i -> tour().get(i - 1) + " " + tour().get(i))
            .distinct()
            .count());
  }

  @Test
  void connectionsGoToTheNewLoopsAndTheOldOnesEnd() throws IOException {
    try (Server server = echo().pattern(Pattern.LOAD_BALANCED).option("workers", 2).start();
        Client client = new Client(server.port())) {
      assertEquals("a", client.send("a\nb").receiveLine());
      assertEquals(1, server.rearrange(Pattern.SINGLE_THREAD).get("moved"));
      assertEquals("bc", client.send("c\n").receiveLine());
      Await.until(
          () -> size(server, "loops") == 1 && size(server, "workers") == 0,
          "the end of the old loop and its workers");
    }
  }

  /** The kernel keeps the handshake open until the first byte: tcp(7), TCP_DEFER_ACCEPT. */
  @Test
  void handshakesThatBeganAtAListenerThatIsUsedNoMoreAreAccepted() throws IOException {
    List<Client> clients = new ArrayList<>();
    try (Server server =
        echo()
            .pattern(Pattern.REUSEPORT)
            .option("loops", 3)
            .option("deferAcceptSeconds", 30)
            .start()) {
      for (int i = 0; i < 24; i++) {
        clients.add(new Client(server.port()));
      }
      server.rearrange(Pattern.SINGLE_THREAD);
      server.rearrange("reuseport", Map.of("loops", 2));
      server.rearrange(Pattern.MULTI_THREAD);
      for (Client client : clients) {
        assertEquals("a", client.send("a\n").receiveLine());
      }
    } finally {
      for (Client client : clients) {
        client.close();
      }
    }
  }

  /** Of a user's own, with a shared listener, virtual threads, and workers behind several loops. */
  @Test
  void topologiesOfAUsersOwnAreChangedLikeTheOthers() {
    List<String> tour =
        List.of(
            example("shared-listener"),
            example("blocking-handlers"),
            example("shared-workers"),
            "reuseport",
            example("shared-listener"),
            example("shared-workers"),
            "single-thread");
    try (Server server = echo().pattern(Pattern.SINGLE_THREAD).start();
        Storm storm = new Storm(server.port(), 2, 2)) {
      for (String to : tour) {
        storm.await(50, 10);
        server.rearrange(to, Map.of());
        storm.await(50, 10);
      }
      storm.end();
      assertEquals(Map.of(), storm.failures());
      Await.until(
          () -> size(server, "loops") == 1 && size(server, "workers") == 0,
          "the end of all loops but one, and of all workers");
    }
  }

  private static String example(String id) {
    return Path.of(System.getProperty("quintet.root"), "specs/examples", id + ".json").toString();
  }

  @Test
  void aSecondChangeIsRefusedWhileOneIsUnderWay() throws Exception {
    CountDownLatch handled = new CountDownLatch(1);
    CountDownLatch goesOn = new CountDownLatch(1);
    try (Server server =
            Quintet.server(
                    Line.codec(),
                    line -> {
                      handled.countDown();
                      goesOn.await();
                      return line;
                    })
                .listen("127.0.0.1", 0)
                .start();
        Client client = new Client(server.port())) {
      client.send("a\n");
      handled.await();
      CompletableFuture<Map<String, Object>> first = new CompletableFuture<>();
      Thread asking =
          Thread.ofPlatform()
              .start(
                  () ->
                      first.completeAsync(
                          () -> server.rearrange(Pattern.MULTI_THREAD), Runnable::run));
      Await.until(
          () -> asking.getState() == Thread.State.TIMED_WAITING, "a change that waits for a loop");
      assertEquals(
          "another rearrangement is under way; wait for its end",
          assertThrows(IllegalStateException.class, () -> server.rearrange(Pattern.LOAD_BALANCED))
              .getMessage());
      goesOn.countDown();
      assertEquals("multi-thread", first.get(1, TimeUnit.MINUTES).get("to"));
      assertEquals("a", client.receiveLine());
      assertEquals("multi-thread", server.topology().id());
    }
  }

  @Test
  void aDrainInTheMiddleOfChangesEndsAll() throws Exception {
    Server server = echo().pattern(Pattern.SINGLE_THREAD).start();
    AtomicInteger changes = new AtomicInteger();
    CompletableFuture<Void> changing =
        CompletableFuture.runAsync(
            () -> {
              while (true) {
                server.rearrange(PATTERNS.get(changes.incrementAndGet() % PATTERNS.size()));
              }
            },
            task -> Thread.ofPlatform().start(task));
    Await.until(() -> changes.get() > 3, "some changes");
    assertTrue(server.drain());
    ExecutionException refused =
        assertThrows(ExecutionException.class, () -> changing.get(1, TimeUnit.MINUTES));
    assertEquals(IllegalStateException.class, refused.getCause().getClass());
    assertEquals("stopped", server.stats().get("state"));
  }

  @Test
  void anotherServerTakesOverFromOneThatWasRearranged(@TempDir Path folder) throws Exception {
    String path = folder.resolve("takeover").toString();
    try (Server first = echo().option("takeover", path).start()) {
      first.rearrange(Pattern.MULTI_THREAD);
      first.rearrange("reuseport", Map.of("loops", 2));
      first.rearrange(Pattern.LOAD_BALANCED);
      try (Server next =
          Quintet.server(Line.codec(), line -> line)
              .listen("127.0.0.1", first.port())
              .option("takeover", path)
              .start()) {
        first.awaitStopped();
        assertTrue(first.isTakenOver());
        assertEquals(first.port(), next.port());
        for (int i = 0; i < 20; i++) {
          try (Client client = new Client(next.port())) {
            assertEquals("a", client.send("a\n").receiveLine());
          }
        }
      }
    }
  }

  /** Whatever call fails, the server serves by the old or the new arrangement, and ends whole. */
  @Test
  void aChangeThatFailsIsUndone() throws Exception {
    FaultyWorld counting = FaultyWorld.counting(World.linux());
    int[] calls = fail(counting);
    int undone = 0;
    for (int index = calls[0]; index < calls[1]; index++) {
      undone += fail(FaultyWorld.failing(World.linux(), index, 0, false))[2];
    }
    System.out.printf("%d calls of a change, %d undone%n", calls[1] - calls[0], undone);
    assertTrue(undone > 3, undone + " were undone");
  }

  /** Gives the calls before and after the change, and whether it was undone. */
  private static int[] fail(FaultyWorld world) throws IOException {
    int[] seen = new int[3];
    try (Server server = echo().pattern(Pattern.SINGLE_THREAD).in(world).start()) {
      Await.until(() -> world.callsByName().containsKey("epoll_wait"), "a loop that waits");
      seen[0] = world.calls();
      String serves = "single-thread";
      try {
        server.rearrange("reuseport", Map.of("loops", 3));
        serves = "reuseport";
      } catch (IllegalStateException e) {
        seen[2] = 1;
        assertTrue(e.getMessage().startsWith("the change from single-thread to reuseport failed"));
        assertTrue(e.getMessage().endsWith("single-thread serves on"), e.getMessage());
      }
      seen[1] = world.calls();
      if (world.failed().isEmpty()) {
        return seen; // the call that fails comes behind the change, and may be a client's
      }
      if (world.disposition() != Disposition.FATAL) {
        assertEquals(serves, server.topology().id());
        for (int i = 0; i < 9; i++) {
          try (Client client = new Client(server.port())) {
            assertEquals("a", client.send("a\n").receiveLine(), world.failed());
          }
        }
      }
    }
    return seen;
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
              + " workerQueueMax, queueTimeoutMillis, queueTargetMillis, steer");
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
