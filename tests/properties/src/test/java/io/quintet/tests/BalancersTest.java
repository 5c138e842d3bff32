package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Backends with a port each, and the balancers that {@code --emit} configures. */
@OwnProcesses
class BalancersTest {
  private static final int BACKENDS = 2;

  @ParameterizedTest
  @CsvSource({
    "haproxy, haproxy -f",
    "nginx, nginx -p . -g 'daemon off; pid nginx.pid;' -e stderr -c"
  })
  void anEmittedConfigurationBalancesOverTheBackends(
      String balancer, String command, @TempDir Path folder) throws Exception {
    Command.needs(balancer);
    int port = freePorts();
    String ports = Integer.toString(port);
    String backends = Integer.toString(BACKENDS);
    Command.Result emitted =
        Command.quintet(
            "serve",
            "--pattern",
            "multi-process",
            "--backends",
            backends,
            "--port",
            ports,
            "--emit",
            balancer);
    assertEquals(0, emitted.exit(), emitted.err());
    Path file = Files.writeString(folder.resolve("balancer.conf"), emitted.out());
    try (Command.Serving serving =
        new Command.Serving(
            "--topology",
            Path.of(System.getProperty("quintet.root"), "specs/examples/backend-ports.json")
                .toString(),
            "--backends",
            backends,
            "--port",
            Integer.toString(port + 1))) {
      Process process =
          new ProcessBuilder("sh", "-c", "exec " + command + " " + file)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log").toFile())
              .start();
      try {
        Await.until(() -> answers(port), "the balancer answers");
        java.util.Set<String> processes = new java.util.TreeSet<>();
        Await.until(
            () -> {
              processes.addAll(where(port));
              return processes.size() == BACKENDS;
            },
            "every backend is asked");
        assertFalse(processes.contains(Long.toString(serving.pid)));
      } finally {
        process.destroy();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      }
      assertEquals(0, serving.end("TERM").exit());
    }
  }

  /** A port with free ones behind it, as far as one can tell before they are taken. */
  private static int freePorts() throws IOException {
    java.util.random.RandomGenerator random = java.util.random.RandomGenerator.getDefault();
    for (int attempt = 0; attempt < 100; attempt++) {
      // Below ip_local_port_range, from which the clients of other tests get theirs meanwhile.
      int port = random.nextInt(20_000, 32_000);
      try (ServerSocket _ = new ServerSocket(port);
          ServerSocket _ = new ServerSocket(port + 1);
          ServerSocket _ = new ServerSocket(port + 2)) {
        return port;
      } catch (IOException e) {
        // others may be free
      }
    }
    throw new IOException("no three free ports in a row");
  }

  private static boolean answers(int port) {
    return !where(port).isEmpty();
  }

  private static List<String> where(int port) {
    try (Client client = new Client(port)) {
      String response = client.send("GET /where HTTP/1.1\r\nHost: a\r\n\r\n").receiveResponse();
      java.util.regex.Matcher matcher =
          java.util.regex.Pattern.compile("\"process\":(\\d+)").matcher(response);
      return matcher.find() ? List.of(matcher.group(1)) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }

  @Test
  void aPortMustBeGivenToBackendsThatHaveOneEach() throws Exception {
    String file =
        Path.of(System.getProperty("quintet.root"), "specs/examples/backend-ports.json").toString();
    Command.Result result =
        Command.quintet("serve", "--topology", file, "--port", "0", "--backends", "2");
    assertEquals(2, result.exit());
    assertEquals("quintet: option port is 0; valid for backend-ports are 1 to 65534", result.err());
  }

  @Test
  void aDeploymentHasAsManyPodsAsBackends() throws Exception {
    String text = Command.quintet("serve", "--backends", "3", "--emit", "kubernetes").out();
    assertTrue(text.contains("\n  replicas: 3\n"), text);
    assertTrue(text.contains("path: /health"), text);
    assertTrue(text.contains("preStop"), text);
  }
}
