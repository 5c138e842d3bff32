package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonParser;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.Sockets;
import io.quintet.ffi.linux.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Backends that are processes: who serves, and what follows when one or the front is killed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@OwnProcesses
class BackendsTest {
  private static final int BACKENDS = 3;
  private static final int BACKOFF_MILLIS = 100;

  private Command.Serving serving;

  @BeforeAll
  void start() throws IOException {
    serving = front();
  }

  @AfterAll
  void stop() throws Exception {
    assertEquals(0, serving.end("TERM").exit());
  }

  private static Command.Serving front(String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--pattern",
                "multi-process",
                "--backends",
                Integer.toString(BACKENDS),
                "-o",
                "backendBackoffMillis=" + BACKOFF_MILLIS));
    arguments.addAll(List.of(more));
    return new Command.Serving(arguments.toArray(String[]::new));
  }

  /** The process that answers. */
  private static long process(Client client) throws IOException {
    client.send("GET /where HTTP/1.1\r\nHost: a\r\n\r\n");
    String response = client.receiveResponse();
    if (!response.startsWith("HTTP/1.1 200 OK|")) {
      throw new IOException("no answer: " + response);
    }
    String body = response.substring(response.indexOf('|') + 1);
    return JsonParser.parseString(body).getAsJsonObject().get("process").getAsLong();
  }

  /** The processes that answer on some new connections at the same time. */
  private static Set<Long> processes(int port) throws IOException {
    Set<Long> processes = new TreeSet<>();
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 2 * BACKENDS; i++) {
      Client client = new Client(port);
      clients.add(client);
      processes.add(process(client));
    }
    for (Client client : clients) {
      client.close();
    }
    return processes;
  }

  @Test
  void severalProcessesServeAndNoneIsTheFront() throws Exception {
    // A front of its own: that of others may not have heard yet that their connections have ended.
    try (Command.Serving front = front()) {
      Set<Long> processes = processes(front.port);
      assertEquals(BACKENDS, processes.size());
      assertFalse(processes.contains(front.pid));
      try (Client client = new Client(front.port)) {
        long first = process(client);
        for (int i = 0; i < 20; i++) {
          assertEquals(first, process(client), "a connection stays with its backend");
        }
      }
      assertEquals(0, front.end("TERM").exit());
    }
  }

  @Test
  void aKilledBackendTakesOnlyItsOwnConnectionsWithIt() throws Exception {
    Map<String, Integer> wrong = new ConcurrentHashMap<>();
    AtomicBoolean done = new AtomicBoolean();
    Set<Long> killed = ConcurrentHashMap.newKeySet();
    AtomicInteger requests = new AtomicInteger();
    Set<Long> known = new TreeSet<>(processes(serving.port));
    List<CompletableFuture<Void>> load = new ArrayList<>();
    for (int i = 0; i < 4 * BACKENDS; i++) {
      load.add(
          CompletableFuture.runAsync(
              () -> {
                while (!done.get()) {
                  keepAsking(serving.port, done, killed, wrong, requests);
                }
              },
              task -> Thread.ofPlatform().start(task)));
    }
    long longestMillis = 0;
    for (long victim : List.copyOf(known)) {
      int before = requests.get();
      Await.until(() -> requests.get() > before + 500, "the load runs");
      killed.add(victim);
      ProcessHandle.of(victim).orElseThrow().destroyForcibly();
      long at = System.nanoTime();
      // Until the front knows, a new connection may still be handed to the process that dies.
      Await.until(() -> isServed(serving.port), "a new connection is served");
      long millis = (System.nanoTime() - at) / 1_000_000;
      longestMillis = Math.max(longestMillis, millis);
      Await.until(() -> serves(serving.port, known), "another backend follows");
    }
    done.set(true);
    for (CompletableFuture<Void> each : load) {
      each.get(30, TimeUnit.SECONDS);
    }
    assertEquals(Map.of(), Map.copyOf(wrong));
    System.out.println(
        BACKENDS
            + " backends killed in turn under load: "
            + requests
            + " requests answered, new connections served again within "
            + longestMillis
            + " ms");
  }

  /** Asks on one connection until it ends, which it may only where its backend was killed. */
  private static void keepAsking(
      int port,
      AtomicBoolean done,
      Set<Long> killed,
      Map<String, Integer> wrong,
      AtomicInteger requests) {
    long process = 0;
    try (Client client = new Client(port)) {
      while (!done.get()) {
        process = process(client);
        requests.incrementAndGet();
      }
    } catch (IOException e) {
      // A connection that was never answered was with a backend that died before it could.
      if (process != 0 ? !killed.contains(process) : killed.isEmpty()) {
        wrong.merge(e.toString(), 1, Integer::sum);
      }
    }
  }

  private static boolean isServed(int port) {
    try (Client client = new Client(port)) {
      return process(client) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether a process that was not known answers; it is then. */
  private static boolean serves(int port, Set<Long> known) {
    try {
      return known.addAll(processes(port));
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aBackendThatHangsIsKilledAndReplaced() throws Exception {
    try (Command.Serving front =
        front("-o", "backendSilenceMillis=1000", "-o", "backendHangMillis=2000")) {
      Set<Long> known = new TreeSet<>(processes(front.port));
      long hung = known.iterator().next();
      Command.run("kill", "-STOP", Long.toString(hung));
      Await.until(() -> ProcessHandle.of(hung).isEmpty(), "the hung backend is killed");
      Await.until(() -> serves(front.port, known), "another one follows");
      assertEquals(0, front.end("TERM").exit());
    }
  }

  @Test
  void backendsEndWhenTheirFrontIsKilled() throws Exception {
    try (Command.Serving front = front()) {
      Set<Long> processes = processes(front.port);
      assertEquals(BACKENDS, processes.size());
      ProcessHandle.of(front.pid).orElseThrow().destroyForcibly();
      Await.until(
          () -> processes.stream().noneMatch(pid -> ProcessHandle.of(pid).isPresent()),
          "every backend has ended");
    }
  }

  @Test
  void aStrangerOnTheControlSocketIsTurnedAway() throws Exception {
    String name =
        Files.readAllLines(Path.of("/proc/net/unix")).stream()
            .map(line -> line.substring(line.lastIndexOf(' ') + 1))
            .filter(path -> path.startsWith("@quintet-" + serving.pid + "-"))
            .findFirst()
            .orElseThrow()
            .substring(1);
    try (Arena arena = Arena.ofConfined()) {
      Sockets sockets = LinuxCalls.open().sockets();
      int type = Linux.SOCK_SEQPACKET() | Linux.SOCK_CLOEXEC();
      int fd = sockets.socket(Linux.AF_UNIX(), type, 0);
      assertEquals(0, sockets.connect(fd, new SocketAddress.UnixAbstract(name)));
      assertEquals(0, sockets.recv(fd, arena.allocate(8).address(), 8, 0), "it is closed at once");
      LinuxCalls.open().files().close(fd);
    }
  }
}
