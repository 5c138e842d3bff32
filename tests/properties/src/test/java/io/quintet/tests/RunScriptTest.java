package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code bindings/run}, in a project whose Maven only says that it builds. */
class RunScriptTest {
  private static final Path BINDINGS = Path.of(System.getProperty("quintet.root"), "bindings");

  /** Builds what it is asked for: a jar, its libraries and the classes of tests. */
  private static final String MAVEN =
      """
      #!/bin/sh
      echo "$*" >> maven.log
      while [ $# -gt 0 ]; do
        case $1 in
          -pl) module=$2; shift ;;
          -Dquintet.example=*) own=${1#*=} ;;
        esac
        shift
      done
      echo "[INFO] Building Quintet Specs 0.1.0-SNAPSHOT                                     [2/5]"
      if [ -f broken ]; then
        echo "[ERROR] a semicolon is missing"
        exit 1
      fi
      mkdir -p $module/target/lib $module/target/classes $module/target/test-classes
      [ -z "${own:-}" ] || cp "$own"/* $module/target/test-classes
      touch $module/target/quintet-it.jar
      """;

  /** Says what it was started with. */
  private static final String JAVA =
      """
      #!/bin/sh
      echo "java $*"
      """;

  @TempDir private Path project;
  private Path program;

  @BeforeEach
  void makeProject() throws IOException {
    Files.createDirectories(project.resolve("bindings/cli"));
    for (String script : List.of("run", "run-example", "cli/find-jdk.sh", "cli/build.sh")) {
      Path copy = project.resolve("bindings").resolve(script);
      Files.copy(BINDINGS.resolve(script), copy);
      assertTrue(copy.toFile().setExecutable(true));
    }
    for (String folder :
        List.of("specs", "ffi", "core", "bindings/kotlin", "bindings/httpserver")) {
      old(Files.createDirectories(project.resolve(folder).resolve("src/main/java")));
    }
    old(Files.writeString(project.resolve("pom.xml"), "<project/>"));
    executable("bin/mvn", MAVEN);
    executable("jdk/bin/java", JAVA);
    Files.writeString(project.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
    program = Files.writeString(project.resolve("Hello.kt"), "fun main() {}\n");
  }

  private void executable(String name, String text) throws IOException {
    Path file = project.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    assertTrue(file.toFile().setExecutable(true));
  }

  /** From before everything that is built. */
  private static void old(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
  }

  private Command.Result run(Object... words) throws Exception {
    StringBuilder line = new StringBuilder("cd " + project + " && exec bindings/run");
    for (Object word : words) {
      line.append(" '").append(word).append("'");
    }
    return Command.run(
        "env",
        "PATH=" + project.resolve("bin") + ":" + System.getenv("PATH"),
        "JAVA_HOME=" + project.resolve("jdk"),
        "sh",
        "-c",
        line.toString());
  }

  private long builds() throws IOException {
    Path log = project.resolve("maven.log");
    return Files.exists(log) ? Files.readAllLines(log).size() : 0;
  }

  private void runs(long builds) throws Exception {
    Command.Result result = run(program, "one", "two");
    assertEquals(0, result.exit(), result.err());
    assertTrue(result.out().endsWith(" HelloKt one two\n"), result.out());
    assertEquals(builds, builds(), result.err());
    age();
  }

  /** What was built is then newer than its sources, and what comes next newer than both. */
  private void age() throws IOException {
    for (String folder : List.of("specs", "ffi", "core", "bindings/kotlin/src")) {
      try (Stream<Path> all = Files.walk(project.resolve(folder))) {
        for (Path file : all.toList()) {
          old(file);
        }
      }
    }
    Path target = project.resolve("bindings/kotlin/target");
    for (String built : List.of("quintet-it.jar", "own/classes")) {
      Files.setLastModifiedTime(
          target.resolve(built), FileTime.from(Instant.EPOCH.plus(1, ChronoUnit.DAYS)));
    }
  }

  @Test
  void whatIsBuiltIsStartedWithoutMaven() throws Exception {
    runs(1);
    runs(1);
    Path source = project.resolve("core/src/main/java/Server.java");
    Files.writeString(source, "class Server {}");
    runs(2);
    runs(2);
    Files.delete(source);
    runs(3);
    Files.writeString(program, "fun main() { println() }\n");
    runs(4);
    runs(4);
    Files.writeString(project.resolve("core/README.md"), "no source");
    Path test = project.resolve("core/src/test/java");
    Files.createDirectories(test);
    Files.writeString(test.resolve("ServerTest.java"), "class ServerTest {}");
    runs(4);
  }

  @Test
  void aProgramInJavaNeedsTheBindingAlone() throws Exception {
    for (int i = 0; i < 2; i++) {
      Path java = Files.writeString(project.resolve("Hello.java"), "class Hello" + i + " {}");
      Command.Result result = run(java, "one");
      assertEquals(0, result.exit(), result.err());
      assertTrue(result.out().endsWith(java + " one\n"), result.out());
      assertEquals(1, builds(), result.err());
    }
  }

  @Test
  void aBuildSaysHowFarItIsAndOneThatFailsWhy() throws Exception {
    Command.Result built = run(program);
    List<String> lines = built.err().lines().toList();
    assertEquals("quintet: building, which may take some minutes the first time", lines.get(0));
    assertTrue(lines.get(1).matches("quintet: building Quintet Specs .*\\[2/5\\]"), built.err());
    assertEquals(2, lines.size(), built.err());
    Files.writeString(project.resolve("broken"), "");
    Files.writeString(program, "fun main( {}\n");
    for (int i = 0; i < 2; i++) {
      Command.Result broken = run(program);
      assertEquals(1, broken.exit());
      assertEquals("", broken.out());
      assertTrue(broken.err().contains("\n[ERROR] a semicolon is missing\n"), broken.err());
      Path log = project.resolve("bindings/kotlin/target/build.log");
      assertTrue(broken.err().contains("all that Maven said is in " + log), broken.err());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Missing.kt, does not exist",
    "src, is not a file that can be read",
    "pom.xml, ends otherwise",
    "'', does not exist",
  })
  void whatIsNoProgramIsRefusedAtOnce(String name, String reason) throws Exception {
    Files.createDirectories(project.resolve("src"));
    Command.Result result = run(name);
    assertEquals(2, result.exit(), result.err());
    assertTrue(result.err().startsWith("run: "), result.err());
    assertTrue(result.err().contains(name + " " + reason), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
    assertFalse(Files.exists(project.resolve("maven.log")), "Maven was asked");
  }

  @Test
  void withoutAFileItSaysWhatIsValid() throws Exception {
    Command.Result result = run();
    assertEquals(2, result.exit());
    assertTrue(result.err().startsWith("run: no file is given; valid is a program"), result.err());
  }
}
