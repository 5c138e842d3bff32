package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import io.quintet.testkit.SteppedWorld;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a worker is given and counts, turn by turn. */
class WorkerTurnsTest {
  private static final String LOOP = "quintet-loop-0";
  private static final String WORKER = "quintet-worker-0";

  private static Map<?, ?> worker(Server server) {
    return (Map<?, ?>) ((List<?>) server.stats().get("workers")).getFirst();
  }

  private static void turnLoop(SteppedWorld world) {
    for (int i = 0; i < 20; i++) {
      world.turn(LOOP);
    }
  }

  @Test
  void aWorkerIsGivenNoMoreThanItsQueueHolds() throws IOException {
    SteppedWorld world = new SteppedWorld();
    try (Server server =
            Quintet.server(Line.codec(), line -> line)
                .pattern(Pattern.LOAD_BALANCED)
                .options(Map.of("port", 0, "workers", 1, "workerQueueMax", 2, "pipelineMax", 8))
                .in(world)
                .start();
        Socket client = new Socket("127.0.0.1", server.port())) {
      client.getOutputStream().write("a\nb\nc\nd\ne\n".getBytes());
      turnLoop(world);
      assertEquals(2L, worker(server).get("load"));
      assertEquals(0L, worker(server).get("requests"));
      for (long done = 1; done <= 4; done++) {
        assertEquals(1, world.turn(WORKER), "it has run one");
        assertEquals(done, worker(server).get("requests"));
        assertEquals(1L, worker(server).get("load"));
        turnLoop(world);
        assertEquals(done < 4 ? 2L : 1L, worker(server).get("load"));
      }
      world.turn(WORKER);
      assertEquals(0L, worker(server).get("load"));
      assertEquals(0, world.turn(WORKER), "nothing waits");
      world.turnUntilIdle();
      assertEquals(0L, worker(server).get("sleeps"), "who turns it looks itself");
      assertEquals(WORKER, worker(server).get("thread"));
      assertEquals("a\nb\nc\nd\ne\n", new String(client.getInputStream().readNBytes(10)));
    }
  }
}
