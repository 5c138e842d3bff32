package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.Pattern;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code quintet compare} finds and advises. */
@OwnProcesses
class CompareTest {
  @TempDir private Path folder;

  @Test
  void allPatternsAreRunAndOneIsAdvised() throws Exception {
    Path file = folder.resolve("compare.json");
    Command.Result result =
        Command.quintet(
            "compare",
            "--preset",
            "blocking-db",
            "--connections",
            "16",
            "--rounds",
            "1",
            "--seconds",
            "0.1",
            "--json",
            file.toString());
    assertEquals(0, result.exit(), result.err());
    // Sixteen workers wait side by side; the loops of the others wait one after the other.
    assertTrue(result.out().contains("Take load-balanced: "), result.out());
    JsonObject figures = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    for (Pattern pattern : Pattern.five()) {
      assertEquals(0, figures.getAsJsonObject(pattern.id()).get("errors").getAsLong());
    }
  }

  @Test
  void onlyThePatternsThatAreAskedForAreRun() throws Exception {
    Command.Result result =
        Command.quintet(
            "compare",
            "--patterns",
            "reuseport,single-thread",
            "--rounds",
            "1",
            "--seconds",
            "0.1");
    assertEquals(0, result.exit(), result.err());
    List<String> rows =
        result
            .out()
            .lines()
            .dropWhile(line -> !line.startsWith("pattern "))
            .skip(1)
            .takeWhile(line -> !line.isEmpty()) // the advice behind has a spread in it too
            .map(line -> line.split(" ")[0])
            .toList();
    assertEquals(List.of("single-thread", "reuseport"), rows, result.out());
    assertTrue(result.out().contains("Take "), result.out());
  }

  @Test
  void onePatternAloneIsMeasured() throws Exception {
    Command.Result result =
        Command.quintet(
            "compare", "--patterns", "multi-thread", "--rounds", "2", "--seconds", "0.1");
    assertEquals(0, result.exit(), result.err());
    assertTrue(result.out().contains("\nmulti-thread "), result.out());
  }

  /** Rules that hold for sure: requests that take long have workers, and who is idle has none. */
  private static final String RULES =
      """
      "everyMillis": 20, "looks": 40, "coolDownMillis": 1000,
      "clear": { "looks": 1, "coolDownMillis": 0, "most": 1000 },
      "rules": [
        { "to": "load-balanced", "because": "requests take long",
          "when": { "requestMicros": { "least": 4000 } },
          "clearly": { "requestMicros": { "least": 4000 } } },
        { "to": "single-thread", "because": "nobody asks",
          "when": { "requestsPerSecond": { "most": 0 } } }
      ]
      """;

  private Path topologyOfRules() throws Exception {
    Path shipped = Path.of(System.getProperty("quintet.root"), "specs/topologies", "adaptive.json");
    String text = Files.readString(shipped);
    int from = text.indexOf('{', text.indexOf("\"governor\""));
    return Files.writeString(
        folder.resolve("eager.json"),
        text.substring(0, from).replace("\"adaptive\"", "\"eager\"") + "{" + RULES + "}\n}\n");
  }

  @Test
  void phasesShowServersOverTimeWithWhatAGovernorDecided() throws Exception {
    Path file = folder.resolve("phases.json");
    Path picture = folder.resolve("phases.svg");
    Command.Result result =
        Command.quintet(
            "compare",
            "--phases",
            "--patterns",
            "single-thread",
            "--topology",
            topologyOfRules().toString(),
            "--rounds",
            "1",
            "--seconds",
            "0.5",
            "--json",
            file.toString(),
            "--report",
            picture.toString());
    assertEquals(0, result.exit(), result.toString());
    String told = "run 1: eager, settled, had these parts of the rate of the best static pattern: ";
    assertTrue(result.out().contains(told + "tiny "), result.out());
    assertTrue(result.out().contains(": to load-balanced, since requests take long"), result.out());
    JsonObject runs =
        JsonParser.parseString(Files.readString(file)).getAsJsonObject().getAsJsonObject("runs");
    for (String id : List.of("single-thread", "eager")) {
      JsonObject run = runs.getAsJsonArray(id).get(0).getAsJsonObject();
      assertEquals(0, run.get("errors").getAsLong(), id);
      assertEquals(12, run.getAsJsonArray("samples").size(), "two a phase");
      List<String> phases = List.copyOf(run.getAsJsonObject("phases").keySet());
      assertEquals(List.of("tiny", "computing", "blocking", "mixed", "hot", "churn"), phases);
      for (String phase : phases) {
        JsonObject settled = run.getAsJsonObject("phases").getAsJsonObject(phase);
        assertTrue(settled.has("requestsASecond") && settled.has("p99Micros"), id + " " + phase);
      }
      assertTrue(run.get("requestsASecond").getAsDouble() > 0, id);
    }
    assertEquals(
        0,
        runs.getAsJsonArray("single-thread")
            .get(0)
            .getAsJsonObject()
            .getAsJsonArray("decisions")
            .size());
    int decisions =
        runs.getAsJsonArray("eager").get(0).getAsJsonObject().getAsJsonArray("decisions").size();
    assertTrue(decisions >= 1, "workers came");
    String svg = Files.readString(picture);
    assertEquals(decisions, svg.split("class=\"decision\"", -1).length - 1);
    assertEquals(2, svg.split("<polyline class=\"eager\"", -1).length - 1, "rate and p99");
  }

  @ParameterizedTest
  @CsvSource({
    "--phases --churn, 'option --phases has a load of its own; valid beside it are --patterns'",
    "--patterns ring, 'option --patterns is ring; valid are single-thread, multi-thread'",
    "'--patterns single-thread,ring', 'option --patterns is single-thread,ring; valid are"
        + " single-thread'",
    "--json /no/such/file, option --json is /no/such/file; valid is a file in a folder",
    "--report /, option --report is /; valid is a file in a folder",
  })
  void aBadOptionIsNamedBeforeAnythingIsStarted(String options, String reason) throws Exception {
    Command.Result result = Command.quintet(("compare " + options).split(" "));
    assertEquals(2, result.exit());
    assertTrue(result.err().startsWith("quintet: " + reason), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
  }

  @Test
  void itsServersEndWithItWhenItIsKilled() throws Exception {
    try (Command.Running compare =
        Command.begin(
            "compare",
            "--patterns",
            "single-thread,multi-process",
            "--rounds",
            "500",
            "--seconds",
            "0.1")) {
      Await.until(() -> compare.err().contains("round 2 of 500"), "it measures");
      ProcessHandle process = ProcessHandle.of(compare.pid()).orElseThrow();
      List<ProcessHandle> servers = process.descendants().toList();
      assertTrue(servers.size() >= 3, servers.toString());
      process.destroyForcibly();
      for (ProcessHandle server : servers) {
        server.onExit().get(60, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void aServerThatEndsLeavesTheFiguresUntilThen() throws Exception {
    Command.needs("pkill");
    try (Command.Running compare =
        Command.begin(
            "compare",
            "--patterns",
            "single-thread,reuseport",
            "--rounds",
            "500",
            "--seconds",
            "0.1")) {
      Await.until(() -> compare.err().contains("round 3 of 500"), "it measures");
      // The contender of the second pattern is the last child that was started.
      assertEquals(0, Command.run("pkill", "-KILL", "-n", "-P", "" + compare.pid()).exit());
      Command.Result result = compare.awaitEnd();
      assertEquals(1, result.exit(), result.toString());
      String last = result.err().lines().toList().getLast();
      assertTrue(
          last.startsWith("quintet: reuseport: the server has ended with exit code 137"), last);
      assertTrue(last.endsWith("; the figures are those until then"), last);
      assertFalse(result.err().contains("\tat "), result.err());
      assertTrue(result.out().contains("\nsingle-thread "), result.out());
      assertFalse(result.out().contains("Take "), "nothing follows from it");
    }
  }

  @Test
  void aServerThatDoesNotStartIsNamedInASentence() throws Exception {
    Path broken = Files.writeString(folder.resolve("broken.json"), "{}");
    Command.Result result = Command.quintet("compare", "--topology", broken.toString());
    assertEquals(1, result.exit());
    assertFalse(result.err().contains("\tat "), result.err());
    String last = result.err().lines().toList().getLast();
    assertEquals("quintet: quintet serve --topology " + broken + " did not get ready", last);
  }
}
