package io.quintet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How long a front takes until its backends are ready, with the archive of their classes and
 * without it, interleaved. What a front without backends takes is told beside it.
 */
@Command(
    name = "startup",
    description = "Start of multi-process with two backends, with and without their archive.",
    mixinStandardHelpOptions = true)
final class Startup implements Callable<Integer> {
  private static final String WITHOUT = "2 backends, no archive";
  private static final String WITH = "2 backends, archive";
  private static final String SINGLE = "single-thread, one JVM";

  @Option(names = "--rounds", defaultValue = "7", description = "Default ${DEFAULT-VALUE}.")
  private int roundCount;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path cache = Files.createTempDirectory("quintet-startup");
    Map<String, List<String>> commands = new LinkedHashMap<>();
    commands.put(WITHOUT, serve("multi-process", "--backends", "2", "-o", "startupArchive=false"));
    commands.put(WITH, serve("multi-process", "--backends", "2"));
    commands.put(SINGLE, serve("single-thread"));
    Map<String, List<Double>> taken = new LinkedHashMap<>();
    try {
      start(commands.get(WITH), cache); // makes the archive when it ends
      for (int i = 0; i < roundCount; i++) {
        for (Map.Entry<String, List<String>> command : commands.entrySet()) {
          double seconds = start(command.getValue(), cache);
          taken.computeIfAbsent(command.getKey(), _ -> new ArrayList<>()).add(seconds);
        }
      }
    } finally {
      Bench.delete(cache);
    }
    System.out.println(Bench.machine());
    System.out.printf("%n| started | seconds until ready | of no archive |%n|---|---|---|%n");
    List<Double> reference = taken.get(WITHOUT);
    taken.forEach(
        (name, seconds) -> {
          List<Double> ratios = new ArrayList<>();
          for (int i = 0; i < roundCount; i++) {
            ratios.add(seconds.get(i) / reference.get(i));
          }
          System.out.printf(
              "| %s | %.2f | %s |%n",
              name, Interleaved.middle(seconds), Interleaved.spread(ratios));
        });
    return 0;
  }

  private static List<String> serve(String pattern, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Bench.root().resolve("bindings/cli/quintet").toString(),
                "serve",
                "--port",
                "0",
                "--pattern",
                pattern));
    command.addAll(List.of(more));
    return command;
  }

  /** Seconds until a server says that it listens; then it is ended. */
  private static double start(List<String> command, Path cache)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("XDG_CACHE_HOME", cache.toString());
    long began = System.nanoTime();
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String line = process.inputReader().readLine();
    double seconds = (System.nanoTime() - began) / 1e9;
    process.destroy();
    process.waitFor();
    if (line == null) {
      throw new IOException(command + " did not start");
    }
    return seconds;
  }
}
