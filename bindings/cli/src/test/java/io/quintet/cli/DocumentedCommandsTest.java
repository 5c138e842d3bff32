package io.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

/** Each command that the documents show is one that the command line takes. */
class DocumentedCommandsTest {
  private static final Path ROOT = Path.of(System.getProperty("quintet.root"));
  private static final String COMMAND = "bindings/cli/quintet ";

  @Test
  void isParsedAsItIsShown() throws IOException {
    List<String> wrong = new ArrayList<>();
    int count = 0;
    for (Path document : documents()) {
      for (String line : Files.readAllLines(document)) {
        if (line.replaceFirst("^(\\$ |source <\\()", "").startsWith(COMMAND)) {
          String shown = line.substring(line.indexOf(COMMAND) + COMMAND.length());
          String given = shown.replaceFirst(" +#.*", "").replaceFirst("\\)$", "").strip();
          count++;
          try {
            Main.commandLine().parseArgs(given.split(" +"));
          } catch (ParameterException e) {
            wrong.add(document + ": " + given + ": " + e.getMessage());
          }
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(count > 30, count + " commands were found");
  }

  private static List<Path> documents() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().endsWith(".md"))
          .filter(file -> !ROOT.relativize(file).toString().contains("target/"))
          .toList();
    }
  }
}
