package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import io.quintet.testkit.SelfSigned;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code quintet load} asks, counts and says. */
class LoadTest {
  @TempDir private Path folder;

  private JsonObject load(String... arguments) throws Exception {
    Path file = folder.resolve("figures.json");
    String[] all = new String[arguments.length + 7];
    all[0] = "load";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    String[] more = {"--json", file.toString(), "--warm-up", "0", "--seconds", "1"};
    System.arraycopy(more, 0, all, arguments.length + 1, more.length);
    Command.Result result = Command.quintet(all);
    assertEquals(0, result.exit(), result.err() + result.out());
    return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
  }

  private static void assertAnswered(JsonObject figures) {
    assertTrue(figures.get("requestsASecond").getAsDouble() > 10, figures.toString());
    assertEquals(0, figures.get("errors").getAsLong());
  }

  @ParameterizedTest
  @ValueSource(strings = {"resp", "memcached", "line", "echo"})
  void eachProtocolIsAsked(String protocol) throws Exception {
    try (Command.Serving serving = new Command.Serving("--protocol", protocol)) {
      String url = protocol + "://127.0.0.1:" + serving.port;
      assertAnswered(load(url, "--connections", "4", "--pipeline", "3"));
      assertEquals(0, serving.end("TERM").exit());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "http, https, /echo, --connections 2 --pipeline 8 --body 20000",
    "http, https, /, --connections 2 --churn",
    "http, http, /, --connections 2 --rate 100 --tls",
    "line, line, '', --connections 2 --threads 2 --pipeline 16 --tls",
  })
  void aServerThatSecuresItsConnectionsIsAskedOverTls(
      String protocol, String scheme, String path, String options) throws Exception {
    Path store = folder.resolve("store.p12");
    SelfSigned.generate(store, "localhost", "changeit");
    try (Command.Serving serving =
        new Command.Serving(
            "--protocol",
            protocol,
            "-o",
            "tlsCertificate=" + store,
            "-o",
            "tlsPassword=changeit")) {
      String url = scheme + "://127.0.0.1:" + serving.port + path;
      List<String> arguments = new ArrayList<>(List.of(url));
      arguments.addAll(List.of(options.split(" ")));
      JsonObject figures = load(arguments.toArray(String[]::new));
      assertTrue(figures.get("requestsASecond").getAsDouble() > 0, figures.toString());
      assertEquals(0, figures.get("errors").getAsLong());
      double busy = figures.get("generatorBusy").getAsDouble();
      assertTrue(busy >= 0 && busy <= 1, figures.toString());
      assertEquals(0, serving.end("TERM").exit());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "KILL, --connections 4, takes no connections: ECONNREFUSED",
    "TERM, --connections 4 --pipeline 4, takes no connections: ECONNREFUSED",
    "KILL, --connections 4 --rate 300, takes no connections: ECONNREFUSED",
    "KILL, --connections 2 --churn, takes no connections: ECONNREFUSED",
    "KILL, --connections 4 --threads 2, takes no connections: ECONNREFUSED",
    "KILL, --connections 4 --warm-up 60, takes no connections: ECONNREFUSED",
  })
  void aServerThatEndsLeavesTheFiguresUntilThen(String signal, String options, String reason)
      throws Exception {
    Path file = folder.resolve("figures.json");
    try (Command.Serving serving = new Command.Serving("--admin", "0")) {
      List<String> arguments =
          new ArrayList<>(List.of("load", "http://127.0.0.1:" + serving.port, "--seconds", "60"));
      arguments.addAll(List.of("--warm-up", "0", "--json", file.toString()));
      arguments.addAll(List.of(options.split(" ")));
      if (options.contains("--warm-up")) {
        arguments.subList(4, 6).clear();
      }
      Command.Running load = Command.begin(arguments.toArray(String[]::new));
      Await.until(() -> requests(serving) > 50, "it is loaded");
      serving.end(signal);
      Command.Result result = load.awaitEnd();
      assertEquals(1, result.exit(), result.toString());
      List<String> said =
          result.err().lines().filter(line -> !line.startsWith("quintet load: ")).toList();
      String sentence = "quintet: 127.0.0.1:" + serving.port + " " + reason;
      assertEquals(1, said.size(), result.err());
      assertTrue(said.getFirst().startsWith(sentence), result.err());
      assertTrue(said.getFirst().endsWith("; the figures are those until then"), result.err());
      assertTrue(result.out().contains(" requests a second, "), result.out());
      JsonObject figures = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
      boolean warmingUp = options.contains("--warm-up");
      assertEquals(!warmingUp, figures.get("requestsASecond").getAsDouble() > 0, "" + figures);
    }
  }

  private static long requests(Command.Serving serving) {
    try {
      JsonObject loop = serving.stats().getAsJsonArray("loops").get(0).getAsJsonObject();
      return loop.get("requests").getAsLong();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aPlainServerIsNoneForTls() throws Exception {
    try (Server server = Quintet.server(Http.codec(), _ -> HttpResponse.text("a")).start()) {
      Command.Result result =
          Command.quintet("load", "https://127.0.0.1:" + server.port(), "--connections", "2");
      assertEquals(1, result.exit(), result.toString());
      assertFalse(result.err().contains("\tat "), result.err());
    }
  }

  @Test
  void httpIsAskedInAClosedLoopByAnyConnections() throws Exception {
    AtomicLong asked = new AtomicLong();
    try (Server server =
        Quintet.server(
                Http.codec(),
                request -> {
                  asked.incrementAndGet();
                  return HttpResponse.text(request.method() + request.body().length);
                })
            .start()) {
      String url = "http://127.0.0.1:" + server.port() + "/a?b";
      assertAnswered(load(url, "--connections", "6", "--threads", "2", "--body", "1000"));
      assertTrue(asked.get() > 0);
      long before = Stats.sum(server, "accepted");
      assertEquals(6, before);
      assertAnswered(load(url, "--connections", "2", "--churn"));
      assertTrue(Stats.sum(server, "accepted") - before > 10, "a connection for each request");
    }
  }

  @Test
  void anOpenLoopCountsTheTimeInWhichAServerStops() throws Exception {
    AtomicLong stopsAt = new AtomicLong(System.nanoTime());
    try (Server server =
        Quintet.server(
                Line.codec(),
                line -> {
                  long now = System.nanoTime();
                  if (now - stopsAt.get() > 500_000_000) {
                    stopsAt.set(now);
                    TimeUnit.MILLISECONDS.sleep(200); // what is under test: a server that stops
                  }
                  return line;
                })
            .start()) {
      String url = "line://127.0.0.1:" + server.port();
      JsonObject open = load(url, "--connections", "8", "--rate", "1000");
      assertAnswered(open);
      // A fifth of the requests at least should have been sent while it stood still.
      assertTrue(open.get("p90.0Nanos").getAsLong() > 20_000_000, open.toString());
    }
  }

  @Test
  void anErrorIsCountedAndIsTheExitCode() throws Exception {
    try (Server server = Quintet.server(Http.codec(), _ -> HttpResponse.text(404, "no")).start()) {
      Command.Result result =
          Command.quintet(
              "load",
              "http://127.0.0.1:" + server.port(),
              "--warm-up",
              "0",
              "--seconds",
              "0.2",
              "--connections",
              "1");
      assertEquals(1, result.exit(), result.out());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ftp://127.0.0.1:1, has no known scheme",
    "http://127.0.0.1, names no host and port",
    "http://127.0.0.1:1 --json /no/such/f, option --json is /no/such/f; valid is a file in a folder",
    "http://127.0.0.1:1 --connections 0, option --connections is 0; valid are 1 to 1000000"
  })
  void aBadOptionIsNamed(String line, String reason) throws Exception {
    Command.Result result = Command.quintet(("load " + line).split(" "));
    assertEquals(2, result.exit());
    assertTrue(result.err().contains(reason), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
  }

  @Test
  void howFarItIsStandsInABarOnATerminal() throws Exception {
    try (Server server = Quintet.server(Http.codec(), _ -> HttpResponse.text("a")).start()) {
      Command.Result result =
          Command.quintetInTerminal(
              "load", "http://127.0.0.1:" + server.port(), "--warm-up", "0.1", "--seconds", "2");
      assertEquals(0, result.exit(), result.out());
      assertTrue(result.out().contains("quintet load"), result.out());
      assertTrue(result.out().contains("0/2 "), result.out());
      assertTrue(result.out().contains("1/2 "), result.out());
      assertTrue(result.out().contains(" requests a second, 0 errors"), result.out());
    }
  }
}
