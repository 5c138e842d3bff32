package io.quintet.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GeneratedBindingsTest {
  private static final Path FOLDER = Path.of(System.getProperty("quintet.jextract"));

  @Test
  void generatedFilesAreAsJextractWroteThem() throws Exception {
    String recorded = Files.readString(FOLDER.resolve("generated.sha256")).strip();
    assertEquals(
        recorded,
        digest(),
        "a generated file differs from the recorded digest: regenerate as ffi/README.md says");
  }

  /** The digest of a list of digests, as {@code sha256sum * | sha256sum} makes it. */
  private static String digest() throws IOException, NoSuchAlgorithmException {
    Path root = FOLDER.resolve("generated");
    StringBuilder lines = new StringBuilder();
    try (Stream<Path> walk = Files.walk(root)) {
      List<Path> files = walk.filter(Files::isRegularFile).toList();
      for (String name : files.stream().map(f -> "./" + root.relativize(f)).sorted().toList()) {
        lines.append(sha256(Files.readAllBytes(root.resolve(name)))).append("  ");
        lines.append(name).append('\n');
      }
    }
    return sha256(lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
