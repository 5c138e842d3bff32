package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.quintet.Pattern;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.service.Handler;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The pages that the command makes, as a browser sees them, and handlers of a user's own. */
@OwnProcesses
class PagesTest {
  @TempDir private Path folder;

  /** Runs Chromium without a window; what the page complains of is in what it prints. */
  private Command.Result browse(String url, String... how) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--enable-logging=stderr",
                "--window-size=1200,2400",
                "--user-data-dir=" + folder.resolve("profile")));
    command.addAll(List.of(how));
    command.add(url);
    Command.Result result = Command.run(command.toArray(String[]::new));
    assertEquals(0, result.exit(), result.err());
    assertFalse(result.err().contains("CONSOLE"), result.err());
    return result;
  }

  private static String attribute(String page, String name) {
    Matcher matcher = java.util.regex.Pattern.compile(name + "=\"([^\"]*)\"").matcher(page);
    assertTrue(matcher.find(), name + " is not in " + page.length() + " characters");
    return matcher.group(1);
  }

  @Test
  void aReportOpensByItselfAndEachChartHasItsData() throws Exception {
    Command.needs("chromium");
    Path report = folder.resolve("report.html");
    Command.Result result =
        Command.quintet(
            "compare", "--rounds", "2", "--seconds", "0.1", "--report", report.toString());
    assertEquals(0, result.exit(), result.err());
    String page = Files.readString(report);
    assertFalse(page.contains("src=") || page.contains("href="), "it needs nothing else");
    Path picture = Path.of("target", "report.png").toAbsolutePath();
    browse("file://" + report, "--screenshot=" + picture);
    assertTrue(Files.size(picture) > 50_000, "a picture of it is kept");
    String seen = browse("file://" + report, "--dump-dom").out();
    assertEquals("", attribute(seen, "data-errors"));
    String charts = attribute(seen, "data-charts");
    assertEquals(9, charts.split(" ").length, charts);
    assertTrue(charts.contains("rates=2+2+2+2+2 cpu=5+5 "), charts);
    assertTrue(charts.contains("scale=5+5+5+5+5 "), charts);
    assertFalse(charts.matches(".*[=+]0( .*|\\+.*|$)"), charts);
    String advice = result.out().lines().filter(line -> line.startsWith("Take ")).findFirst().get();
    assertTrue(seen.contains(advice), advice);
    for (Pattern pattern : Pattern.five()) {
      assertTrue(seen.contains("<td>" + pattern.id() + "</td>"), pattern.id());
    }
  }

  @Test
  void aReportOfPhasesHasItsTablesAndAPicture() throws Exception {
    Command.needs("chromium");
    Path report = folder.resolve("phases.html");
    String phases = "compare --phases --patterns single-thread,adaptive --rounds 1 --seconds 0.1";
    Command.Result result = Command.quintet((phases + " --report " + report).split(" "));
    assertEquals(0, result.exit(), result.err());
    String page = Files.readString(report);
    assertFalse(page.contains("src=") || page.contains("href="), "it needs nothing else");
    String seen = browse("file://" + report, "--dump-dom").out();
    assertEquals("", attribute(seen, "data-errors"));
    assertEquals(2, seen.split("<td>adaptive</td>", -1).length - 1, "rates and latencies");
    assertEquals(4, seen.split("<polyline ", -1).length - 1, "two curves of each");
    String sentence =
        result.out().lines().filter(line -> line.startsWith("run 1: adaptive, ")).findFirst().get();
    assertTrue(seen.contains(sentence), sentence);
  }

  @Test
  void thePageAndTopTellWhatAnAdaptiveServerIsAndWhy() throws Exception {
    Command.needs("chromium");
    try (Command.Serving serving =
        Command.Serving.of(Pattern.ADAPTIVE, "--watch", "0", "--admin", "0")) {
      String told = "adaptive: single-thread for [0-9.]+ s, since it was started so; next look in";
      String seen = browse(serving.watch + "/", "--dump-dom").out();
      assertEquals("", attribute(seen, "data-errors"));
      assertTrue(java.util.regex.Pattern.compile(told).matcher(seen).find(), seen);
      Command.Result top = Command.quintet("top", "--count", "1", "--millis", "50", serving.admin);
      assertTrue(java.util.regex.Pattern.compile(told).matcher(top.out()).find(), top.out());
      try (HttpClient client = HttpClient.newHttpClient()) {
        var metrics =
            java.net.http.HttpRequest.newBuilder(URI.create(serving.admin + "/metrics")).build();
        String text =
            client.send(metrics, java.net.http.HttpResponse.BodyHandlers.ofString()).body();
        assertTrue(text.contains("\nquintet_adaptations_total 0.0\n"), text);
        assertTrue(text.contains("\nquintet_pattern_seconds "), text);
      }
      assertEquals(0, serving.end("TERM").exit());
    }
  }

  @ParameterizedTest
  @EnumSource(value = Pattern.class, mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void aPageShowsAServerAsItRuns(Pattern pattern) throws Exception {
    Command.needs("chromium");
    try (Command.Serving serving = Command.Serving.of(pattern, "--watch", "0");
        Client client = new Client(serving.port)) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").receiveResponse();
      String seen = browse(serving.watch + "/", "--dump-dom").out();
      assertEquals("", attribute(seen, "data-errors"));
      assertTrue(Integer.parseInt(attribute(seen, "data-updates")) >= 1, "it was told something");
      assertTrue(seen.contains(pattern.id() + " on "), "it says what is served");
      String thread =
          switch (pattern) {
            case LOAD_BALANCED -> "quintet-worker-1";
            case MULTI_PROCESS -> "quintet-backend-1";
            case SINGLE_THREAD -> "quintet-loop-0";
            default -> "quintet-loop-1";
          };
      assertTrue(seen.contains("<b>" + thread + "</b>"), "it shows " + thread);
      assertTrue(seen.contains("<svg"), "it draws who does what");
      assertEvents(serving.watch);
      assertEquals(0, serving.end("TERM").exit());
    }
  }

  /** What the page is told as it happens: server-sent events, two of them. */
  private static void assertEvents(String url) throws Exception {
    try (Client client = new Client(URI.create(url).getPort())) {
      client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
      int events = 0;
      while (events < 2) {
        String line = client.receiveLine();
        if (line.startsWith("data: ")) {
          var event = JsonParser.parseString(line.substring("data: ".length())).getAsJsonObject();
          assertTrue(event.has("stats") && event.has("connections"), line);
          events++;
        }
      }
    }
  }

  /** A handler that a user has written. */
  public static final class Greeting implements Handler<HttpRequest, HttpResponse> {
    @Override
    public HttpResponse handle(HttpRequest request) {
      return HttpResponse.text("Greetings to " + request.path());
    }
  }

  @Test
  void aHandlerOfTheUsersOwnIsServed() throws Exception {
    String classes =
        Path.of(Greeting.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .toString();
    assertGreets("--handler", Greeting.class.getName(), "--class-path", classes);
    Path jar = folder.resolve("greeting.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new ZipEntry("META-INF/services/io.quintet.service.Handler"));
      out.write(Greeting.class.getName().getBytes());
      String file = Greeting.class.getName().replace('.', '/') + ".class";
      out.putNextEntry(new ZipEntry(file));
      out.write(Files.readAllBytes(Path.of(classes, file)));
    }
    assertGreets("--handler", jar.toString());
  }

  private static void assertGreets(String... arguments) throws Exception {
    try (Command.Serving serving = new Command.Serving(arguments);
        HttpClient client = HttpClient.newHttpClient()) {
      String reply =
          client
              .send(
                  java.net.http.HttpRequest.newBuilder(URI.create(serving.url("/you"))).build(),
                  java.net.http.HttpResponse.BodyHandlers.ofString())
              .body();
      assertEquals("Greetings to /you", reply);
      assertEquals(0, serving.end("TERM").exit());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "serve --port 0 --handler no.Such, option --handler is no.Such; valid is a class on"
        + " --class-path",
    "serve --port 0 --handler java.lang.Object, option --handler is java.lang.Object; valid is a"
        + " class that is",
    "compare --rounds 0, option --rounds is 0; valid are 1 to 1000",
    "compare --hot 5, 'option --hot is 5; valid is a share, as 5%'",
    "compare --heavy 5%, option --heavy is 5%; valid is a share and a time"
  })
  void aBadOptionIsNamed(String line, String reason) throws Exception {
    Command.Result result = Command.quintet(line.split(" "));
    assertEquals(2, result.exit());
    assertTrue(result.err().contains(reason), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
  }
}
