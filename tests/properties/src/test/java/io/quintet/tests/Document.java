package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A Markdown file of the project: its blocks of code, and its text without them. */
record Document(Path file, List<Block> blocks, List<String> prose) {
  static final Path ROOT = Path.of(System.getProperty("quintet.root"));
  private static final String FENCE = "```";

  /** Code between fences, with the language that stands behind the first one. */
  record Block(String language, String code) {
    List<String> lines() {
      return code.lines().toList();
    }
  }

  static Document of(String name) throws IOException {
    return of(ROOT.resolve(name));
  }

  /** Every one of them, without what builds have left. */
  static List<Document> all() throws IOException {
    List<Document> documents = new ArrayList<>();
    try (Stream<Path> files = Files.walk(ROOT)) {
      List<Path> texts =
          files
              .filter(file -> file.toString().endsWith(".md"))
              .filter(file -> !ROOT.relativize(file).toString().contains("target/"))
              .sorted()
              .toList();
      for (Path text : texts) {
        documents.add(of(text));
      }
    }
    return documents;
  }

  private static Document of(Path file) throws IOException {
    List<Block> blocks = new ArrayList<>();
    List<String> prose = new ArrayList<>();
    String language = null;
    StringBuilder code = new StringBuilder();
    for (String line : Files.readAllLines(file)) {
      if (!line.startsWith(FENCE)) {
        if (language == null) {
          prose.add(line);
        } else {
          code.append(line).append('\n');
        }
      } else if (language == null) {
        language = line.substring(FENCE.length());
        prose.add("");
      } else {
        blocks.add(new Block(language, code.toString()));
        language = null;
        code.setLength(0);
      }
    }
    return new Document(file, blocks, prose);
  }

  /** Sentences, cells of tables and headings, each in one line. */
  List<String> sentences() {
    List<String> paragraphs = new ArrayList<>();
    StringBuilder paragraph = new StringBuilder();
    for (String line : prose) {
      boolean begins = line.isBlank() || line.matches("(#|\\||- |[0-9]+\\. ).*");
      if (begins && !paragraph.isEmpty()) {
        paragraphs.add(paragraph.toString());
        paragraph.setLength(0);
      }
      paragraph.append(line.strip()).append(' ');
    }
    paragraphs.add(paragraph.toString());
    return paragraphs.stream()
        .flatMap(text -> Arrays.stream(text.split("(?<=[.:;!?])\\s+(?=[A-Z`*\\[])")))
        .map(String::strip)
        .filter(text -> !text.isEmpty())
        .toList();
  }

  /**
   * Compares a file that is written from something else, and writes it where {@code
   * -Dquintet.format=apply} says so.
   */
  static void isWritten(String name, String text) throws IOException {
    Path file = ROOT.resolve(name);
    if (System.getProperty("quintet.format", "check").equals("apply")) {
      Files.writeString(file, text);
    }
    assertEquals(text, Files.exists(file) ? Files.readString(file) : "", name);
  }

  String name() {
    return ROOT.relativize(file).toString();
  }
}
