package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Line;
import io.quintet.ffi.Errno;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.SocketFilter;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What sets the patterns apart: who runs the handler, how work is spread, what a full queue does.
 */
class PatternsTest {
  /** Answers with the name of the thread that ran it. */
  private static ServerBuilder where(Arrangement arrangement) {
    return arrangement.of(Quintet.server(Line.codec(), _ -> Thread.currentThread().getName()));
  }

  /** The threads that answer some requests of each of some connections. */
  private static List<Set<String>> threads(Server server, int connections) throws IOException {
    List<Set<String>> threads = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      Set<String> names = new TreeSet<>();
      try (Client client = new Client(server.port())) {
        client.send("?\n".repeat(50));
        for (int j = 0; j < 50; j++) {
          names.add(client.receiveLine());
        }
      }
      threads.add(names);
    }
    return threads;
  }

  @Test
  void oneLoopDoesAllUnderSingleThread() throws IOException {
    try (Server server = where(Arrangement.SINGLE_THREAD).start()) {
      for (Set<String> names : threads(server, 5)) {
        assertEquals(Set.of("quintet-loop-0"), names);
      }
    }
  }

  @Test
  void eachConnectionHasOneLoopUnderMultiThread() throws IOException {
    try (Server server = where(Arrangement.MULTI_THREAD).start()) {
      Set<String> all = new TreeSet<>();
      for (Set<String> names : threads(server, 9)) {
        assertEquals(1, names.size());
        all.addAll(names);
      }
      assertEquals(Set.of("quintet-loop-0", "quintet-loop-1", "quintet-loop-2"), all);
    }
  }

  @Test
  void eachConnectionHasOneLoopUnderReuseport() throws IOException {
    try (Server server = where(Arrangement.REUSEPORT).start()) {
      Set<String> all = new TreeSet<>();
      for (Set<String> names : threads(server, 64)) {
        assertEquals(1, names.size());
        all.addAll(names);
      }
      assertEquals(Set.of("quintet-loop-0", "quintet-loop-1", "quintet-loop-2"), all);
    }
  }

  @Test
  void eachConnectionHasOneBackendUnderMultiProcess() throws IOException {
    try (Server server = where(Arrangement.MULTI_PROCESS).start()) {
      Set<String> all = new TreeSet<>();
      for (Set<String> names : threads(server, 9)) {
        assertEquals(1, names.size());
        all.addAll(names);
      }
      assertEquals(Set.of("quintet-backend-0", "quintet-backend-1", "quintet-backend-2"), all);
    }
  }

  @Test
  void theRequestsOfOneConnectionHaveSeveralWorkersUnderLoadBalanced() throws IOException {
    try (Server server = where(Arrangement.LOAD_BALANCED).start()) {
      Set<String> names = threads(server, 1).getFirst();
      assertEquals(Set.of("quintet-worker-0", "quintet-worker-1", "quintet-worker-2"), names);
    }
  }

  @Test
  void leastConnectionsKeepsLoopsWithinOneConnectionOfEachOther() throws IOException {
    try (Server server =
        where(Arrangement.MULTI_THREAD)
            .option("loops", 4)
            .option("policy", "least-connections")
            .start()) {
      List<Client> clients = connect(server, 400);
      assertSpread(server, 100, 100);
      // Those that end leave gaps, which the next ones fill.
      Collections.shuffle(clients, new java.util.Random(3));
      for (Client client : clients.subList(0, 150)) {
        client.close();
      }
      Await.until(() -> Stats.sum(server, "open") == 250, "150 connections are closed");
      List<Client> more = connect(server, 150);
      assertSpread(server, 100, 100);
      close(clients);
      close(more);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"round-robin", "power-of-two"})
  void theOtherPoliciesSpreadConnectionsToo(String policy) throws IOException {
    try (Server server =
        where(Arrangement.MULTI_THREAD).option("loops", 4).option("policy", policy).start()) {
      List<Client> clients = connect(server, 400);
      assertSpread(server, 90, 110);
      close(clients);
    }
  }

  /** Without going to the end of the line one of four got 785 of 800. */
  @Test
  void everyLoopGetsItsShareOfASharedListener() throws IOException {
    try (Server server = where(Arrangement.SHARED_LISTENER).option("loops", 4).start()) {
      List<Client> clients = connect(server, 800);
      assertSpread(server, 100, 300);
      close(clients);
    }
  }

  private static List<Client> connect(Server server, int count) throws IOException {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Client client = new Client(server.port());
      clients.add(client);
      client.send("?\n").receiveLine();
    }
    return clients;
  }

  private static void close(List<Client> clients) throws IOException {
    for (Client client : clients) {
      client.close();
    }
  }

  /** Of the loops that own connections: the acceptor owns none. */
  private static void assertSpread(Server server, long least, long most) {
    List<Map.Entry<String, Long>> loops =
        Stats.each(server, "loops", "open").stream()
            .filter(loop -> loop.getKey().startsWith("quintet-loop"))
            .toList();
    assertTrue(
        loops.stream().allMatch(loop -> loop.getValue() >= least && loop.getValue() <= most),
        loops.toString());
  }

  @Test
  void fullWorkersStopTheReadingAndDropNothing() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger running = new AtomicInteger();
    try (Server server =
            Quintet.server(
                    Http.codecWithInline(
                        Http.Limits.DEFAULT, request -> request.path().equals("/health")),
                    request -> {
                      if (!request.path().equals("/health")) {
                        running.incrementAndGet();
                        release.await();
                      }
                      return HttpResponse.text(request.path());
                    })
                .pattern(Pattern.LOAD_BALANCED)
                .option("workers", 2)
                .option("workerQueueMax", 3)
                .start();
        Client health = new Client(server.port())) {
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Client client = new Client(server.port());
        clients.add(client);
        for (int j = 0; j < 50; j++) {
          client.send("GET /" + i + "/" + j + " HTTP/1.1\r\nHost: a\r\n\r\n");
        }
      }
      Await.until(() -> running.get() == 2 && load(server) == 6, "both queues are full");
      for (int i = 0; i < 20; i++) {
        health.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
        assertEquals("HTTP/1.1 200 OK|/health", health.receiveResponse());
        assertEquals(6, load(server), "nothing is placed beyond the bound");
      }
      release.countDown();
      for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 50; j++) {
          assertEquals("HTTP/1.1 200 OK|/" + i + "/" + j, clients.get(i).receiveResponse());
        }
        clients.get(i).close();
      }
    }
  }

  private static long load(Server server) {
    return Stats.each(server, "workers", "load").stream().mapToLong(Map.Entry::getValue).sum();
  }

  @Test
  void anInlineRequestIsAnsweredInItsPlaceBehindThoseOfWorkers() throws IOException {
    try (Server server =
            Quintet.server(
                    Http.codecWithInline(
                        Http.Limits.DEFAULT, request -> request.path().equals("/inline")),
                    request ->
                        HttpResponse.text(
                            request.path()
                                + Thread.currentThread().getName().startsWith("quintet-loop")))
                .pattern(Pattern.LOAD_BALANCED)
                .start();
        Client client = new Client(server.port())) {
      for (int i = 0; i < 20; i++) {
        client.send(
            "GET /worker HTTP/1.1\r\nHost: a\r\n\r\nGET /inline HTTP/1.1\r\nHost: a\r\n\r\n");
        assertEquals("HTTP/1.1 200 OK|/workerfalse", client.receiveResponse());
        assertEquals("HTTP/1.1 200 OK|/inlinetrue", client.receiveResponse());
      }
    }
  }

  /** An emulator of a kernel has no such option. */
  static void needsSteering() {
    LinuxCalls linux = LinuxCalls.open();
    int fd = linux.sockets().socket(Linux.AF_INET(), Linux.SOCK_STREAM() | Linux.SOCK_CLOEXEC(), 0);
    SocketOption<SocketFilter> option = SocketOption.SO_ATTACH_REUSEPORT_CBPF;
    int result = linux.sockets().setOption(fd, option, SocketFilter.any(1));
    linux.files().close(fd);
    assumeTrue(result != -Errno.ENOPROTOOPT.number(), "the kernel does not know " + option.name());
  }

  /** The kernel keeps the handshake open until the first byte: tcp(7), TCP_DEFER_ACCEPT. */
  @Test
  void handshakesThatBeganAtALoopThatLeftAreAccepted() throws Exception {
    needsSteering();
    List<Client> clients = new ArrayList<>();
    try (Server server =
        where(Arrangement.REUSEPORT).option("loops", 3).option("deferAcceptSeconds", 30).start()) {
      for (int i = 0; i < 24; i++) {
        clients.add(new Client(server.port()));
      }
      server.resize(1);
      server.resize(2);
      for (Client client : clients) {
        assertNotEquals("", client.send("?\n").receiveLine());
      }
    } finally {
      for (Client client : clients) {
        client.close();
      }
    }
  }

  @Test
  void noConnectionIsResetWhileLoopsComeAndGo() throws Exception {
    needsSteering();
    int clients = 4;
    int connections = 2_500;
    Map<String, Integer> failures = new ConcurrentHashMap<>();
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger resizes = new AtomicInteger();
    try (Server server = where(Arrangement.REUSEPORT).option("loops", 2).start()) {
      List<CompletableFuture<Void>> asking = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        asking.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int j = 0; j < connections; j++) {
                    try (Client client = new Client(server.port())) {
                      String answer = client.send("?\n").receiveLine();
                      if (answer.isEmpty()) {
                        failures.merge("closed without a reply", 1, Integer::sum);
                      }
                    } catch (IOException e) {
                      failures.merge(e.toString(), 1, Integer::sum);
                    }
                  }
                },
                task -> Thread.ofPlatform().start(task)));
      }
      CompletableFuture<Void> resizer =
          CompletableFuture.runAsync(
              () -> {
                while (!done.get()) {
                  server.resize(1 + resizes.incrementAndGet() % 4);
                }
              },
              task -> Thread.ofPlatform().start(task));
      try {
        for (CompletableFuture<Void> each : asking) {
          each.get(5, TimeUnit.MINUTES);
        }
      } finally {
        done.set(true);
      }
      resizer.get(1, TimeUnit.MINUTES);
      assertEquals(new HashMap<>(), new HashMap<>(failures));
      assertTrue(resizes.get() > 20, "only " + resizes + " changes of the number of loops");
      System.out.println(
          clients * connections + " connections over " + resizes + " resizes: 0 resets");
    }
  }
}
