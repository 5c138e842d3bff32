package io.quintet.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Files of proc(5). Their size is 0 whatever they hold, and those below /proc/sys give nothing
 * behind their first read(2): they are read into a buffer that holds all.
 */
final class ProcFile {
  private ProcFile() {}

  static String text(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
