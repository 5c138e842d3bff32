package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A program outside the reactor, from the packed jars: on the class path, on the module path, as an
 * image of jlink and as one jar. It serves, and standard error stays empty.
 */
@OwnProcesses
class SamplesTest {
  private static final Path LIB = Document.ROOT.resolve("bindings/cli/target/lib");
  private static final String JAVA = System.getProperty("java.home") + "/bin/java";
  private static final String MAIN = "sample.Hello";

  private static final String PROGRAM =
      """
      package sample;

      import io.quintet.Quintet;
      import io.quintet.Server;
      import io.quintet.http.Http;
      import io.quintet.http.HttpResponse;

      public final class Hello {
        public static void main(String[] arguments) throws Exception {
          try (Server server =
              Quintet.server(Http.codec(), request -> HttpResponse.text("for " + request.path()))
                  .listen("127.0.0.1", 0)
                  .start()) {
            System.out.println("listening on " + server.port());
            server.awaitStopped();
          }
        }
      }
      """;

  @TempDir private Path folder;

  private final List<Path> jars = new ArrayList<>();
  private Path classes;

  @BeforeEach
  void compile() throws IOException {
    assumeTrue(Files.isDirectory(LIB), "skipped: the jars are not packed");
    try (Stream<Path> files = Files.list(LIB)) {
      files
          .filter(jar -> jar.toString().matches(".*/(quintet-(core|ffi|specs)|gson|jspecify)-.*"))
          .forEach(jars::add);
    }
    assertEquals(5, jars.size(), jars.toString());
    Path sources = Files.createDirectories(folder.resolve("sources"));
    classes = folder.resolve("classes");
    Path descriptor = sources.resolve("module-info.java");
    Files.writeString(descriptor, "module sample { requires io.quintet.core; }");
    Path program = Files.writeString(sources.resolve("Hello.java"), PROGRAM);
    uses("javac", "-d", classes + "", "-p", path(), descriptor + "", program + "");
  }

  private String path() {
    return String.join(":", jars.stream().map(Path::toString).toList());
  }

  private static void uses(String tool, String... arguments) {
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    int exit = ToolProvider.findFirst(tool).orElseThrow().run(out, out, arguments);
    assertEquals(0, exit, said.toString());
  }

  @Test
  void itServesFromTheClassPath() throws Exception {
    serves(JAVA, "--enable-native-access=ALL-UNNAMED", "-cp", classes + ":" + path(), MAIN);
  }

  @Test
  void itServesFromTheModulePath() throws Exception {
    String modules = classes + ":" + path();
    serves(JAVA, "--enable-native-access=io.quintet.ffi", "-p", modules, "-m", "sample/" + MAIN);
  }

  @Test
  void itServesFromAnImage() throws Exception {
    Path image = folder.resolve("image");
    uses(
        "jlink",
        "--module-path",
        classes + ":" + path(),
        "--add-modules",
        "sample",
        "--add-options=--enable-native-access=io.quintet.ffi",
        "--output",
        image.toString());
    serves(image.resolve("bin/java").toString(), "-m", "sample/" + MAIN);
  }

  @Test
  void itServesFromOneJar() throws Exception {
    Path whole = Files.createDirectories(folder.resolve("whole"));
    for (Path jar : jars) {
      uses("jar", "--extract", "--file", jar.toString(), "--dir", whole.toString());
    }
    Files.delete(whole.resolve("module-info.class"));
    Path manifest = folder.resolve("manifest");
    Files.writeString(manifest, "Main-Class: " + MAIN + "\nEnable-Native-Access: ALL-UNNAMED\n");
    Path jar = folder.resolve("sample.jar");
    uses(
        "jar",
        "--create",
        "--file=" + jar,
        "--manifest=" + manifest,
        "-C",
        whole.toString(),
        ".",
        "-C",
        classes.toString(),
        "sample");
    serves(JAVA, "-jar", jar.toString());
  }

  private static void serves(String... command) throws Exception {
    try (Command.Running running = new Command.Running(command)) {
      Await.until(() -> running.out().endsWith("\n"), () -> "said " + running.err());
      String port = running.out().strip().substring("listening on ".length());
      try (var page = URI.create("http://127.0.0.1:" + port + "/tea").toURL().openStream()) {
        assertEquals("for /tea", new String(page.readAllBytes()));
      }
      ProcessHandle.of(running.pid()).orElseThrow().destroy();
      assertEquals("", running.awaitEnd().err());
    }
  }
}
