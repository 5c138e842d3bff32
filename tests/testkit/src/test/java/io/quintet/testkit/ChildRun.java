package io.quintet.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Simulations in a process of their own: machines are loaded once in a process, so that another one
 * is needed for each machine that is broken.
 */
final class ChildRun {
  /** A run that neither ends nor reports has found something too: a loop that never stops. */
  static final int ENDLESS = -1;

  private ChildRun() {}

  /**
   * How many runs it took to find a violation.
   *
   * @return runs, 0 if none found one, or {@link #ENDLESS}
   */
  static int runsToViolation(String property, int runs, int seconds, List<String> topologies)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(
        List.of("-Dquintet.root=" + System.getProperty("quintet.root"), property, "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(SeededBugRun.class.getName(), Integer.toString(runs)));
    command.addAll(topologies);
    Path out = Files.createTempFile("quintet", ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        return ENDLESS;
      }
      String text = Files.readString(out).strip();
      if (process.exitValue() != 0) {
        throw new IllegalStateException(text);
      }
      return Integer.parseInt(text);
    } finally {
      Files.delete(out);
    }
  }
}
