package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ffi.LinuxCall;
import io.quintet.ffi.LinuxCalls;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import io.quintet.testkit.SelfSigned;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The threads on which TLS handshakes are computed. */
class HandshakeThreadsTest {
  private static final String PASSWORD = "secret";
  private static final int HANDSHAKES = 24;
  private static final int BUSY_A_PROCESSOR = 2;

  private static final long SHORT_TURN_NANOS = 100_000;

  private static final LinuxCall GET =
      LinuxCalls.define(
          "int sched_getattr(pid_t pid, void *attr, unsigned int size, unsigned int flags)",
          System.getProperty("os.arch").equals("aarch64") ? 275 : 315);

  @TempDir private static Path folder;

  private static SSLContext context;

  @BeforeAll
  static void makeKey() throws Exception {
    Path store = folder.resolve("store.p12");
    SelfSigned.generate(store, "a.example", PASSWORD);
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
    managers.init(keys, PASSWORD.toCharArray());
    context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
  }

  /** Beside more threads that compute than there are processors, no handshake waits for ever. */
  @Test
  void handshakesEndBesideBusyProcessorsAndTheirThreadsWithTheServer() throws Exception {
    Queue<Thread> used = new ConcurrentLinkedQueue<>();
    AtomicBoolean busy = new AtomicBoolean(true);
    List<Thread> others = new ArrayList<>();
    try (Server server =
        Quintet.server(Http.codec(), _ -> HttpResponse.text("Hello, World!"))
            .pattern(Pattern.MULTI_THREAD)
            .option("port", 0)
            .option("requestTimeoutMillis", 60_000)
            .tls(
                _ -> {
                  used.add(Thread.currentThread());
                  return context.createSSLEngine();
                })
            .start()) {
      for (int i = 0; i < BUSY_A_PROCESSOR * Runtime.getRuntime().availableProcessors(); i++) {
        others.add(Thread.ofPlatform().start(() -> compute(busy)));
      }
      for (int i = 0; i < HANDSHAKES; i++) {
        try (SSLSocket socket = SecureClient.connect(server.port(), "a.example")) {
          assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
        }
      }
    } finally {
      busy.set(false);
      for (Thread other : others) {
        other.join();
      }
    }
    assertEquals(HANDSHAKES, used.size());
    Set<Thread> threads = used.stream().collect(Collectors.toSet());
    int most = Math.max(4, Runtime.getRuntime().availableProcessors());
    assertTrue(threads.size() <= most, threads.toString());
    for (Thread each : threads) {
      assertTrue(each.getName().startsWith("quintet-handshake-"), each.getName());
      assertTrue(each.isDaemon());
      each.join(TimeUnit.MINUTES.toMillis(1));
      assertFalse(each.isAlive(), each + " has not ended with its server");
    }
  }

  /** So that a loop that wakes preempts a handshake. */
  @Test
  void loopsHaveShortTurnsAndHandshakesOrdinaryOnes() throws Exception {
    BlockingQueue<Long> ofLoops = new LinkedBlockingQueue<>();
    BlockingQueue<Long> ofHandshakes = new LinkedBlockingQueue<>();
    try (Server server =
            Quintet.server(
                    Http.codec(),
                    _ -> {
                      ofLoops.add(turnNanos());
                      return HttpResponse.text("Hello, World!");
                    })
                .pattern(Pattern.SINGLE_THREAD)
                .option("port", 0)
                .tls(
                    _ -> {
                      ofHandshakes.add(turnNanos());
                      return context.createSSLEngine();
                    })
                .start();
        SSLSocket socket = SecureClient.connect(server.port(), "a.example")) {
      assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
    }
    long ordinary = turnNanos();
    assumeTrue(ordinary > 0, "this kernel has no turns of a thread's own; Linux 6.12 and later do");
    assertEquals(SHORT_TURN_NANOS, ofLoops.take());
    assertEquals(ordinary, ofHandshakes.take());
  }

  /** Of the calling thread: sched_runtime of sched_getattr(2), at 24 of its struct of 48 bytes. */
  private static long turnNanos() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(48, Long.BYTES);
      assertEquals(0, GET.call(0, attributes, 48, 0));
      return attributes.get(ValueLayout.JAVA_LONG, 24);
    }
  }

  private static void compute(AtomicBoolean busy) {
    while (busy.get()) {
      Thread.onSpinWait();
    }
  }
}
