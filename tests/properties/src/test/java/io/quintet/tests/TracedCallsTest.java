package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.quintet.Pattern;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** With {@code -Dquintet.trace=strace} each call is printed behind who made it. */
class TracedCallsTest {
  private static final java.util.regex.Pattern LINE =
      java.util.regex.Pattern.compile("\\[pid (\\d+)<([^>]+)>\\] \\w+\\(.*\\) = .+");

  @ParameterizedTest
  @EnumSource(value = Pattern.class, mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void everyLineNamesItsProcessAndItsThread(Pattern pattern, @TempDir Path folder)
      throws Exception {
    Path calls = folder.resolve("calls");
    List<String> traced =
        List.of(
            "sh",
            "-c",
            "exec \"$@\" 2>" + calls,
            "sh",
            "env",
            "JAVA_TOOL_OPTIONS=-Dquintet.trace=strace");
    Set<String> expected = new TreeSet<>();
    try (Command.Serving serving =
        Command.Serving.under(traced, "--pattern", pattern.id(), "--admin", "0")) {
      try (Client client = new Client(serving.port)) {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertTrue(client.receiveResponse().endsWith("Hello, World!"));
      }
      JsonObject stats = serving.stats();
      for (String kind : List.of("loops", "workers")) {
        for (JsonElement agent : stats.getAsJsonArray(kind)) {
          String thread = agent.getAsJsonObject().get("thread").getAsString();
          expected.add(serving.pid + " " + thread);
        }
      }
      for (JsonElement each : stats.getAsJsonArray("backends")) {
        JsonObject backend = each.getAsJsonObject();
        expected.add(
            backend.get("process").getAsLong() + " " + backend.get("thread").getAsString());
      }
      assertEquals(0, serving.end("TERM").exit());
    }
    Set<String> callers = new TreeSet<>();
    for (String line : Files.readAllLines(calls)) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        callers.add(matcher.group(1) + " " + matcher.group(2));
      } else {
        assertTrue(line.startsWith("Picked up JAVA_TOOL_OPTIONS"), line);
      }
    }
    expected.removeAll(callers);
    assertEquals(Set.of(), expected, "have made no call; those that have: " + callers);
  }
}
