package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.resp.Resp;
import io.quintet.resp.RespCommand;
import io.quintet.resp.RespReply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether a worker that has nothing to do takes what waits, where a topology says so. */
class IdleWorkersTest {
  private static final int SHORT = 6;

  private final AtomicInteger held = new AtomicInteger();
  private final AtomicInteger ran = new AtomicInteger();
  private final CountDownLatch one = new CountDownLatch(1);
  private final CountDownLatch other = new CountDownLatch(1);

  private RespReply handle(RespCommand command) throws InterruptedException {
    switch (command.name()) {
      case "ONE" -> hold(one);
      case "OTHER" -> hold(other);
      default -> ran.incrementAndGet();
    }
    return new RespReply.Whole(1);
  }

  private void hold(CountDownLatch until) throws InterruptedException {
    held.incrementAndGet();
    until.await();
  }

  /**
   * Two workers are held, requests come, and one of the two goes on: in one queue, or where it may
   * take from the other one, it runs all of them. Behind the other one waits what is bound to it.
   */
  @ParameterizedTest
  @CsvSource({"shared-queue, 0", "stealing-workers, 0", "bounded-queues, 1", "load-balanced, 3"})
  void anIdleWorkerFindsWorkWhereItIsSaid(String id, int left) throws Exception {
    Path file = Path.of(System.getProperty("quintet.root"), "specs/examples", id + ".json");
    String topology = file.toFile().exists() ? file.toString() : id;
    List<Client> clients = new ArrayList<>();
    try (Server server =
        Quintet.server(Resp.codec(), this::handle)
            .options(Map.of("port", 0, "topology", topology, "workers", 2, "drainIdleMillis", 10))
            .start()) {
      clients.add(new Client(server.port()).send("ONE\n"));
      Await.until(() -> held.get() == 1, "the first is held");
      clients.add(new Client(server.port()).send("OTHER\n"));
      Await.until(() -> held.get() == 2, "the second is held");
      for (int i = 0; i < SHORT; i++) {
        clients.add(new Client(server.port()).send("SHORT\n"));
      }
      Await.until(() -> placed(server) == SHORT + 2, "all are placed");
      assertEquals(id.equals("load-balanced") ? 0L : SHORT, server.stats().get("waiting"));
      one.countDown();
      assertEquals(":1", clients.getFirst().receiveLine());
      Await.until(() -> ran.get() == SHORT - left, "what is not bound to the other one has run");
      if (left > 0) {
        Await.until(() -> placed(server) == 1 + left, "only what is bound is left");
        assertEquals(SHORT - left, ran.get());
      }
      other.countDown();
      for (Client client : clients.subList(1, clients.size())) {
        assertEquals(":1", client.receiveLine());
      }
      assertEquals(0L, server.stats().get("waiting"));
    } finally {
      one.countDown();
      other.countDown();
      for (Client client : clients) {
        client.close();
      }
    }
  }

  /** Requests that wait or run. */
  private static long placed(Server server) {
    Map<String, Object> stats = server.stats();
    long running = 0;
    long loads = 0;
    for (Object worker : (List<?>) stats.get("workers")) {
      long load = (long) ((Map<?, ?>) worker).get("load");
      loads += load;
      running += load > 0 ? 1 : 0;
    }
    long waiting = (long) stats.get("waiting");
    return waiting == 0 ? loads : waiting + running;
  }
}
