package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import io.quintet.ffi.Errno;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import io.quintet.testkit.ForwardingWorld;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** How long a listener without descriptors leaves its clients in the kernel's queue. */
class AcceptPauseTest {
  private static final int PAUSE_MILLIS = 5;
  private static final int PAUSES = 4;

  /** A machine on which no descriptor is left for a connection, until one is. */
  private static final class FullWorld extends ForwardingWorld {
    private final List<Long> attempts = new CopyOnWriteArrayList<>();
    private volatile boolean full = true;

    FullWorld() {
      super(World.linux());
    }

    @Override
    public Kernel kernel() {
      return intercepted(
          super.kernel(),
          (method, _, call) -> {
            if (!method.getName().equals("accept4") || !full) {
              return call.proceed();
            }
            attempts.add(System.nanoTime());
            return -Errno.EMFILE.number();
          });
    }
  }

  @Test
  void aPauseIsTwiceAsLongAsTheOneThatEndedInVainBeforeIt() throws Exception {
    FullWorld world = new FullWorld();
    try (Server server =
            Quintet.server(Line.codec(), line -> line)
                .in(world)
                .option("acceptPauseMillis", PAUSE_MILLIS)
                .start();
        Client client = new Client(server.port())) {
      client.send("hello\n");
      Await.until(() -> world.attempts.size() > PAUSES + 1, "attempts to accept");
      for (int i = 0; i < PAUSES; i++) {
        long nanos = world.attempts.get(i + 2) - world.attempts.get(i + 1);
        long least = (PAUSE_MILLIS << i) * 1_000_000L;
        assertTrue(nanos >= least, "pause " + i + " took " + nanos + " ns");
      }
      world.full = false;
      assertEquals("hello", client.receiveLine());
    }
  }
}
