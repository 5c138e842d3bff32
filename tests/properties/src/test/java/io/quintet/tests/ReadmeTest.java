package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.Pattern;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The README at the root: its length, and each of its blocks as a newcomer would use it. */
@OwnProcesses
class ReadmeTest {
  private static final int LINES_MAX = 150;
  private static final int INSTALL_MINUTES = 30;
  private static final Path BINDINGS = Document.ROOT.resolve("bindings");
  private static final java.util.regex.Pattern COORDINATES =
      java.util.regex.Pattern.compile(
          "io\\.quintet\\W+(?:groupId>\\W+artifactId>)?(quintet-[a-z]+)");

  @TempDir private Path folder;

  private static Document readme() throws IOException {
    return Document.of("README.md");
  }

  @Test
  void itIsShort() throws IOException {
    long lines = Files.lines(readme().file()).count();
    assertTrue(lines <= LINES_MAX, lines + " lines");
  }

  @TestFactory
  Stream<DynamicTest> eachBlockDoesWhatItSays() throws IOException {
    return readme().blocks().stream()
        .map(
            block ->
                DynamicTest.dynamicTest(
                    block.language() + ": " + block.lines().getFirst(), () -> tries(block)));
  }

  private void tries(Document.Block block) throws Exception {
    String first = block.lines().getFirst();
    switch (block.language()) {
      case "console" -> compares(block);
      case "java" -> answers(block, "httpserver", "Hello.java", "");
      case "clojure" -> answers(block, "clojure", "hello.clj", "");
      case "kotlin" -> answers(block, "kotlin", "Hello.kt", "HelloKt");
      case "scala" -> answers(block, "scala", "Hello.scala", "hello");
      case "xml", "gradle", "edn", "sbt" -> namesWhatIsPublished(block);
      case "" -> {
        if (first.startsWith("bindings/run ")) {
          assertEquals("bindings/run Hello.java", block.code().strip()); // "java" runs it
        } else if (first.startsWith("mvn ")) {
          installs(block.code().strip());
        } else {
          showsThePatterns(block);
        }
      }
      default -> fail("nothing tries a block of " + block.language());
    }
  }

  /** The same in short, with figures of its own. */
  private static void compares(Document.Block block) throws Exception {
    List<String> shown = block.lines();
    assertEquals("$ bindings/cli/quintet compare", shown.getFirst());
    Command.Result result = Command.quintet("compare", "--rounds", "1", "--seconds", "0.1");
    assertEquals(0, result.exit(), result.err());
    List<String> printed = result.out().lines().toList();
    assertEquals(form(shown.get(1)), form(printed.getFirst()));
    String head = shown.get(3);
    assertTrue(printed.contains(head), () -> head + " is not printed in\n" + result.out());
    assertEquals(table(shown, head), table(printed, head));
    String advice = shown.get(shown.size() - 2);
    assertTrue(advice.startsWith("Take "), advice);
    assertTrue(printed.stream().anyMatch(line -> line.startsWith("Take ")), result.out());
    assertEquals("...", shown.getLast());
  }

  /** A line without its numbers. */
  private static String form(String line) {
    return line.replaceAll("[0-9][0-9.]*", "N").replaceAll("N rounds?", "N rounds");
  }

  private static List<String> table(List<String> lines, String head) {
    return lines.subList(lines.indexOf(head) + 1, lines.indexOf(head) + 6).stream()
        .map(line -> line.split(" ")[0])
        .toList();
  }

  /**
   * The program in the block is the one that the binding's build has compiled. Java and Clojure are
   * started by {@code bindings/run} itself, where it has nothing to build.
   */
  private void answers(Document.Block block, String binding, String name, String main)
      throws Exception {
    Path module = BINDINGS.resolve(binding);
    assertEquals(Files.readString(module.resolve("example").resolve(name)), block.code());
    Path target = module.resolve("target");
    assumeTrue(
        Files.isDirectory(target.resolve("lib")),
        "skipped: " + binding + " is not packed, as it is where the whole reactor is built");
    if (main.isEmpty()) {
      Path program = Files.writeString(folder.resolve(name), block.code());
      Path stub =
          Files.writeString(folder.resolve("mvn"), "#!/bin/sh\necho '[ERROR] stale'\nexit 1\n");
      assertTrue(stub.toFile().setExecutable(true));
      String path = "PATH=" + folder + ":" + System.getenv("PATH");
      answers("env", path, BINDINGS.resolve("run").toString(), program.toString());
    } else {
      String path = target + "/test-classes:" + target + "/classes:" + target + "/lib/*";
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      answers(java, "--enable-native-access=ALL-UNNAMED", "-cp", path, main);
    }
  }

  private static void answers(String... program) throws Exception {
    try (Command.Running running = new Command.Running(program)) {
      String ready = "listening on ";
      Await.until(
          () ->
              running.out().contains(ready) && running.out().endsWith("\n")
                  || running.err().contains("stale"),
          () -> String.join(" ", program) + " said " + running.err());
      assumeTrue(
          running.out().contains(ready),
          "skipped: what it needs is older than its sources, and is built with the whole reactor");
      String port = running.out().substring(ready.length()).strip();
      try (var page = URI.create("http://127.0.0.1:" + port + "/tea").toURL().openStream()) {
        assertEquals("You asked for /tea", new String(page.readAllBytes()));
      }
      assertTrue(ProcessHandle.of(running.pid()).orElseThrow().destroy());
      assertEquals("", running.awaitEnd().err(), String.join(" ", program));
    }
  }

  private static void namesWhatIsPublished(Document.Block block) throws IOException {
    List<Pom> reactor = Pom.reactor(Document.ROOT);
    Set<String> published =
        reactor.stream().filter(Pom::isPublished).map(Pom::artifact).collect(Collectors.toSet());
    List<String> named =
        COORDINATES.matcher(block.code()).results().map(match -> match.group(1)).toList();
    assertEquals(1, named.size(), block.code());
    assertTrue(published.containsAll(named), block.code());
    assertTrue(block.code().contains(reactor.getFirst().version()), block.code());
  }

  /**
   * {@link PublishedRepository} puts the same artifacts where this command does, and {@link
   * SamplesTest} builds projects with them. The command itself is run where {@code
   * -Dquintet.install=true} says so: it builds everything once more, in a clone and into a
   * repository of its own.
   */
  private void installs(String command) throws Exception {
    assertEquals("mvn -DskipTests install", command);
    if (!Boolean.getBoolean("quintet.install")) {
      return;
    }
    Command.needs("mvn");
    Command.needs("git");
    Path clone = folder.resolve("clone");
    Path repository = folder.resolve("repository");
    Path settings = PublishedRepository.settings(folder);
    String line =
        "git clone -q %s %s && cd %s && %s -q -B -ntp -gs %s -Dmaven.repo.local=%s"
            .formatted(Document.ROOT, clone, clone, command, settings, repository);
    Path log = folder.resolve("install.log");
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", line).redirectErrorStream(true);
    Process maven = builder.redirectOutput(log.toFile()).start();
    try {
      assertTrue(maven.waitFor(INSTALL_MINUTES, TimeUnit.MINUTES), Files.readString(log));
      assertEquals(0, maven.exitValue(), Files.readString(log));
    } finally {
      maven.descendants().forEach(ProcessHandle::destroyForcibly);
      maven.destroyForcibly();
    }
    try (Stream<Path> installed = Files.list(repository.resolve("io/quintet"))) {
      Set<String> names =
          installed
              .map(file -> file.getFileName().toString())
              .collect(Collectors.toCollection(TreeSet::new));
      Set<String> published =
          Pom.reactor(Document.ROOT).stream()
              .filter(Pom::isPublished)
              .map(Pom::artifact)
              .collect(Collectors.toCollection(TreeSet::new));
      names.removeIf(name -> name.startsWith("maven-metadata"));
      assertEquals(published, names);
    }
  }

  private static void showsThePatterns(Document.Block block) {
    List<String> shown =
        block.lines().stream()
            .filter(line -> !line.startsWith(" "))
            .map(line -> line.split(" ")[0])
            .toList();
    assertEquals(Pattern.five().stream().map(Pattern::id).toList(), shown);
  }

  @Test
  void itsTableOfPatternsIsThatOfTheSpecs() throws IOException {
    List<String> rows =
        readme().prose().stream()
            .filter(line -> Pattern.five().stream().anyMatch(p -> line.contains("| `" + p.id())))
            .toList();
    List<String> expected =
        Pattern.five().stream()
            .map(pattern -> Specs.topology(pattern.id()))
            .map(ReadmeTest::row)
            .toList();
    assertEquals(expected, rows);
  }

  private static String row(Topology topology) {
    return "| `%s` | %s | %s |"
        .formatted(topology.id(), topology.choose(), String.join(", ", topology.exemplars()));
  }
}
