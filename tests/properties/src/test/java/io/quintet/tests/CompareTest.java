package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.Pattern;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    for (Pattern pattern : Pattern.values()) {
      assertEquals(0, figures.getAsJsonObject(pattern.id()).get("errors").getAsLong());
    }
  }
}
