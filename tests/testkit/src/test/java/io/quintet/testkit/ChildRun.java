package io.quintet.testkit;

import java.io.File;
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
  /** Many times what all runs take on a machine that is busy with other things. */
  private static final long MINUTES_MAX = 60;

  private ChildRun() {}

  /**
   * How many runs it took to find a violation. A run in which somebody never stops is one, by the
   * simulation's own limit.
   *
   * @param properties of the process
   * @param kept a seed that is tried first; empty for none
   * @param classes folder of classes in front of those of the product; empty for none
   * @return runs, or 0 if none found one
   * @throws IllegalStateException if the process ended otherwise, or not at all
   */
  static int runsToViolation(
      List<String> properties, String kept, String classes, int runs, List<String> topologies)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(
        List.of(
            "-Dquintet.root=" + System.getProperty("quintet.root"),
            "-Dquintet.seed=" + Long.getLong("quintet.seed", 1),
            "-Dquintet.record=1024",
            "-Dquintet.interleaving=true"));
    command.addAll(properties);
    command.addAll(kept.isEmpty() ? List.of() : List.of("-Dquintet.kept=" + kept));
    command.add("-cp");
    String product = System.getProperty("java.class.path");
    command.add(classes.isEmpty() ? product : classes + File.pathSeparator + product);
    command.addAll(List.of(SeededBugRun.class.getName(), Integer.toString(runs)));
    command.addAll(topologies);
    Path out = Files.createTempFile("quintet", ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
        process.destroyForcibly().waitFor();
        throw new IllegalStateException(properties + ": no end after " + MINUTES_MAX + " minutes");
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
