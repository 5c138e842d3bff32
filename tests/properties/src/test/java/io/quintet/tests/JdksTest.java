package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.Pattern;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The short form on every JDK 22 or newer that is installed: it serves and warns of nothing. */
@OwnProcesses
class JdksTest {
  private static final Path JAR = Document.ROOT.resolve("bindings/cli/target/quintet-cli.jar");
  private static final int FIRST = 22;
  private static final int FIRST_THAT_CAN_DENY = 24;

  /** Homes by version, the JDK of this test first among equals. */
  private static Map<String, Path> jdks() throws IOException {
    Map<String, Path> jdks = new TreeMap<>();
    Path own = Path.of(System.getProperty("java.home"));
    List<Path> homes = new ArrayList<>(List.of(own));
    try (Stream<Path> installed = Files.list(own.resolveSibling("."))) {
      installed.sorted().forEach(homes::add);
    }
    for (Path home : homes) {
      Path release = home.resolve("release");
      if (Files.exists(release) && Files.isExecutable(home.resolve("bin/java"))) {
        String version =
            Files.readString(release).replaceAll("(?s).*JAVA_VERSION=\"([^\"]+)\".*", "$1");
        if (Integer.parseInt(version.split("\\D")[0]) >= FIRST) {
          jdks.putIfAbsent(version, home);
        }
      }
    }
    return jdks;
  }

  @TestFactory
  Stream<DynamicTest> theCommandServesAndWarnsOfNothing() throws IOException {
    Map<String, Path> jdks = jdks();
    System.out.println("JDKs: " + jdks.keySet());
    return jdks.entrySet().stream()
        .flatMap(
            jdk ->
                Pattern.five().stream()
                    .map(
                        pattern ->
                            DynamicTest.dynamicTest(
                                "JDK " + jdk.getKey() + ", " + pattern.id(),
                                () -> serves(jdk.getValue(), pattern))));
  }

  private static void serves(Path jdk, Pattern pattern) throws Exception {
    assumeTrue(Files.exists(JAR), "skipped: the command is not packed");
    List<String> line = new ArrayList<>(List.of(jdk.resolve("bin/java").toString()));
    line.addAll(List.of("-jar", JAR.toString(), "serve", "--port", "0"));
    line.addAll(Command.Serving.arguments(pattern, 1));
    Command.servesOnce("127.0.0.1", line);
  }

  /** What a user reads who has started a program without the option that it needs. */
  @Test
  void aJvmThatForbidsNativeCallsIsToldWhatToAdd() throws Exception {
    assumeTrue(Runtime.version().feature() >= FIRST_THAT_CAN_DENY, "skipped: no JVM denies");
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("--illegal-native-access=deny", "-cp"));
    line.add(System.getProperty("java.class.path"));
    line.addAll(List.of(ServingProgram.class.getName(), "port=0"));
    Command.Result result = Command.run(line.toArray(String[]::new));
    String sentence =
        "Quintet calls Linux directly, which this JVM forbids: add"
            + " --enable-native-access=ALL-UNNAMED to the java command, or Enable-Native-Access:"
            + " ALL-UNNAMED to the manifest of the jar that it starts.";
    assertTrue(
        result.err().startsWith("Exception in thread \"main\"")
            && result.err().lines().findFirst().orElseThrow().endsWith(sentence),
        result.err());
  }
}
