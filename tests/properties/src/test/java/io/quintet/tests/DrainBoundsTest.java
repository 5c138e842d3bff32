package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.InProcess;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Line;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ForwardingWorld;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import io.quintet.service.AsyncHandler;
import io.quintet.testkit.Sizes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Every drain ends in time, whoever has begun it and whatever a handler does. */
class DrainBoundsTest {
  /** Far more than a drain may take here: a tenth of a second, and two for handlers that hang. */
  private static final Duration BOUND = Duration.ofSeconds(20);

  private static final AsyncHandler<String, String> NEVER = (_, _) -> {};

  private static ServerBuilder late(AsyncHandler<String, String> handler) {
    return Quintet.serverLater(Line.codec(), handler).option("drainTimeoutMillis", 100);
  }

  private static Client asked(Server server) throws IOException {
    Client client = new Client(server.port()).send("x\n");
    Await.until(() -> Stats.sum(server, "requests") > 0, "the request has arrived");
    return client;
  }

  private static void awaitStopped(Server server) {
    assertTimeoutPreemptively(BOUND, server::awaitStopped);
    assertEquals("stopped", server.stats().get("state"));
  }

  @ParameterizedTest
  @EnumSource(Arrangement.class)
  void whatIsNeverAnsweredIsCutAlsoWhereNobodyWaits(Arrangement arrangement) throws IOException {
    Server server = arrangement.of(late(NEVER)).start();
    try (Client client = asked(server)) {
      server.drainLater();
      awaitStopped(server);
      assertEquals(0, client.receiveAll().length);
      assertFalse(server.drain(), "it was cut");
    }
  }

  /** A backend is not interrupted, but killed. */
  @ParameterizedTest
  @EnumSource(value = Arrangement.class, mode = Mode.EXCLUDE, names = "MULTI_PROCESS")
  void aHandlerThatWaitsIsInterrupted(Arrangement arrangement) throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    AsyncHandler<String, String> waits =
        (_, _) -> {
          entered.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.set(true);
            throw e;
          }
        };
    Server server = arrangement.of(late(waits)).start();
    try (Client client = new Client(server.port()).send("x\n")) {
      entered.await();
      assertFalse(assertTimeoutPreemptively(BOUND, server::drain));
      Await.until(interrupted::get, "the handler ends");
      awaitStopped(server);
      client.receiveAll();
    }
  }

  @ParameterizedTest
  @EnumSource(Arrangement.class)
  void aHandlerThatHangsIsNotWaitedFor(Arrangement arrangement) throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    AtomicBoolean goOn = new AtomicBoolean();
    AsyncHandler<String, String> hangs =
        (_, _) -> {
          entered.countDown();
          while (!goOn.get()) {
            Thread.onSpinWait(); // whoever interrupts it
          }
        };
    Server server = arrangement.of(late(hangs)).start();
    try (Client client = new Client(server.port()).send("x\n")) {
      entered.await();
      assertFalse(assertTimeoutPreemptively(BOUND, server::drain));
      assertFalse(assertTimeoutPreemptively(BOUND, server::drain), "nor the second time");
      goOn.set(true);
      awaitStopped(server);
      client.receiveAll();
    }
  }

  @Test
  void aDelayEndsAlsoWhereHandlersKeepEachProcessorBusy() throws Exception {
    int handlers = 2 * Runtime.getRuntime().availableProcessors();
    CountDownLatch entered = new CountDownLatch(Runtime.getRuntime().availableProcessors());
    AtomicBoolean goOn = new AtomicBoolean();
    AsyncHandler<String, String> hangs =
        (_, _) -> {
          entered.countDown();
          while (!goOn.get()) {
            Thread.onSpinWait();
          }
        };
    ServerBuilder builder = Arrangement.BLOCKING_HANDLERS.of(late(hangs));
    Server server = builder.option("drainDelayMillis", 50).start();
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < handlers; i++) {
      clients.add(new Client(server.port()).send("x\n"));
    }
    entered.await();
    assertFalse(assertTimeoutPreemptively(BOUND, server::drain));
    goOn.set(true);
    awaitStopped(server);
    for (Client client : clients) {
      client.close();
    }
  }

  /** A world in which a thread can be made to break. */
  private static final class Breaking extends ForwardingWorld {
    private volatile String thread = "";

    Breaking() {
      super(World.linux());
    }

    @Override
    public Kernel kernel() {
      return intercepted(
          super.kernel(),
          (method, _, call) -> {
            Object result = call.proceed();
            boolean breaks =
                method.getName().equals("epollWait")
                    && Thread.currentThread().getName().equals(thread);
            return breaks ? (Object) (-Linux.EBADF()) : result;
          });
    }
  }

  @ParameterizedTest
  @CsvSource({
    "multi-thread, quintet-acceptor-0",
    "multi-thread, quintet-loop-1",
    "reuseport, quintet-loop-1",
    "load-balanced, quintet-worker-1"
  })
  void aServerOfWhichAThreadBreaksEndsInTime(String topology, String thread) throws Exception {
    Breaking world = new Breaking();
    ServerBuilder builder = late(NEVER).option("topology", topology).options(Sizes.of(topology, 2));
    Server server = builder.in(world).start();
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      clients.add(new Client(server.port()).send("x\n"));
    }
    Await.until(() -> Stats.sum(server, "requests") == 8, "the requests have arrived");
    world.thread = thread;
    while (server.isReady()) {
      try {
        clients.add(new Client(server.port()).send("x\n")); // it is woken, and breaks
      } catch (IOException e) {
        // it has broken
      }
    }
    awaitStopped(server);
    for (Client client : clients) {
      client.close();
    }
  }

  /** A world that counts what is to be done at the exit. */
  private static final class Counting extends ForwardingWorld {
    private final AtomicInteger added = new AtomicInteger();
    private final AtomicInteger left = new AtomicInteger();

    Counting() {
      super(World.linux());
    }

    @Override
    public Runnable atExit(String name, Runnable what) {
      added.incrementAndGet();
      left.incrementAndGet();
      Runnable back = super.atExit(name, what);
      return () -> {
        left.decrementAndGet();
        back.run();
      };
    }
  }

  @ParameterizedTest
  @EnumSource(Arrangement.class)
  void nothingIsLeftToBeDoneAtTheExitOnceAServerHasStopped(Arrangement arrangement) {
    Counting world = new Counting();
    ServerBuilder builder = arrangement.of(Quintet.server(Line.codec(), line -> line));
    try (Server server = builder.in(InProcess.in(world)).start()) {
      assertTrue(server.isReady());
      assertTrue(world.left.get() >= 1);
    }
    Await.until(() -> world.left.get() == 0, "it is taken back");
    Server later = builder.in(InProcess.in(world)).start();
    later.drainLater();
    awaitStopped(later);
    Await.until(() -> world.left.get() == 0, "it is taken back where nobody waits");
    int before = world.added.get();
    builder.option("drainOnExit", false).in(InProcess.in(world)).start().close();
    assertEquals(before, world.added.get());
  }

  @Test
  void aStartThatFailsLeavesNothingToBeDoneAtTheExit() throws IOException {
    Counting world = new Counting();
    try (Server server = Quintet.server(Line.codec(), line -> line).start()) {
      assertThrows(
          LinuxException.class,
          () ->
              Quintet.server(Line.codec(), line -> line)
                  .listen("127.0.0.1", server.port())
                  .in(world)
                  .start());
    }
    assertEquals(0, world.left.get());
  }
}
