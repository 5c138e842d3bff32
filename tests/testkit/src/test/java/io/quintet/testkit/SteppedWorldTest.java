package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Loops and workers do nothing but what they are turned for. */
class SteppedWorldTest {
  private final SteppedWorld world = new SteppedWorld();
  private final AtomicInteger handled = new AtomicInteger();

  private Server server(Pattern pattern) {
    return Quintet.server(
            Line.codec(),
            line -> {
              handled.incrementAndGet();
              return line.toUpperCase();
            })
        .pattern(pattern)
        .listen("127.0.0.1", 0)
        .options(Sizes.of(pattern.id(), 2))
        .in(world)
        .start();
  }

  private static Socket client(Server server) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static long accepted(Server server) {
    return ((List<?>) server.stats().get("loops"))
        .stream().mapToLong(loop -> (Long) ((Map<?, ?>) loop).get("accepted")).sum();
  }

  /** Turns until something has come through the kernel, at most ten seconds. */
  private static void until(BooleanSupplier there, String what) {
    long began = System.nanoTime();
    while (!there.getAsBoolean()) {
      assertTrue(System.nanoTime() - began < 10_000_000_000L, what);
      Thread.onSpinWait();
    }
  }

  @Test
  void eachStepOfARequestIsATurnOfWhoTakesIt() throws IOException {
    try (Server server = server(Pattern.LOAD_BALANCED);
        Socket client = client(server)) {
      assertEquals(
          List.of("quintet-loop-0", "quintet-worker-0", "quintet-worker-1"), world.agents());
      assertEquals(0, accepted(server), "nobody accepts by itself");

      until(
          () -> {
            world.turn("quintet-loop-0");
            return server.stats().toString().contains("load=1");
          },
          "the loop has accepted, decoded, and handed the request to a worker");
      assertEquals(0, handled.get());

      int first = world.turn("quintet-worker-0");
      int second = world.turn("quintet-worker-1");
      assertEquals(1, handled.get());
      assertTrue(first > 0 ^ second > 0, "one of them had work: " + first + ", " + second);
      assertEquals(0, client.getInputStream().available(), "the reply waits for the loop");

      world.turnUntilIdle();
      assertEquals("HELLO\n", new String(client.getInputStream().readNBytes(6)));
    }
    assertEquals(List.of(), world.agents());
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"MULTI_PROCESS", "ADAPTIVE"})
  void aServerThatIsTurnedServesAndDrains(Pattern pattern) throws IOException {
    Server server = server(pattern);
    try (Socket client = client(server)) {
      until(() -> world.turnUntilIdle() >= 0 && handled.get() == 1, "it was handled");
      world.turnUntilIdle();
      assertEquals("HELLO\n", new String(client.getInputStream().readNBytes(6)));
      assertTrue(server.drain(), "it drains as it is waited for");
    }
    assertEquals(List.of(), world.agents());
  }

  @Test
  void anAgentThatIsNotThereIsNamed() {
    try (Server server = server(Pattern.SINGLE_THREAD)) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> world.turn("quintet-loop-7"));
      assertEquals("agent quintet-loop-7; valid are [quintet-loop-0]", e.getMessage());
      assertFalse(server.isTakenOver());
    }
  }
}
