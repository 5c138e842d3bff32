package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A local repository that holds what is published, as install:install puts it there, and nothing
 * else. What Maven needs besides comes from the user's own repository, which has no snapshot to
 * offer, and from the remote ones where it is not there.
 *
 * @param folder where it is
 * @param settings what says so to Maven
 */
record PublishedRepository(Path folder, Path settings) {
  private static final String GROUP = "io.quintet";
  private static final long MAVEN_SECONDS = 300;

  /** Makes one below a folder; skips the test where Maven or a packed jar is missing. */
  static PublishedRepository in(Path folder) throws IOException, InterruptedException {
    Command.needs("mvn");
    Path repository = folder.resolve("repository");
    for (Pom pom : Pom.reactor(Document.ROOT)) {
      if (pom.isPublished()) {
        install(pom, repository);
      }
    }
    return new PublishedRepository(repository, settings(folder));
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

  /** Settings by which Maven looks into the user's own repository before it looks further. */
  static Path settings(Path folder) throws IOException {
    String own =
        System.getProperty(
            "quintet.repository", System.getProperty("user.home") + "/.m2/repository");
    String settings =
        """
        <settings>
          <profiles>
            <profile>
              <id>own</id>
              <repositories>
                <repository>
                  <id>own</id><url>%1$s</url><snapshots><enabled>false</enabled></snapshots>
                </repository>
              </repositories>
              <pluginRepositories>
                <pluginRepository>
                  <id>own</id><url>%1$s</url><snapshots><enabled>false</enabled></snapshots>
                </pluginRepository>
              </pluginRepositories>
            </profile>
          </profiles>
          <activeProfiles><activeProfile>own</activeProfile></activeProfiles>
        </settings>
        """;
    return Files.writeString(
        folder.resolve("settings.xml"), settings.formatted(Path.of(own).toUri()));
  }

  /** Builds a project with the version that is published here. */
  void maven(Path project, String... arguments) throws IOException, InterruptedException {
    List<String> line =
        new ArrayList<>(List.of("timeout", MAVEN_SECONDS + "s", "mvn", "-q", "-B", "-ntp"));
    line.addAll(List.of("-gs", settings.toString(), "-Dmaven.repo.local=" + folder));
    line.add("-Dquintet.version=" + Pom.reactor(Document.ROOT).getFirst().version());
    line.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(line).directory(project.toFile()).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process maven = builder.start();
    try {
      String said = new String(maven.getInputStream().readAllBytes());
      assertTrue(maven.waitFor(MAVEN_SECONDS, TimeUnit.SECONDS), said);
      assertEquals(0, maven.exitValue(), said);
    } finally {
      maven.destroyForcibly();
    }
  }
}
