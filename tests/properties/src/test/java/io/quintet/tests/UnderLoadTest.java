package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Servers that end or are relieved while wrk loads them: no request fails on a connection that was
 * accepted. {@code -Dquintet.takeovers=10} relieves ten times in a row.
 */
@OwnProcesses
class UnderLoadTest {
  private static final int TAKEOVERS = Integer.getInteger("quintet.takeovers", 2);

  /** Requests that a server answers in the midst of the load before anything is done to it. */
  private static final int PROBES = 300;

  @BeforeAll
  static void wrk() throws Exception {
    Command.needs("wrk");
  }

  /** Load for so long that it outlasts what the test does with the server. */
  private static final class Load implements AutoCloseable {
    private final Process wrk;

    Load(String url, int seconds) throws IOException {
      wrk =
          new ProcessBuilder("wrk", "-t1", "-c32", "-d" + seconds, "--timeout", "20s", url).start();
    }

    /** Ends it, and gives what it says. */
    String end() throws Exception {
      Command.run("kill", "-INT", Long.toString(wrk.pid()));
      String said = new String(wrk.getInputStream().readAllBytes());
      assertTrue(wrk.waitFor(60, TimeUnit.SECONDS));
      return said;
    }

    @Override
    public void close() {
      wrk.destroyForcibly();
    }
  }

  private static Command.Serving serve(io.quintet.Pattern pattern, String... more)
      throws IOException {
    List<String> arguments = Command.Serving.arguments(pattern, 2);
    arguments.addAll(List.of(more));
    return new Command.Serving(arguments.toArray(String[]::new));
  }

  private static void awaitLoad(Command.Serving server) throws IOException {
    for (int i = 0; i < PROBES; i++) {
      try (Client client = new Client(server.port)) {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertEquals("HTTP/1.1 200 OK|Hello, World!", client.receiveResponse());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void aDrainFailsNoRequestOfAConnectionThatWasAccepted(io.quintet.Pattern pattern)
      throws Exception {
    try (Command.Serving server = serve(pattern);
        Load load = new Load(server.url("/"), 30)) {
      awaitLoad(server);
      Command.Result ended = server.end("TERM");
      String said = load.end();
      assertEquals(0, ended.exit(), ended.err());
      // What wrk counts as a write error is a connection that was refused: it learns of that when
      // it
      // sends the first request. On one that was accepted a failure shows when it reads.
      assertEquals(0, errors(said, "read"), said);
      assertEquals(0, errors(said, "timeout"), said);
      assertFalse(said.contains("Non-2xx"), said);
      System.out.printf("%s: %d requests before a drain, 0 failed%n", pattern.id(), requests(said));
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void serversThatRelieveEachOtherLoseNoRequestAndNoConnection(
      io.quintet.Pattern pattern, @TempDir Path folder) throws Exception {
    String path = folder.resolve("takeover").toString();
    Command.Serving server = serve(pattern, "--takeover", path);
    try (Load load = new Load(server.url("/"), 120)) {
      for (int i = 0; i < TAKEOVERS; i++) {
        awaitLoad(server);
        Command.Serving next =
            serve(pattern, "--takeover", path, "--port", Integer.toString(server.port));
        Command.Result relieved = server.awaitEnd();
        server = next;
        assertEquals(0, relieved.exit(), relieved.err());
      }
      awaitLoad(server);
      String said = load.end();
      assertFalse(said.contains("Socket errors"), said);
      assertFalse(said.contains("Non-2xx"), said);
      System.out.printf(
          "%s: %d requests over %d takeovers, 0 refused, 0 reset, 0 failed%n",
          pattern.id(), requests(said), TAKEOVERS);
    } finally {
      server.end("TERM");
      server.close();
    }
    assertFalse(Files.exists(Path.of(path)), "the name of the socket is removed");
  }

  private static long requests(String said) {
    Matcher matcher = Pattern.compile("(\\d+) requests in ").matcher(said);
    assertTrue(matcher.find(), said);
    return Long.parseLong(matcher.group(1));
  }

  private static long errors(String said, String kind) {
    Matcher matcher = Pattern.compile("Socket errors:.* " + kind + " (\\d+)").matcher(said);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }
}
