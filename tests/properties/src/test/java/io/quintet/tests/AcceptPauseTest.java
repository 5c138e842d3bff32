package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import io.quintet.ffi.Errno;
import io.quintet.kernel.ForwardingWorld;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
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

  /** A machine on which a server may have few connections at a time. */
  private static final class NarrowWorld extends ForwardingWorld {
    private static final int CONNECTIONS = 8;

    private final Set<Object> open = ConcurrentHashMap.newKeySet();
    private final Semaphore free = new Semaphore(CONNECTIONS);

    NarrowWorld() {
      super(World.linux());
    }

    @Override
    public Kernel kernel() {
      return intercepted(
          super.kernel(),
          (method, arguments, call) ->
              switch (method.getName()) {
                case "accept4" -> accept(call);
                case "close" -> {
                  boolean connection = open.remove(arguments[0]);
                  Object result = call.proceed();
                  if (connection) {
                    free.release();
                  }
                  yield result;
                }
                default -> call.proceed();
              });
    }

    private Object accept(Proceeding call) throws Throwable {
      if (!free.tryAcquire()) {
        return -Errno.EMFILE.number();
      }
      Object result = call.proceed();
      if ((Integer) result < 0) {
        free.release();
      } else {
        open.add(result);
      }
      return result;
    }
  }

  /** A client that was answered, and the loop that did. */
  private record Answered(Client client, String loop) {}

  @Test
  void aDescriptorThatOneLoopFreesIsTheOthersTurn() throws Exception {
    BlockingQueue<Answered> answered = new LinkedBlockingQueue<>();
    List<Client> all = new CopyOnWriteArrayList<>();
    try (Server server =
        Quintet.server(Line.codec(), _ -> Thread.currentThread().getName())
            .in(new NarrowWorld())
            .pattern(Pattern.REUSEPORT)
            .option("loops", 2)
            .option("acceptPauseMillis", 60_000)
            .start()) {
      for (int i = 0; i < 40; i++) {
        come(server.port(), all, answered);
      }
      Map<String, Deque<Client>> held = new HashMap<>();
      for (int i = 0; i < NarrowWorld.CONNECTIONS; i++) {
        hold(held, answered);
      }
      String busy =
          held.entrySet().stream()
              .max(Comparator.comparing(each -> each.getValue().size()))
              .orElseThrow()
              .getKey();
      int others = 0;
      // Who begins with four of eight has none left before the last, where they take turns.
      for (int i = 0; i < 8 && !held.get(busy).isEmpty(); i++) {
        held.get(busy).removeFirst().close();
        others += hold(held, answered).equals(busy) ? 0 : 1;
      }
      assertTrue(others >= 3, "of up to 8 descriptors the other loop got " + others);
      for (Client client : all) {
        client.close();
      }
    }
  }

  private static String hold(Map<String, Deque<Client>> held, BlockingQueue<Answered> answered)
      throws InterruptedException {
    Answered next = answered.poll(60, TimeUnit.SECONDS);
    assertNotNull(next, "nobody has a turn within a minute");
    held.computeIfAbsent(next.loop, _ -> new ArrayDeque<>()).add(next.client);
    return next.loop;
  }

  private static void come(int port, List<Client> all, BlockingQueue<Answered> answered)
      throws IOException {
    Client client = new Client(port);
    all.add(client);
    client.send("who?\n");
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                String loop = client.receiveLine();
                if (!loop.isEmpty()) {
                  answered.add(new Answered(client, loop));
                }
              } catch (IOException e) {
                // it was closed while it waited
              }
            });
  }
}
