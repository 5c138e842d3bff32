package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Projects outside the reactor, each begun in an empty folder and built by Maven from a repository
 * that holds what is published: a module in Java on the class path, on the module path, as an image
 * of jlink and as one jar, and the README's programs in Kotlin, Clojure and Scala. Each serves, and
 * its standard error stays empty to its end.
 */
@OwnProcesses
class SamplesTest {
  private static final Path SAMPLES = Document.ROOT.resolve("tests/properties/src/test/samples");
  private static final String JAVA = System.getProperty("java.home") + "/bin/java";
  private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
  private static final String MAIN = "sample.Hello";

  @TempDir private static Path folder;

  private static PublishedRepository repository;
  private static Path module;

  @BeforeAll
  static void publish() throws Exception {
    repository = PublishedRepository.in(folder);
    module = build("java");
  }

  /** One at a time: a local repository has one Maven that writes to it. */
  private static synchronized Path build(String name, String... versions) throws Exception {
    Path project = begun(name);
    repository.maven(project, with(versions, "-Dkotlin.compiler.daemon=false", "package"));
    return project;
  }

  private static String[] with(String[] first, String... then) {
    return Stream.of(first, then).flatMap(Arrays::stream).toArray(String[]::new);
  }

  private static Path begun(String name) throws Exception {
    Path project = folder.resolve(name);
    if (!Files.exists(project)) {
      String sample = SAMPLES.resolve(name).toString();
      Command.Result copied = Command.run("cp", "-r", sample, project.toString());
      assertEquals(0, copied.exit(), copied.err());
    }
    return project;
  }

  /** A project with the program that the README has in a language, in a file of its own. */
  private static Path withReadmes(String language, String file) throws Exception {
    Path program = begun(language).resolve(file);
    Files.createDirectories(program.getParent());
    Document.Block shown =
        Document.of("README.md").blocks().stream()
            .filter(block -> block.language().equals(language))
            .findFirst()
            .orElseThrow();
    Files.writeString(program, shown.code());
    Pom root = Pom.reactor(Document.ROOT).getFirst();
    return build(
        language,
        "-Dkotlin.version=" + root.property("kotlin.version"),
        "-Dscala.version=" + root.property("scala.version"));
  }

  @Test
  void itServesFromTheClassPath() throws Exception {
    serves(module, JAVA, NATIVE, "-cp", "target/classes:target/lib/*", MAIN);
  }

  @Test
  void itServesFromTheModulePath() throws Exception {
    String natively = "--enable-native-access=io.quintet.ffi";
    serves(module, JAVA, natively, "-p", "target/classes:target/lib", "-m", "sample/" + MAIN);
  }

  @Test
  void itServesFromAnImage() throws Exception {
    Path image = module.resolve("target/image");
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    int exit =
        ToolProvider.findFirst("jlink")
            .orElseThrow()
            .run(
                out,
                out,
                "--module-path",
                module.resolve("target/classes") + ":" + module.resolve("target/lib"),
                "--add-modules",
                "sample",
                "--add-options=--enable-native-access=io.quintet.ffi",
                "--output",
                image.toString());
    assertEquals(0, exit, said.toString());
    serves(module, image.resolve("bin/java").toString(), "-m", "sample/" + MAIN);
  }

  @Test
  void itServesFromOneJar() throws Exception {
    serves(module, JAVA, "-jar", "target/sample-1-whole.jar");
  }

  @Test
  void aProgramInKotlinServes() throws Exception {
    Path project = withReadmes("kotlin", "src/Hello.kt");
    serves(project, JAVA, NATIVE, "-cp", "target/classes:target/lib/*", "HelloKt");
  }

  @Test
  void aProgramInClojureServes() throws Exception {
    Path project = withReadmes("clojure", "hello.clj");
    serves(project, JAVA, NATIVE, "-cp", "target/lib/*", "clojure.main", "hello.clj");
  }

  @Test
  void aProgramInScalaServes() throws Exception {
    Path project = withReadmes("scala", "src/Hello.scala");
    serves(project, JAVA, NATIVE, "-cp", "target/classes:target/lib/*", "hello");
  }

  private static void serves(Path project, String... command) throws Exception {
    String[] there = with(new String[] {"env", "-C", project.toString()}, command);
    try (Command.Running running = new Command.Running(there)) {
      Await.until(() -> running.out().endsWith("\n"), () -> "said " + running.err());
      String port = running.out().strip().substring("listening on ".length());
      try (var page = URI.create("http://127.0.0.1:" + port + "/tea").toURL().openStream()) {
        assertEquals("You asked for /tea", new String(page.readAllBytes()));
      }
      assertTrue(ProcessHandle.of(running.pid()).orElseThrow().destroy());
      assertEquals("", running.awaitEnd().err());
    }
  }
}
