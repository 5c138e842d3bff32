package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A release holds what a public repository asks for, and two of one commit are the same. */
@OwnProcesses
class ReleaseTest {
  private static final String VERSION = "0.2.0";

  /** Many times what a release takes on a machine that is busy with other things. */
  private static final long SECONDS_MAX = 3_600;

  private static final String NAME = "quintet-sample-" + VERSION;

  private static final String POM =
      """
      <project>
        <groupId>io.quintet</groupId>
        <artifactId>quintet-sample</artifactId>
        <version>0.2.0</version>
        <name>Sample</name>
        <description>A sample.</description>
        <url>https://quintet.example</url>
        <licenses><license><name>Apache-2.0</name></license></licenses>
        <developers><developer><name>Somebody</name></developer></developers>
        <scm>
          <connection>scm:git:https://quintet.example/quintet.git</connection>
          <developerConnection>scm:git:https://quintet.example/quintet.git</developerConnection>
        </scm>
        <dependencies>
          <dependency>
            <groupId>com.google.code.gson</groupId>
            <artifactId>gson</artifactId>
            <version>2.15.0</version>
          </dependency>
        </dependencies>
      </project>
      """;

  @TempDir private Path folder;

  private Path artifacts;

  /** A key of this test's own. */
  @BeforeEach
  void key() throws Exception {
    for (String program : List.of("gpg", "unzip", "git")) {
      Command.needs(program);
    }
    Path home = Files.createDirectories(folder.resolve("gpg"));
    Command.Result made =
        sh(
            "chmod 700 %s && gpg --batch --passphrase '' --quick-generate-key".formatted(home)
                + " 'Nobody <nobody@example.org>' ed25519 sign never");
    assertEquals(0, made.exit(), made.err());
    artifacts = folder.resolve("repository/io/quintet/quintet-sample/" + VERSION);
  }

  private Command.Result sh(String script) throws Exception {
    String home = "GNUPGHOME=" + folder.resolve("gpg");
    String line = script + "; code=$?; gpgconf --kill all; exit $code";
    try (Command.Running running = new Command.Running("env", home, "sh", "-c", line)) {
      return running.awaitEnd(SECONDS_MAX);
    }
  }

  private Command.Result check() throws Exception {
    Path script = Document.ROOT.resolve(".ci/release-check");
    return sh(script + " " + folder.resolve("repository") + " " + VERSION);
  }

  @Test
  void whatIsMissingIsNamed() throws Exception {
    make();
    Path good = folder.resolve("good");
    assertEquals(0, sh("cp -r " + artifacts + " " + good).exit());
    Command.Result whole = check();
    assertEquals(0, whole.exit(), whole.out());
    Map<String, String> breaks = new LinkedHashMap<>();
    breaks.put("sed -i s/0.2.0/0.2.0-SNAPSHOT/ NAME.pom", "no pom names a snapshot or a property");
    breaks.put("sed -i /description/d NAME.pom", "the pom has description");
    breaks.put("sed -i /developerConnection/d NAME.pom", "the pom has developerConnection");
    breaks.put("rm NAME-sources.jar*", "there is -sources jar");
    breaks.put("rm NAME-javadoc.jar*", "there is -javadoc jar");
    breaks.put("sed -i s/gson/json/ NAME-cyclonedx.json", "the SBOM lists every dependency");
    breaks.put("rm NAME.jar && cp NAME-sources.jar NAME.jar", "the jar holds the licence");
    breaks.put("rm NAME.pom.asc", "each file is signed");
    breaks.put("echo more >>NAME.jar", "each file is signed");
    breaks.put("echo other >NAME.jar.md5", "each file has its md5");
    breaks.put("rm NAME.jar.sha1", "each file has its sha1");
    for (Map.Entry<String, String> each : breaks.entrySet()) {
      assertEquals(0, sh("rm -r %s && cp -r %s %1$s".formatted(artifacts, good)).exit());
      String line = each.getKey().replace("NAME", NAME);
      Command.Result broken = sh("cd " + artifacts + " && " + line);
      assertEquals(0, broken.exit(), line + broken.err());
      Command.Result found = check();
      assertEquals(1, found.exit(), line);
      assertTrue(
          found.out().lines().anyMatch(row -> row.matches(each.getValue() + " .* not met by .*")),
          line + "\n" + found.out());
    }
  }

  private void make() throws Exception {
    Files.createDirectories(artifacts);
    Files.writeString(artifacts.resolve(NAME + ".pom"), POM);
    Files.writeString(artifacts.resolve(NAME + "-cyclonedx.json"), "{ \"name\" : \"gson\" }\n");
    Files.writeString(folder.resolve("manifest"), "Automatic-Module-Name: io.quintet.sample\n");
    Path inside = Files.createDirectories(folder.resolve("inside/META-INF"));
    Files.writeString(inside.resolve("LICENSE"), "Apache\n");
    String jar = System.getProperty("java.home") + "/bin/jar";
    Command.Result made =
        sh(
            ("cd %s && rm -f *.asc && %s -c -f %s.jar -m ../../../../../manifest -C ../../../../../inside ."
                    + " && %2$s -c -f %3$s-sources.jar %3$s.pom && cp %3$s-sources.jar %3$s-javadoc.jar"
                    + " && for f in %3$s.pom %3$s*.jar %3$s*.json; do md5sum <$f >$f.md5;"
                    + " sha1sum <$f >$f.sha1; gpg --batch --yes --armor --detach-sign $f; done")
                .formatted(artifacts, jar, NAME));
    assertEquals(0, made.exit(), made.err());
  }

  /** Two whole builds, where {@code -Dquintet.release=true} asks for them. */
  @Test
  void twoReleasesOfOneCommitAreTheSameBytes() throws Exception {
    assumeTrue(
        Boolean.getBoolean("quintet.release"), "skipped: -Dquintet.release=true asks for it");
    Map<String, String> first = release("one");
    assertEquals(first, release("two"));
    assertTrue(first.size() > 60, first.size() + " files");
  }

  /** Digests of all that is no signature. */
  private Map<String, String> release(String name) throws Exception {
    Path where = folder.resolve(name);
    Path script = Document.ROOT.resolve(".ci/release");
    Command.Result made = sh("%s %s %s >%s.log 2>&1".formatted(script, VERSION, where, where));
    assertEquals(0, made.exit(), () -> tail(Path.of(where + ".log")));
    Command.Result digests =
        sh(
            "cd %s/repository && find . -type f ! -name '*.asc' -exec sha256sum {} +"
                .formatted(where));
    Map<String, String> files = new TreeMap<>();
    digests.out().lines().map(line -> line.split("  ")).forEach(row -> files.put(row[1], row[0]));
    return files;
  }

  private static String tail(Path log) {
    try (Stream<String> lines = Files.lines(log)) {
      List<String> all = lines.toList();
      return String.join("\n", all.subList(Math.max(0, all.size() - 60), all.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
