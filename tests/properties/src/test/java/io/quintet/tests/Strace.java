package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** strace(1) on running processes and all their threads, until it is closed. */
final class Strace implements AutoCloseable {
  private final Process strace;
  private final Path calls;

  /**
   * Attaches it.
   *
   * @param calls where it writes a line for each call
   * @param pids processes
   * @param expressions what it does, as its option -e has it
   */
  Strace(Path calls, List<Long> pids, String... expressions) throws IOException {
    this.calls = calls;
    List<String> command = new ArrayList<>(List.of("strace", "-f", "-o", calls.toString()));
    for (String expression : expressions) {
      command.addAll(List.of("-e", expression));
    }
    for (long pid : pids) {
      command.addAll(List.of("-p", Long.toString(pid)));
    }
    strace = new ProcessBuilder(command).redirectErrorStream(true).start();
    String line;
    while ((line = strace.inputReader().readLine()) != null && !line.contains("attached")) {
      // other words of strace
    }
    assertTrue(line != null, "strace is not attached");
  }

  /** Calls so far. */
  int calls() {
    try {
      return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    strace.destroy();
    strace.onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
