package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.testkit.ChildServer;
import io.quintet.testkit.Sizes;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs of users that are told to end, and backends whose front is killed. */
@OwnProcesses
class ExitTest {
  /** What the JVM gives for SIGTERM. */
  private static final int TERMINATED = 128 + 15;

  private static final String TOPOLOGY = "topology=";

  private static ChildServer program(String... arguments) throws IOException {
    String topology =
        Stream.of(arguments)
            .filter(argument -> argument.startsWith(TOPOLOGY))
            .map(argument -> argument.substring(TOPOLOGY.length()))
            .findFirst()
            .orElse("single-thread");
    Map<String, Integer> sizes = Sizes.of(topology, 2);
    List<String> all = new ArrayList<>(List.of("startupArchive=false", "drainIdleMillis=10"));
    sizes.forEach((name, count) -> all.add(name + "=" + count));
    if (sizes.containsKey("backends")) {
      all.add("backendStartMillis=120000");
    }
    all.addAll(List.of(arguments));
    return new ChildServer(ServingProgram.class.getName(), all.toArray(String[]::new));
  }

  private static Client entered(ChildServer child, int port, String request) throws IOException {
    Client client = new Client(port).send(request + "\n");
    child.awaitLine("entered");
    return client;
  }

  @ParameterizedTest
  @EnumSource(value = io.quintet.Pattern.class, mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void whatIsInFlightIsAnsweredWhenTheProgramIsToldToEnd(io.quintet.Pattern pattern)
      throws Exception {
    try (ChildServer child = program("topology=" + pattern.id());
        Client client = entered(child, child.port(), "sleep 700")) {
      child.process().destroy(); // SIGTERM
      assertEquals("done", client.receiveLine());
      assertEquals(TERMINATED, child.awaitEnd());
      assertTrue(Client.isRefused(child.port()));
    }
  }

  @Test
  void theSameWhereTheProgramClosesTheServerItself() throws Exception {
    try (ChildServer child = program("own");
        Client client = entered(child, child.port(), "sleep 700")) {
      child.process().destroy();
      assertEquals("done", client.receiveLine());
      assertEquals(TERMINATED, child.awaitEnd());
    }
  }

  @Test
  void eachServerOfAProcessIsDrained() throws Exception {
    try (ChildServer child = program("two")) {
      int second = Integer.parseInt(child.awaitLine("and on ").substring("and on ".length()));
      try (Client one = entered(child, child.port(), "sleep 1500");
          Client other = entered(child, second, "sleep 700")) {
        child.process().destroy();
        assertEquals("done", other.receiveLine());
        assertEquals("done", one.receiveLine());
        assertEquals(TERMINATED, child.awaitEnd());
      }
    }
  }

  @Test
  void theExitStatusOfAProgramThatEndsByItselfIsItsOwn() throws Exception {
    try (ChildServer child = program();
        Client client = entered(child, child.port(), "exit 700")) {
      assertEquals("done", client.receiveLine());
      assertEquals(7, child.awaitEnd());
    }
  }

  @Test
  void withoutTheOptionTheProcessEndsAtOnce() throws Exception {
    try (ChildServer child = program("drainOnExit=false");
        Client client = entered(child, child.port(), "sleep 60000")) {
      child.process().destroy();
      assertEquals(TERMINATED, child.awaitEnd());
      assertEquals(0, client.receiveAll().length);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "single-thread, hang",
    "single-thread, never",
    "single-thread, sleep 60000",
    "multi-thread, hang",
    "load-balanced, hang",
    "load-balanced, sleep 60000",
    "reuseport, hang",
    "multi-process, hang",
    "multi-process, never"
  })
  void aHandlerThatDoesNotEndKeepsTheProcessForAsLongAsADrainMayTake(String pattern, String request)
      throws Exception {
    try (ChildServer child = program("topology=" + pattern, "drainTimeoutMillis=300");
        Client client = entered(child, child.port(), request)) {
      child.process().destroy();
      assertEquals(TERMINATED, child.awaitEnd());
      assertFalse(client.receiveAllText().contains("done"));
    }
  }

  @Test
  void theNameOfAUnixSocketGoesWithTheProcess(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("socket");
    try (ChildServer child = program("host=unix:" + path);
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      client.write(ByteBuffer.wrap("sleep 300\n".getBytes()));
      child.awaitLine("entered");
      child.process().destroy();
      ByteBuffer reply = ByteBuffer.allocate("done".length());
      while (reply.hasRemaining() && client.read(reply) >= 0) {
        // more of it
      }
      assertEquals("done", new String(reply.array()));
      assertEquals(TERMINATED, child.awaitEnd());
    }
    assertFalse(Files.exists(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"never", "sleep 600000", "hang"})
  void backendsEndInTimeWhenTheirFrontIsKilledWithARequestInFlight(String request)
      throws Exception {
    try (ChildServer child = program("topology=multi-process", "drainTimeoutMillis=300");
        Client client = entered(child, child.port(), request)) {
      List<ProcessHandle> backends = child.process().children().toList();
      assertEquals(2, backends.size());
      child.process().destroyForcibly();
      for (ProcessHandle backend : backends) {
        backend.onExit().get(30, TimeUnit.SECONDS);
      }
      assertFalse(client.receiveAllText().contains("done"));
    }
  }

  @Test
  void backendsAnswerWhatIsInFlightWhenTheirFrontIsKilled() throws Exception {
    try (ChildServer child = program("topology=multi-process");
        Client client = entered(child, child.port(), "sleep 1000")) {
      child.process().destroyForcibly();
      assertEquals("done", client.receiveLine());
    }
  }
}
