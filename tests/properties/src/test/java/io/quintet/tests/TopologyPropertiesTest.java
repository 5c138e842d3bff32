package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.InProcess;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import io.quintet.jqwik.QuintetArbitraries;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Topology;
import io.quintet.testkit.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Whatever the arrangement and whatever the clients do, every request gets exactly one reply, in
 * order, and in the end every accepted descriptor was closed exactly once. On the real kernel.
 */
class TopologyPropertiesTest {
  /** How a client behaves: requests, bytes a write, whether it half-closes, resets, or waits. */
  record Behaviour(int requests, int pieceBytes, boolean halfCloses, boolean resets) {}

  @Property(tries = 60)
  void everyRequestGetsOneReplyInOrderAndEveryDescriptorIsClosedOnce(
      @ForAll("topologies") String topology,
      @ForAll("behaviours") List<Behaviour> behaviours,
      @ForAll("counts") int count,
      @ForAll("queues") int queue,
      @ForAll long seed)
      throws Exception {
    Path file = Files.createTempFile("quintet", ".json");
    try {
      Files.writeString(file, topology);
      boolean works = ((Topology) SpecReader.read(file)).executes().equals("worker");
      Map<String, Integer> handled = new ConcurrentHashMap<>();
      Server server =
          InProcess.backends(
                  Quintet.server(
                      Line.codec(),
                      line -> {
                        handled.merge(line, 1, Integer::sum);
                        if ((line.hashCode() ^ seed) % 7 == 0) {
                          Thread.sleep(0, 200_000); // unequal requests, so that workers overtake
                        }
                        return "re " + line;
                      }))
              .options(Sizes.of(file.toString(), count))
              .options(works ? Map.of("workerQueueMax", queue) : Map.of())
              .options(
                  Map.of(
                      "topology",
                      file.toString(),
                      "pipelineMax",
                      8,
                      "requestBudget",
                      4,
                      "readBufferBytes",
                      4096))
              .start();
      try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<?>> ends = new ArrayList<>();
        for (int i = 0; i < behaviours.size(); i++) {
          Callable<Void> client = client(server.port(), i, behaviours.get(i));
          ends.add(clients.submit(client));
        }
        for (Future<?> end : ends) {
          end.get();
        }
      } finally {
        assertTrue(server.drain(), "drained in time");
      }
      handled.forEach((line, times) -> assertEquals(1, times, line + " was handled twice"));
      assertEquals("stopped", server.stats().get("state"));
      assertEquals(0, Stats.sum(server, "open"), "every connection was closed once");
      assertEquals(behaviours.size(), Stats.sum(server, "accepted"));
      assertEquals(0, Stats.sum(server, "failures"), "no close(2) failed");
    } finally {
      Files.delete(file);
    }
  }

  private static Callable<Void> client(int port, int number, Behaviour behaviour) {
    return () -> {
      try (Client client = new Client(port)) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < behaviour.requests; i++) {
          text.append(number).append('-').append(i).append('\n');
        }
        CompletableFuture<Void> sender =
            CompletableFuture.runAsync(
                () -> send(client, text.toString(), behaviour), Thread::startVirtualThread);
        int replies = behaviour.resets ? behaviour.requests / 2 : behaviour.requests;
        for (int i = 0; i < replies; i++) {
          assertEquals("re " + number + "-" + i, client.receiveLine());
        }
        sender.get();
        if (behaviour.resets) {
          client.reset();
        } else if (behaviour.halfCloses) {
          assertEquals(0, client.receiveAll().length, "the end follows the last reply");
        }
      }
      return null;
    };
  }

  private static void send(Client client, String text, Behaviour behaviour) {
    try {
      for (int from = 0; from < text.length(); from += behaviour.pieceBytes) {
        client.send(text.substring(from, Math.min(from + behaviour.pieceBytes, text.length())));
      }
      if (behaviour.halfCloses) {
        client.endOutput();
      }
    } catch (IOException e) {
      assertFalse(!behaviour.resets, e.toString());
    }
  }

  @Provide
  Arbitrary<String> topologies() {
    return QuintetArbitraries.topologies();
  }

  @Provide
  Arbitrary<List<Behaviour>> behaviours() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 60),
            Arbitraries.integers().between(1, 40),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false, false, false))
        .as(Behaviour::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(8);
  }

  @Provide
  Arbitrary<Integer> counts() {
    return Arbitraries.integers().between(1, 3);
  }

  @Provide
  Arbitrary<Integer> queues() {
    return Arbitraries.integers().between(1, 4);
  }
}
