package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A loop that is much busier than the others gives connections away, and loses none. */
class RebalancingTest {
  private static final int LOOPS = 4;
  private static final int HOT = 8;
  private static final int PIPELINED = 4;

  /** 10,000 where asked for, at twice as many descriptors. */
  private static final int LIVE = Integer.getInteger("quintet.rebalance.connections", 400);

  private static final long WORK_NANOS = 300_000;
  private static final long SHORT_NANOS = 20_000;

  @TempDir private Path folder;

  private Path topology(String numbers) throws IOException {
    Path example = Path.of(System.getProperty("quintet.root"), "specs/examples", "rebalanced.json");
    String text = Files.readString(example);
    String shipped =
        text.substring(
            text.indexOf("\"rebalance\""), text.indexOf('}', text.indexOf("\"rebalance\"")) + 1);
    return Files.writeString(
        folder.resolve("rebalanced.json"),
        text.replace(shipped, "\"rebalance\": { " + numbers + " }").replace("../schema/", ""));
  }

  private static Server start(Path topology, int loops, long workNanos) {
    return Quintet.server(
            Line.codec(),
            line -> {
              if (line.equals("who")) {
                return Thread.currentThread().getName();
              }
              LockSupport.parkNanos(workNanos); // the loop does not wait for events meanwhile
              return line;
            })
        .option("topology", topology)
        .option("port", 0)
        .option("loops", loops)
        .option("drainIdleMillis", 10)
        .start();
  }

  private static List<Long> open(Server server) {
    return Stats.each(server, "loops", "open").stream().map(Map.Entry::getValue).toList();
  }

  private static long orders(Server server) {
    return (Long) ((Map<?, ?>) server.stats().get("rebalancing")).get("orders");
  }

  /** So many connections that the kernel has given to the same loop. */
  private static List<Client> onOneLoop(int port) throws IOException {
    Map<String, List<Client>> all = new HashMap<>();
    while (true) {
      Client client = new Client(port);
      List<Client> those =
          all.computeIfAbsent(client.send("who\n").receiveLine(), _ -> new ArrayList<>());
      those.add(client);
      if (those.size() == HOT) {
        for (List<Client> others : all.values()) {
          for (Client other : others) {
            if (!those.contains(other)) {
              other.close();
            }
          }
        }
        return those;
      }
    }
  }

  @Test
  void hotConnectionsOfOneLoopAreSpread() throws Exception {
    Path topology =
        topology(
            "\"everyMillis\": 50, \"busyPercent\": 50, \"gapPercent\": 30, \"looks\": 2, \"most\": 64");
    AtomicBoolean over = new AtomicBoolean();
    List<CompletableFuture<Integer>> asking = new ArrayList<>();
    try (Server server = start(topology, LOOPS, WORK_NANOS)) {
      List<Client> hot = onOneLoop(server.port());
      Await.until(
          () -> open(server).stream().mapToLong(each -> each).sum() == HOT, "the others have gone");
      for (Client client : hot) {
        asking.add(
            CompletableFuture.supplyAsync(
                () -> askInOrder(client, over), Thread::startVirtualThread));
      }
      Await.until(
          () -> open(server).stream().allMatch(each -> each <= HOT / 2 - 1),
          () -> "connections are spread: " + open(server));
      over.set(true);
      for (CompletableFuture<Integer> each : asking) {
        assertTrue(each.join() > 0);
      }
      assertEquals(HOT, open(server).stream().mapToLong(each -> each).sum(), "none is lost");
      assertTrue(orders(server) >= 1);
      for (Client client : hot) {
        client.close();
      }
    } finally {
      over.set(true);
    }
  }

  /** Numbered requests, some at a time: their replies come in their order. */
  private static int askInOrder(Client client, AtomicBoolean over) {
    try {
      int number = 0;
      while (!over.get()) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < PIPELINED; i++) {
          lines.append(number + i).append('\n');
        }
        client.send(lines.toString());
        for (int i = 0; i < PIPELINED; i++) {
          assertEquals("" + number++, client.receiveLine());
        }
      }
      return number;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void liveConnectionsOfOneLoopAreSpreadOverNewLoops() throws Exception {
    PatternsTest.needsSteering();
    Path topology =
        topology(
            "\"everyMillis\": 50, \"busyPercent\": 20, \"gapPercent\": 10, \"looks\": 2, \"most\": 100000");
    List<Client> clients = new ArrayList<>();
    try (Server server = start(topology, 1, SHORT_NANOS)) {
      for (int i = 0; i < LIVE; i++) {
        clients.add(new Client(server.port()));
      }
      wave(clients, 0);
      assertEquals(List.of((long) LIVE), open(server));
      server.resize(LOOPS);
      long begin = System.nanoTime();
      int waves = 1;
      while (open(server).stream().anyMatch(each -> each > LIVE / 2)) {
        wave(clients, waves++);
        assertTrue(System.nanoTime() - begin < 120_000_000_000L, open(server)::toString);
      }
      wave(clients, waves);
      System.out.printf(
          "%d connections of one loop are spread %s after %d ms, %d waves and %d orders%n",
          LIVE, open(server), (System.nanoTime() - begin) / 1_000_000, waves, orders(server));
      assertEquals(LIVE, open(server).stream().mapToLong(each -> each).sum(), "none is lost");
    } finally {
      for (Client client : clients) {
        client.close();
      }
    }
  }

  /** Each asks once, all at the same time, and each is answered. */
  private static void wave(List<Client> clients, int wave) throws IOException {
    for (int i = 0; i < clients.size(); i++) {
      clients.get(i).send(wave + " " + i + "\n");
    }
    for (int i = 0; i < clients.size(); i++) {
      assertEquals(wave + " " + i, clients.get(i).receiveLine());
    }
  }

  @Test
  void withoutItConnectionsStay() throws Exception {
    try (Server server = start(Path.of("reuseport"), LOOPS, WORK_NANOS)) {
      List<Client> hot = onOneLoop(server.port());
      int asked = 0;
      while (asked < 200) {
        for (Client client : hot) {
          client.send(asked + "\n");
          assertEquals("" + asked++, client.receiveLine());
        }
      }
      assertEquals(0, orders(server));
      assertEquals(0, Stats.sum(server, "moved"));
      for (Client client : hot) {
        client.close();
      }
    }
  }
}
