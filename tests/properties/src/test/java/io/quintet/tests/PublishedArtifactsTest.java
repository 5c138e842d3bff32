package io.quintet.tests;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.tests.Pom.Dependency;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is published can be used from a project that is not of the reactor. */
class PublishedArtifactsTest {
  private static final Path ROOT = Path.of(System.getProperty("quintet.root"));
  private static final String GROUP = "io.quintet";
  private static final long MAVEN_SECONDS = 300;

  @Test
  void theBomNamesOwnArtifactsAndNoOthers() throws IOException {
    Pom bom = bom();
    for (Dependency managed : bom.managed()) {
      assertEquals(GROUP, managed.group(), managed + " would change a user's version");
      assertEquals("${project.version}", managed.version(), managed.toString());
    }
    assertEquals(
        published("jar"),
        bom.managed().stream().map(Dependency::artifact).collect(toCollection(TreeSet::new)));
  }

  @Test
  void allHaveOneVersion() throws IOException {
    for (Pom pom : Pom.reactor(ROOT)) {
      assertEquals(Pom.reactor(ROOT).getFirst().version(), pom.version(), pom.artifact());
    }
  }

  @Test
  void whatAnArtifactNeedsIsPublishedToo() throws IOException {
    Set<String> all = published("jar");
    all.addAll(published("pom"));
    for (Pom pom : Pom.reactor(ROOT)) {
      Set<String> missing = new TreeSet<>();
      if (pom.isPublished()) {
        pom.parent().map(Pom::artifact).ifPresent(missing::add);
        pom.dependencies().stream()
            .filter(each -> each.group().equals(GROUP) && !each.scope().equals("test"))
            .map(Dependency::artifact)
            .forEach(missing::add);
        missing.removeAll(all);
      }
      assertEquals(Set.of(), missing, pom.artifact() + " cannot be resolved without these");
    }
  }

  @Test
  void testsAndBenchmarksAreNotPublished() throws IOException {
    Set<String> all = new TreeSet<>();
    Pom.reactor(ROOT).stream().map(Pom::artifact).forEach(all::add);
    all.removeAll(published("jar"));
    all.removeAll(published("pom"));
    assertEquals(Set.of("quintet-properties", "quintet-bench"), all);
  }

  /**
   * Every artifact, at once: they are put where install:install puts them, into a repository that
   * is empty otherwise. What Maven needs itself comes from the user's own repository, which stands
   * for all remote ones and has no snapshot to offer.
   */
  @Test
  void aProjectOutsideUsesEachOfThem(@TempDir Path folder) throws Exception {
    Command.needs("mvn");
    Path repository = folder.resolve("repository");
    for (Pom pom : Pom.reactor(ROOT)) {
      if (pom.isPublished()) {
        install(pom, repository);
      }
    }
    Path project = folder.resolve("project");
    Path sample = ROOT.resolve("tests/properties/src/test/published");
    Command.Result copied = Command.run("cp", "-r", sample.toString(), project.toString());
    assertEquals(0, copied.exit(), copied.err());
    Pom root = Pom.reactor(ROOT).getFirst();
    Process maven =
        maven(
            project,
            "-s",
            settings(folder).toString(),
            "-Dmaven.repo.local=" + repository,
            "-Dquintet.version=" + root.version(),
            "-Djunit.version=" + root.property("junit.version"),
            "test");
    try {
      String said = new String(maven.getInputStream().readAllBytes());
      assertEquals(true, maven.waitFor(MAVEN_SECONDS, TimeUnit.SECONDS), said);
      assertEquals(0, maven.exitValue(), said);
    } finally {
      maven.destroyForcibly();
    }
    assertEquals(true, Files.exists(project.resolve("target/surefire-reports")), "a test has run");
  }

  private static Process maven(Path project, String... arguments) throws IOException {
    List<String> line = new java.util.ArrayList<>(List.of("timeout", MAVEN_SECONDS + "s", "mvn"));
    line.addAll(List.of("-q", "-B", "-ntp"));
    line.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(line).directory(project.toFile()).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder.start();
  }

  static Path settings(Path folder) throws IOException {
    String repository =
        System.getProperty(
            "quintet.repository", System.getProperty("user.home") + "/.m2/repository");
    String settings =
        """
        <settings>
          <mirrors>
            <mirror><id>central</id><mirrorOf>*</mirrorOf><url>%s</url></mirror>
          </mirrors>
        </settings>
        """;
    return Files.writeString(
        folder.resolve("settings.xml"), settings.formatted(Path.of(repository).toUri()));
  }

  private static void install(Pom pom, Path repository) throws IOException {
    String name = pom.artifact() + "-" + pom.version();
    Path folder =
        repository.resolve(GROUP.replace('.', '/') + "/" + pom.artifact() + "/" + pom.version());
    Files.createDirectories(folder);
    Files.copy(pom.folder().resolve("pom.xml"), folder.resolve(name + ".pom"));
    if (pom.packaging().equals("jar")) {
      boolean cli = pom.artifact().equals("quintet-cli"); // its final name is without a version
      Path jar = pom.folder().resolve("target/" + (cli ? pom.artifact() : name) + ".jar");
      assumeTrue(
          Files.exists(jar),
          "skipped: " + jar + " is not packed, as it is where the whole reactor is built");
      Files.copy(jar, folder.resolve(name + ".jar"));
    }
  }

  private static Set<String> published(String packaging) throws IOException {
    return Pom.reactor(ROOT).stream()
        .filter(Pom::isPublished)
        .filter(pom -> pom.packaging().equals(packaging))
        .map(Pom::artifact)
        .collect(toCollection(TreeSet::new));
  }

  private static Pom bom() throws IOException {
    return Pom.reactor(ROOT).stream()
        .filter(pom -> pom.artifact().equals("quintet-bom"))
        .findFirst()
        .orElseThrow();
  }
}
