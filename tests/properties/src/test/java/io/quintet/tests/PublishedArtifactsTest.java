package io.quintet.tests;

import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.tests.Pom.Dependency;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is published can be used from a project that is not of the reactor. */
class PublishedArtifactsTest {
  private static final Path ROOT = Path.of(System.getProperty("quintet.root"));
  private static final String GROUP = "io.quintet";

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

  /** Every artifact, at once. */
  @Test
  void aProjectOutsideUsesEachOfThem(@TempDir Path folder) throws Exception {
    PublishedRepository repository = PublishedRepository.in(folder);
    Path project = folder.resolve("project");
    Path sample = ROOT.resolve("tests/properties/src/test/published");
    Command.Result copied = Command.run("cp", "-r", sample.toString(), project.toString());
    assertEquals(0, copied.exit(), copied.err());
    String junit = Pom.reactor(ROOT).getFirst().property("junit.version");
    repository.maven(project, "-Djunit.version=" + junit, "test");
    assertEquals(true, Files.exists(project.resolve("target/surefire-reports")), "a test has run");
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
