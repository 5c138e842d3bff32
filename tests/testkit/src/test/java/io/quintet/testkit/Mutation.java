package io.quintet.testkit;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Changes the code of packages of the core in many places, one at a time, and lets tests that go
 * step by step and simulated runs find each change: what {@code tests/mutation} starts. Prints a
 * table of the classes, and each change that none of them found.
 */
final class Mutation {
  private static final String USAGE =
      """
      usage: tests/mutation [--further N] [--only PATTERN] PACKAGE...
        PACKAGE         package of the core, or a class of one: dispatch, accept.Listener
        --further N     so many times the simulated runs; 1 if it is not said
        --only PATTERN  simulated runs whose name matches: 'lines/.*', '.*/load-balanced/.*', 'none';
                        all if it is not said\
      """;

  /** A change that makes a test take three times as long and this much longer runs for ever. */
  private static final int MILLIS_MAX = 10_000;

  private static final String CORE = "io.quintet.";

  /**
   * A change.
   *
   * @param type class, without the package of the core
   * @param kind what was changed
   * @param method where
   * @param line of its file
   * @param end what came of it
   */
  record Mutant(String type, String kind, String method, int line, String end) {
    private static final Pattern WORDS = Pattern.compile(".*\\.(\\w+)Mutator");

    /** From a line that PIT has written. */
    static Mutant of(String csv) {
      String[] fields = csv.split(",");
      return new Mutant(
          fields[1].substring(CORE.length()),
          WORDS.matcher(fields[2]).replaceFirst("$1"),
          fields[3],
          Integer.parseInt(fields[4]),
          fields[5]);
    }

    boolean isFound() {
      return !is("SURVIVED") && !is("NO_COVERAGE");
    }

    boolean is(String what) {
      return end.equals(what);
    }

    /** A lambda or an inner class counts as its class. */
    String outerType() {
      return type.replaceFirst("\\$.*", "");
    }

    @Override
    public String toString() {
      return "%s:%d %s %s %s".formatted(type, line, method, kind, end);
    }
  }

  private Mutation() {}

  /**
   * Tries packages one after the other.
   *
   * @param arguments as the usage has it
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    List<String> packages = new ArrayList<>();
    String further = "1";
    String only = "";
    for (int i = 0; i < arguments.length; i++) {
      boolean more = i + 1 < arguments.length;
      if (more && arguments[i].equals("--further") && arguments[i + 1].matches("[1-9]\\d{0,3}")) {
        further = arguments[++i];
      } else if (more && arguments[i].equals("--only") && arguments[i + 1].matches("\\S+")) {
        only = arguments[++i];
      } else {
        packages.add(arguments[i]);
      }
    }
    if (packages.isEmpty() || packages.stream().anyMatch(each -> !each.matches("[\\w.]+"))) {
      System.err.println(USAGE);
      System.exit(2);
    }
    List<Mutant> all = new ArrayList<>();
    for (String each : packages) {
      List<Mutant> mutants = tried(each, further, only);
      print(mutants);
      all.addAll(mutants);
    }
    if (packages.size() > 1) {
      System.out.println(row("all", all));
    }
  }

  private static List<Mutant> tried(String which, String further, String only)
      throws IOException, InterruptedException {
    Path report =
        Path.of(System.getProperty("quintet.root"), "tests/testkit/target/mutation", which);
    String classes = System.getProperty("java.class.path");
    boolean single = which.matches(".*\\.[A-Z]\\w*");
    Path core = core(classes);
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            classes,
            "org.pitest.mutationtest.commandline.MutationCoverageReport",
            "--reportDir=" + report,
            "--targetClasses=" + CORE + which + (single ? "*" : ".*"),
            // the fastest that comes to a change is tried first, and mostly finds it
            "--targetTests="
                + CORE
                + "*RulesTest,"
                + CORE
                + "tests.*TurnsTest,"
                + BriefRunsTest.class.getName(),
            "--sourceDirs=" + Path.of(System.getProperty("quintet.root"), "core/src/main/java"),
            "--mutableCodePaths=" + core,
            // where threads may be switched for tests; nothing else is changed in such a line
            "--avoidCallsTo=io.quintet.kernel.Interleaving",
            "--outputFormats=CSV,XML",
            "--timestampedReports=false",
            "--threads=1",
            "--timeoutFactor=3",
            "--timeoutConst=" + MILLIS_MAX,
            "--jvmArgs="
                + String.join(
                    ",",
                    "--enable-native-access=ALL-UNNAMED",
                    "-Dquintet.root=" + System.getProperty("quintet.root"),
                    "-Dquintet.record=1024",
                    "-Dquintet.interleaving=true",
                    "-Dquintet.further=" + further,
                    "-Dquintet.only=" + only,
                    // one of a run's threads goes at a time
                    "-Djdk.virtualThreadScheduler.parallelism=1",
                    "-XX:+UseSerialGC",
                    // each kind of change, and each that runs for ever, has a new process
                    "-XX:TieredStopAtLevel=1",
                    "-Xmx1500m"));
    Files.createDirectories(report);
    File log = report.resolve("log.txt").toFile();
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
    if (process.waitFor() != 0) {
      throw new IllegalStateException(which + ": PIT failed, see " + log);
    }
    try (Stream<String> lines = Files.lines(report.resolve("mutations.csv"))) {
      return lines.map(Mutant::of).toList();
    }
  }

  /** Where the classes of the core are. */
  private static Path core(String classes) throws IOException {
    for (String entry : classes.split(File.pathSeparator)) {
      List<Path> found =
          entry.endsWith("*") ? jars(Path.of(entry).getParent()) : List.of(Path.of(entry));
      for (Path path : found) {
        if (path.getFileName().toString().matches("quintet-core-.*\\.jar|core")) {
          return path;
        }
      }
    }
    throw new IllegalStateException("quintet-core is not on the class path");
  }

  private static List<Path> jars(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private static void print(List<Mutant> mutants) {
    System.out.println(
        "| class | changes | found | of these by time | not found | no run came | score |");
    System.out.println("|---|---|---|---|---|---|---|");
    Map<String, List<Mutant>> byType =
        mutants.stream()
            .collect(Collectors.groupingBy(Mutant::outerType, TreeMap::new, Collectors.toList()));
    byType.forEach((type, its) -> System.out.println(row("`" + type + "`", its)));
    System.out.println(row("all of these", mutants));
    mutants.stream()
        .filter(each -> !each.isFound())
        .sorted(Comparator.comparing(Mutant::outerType).thenComparing(Mutant::line))
        .forEach(System.out::println);
  }

  private static String row(String name, List<Mutant> mutants) {
    long found = mutants.stream().filter(Mutant::isFound).count();
    return "| %s | %d | %d | %d | %d | %d | %.2f |"
        .formatted(
            name,
            mutants.size(),
            found,
            count(mutants, "TIMED_OUT"),
            count(mutants, "SURVIVED"),
            count(mutants, "NO_COVERAGE"),
            mutants.isEmpty() ? 1.0 : (double) found / mutants.size());
  }

  private static long count(List<Mutant> mutants, String end) {
    return mutants.stream().filter(each -> each.is(end)).count();
  }
}
