package io.quintet.bench;

import io.quintet.specs.Specs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Two commits beside each other, so that what has become slower is seen whatever the machine. */
@Command(
    name = "commits",
    description = "Compares two commits; the exit code is 1 if the second is slower.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Slower is what takes more than 5 %% more processor time a request, in each round, and more",
      "than the control differs from the first, which is the same program started again."
    })
final class Commits implements Callable<Integer> {
  private static final double SLOWER = 1.05;
  private static final int FAILED = 1;

  @Parameters(
      index = "0",
      defaultValue = "HEAD~1",
      description = "The first; default ${DEFAULT-VALUE}.")
  private String first;

  @Parameters(
      index = "1",
      defaultValue = "HEAD",
      description = "The second; default ${DEFAULT-VALUE}.")
  private String second;

  @Option(
      names = "--pattern",
      defaultValue = "single-thread",
      description = "Default ${DEFAULT-VALUE}.")
  private String pattern;

  @Mixin private Interleaved interleaved;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<String> ids = Specs.topologyIds();
    if (!ids.contains(pattern)) {
      throw new IllegalArgumentException(
          "option --pattern is " + pattern + "; valid are " + String.join(", ", ids));
    }
    Path folder = Files.createTempDirectory("quintet-commits");
    Map<String, Path> trees = new LinkedHashMap<>();
    List<String> slower = new ArrayList<>();
    try {
      for (String commit : List.of(first, second)) {
        Path tree = folder.resolve(Integer.toString(trees.size()));
        run(Bench.root(), "git", "worktree", "add", "--quiet", "--detach", tree.toString(), commit);
        trees.put(trees.isEmpty() ? "first, " + commit : "second, " + commit, tree);
        build(tree);
      }
      interleaved.begin();
      for (Interleaved.Work work :
          List.of(
              new Interleaved.Work("echo", "echo", 1),
              new Interleaved.Work("HTTP", "http", 1),
              new Interleaved.Work("HTTP, 16 pipelined", "http", 16),
              new Interleaved.Work("connect, request, close", "close", 1))) {
        slower.addAll(slower(work, trees));
      }
    } finally {
      for (Path tree : trees.values()) {
        run(Bench.root(), "git", "worktree", "remove", "--force", tree.toString());
      }
      Files.deleteIfExists(folder);
    }
    System.out.println();
    System.out.println(
        slower.isEmpty() ? "Nothing is slower." : "Slower: " + String.join(", ", slower) + ".");
    return slower.isEmpty() ? 0 : FAILED;
  }

  private List<String> slower(Interleaved.Work work, Map<String, Path> trees)
      throws IOException, InterruptedException {
    Map<String, List<String>> commands = new LinkedHashMap<>();
    trees.forEach((name, tree) -> commands.put(name, peer(tree, work.spoken())));
    Map<String, List<Double>> ratios = interleaved.measure(work, commands);
    List<List<Double>> each = List.copyOf(ratios.values());
    double noise = Collections.max(each.getLast());
    double least = Collections.min(each.get(1));
    return least > SLOWER && least > noise ? List.of(work.title()) : List.of();
  }

  private List<String> peer(Path tree, String protocol) {
    Path target = tree.resolve("tests/bench/target");
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        target.resolve("classes") + ":" + target.resolve("lib") + "/*",
        QuintetPeer.class.getName(),
        protocol,
        pattern);
  }

  private static void build(Path tree) throws IOException, InterruptedException {
    run(
        tree,
        "mvn",
        "-q",
        "-B",
        "-ntp",
        "-pl",
        "tests/bench",
        "-am",
        "-DskipTests",
        "-Dmaven.javadoc.skip=true",
        "-Dmaven.source.skip=true",
        "package");
  }

  private static void run(Path folder, String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " failed");
    }
  }
}
