package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each codec under all patterns, on the simulated kernel: any pieces, any order, any error. */
class CodecsTest {
  private static final int RUNS = Integer.getInteger("quintet.runs", 10_000) / 20;

  @Test
  void netstringsAreACodecOfAUsersOwn() {
    Services.NETSTRINGS.check(Arrangements.PATTERNS, RUNS);
  }

  @Test
  void theDocumentShowsThatCodecAsItIs() throws IOException {
    Path root = Path.of(System.getProperty("quintet.root"));
    Path file = root.resolve("tests/testkit/src/test/java/io/quintet/testkit/Netstring.java");
    List<String> lines = Files.readAllLines(file);
    List<String> shown =
        lines.subList(lines.indexOf("/** Netstrings: {@code 5:hello,}. */"), lines.size());
    List<String> code = shown.stream().filter(line -> !line.contains("@Override")).toList();
    assertTrue(code.stream().filter(line -> !line.isBlank()).count() < 60, code.size() + " lines");
    String page = Files.readString(root.resolve("core/docs/codecs.md"));
    assertTrue(page.contains(String.join("\n", shown)), "codecs.md has another text");
  }

  @Test
  void framesUnderEveryPattern() {
    Services.FRAMES.check(Arrangements.PATTERNS, RUNS);
    Services.VARINT_FRAMES.check(Arrangements.PATTERNS, RUNS);
  }

  @Test
  void respUnderEveryPatternAlsoWhereAConnectionChangesItsVersion() {
    Services.RESP.check(Arrangements.PATTERNS, RUNS);
  }

  @Test
  void memcachedUnderEveryPattern() {
    Services.MEMCACHED.check(Arrangements.PATTERNS, RUNS);
  }
}
