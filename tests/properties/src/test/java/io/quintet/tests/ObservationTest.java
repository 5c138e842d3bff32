package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
  @EnumSource(io.quintet.Pattern.class)
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
    }
  }

  @Test
  void topGoesOnWhereNobodyTypes() throws Exception {
    try (Command.Serving serving = serve(io.quintet.Pattern.SINGLE_THREAD)) {
      Command.Result top = Command.quintet("top", "--count", "3", "--millis", "50", serving.admin);
      assertEquals(0, top.exit(), top.err());
      assertEquals(3, top.out().lines().filter(line -> line.startsWith("quintet-loop-0")).count());
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
