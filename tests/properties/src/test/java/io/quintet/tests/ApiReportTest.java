package io.quintet.tests;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A release whose version is too small a step for what has changed of its API is not made. */
@OwnProcesses
class ApiReportTest {
  private static final String DESCRIPTOR = "module sample { exports sample; }";
  private static final String OPEN =
      "package sample; public interface Open { void first(); default void second() {} }";
  private static final String HIDDEN =
      "package hidden; public class Hidden { public void any() {} }";

  /** It cannot be had. */
  private static final int NO_TOOL = 3;

  @TempDir private Path folder;

  private Path report;

  @BeforeEach
  void base() throws Exception {
    for (String program : List.of("mvn", "unzip")) {
      Command.needs(program);
    }
    report = folder.resolve("report.txt");
    pack("old", DESCRIPTOR, OPEN, HIDDEN);
  }

  private void pack(String name, String descriptor, String open, String hidden) throws IOException {
    Path sources = folder.resolve(name + "-sources");
    List<String> files = new ArrayList<>();
    for (var each :
        Map.of("module-info", descriptor, "sample/Open", open, "hidden/Hidden", hidden)
            .entrySet()) {
      Path file = sources.resolve(each.getKey() + ".java");
      Files.createDirectories(file.getParent());
      files.add(Files.writeString(file, each.getValue()).toString());
    }
    Path classes = folder.resolve(name + "-classes");
    List<String> line = new ArrayList<>(List.of("-d", classes.toString()));
    line.addAll(files);
    uses("javac", line.toArray(String[]::new));
    Path jar = Files.createDirectories(folder.resolve(name)).resolve("sample.jar");
    uses("jar", "--create", "--file", jar.toString(), "-C", classes.toString(), ".");
  }

  private static void uses(String tool, String... arguments) {
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    int exit = ToolProvider.findFirst(tool).orElseThrow().run(out, out, arguments);
    assertEquals(0, exit, said.toString());
  }

  private Command.Result compare(String from, String to) throws Exception {
    Command.Result result =
        Command.run(
            Document.ROOT.resolve(".ci/api-compare").toString(),
            folder.resolve("old").toString(),
            from,
            folder.resolve("new").toString(),
            to,
            report.toString());
    assumeTrue(result.exit() != NO_TOOL, () -> "skipped: " + result.err());
    return result;
  }

  private void passes(String from, String to) throws Exception {
    Command.Result result = compare(from, to);
    assertEquals(0, result.exit(), result.err());
  }

  private void fails(String from, String to, String sentence, String what) throws Exception {
    Command.Result result = compare(from, to);
    assertEquals(1, result.exit(), result.out());
    String expected = "api-report: %s after %s %s (see %s)".formatted(to, from, sentence, report);
    assertEquals(expected, result.err().lines().findFirst().orElse(""));
    assertEquals(what, String.join("", result.err().lines().skip(1).toList()).strip());
  }

  private boolean reports(String change) throws IOException {
    try (Stream<String> lines = Files.lines(report)) {
      return lines.anyMatch(line -> line.strip().equals(change));
    }
  }

  @Test
  void eachJarInJavaIsReported() throws IOException {
    String script = Files.readString(Document.ROOT.resolve(".ci/api-report"));
    String named = script.replaceAll("(?s).*\\nmodules=\"([^\"]*)\".*", "$1");
    Set<String> inJava =
        Pom.reactor(Document.ROOT).stream()
            .filter(Pom::isPublished)
            .map(Pom::folder)
            .filter(folder -> Files.isDirectory(folder.resolve("src/main/java")))
            .map(folder -> Document.ROOT.relativize(folder).toString())
            .collect(toCollection(TreeSet::new));
    inJava.remove("bindings/cli"); // a command
    assertEquals(inJava, new TreeSet<>(List.of(named.split(" "))));
  }

  @Test
  void whatIsRemovedNeedsTheNextVersionThatMayBreak() throws Exception {
    pack("new", DESCRIPTOR, OPEN.replace("default void second() {}", ""), HIDDEN);
    String what = "sample.Open.second():METHOD_REMOVED";
    String sentence = "changes or removes what was public, so it has to be ";
    fails("0.1.0", "0.1.1", sentence + "0.2.0 or later", what);
    assertTrue(reports("---! REMOVED METHOD: PUBLIC(-) void second()"), Files.readString(report));
    passes("0.1.0", "0.2.0");
    fails("1.9.3", "1.10.0", sentence + "2.0.0 or later", what);
  }

  @Test
  void whatSourcesHaveToImplementIsAsIfRemoved() throws Exception {
    pack("new", DESCRIPTOR, OPEN.replace("default void second() {}", "void second();"), HIDDEN);
    fails(
        "0.1.0",
        "0.1.1",
        "changes or removes what was public, so it has to be 0.2.0 or later",
        "sample.Open.second():METHOD_NOW_ABSTRACT");
  }

  @Test
  void whatIsAddedNeedsAMinorVersionFromTheFirstMajorOneOn() throws Exception {
    pack(
        "new",
        DESCRIPTOR,
        OPEN.replace("void first();", "void first(); default void third() {}"),
        HIDDEN);
    passes("0.1.0", "0.1.1");
    assertTrue(reports("+++  NEW METHOD: PUBLIC(+) void third()"), Files.readString(report));
    fails("1.0.0", "1.0.1", "adds to what is public, so it has to be 1.1.0 or later", "");
    passes("1.0.0", "1.1.0");
  }

  @Test
  void aPackageThatIsNotExportedIsNoApi() throws Exception {
    pack("new", DESCRIPTOR, OPEN, HIDDEN.replace("any", "other"));
    passes("1.0.0", "1.0.1");
    assertTrue(reports("No changes."), Files.readString(report));
  }

  @Test
  void aPackageThatIsNoLongerExportedIsRemoved() throws Exception {
    pack("new", DESCRIPTOR.replace("exports sample", "exports hidden"), OPEN, HIDDEN);
    Command.Result result = compare("1.0.0", "1.1.0");
    assertEquals(1, result.exit(), result.out());
    assertTrue(result.err().contains("sample.Open:CLASS_REMOVED"), result.err());
  }

  @Test
  void theFirstReleaseReportsAllThereIs() throws Exception {
    pack("new", DESCRIPTOR, OPEN, HIDDEN);
    Files.delete(folder.resolve("old/sample.jar"));
    passes("none", "0.1.0");
    assertTrue(
        reports("+++  NEW METHOD: PUBLIC(+) ABSTRACT(+) void first()"), Files.readString(report));
  }

  @Test
  void whatMavenSaysIsToldOnlyWhereItFails() throws Exception {
    Path maven = folder.resolve("mvn");
    Files.writeString(maven, "#!/bin/sh\necho found\necho WARNING: old >&2\nexit $4\n");
    assertTrue(maven.toFile().setExecutable(true));
    assertEquals(new Command.Result(0, "", ""), mavenThatEndsWith(0));
    Command.Result failed = mavenThatEndsWith(7);
    assertEquals(7, failed.exit());
    assertEquals(List.of("found", "WARNING: old"), failed.err().lines().toList());
  }

  private Command.Result mavenThatEndsWith(int exit) throws Exception {
    return Command.run(
        "env",
        "PATH=%s:%s".formatted(folder, System.getenv("PATH")),
        Document.ROOT.resolve(".ci/maven").toString(),
        Integer.toString(exit));
  }
}
