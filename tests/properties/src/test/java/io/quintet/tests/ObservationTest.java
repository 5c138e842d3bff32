package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code quintet serve --admin} tells, and {@code quintet top} shows. */
@OwnProcesses
class ObservationTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @AfterAll
  static void close() {
    HTTP.close();
  }

  private static HttpResponse<String> get(Command.Serving serving, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(serving.admin + path))
            .timeout(Duration.ofSeconds(10))
            .build();
    return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static Command.Serving serve(io.quintet.Pattern pattern, String... more)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of("--admin", "0"));
    arguments.addAll(List.of(more));
    return Command.Serving.of(pattern, arguments.toArray(String[]::new));
  }

  @ParameterizedTest
  @EnumSource(value = io.quintet.Pattern.class, mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void theAdminPortTellsOfAServerUnderEachPattern(io.quintet.Pattern pattern) throws Exception {
    try (Command.Serving serving = serve(pattern);
        Client client = new Client(serving.port)) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals("HTTP/1.1 200 OK|Hello, World!", client.receiveResponse());
      assertEquals("alive\n", get(serving, "/healthz").body());
      assertEquals("ready\n", get(serving, "/readyz").body());
      assertEquals(404, get(serving, "/").statusCode());

      JsonObject stats = JsonParser.parseString(get(serving, "/stats").body()).getAsJsonObject();
      assertEquals(pattern.id(), stats.get("topology").getAsString());
      assertEquals("serving", stats.get("state").getAsString());

      String metrics = get(serving, "/metrics").body();
      assertTrue(metrics.contains("# TYPE quintet_connections_open gauge"), metrics);
      assertTrue(metrics.contains("quintet_connections_accepted_total 1.0"), metrics);
      assertTrue(metrics.contains("quintet_requests_total 1.0"), metrics);
      assertTrue(metrics.contains("quintet_replies_total{kind=\"2xx\"} 1.0"), metrics);
      assertTrue(metrics.contains("quintet_request_duration_seconds_count 1\n"), metrics);
      assertTypes(metrics);

      JsonObject connections =
          JsonParser.parseString(get(serving, "/connections").body()).getAsJsonObject();
      int own = pattern == io.quintet.Pattern.MULTI_PROCESS ? 0 : 1; // a backend keeps its own
      assertEquals(own, connections.size(), "connections");

      Command.Result top = Command.quintet("top", "--count", "1", "--millis", "50", serving.admin);
      assertEquals(0, top.exit(), top.err());
      assertTrue(top.out().contains(pattern.id() + ", http, 127.0.0.1:"), top.out());
      assertTrue(top.out().contains("requests/s"), top.out());
      assertEquals(0, serving.end("TERM").exit());
    }
  }

  /** What only grows is a counter and says so; what is a gauge can fall. */
  private static void assertTypes(String metrics) {
    Set<String> gauges = new TreeSet<>();
    for (String line : metrics.lines().filter(each -> each.startsWith("# TYPE ")).toList()) {
      String name = line.split(" ")[2];
      switch (line.split(" ")[3]) {
        case "gauge" -> gauges.add(name);
        case "counter" -> assertTrue(name.endsWith("_total"), line);
        default -> assertEquals("# TYPE quintet_request_duration_seconds histogram", line);
      }
    }
    gauges.removeAll(Set.of("quintet_worker_load", "quintet_backend_connections_open"));
    Set<String> all =
        Set.of(
            "quintet_connections_open",
            "quintet_queued_bytes",
            "quintet_requests_waiting",
            "quintet_accept_queue",
            "quintet_accept_queue_max");
    assertEquals(all, gauges, metrics);
    assertTrue(metrics.contains("quintet_request_duration_seconds_bucket{le=\"+Inf\"} 1\n"));
    assertTrue(metrics.contains("quintet_request_duration_seconds_bucket{le=\"0.0025\"} "));
    assertTrue(metrics.contains("_cpu_seconds_total{thread=\"quintet-"), metrics);
  }

  /** The figures of a table in {@code top}, of all looks, under a head. */
  private static List<Double> figures(String out, String thread, String head) {
    List<Double> figures = new ArrayList<>();
    int at = -1;
    for (String line : out.lines().toList()) {
      List<String> words = List.of(line.strip().split(" +"));
      if (line.contains(head)) {
        at = words.indexOf(head);
      } else if (at >= 0 && line.startsWith(thread)) {
        figures.add(Double.parseDouble(words.get(at)));
      }
    }
    return figures;
  }

  /** Clients send a known number of requests between two looks, however long these take. */
  @ParameterizedTest
  @EnumSource(
      value = io.quintet.Pattern.class,
      names = {"REUSEPORT", "LOAD_BALANCED", "MULTI_PROCESS"})
  void eachLookSeesTheRequestsSinceTheOneBefore(io.quintet.Pattern pattern) throws Exception {
    try (Command.Serving serving = serve(pattern);
        Client client = new Client(serving.port)) {
      long before = 0;
      for (int look = 1; look <= 5; look++) {
        for (int i = 0; i < 10 * look; i++) {
          client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").receiveResponse();
        }
        JsonObject totals = serving.stats().getAsJsonObject("totals");
        long now = totals.get("requests").getAsLong();
        assertEquals(10 * look, now - before);
        before = now;
        assertTrue(
            get(serving, "/metrics").body().contains("quintet_requests_total " + now + ".0\n"));
      }
      assertEquals(0, serving.end("TERM").exit());
    }
  }

  @Test
  void topShowsWhatEachBackendDoesInEachLook() throws Exception {
    try (Command.Serving serving = serve(io.quintet.Pattern.MULTI_PROCESS)) {
      try (Command.Running _ =
          Command.begin(
              "load",
              serving.url("/"),
              "--rate",
              "200",
              "--connections",
              "8",
              "--seconds",
              "120")) {
        Await.until(() -> requests(serving) > 100, "it is loaded");
        Command.Result top =
            Command.quintet("top", "--count", "4", "--millis", "500", serving.admin);
        assertEquals(0, top.exit(), top.err());
        for (String backend : List.of("quintet-backend-0", "quintet-backend-1")) {
          List<Double> rates = figures(top.out(), backend, "requests/s");
          assertEquals(4, rates.size(), top.out());
          // Connections are placed one here and one there, so each has half of what is asked for; a
          // machine that is busy asks for less, and none asks for nothing.
          assertTrue(rates.stream().allMatch(rate -> rate > 0 && rate < 1000), top.out());
          assertEquals(4, figures(top.out(), backend, "cpu%").size(), top.out());
        }
      }
      assertEquals(0, serving.end("TERM").exit());
    }
  }

  private static long requests(Command.Serving serving) {
    try {
      return serving.stats().getAsJsonObject("totals").get("requests").getAsLong();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void totalsOutliveTheBackendsThatCounted() throws Exception {
    try (Command.Serving serving = serve(io.quintet.Pattern.MULTI_PROCESS)) {
      for (int i = 0; i < 20; i++) {
        try (Client client = new Client(serving.port)) {
          client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").receiveResponse();
        }
      }
      assertEquals(20, requests(serving));
      JsonObject first = serving.stats().getAsJsonArray("backends").get(0).getAsJsonObject();
      Command.run("kill", "-KILL", first.get("process").getAsString());
      Await.until(
          () -> {
            try {
              JsonObject now = serving.stats().getAsJsonArray("backends").get(0).getAsJsonObject();
              return now.get("starts").getAsLong() == 2
                  && now.get("state").getAsString().equals("ready");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          },
          "another one stands in its place");
      assertEquals(20, requests(serving));
      assertEquals(0, serving.end("TERM").exit());
    }
  }

  @Test
  void aServerThatWillDrainIsAliveAndNotReady() throws Exception {
    try (Command.Serving serving =
        serve(io.quintet.Pattern.SINGLE_THREAD, "--drain-delay", "3000")) {
      CompletableFuture<Command.Result> end =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return serving.end("TERM");
                } catch (IOException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      Await.until(
          () -> {
            try {
              HttpResponse<String> ready = get(serving, "/readyz");
              return ready.statusCode() == 503 && ready.body().equals("delaying\n");
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          },
          "it says that it is not ready");
      assertEquals("alive\n", get(serving, "/healthz").body());
      try (Client late = new Client(serving.port)) {
        late.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertEquals("HTTP/1.1 200 OK|Hello, World!", late.receiveResponse());
      }
      assertEquals(0, end.get(30, TimeUnit.SECONDS).exit());
    }
  }

  @Test
  void topDrawsAnewOnATerminal() throws Exception {
    try (Command.Serving serving = serve(io.quintet.Pattern.SINGLE_THREAD)) {
      Command.Result top =
          Command.quintetInTerminal("top", "--count", "3", "--millis", "50", serving.admin);
      assertEquals(0, top.exit(), top.out());
      String[] screens = top.out().split("\u001b\\[H\u001b\\[2J");
      assertEquals(1 + 3, screens.length, top.out());
      for (int i = 1; i < screens.length; i++) {
        assertTrue(screens[i].contains("single-thread, http, 127.0.0.1:"), top.out());
        assertTrue(screens[i].contains("quintet-loop-0"), top.out());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"q", "Q", "\u0004", "xyzq"})
  void topEndsWithAKey(String keys) throws Exception {
    try (Command.Serving serving = serve(io.quintet.Pattern.SINGLE_THREAD);
        Command.Running top = Command.beginInTerminal("top", "--millis", "200", serving.admin)) {
      Await.until(() -> top.out().contains("quintet-loop-0"), "it shows a loop");
      top.type(keys);
      Command.Result result = top.awaitEnd();
      assertEquals(0, result.exit(), result.out());
      assertFalse(result.out().contains("xyz"), "what is typed is not shown");
      assertFalse(result.out().contains("$p"), "the terminal is asked for no mode, DECRQM");
    }
  }

  @Test
  void topGoesOnWhereNobodyTypes() throws Exception {
    try (Command.Serving serving = serve(io.quintet.Pattern.SINGLE_THREAD)) {
      Command.Result top = Command.quintet("top", "--count", "3", "--millis", "50", serving.admin);
      assertEquals(0, top.exit(), top.err());
      // three times a row of the loop and one of its listener
      assertEquals(6, top.out().lines().filter(line -> line.startsWith("quintet-loop-0")).count());
    }
  }

  @Test
  void topSaysInOneLineThatNobodyAnswers() throws Exception {
    Command.Result top = Command.quintet("top", "--count", "1", "http://127.0.0.1:1");
    String sentence = "quintet: nobody listens at http://127.0.0.1:1";
    assertEquals(new Command.Result(1, "", sentence), top);
  }

  @Test
  void topSaysInOneLineThatItsServerHasEnded() throws Exception {
    try (Command.Serving serving = serve(io.quintet.Pattern.SINGLE_THREAD);
        Command.Running top = Command.begin("top", "--millis", "100", serving.admin)) {
      Await.until(() -> top.out().contains("quintet-loop-0"), "it shows a loop");
      serving.end("TERM");
      Command.Result result = top.awaitEnd();
      assertEquals(1, result.exit());
      assertEquals(1, result.err().lines().count(), result.err());
      assertTrue(result.err().contains(serving.admin), result.err());
      assertTrue(result.err().endsWith("; the figures above are its last"), result.err());
    }
  }

  @Test
  void topSaysThatAServerIsNoneThatTells() throws Exception {
    try (Command.Serving serving = serve(io.quintet.Pattern.SINGLE_THREAD)) {
      Command.Result top = Command.quintet("top", serving.url("/"));
      assertEquals(1, top.exit());
      assertEquals(1, top.err().lines().count(), top.err());
      assertTrue(top.err().contains("is not where a server that was started with --admin tells"));
    }
  }

  @Test
  void browsersGetThePictureThatTheyAskFor() throws Exception {
    try (Command.Serving serving =
        Command.Serving.of(io.quintet.Pattern.SINGLE_THREAD, "--admin", "0", "--watch", "0")) {
      for (String server : List.of(serving.admin, serving.watch, serving.url(""))) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server + "/favicon.ico")).build();
        HttpResponse<String> icon = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        assertEquals(200, icon.statusCode(), server);
        assertEquals("image/svg+xml", icon.headers().firstValue("Content-Type").orElse(""));
        assertTrue(icon.body().startsWith("<svg "), icon.body());
      }
    }
  }
}
