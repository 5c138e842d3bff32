package io.quintet.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Classes that backends load, kept as a dynamic AppCDS archive so that later ones start sooner. The
 * JVM writes it when the first backend ends, checks it whenever it is used, and makes it anew where
 * it fits no more. Any thread.
 */
final class StartupArchive {
  /** Options by which a user has arranged such a thing already. */
  private static final List<String> ARRANGED =
      List.of("-XX:SharedArchiveFile", "-XX:AOT", "-XX:ArchiveClassesAtExit", "-Xshare");

  private StartupArchive() {}

  /** What a backend's JVM is told; nothing where there is no folder, or a user chose otherwise. */
  static List<String> jvmOptions(World.Archive archive) {
    Optional<Path> file = archive == World.Archive.NONE || isArranged() ? Optional.empty() : file();
    if (file.isEmpty()) {
      return List.of();
    }
    List<String> options = new ArrayList<>();
    options.add("-XX:SharedArchiveFile=" + file.orElseThrow());
    if (archive == World.Archive.WRITTEN) {
      options.add("-XX:+AutoCreateSharedArchive");
    }
    // An archive that is missing or does not fit is no news to a user.
    options.add(Runtime.version().feature() >= 24 ? "-Xlog:cds*=off,aot*=off" : "-Xlog:cds*=off");
    return options;
  }

  private static boolean isArranged() {
    return ProcessHandle.current().info().arguments().stream()
        .flatMap(Stream::of)
        .anyMatch(argument -> ARRANGED.stream().anyMatch(argument::startsWith));
  }

  /** One for each JDK and program, in the cache folder of the XDG base directories. */
  private static Optional<Path> file() {
    String set = System.getenv("XDG_CACHE_HOME");
    Path cache =
        set == null || set.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(set);
    String program =
        Stream.of("java.vm.version", "java.class.path", "jdk.module.path", "jdk.module.main")
            .map(name -> System.getProperty(name, ""))
            .reduce("", (all, one) -> all + '\0' + one);
    try {
      Path folder = Files.createDirectories(cache.resolve("quintet"));
      return Optional.of(folder.resolve(UUID.nameUUIDFromBytes(program.getBytes(UTF_8)) + ".jsa"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
