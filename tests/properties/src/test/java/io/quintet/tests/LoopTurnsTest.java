package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import io.quintet.testkit.SteppedWorld;
import java.io.IOException;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a loop does in a turn, and what it says that it did. */
class LoopTurnsTest {
  private static final String LOOP = "quintet-loop-0";

  private static void turnUntilIdle(SteppedWorld world) {
    while (world.turn(LOOP) > 0) {
      // it has more to do
    }
  }

  @Test
  void aTurnTakesAsMuchMailAsItsBudgetAllows() throws IOException {
    SteppedWorld world = new SteppedWorld();
    AtomicReference<Executor> owner = new AtomicReference<>();
    AtomicInteger ran = new AtomicInteger();
    try (Server server =
            Quintet.<String, String>serverLater(
                    Line.codec(),
                    (line, reply) -> {
                      owner.set(reply.owner());
                      reply.send(line);
                    })
                .pattern(Pattern.SINGLE_THREAD)
                .options(Map.of("port", 0, "mailBudget", 2))
                .in(world)
                .start();
        Socket client = new Socket("127.0.0.1", server.port())) {
      client.getOutputStream().write("a\n".getBytes());
      while (owner.get() == null) {
        world.turn(LOOP);
      }
      turnUntilIdle(world);
      assertEquals("a\n", new String(client.getInputStream().readNBytes(2)));
      for (int i = 0; i < 5; i++) {
        owner.get().execute(ran::incrementAndGet);
      }
      assertEquals(0, ran.get());
      assertEquals(2, world.turn(LOOP));
      assertEquals(2, ran.get());
      assertEquals(2, world.turn(LOOP));
      assertEquals(4, ran.get());
      assertEquals(1, world.turn(LOOP));
      assertEquals(5, ran.get());
      assertEquals(0, world.turn(LOOP));
      client.getOutputStream().write("b\n".getBytes());
      int work;
      do {
        work = world.turn(LOOP);
      } while (work == 0);
      assertTrue(work >= 1);
      assertEquals("b\n", new String(client.getInputStream().readNBytes(2)));
      turnUntilIdle(world);
    }
  }
}
