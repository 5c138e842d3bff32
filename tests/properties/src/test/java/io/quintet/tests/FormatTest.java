package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every Java file of our own is as google-java-format leaves it. */
class FormatTest {
  @Test
  void everyFileIsFormatted() throws IOException, FormatterException {
    boolean apply = "apply".equals(System.getProperty("quintet.format"));
    Path root = Path.of(System.getProperty("quintet.root"));
    List<Path> unformatted = new ArrayList<>();
    for (Path file : sources(root)) {
      String text = Files.readString(file);
      String formatted = format(text);
      if (!text.equals(formatted) && apply) {
        Files.writeString(file, formatted);
      } else if (!text.equals(formatted)) {
        unformatted.add(root.relativize(file));
      }
    }
    assertEquals(List.of(), unformatted, "mvn test -Dtest=FormatTest -Dquintet.format=apply");
  }

  private static List<Path> sources(Path root) throws IOException {
    try (Stream<Path> walk = Files.walk(root)) {
      return walk.filter(path -> path.toString().endsWith(".java"))
          .filter(path -> !path.toString().contains("/target/"))
          .filter(path -> !path.toString().contains("/jextract/generated/"))
          .toList();
    }
  }

  private static String format(String text) throws FormatterException {
    String used = RemoveUnusedImports.removeUnusedImports(text);
    String ordered = ImportOrderer.reorderImports(used, JavaFormatterOptions.Style.GOOGLE);
    return new Formatter().formatSource(ordered);
  }
}
