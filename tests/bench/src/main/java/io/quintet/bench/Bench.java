package io.quintet.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The bench's command: what can be measured, and what all of it needs. */
@Command(
    name = "bench",
    description = "Measures Quintet beside other servers on this machine.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      Agree.class,
      SideBySide.class,
      Patterns.class,
      Balance.class,
      Dispersion.class,
      Commits.class,
      Decode.class,
      Growth.class,
      Idle.class,
      Parts.class,
      Rebalance.class,
      Routes.class,
      Slow.class,
      Soak.class,
      Startup.class,
      Stores.class,
      Storm.class,
      Wrappers.class
    })
final class Bench {
  private static final Path FOLDER = Path.of(System.getProperty("quintet.bench"));

  /** Of the machine, and not of this process once it has moved to one of them. */
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private Bench() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Bench()).execute(arguments));
  }

  /** Compiles a C program of the bench. */
  static String compiled(String name) throws IOException, InterruptedException {
    Path program = Files.createDirectories(FOLDER.resolve("target/c")).resolve(name);
    String source = FOLDER.resolve("src/main/c/" + name + ".c").toString();
    Process gcc =
        new ProcessBuilder("gcc", "-O2", "-Wall", "-Wextra", "-o", program.toString(), source)
            .inheritIO()
            .start();
    if (gcc.waitFor() != 0) {
      throw new IOException("gcc could not compile " + source);
    }
    return program.toString();
  }

  /** The command of a JVM that runs a peer. */
  static List<String> jvm(Class<?> peer, String... arguments) {
    return jvm(peer.getName(), arguments);
  }

  /** The command of a JVM that runs a class. */
  static List<String> jvm(String main, String... arguments) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> command =
        new ArrayList<>(
            List.of(
                java,
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Keeps all threads of this process away from the core of the servers. */
  static void moveToCore1() throws IOException, InterruptedException {
    String self = Long.toString(ProcessHandle.current().pid());
    Process moved =
        new ProcessBuilder("taskset", "-a", "-c", "-p", "1", self)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (moved.waitFor() != 0) {
      throw new IOException("taskset could not move the load to core 1");
    }
  }

  /** The project's folder. */
  static Path root() {
    return FOLDER.resolve("../..").normalize();
  }

  /** A source file of the bench that needs no compiler. */
  static String source(String name) {
    return FOLDER.resolve("src/main").resolve(name).toString();
  }

  /** Deletes a folder with all that is in it. */
  static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** The machine, for the head of a table. */
  static String machine() throws IOException {
    String processor =
        Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 2))
            .findFirst()
            .orElse("unknown processor");
    return "%s, %d cores, Linux %s, JDK %s, %s"
        .formatted(
            processor,
            CORES,
            System.getProperty("os.version"),
            Runtime.version(),
            java.time.LocalDate.now(java.time.ZoneOffset.UTC));
  }
}
