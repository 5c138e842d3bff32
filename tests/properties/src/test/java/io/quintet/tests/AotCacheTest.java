package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher starts the JVM from a cache, which it makes once and never uses for other jars. */
@OwnProcesses
class AotCacheTest {
  private static final Path CLI = Document.ROOT.resolve("bindings/cli");
  private static final int FIRST_JDK = 25;

  @TempDir private Path folder;

  private Path launcher;
  private Path jar;

  /** A copy of what the launcher starts, so that it can be changed. */
  @BeforeEach
  void copy() throws Exception {
    Path target = CLI.resolve("target");
    assumeTrue(Runtime.version().feature() >= FIRST_JDK, "skipped: this JDK has no AOT cache");
    assumeTrue(
        Files.isDirectory(target.resolve("lib")),
        "skipped: the command is not packed, as it is where the whole reactor is built");
    Path cli = Files.createDirectories(folder.resolve("bindings/cli"));
    for (String name :
        List.of("quintet", "aot-cache.sh", "build.sh", "find-jdk.sh", "target/lib")) {
      copy(CLI.resolve(name), cli.resolve(name));
    }
    jar = cli.resolve("target/quintet-cli.jar");
    copy(target.resolve("quintet-cli.jar"), jar);
    for (String name : List.of("specs", "ffi", "core", "bindings/micrometer")) {
      Files.createDirectories(folder.resolve(name));
    }
    Files.createFile(folder.resolve("pom.xml"));
    Files.setLastModifiedTime(jar, FileTime.fromMillis(System.currentTimeMillis() + 1000));
    launcher = cli.resolve("quintet");
  }

  private static void copy(Path from, Path to) throws Exception {
    Files.createDirectories(to.getParent());
    Command.Result copied = Command.run("cp", "-rp", from.toString(), to.toString());
    assertEquals(0, copied.exit(), copied.err());
  }

  private List<String> with(Path cache) {
    String home = "JAVA_HOME=" + System.getProperty("java.home");
    return List.of("env", "-u", "QUINTET_AOT", "XDG_CACHE_HOME=" + cache, home);
  }

  private void works(Path cache) throws Exception {
    Command.Result result =
        Command.run(
            Stream.concat(with(cache).stream(), Stream.of(launcher.toString(), "--version"))
                .toArray(String[]::new));
    assertEquals("", result.err());
    assertEquals(
        "quintet " + Pom.reactor(Document.ROOT).getFirst().version(), result.out().strip());
    assertEquals(0, result.exit());
  }

  private static List<Path> made(Path cache) throws IOException {
    try (Stream<Path> files = Files.walk(cache)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void itIsMadeOnceForOneSetOfJarsAndUsedByBackendsToo() throws Exception {
    Path cache = folder.resolve("cache");
    works(cache);
    List<Path> first = made(cache);
    assertEquals(1, first.size(), first.toString());
    assertTrue(Files.size(first.getFirst()) > 0, first + " is empty");
    FileTime when = Files.getLastModifiedTime(first.getFirst());
    servesFrom(first.getFirst(), cache);
    assertEquals(first, made(cache));
    assertEquals(when, Files.getLastModifiedTime(first.getFirst()), "made once");
    for (String broken : List.of("", "no cache at all\n".repeat(1000))) {
      Files.writeString(first.getFirst(), broken);
      works(cache);
    }
    FileTime later = FileTime.fromMillis(Files.getLastModifiedTime(jar).toMillis() + 2000);
    Files.setLastModifiedTime(jar, later);
    works(cache);
    List<Path> second = made(cache);
    assertEquals(1, second.size(), "that of the older jar is gone: " + second);
    assertNotEquals(first, second);
    assertTrue(Files.size(second.getFirst()) > 0, second + " is empty");
    truncatedItIsNotUsed(second.getFirst(), cache);
  }

  private void truncatedItIsNotUsed(Path file, Path cache) throws Exception {
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {10_000, whole.length - 1}) {
      Files.write(file, Arrays.copyOf(whole, length));
      works(cache);
    }
  }

  private void servesFrom(Path file, Path cache) throws Exception {
    List<String> line = new ArrayList<>(with(cache));
    line.addAll(List.of(launcher.toString(), "serve", "--port", "0"));
    line.addAll(List.of("--pattern", "multi-process", "--backends", "2"));
    try (Command.Running running = new Command.Running(line.toArray(String[]::new))) {
      Await.until(() -> running.out().contains("listening"), () -> "said " + running.err());
      ProcessHandle front = ProcessHandle.of(running.pid()).orElseThrow();
      List<ProcessHandle> all = Stream.concat(Stream.of(front), front.descendants()).toList();
      assertEquals(3, all.size(), all.toString());
      for (ProcessHandle each : all) {
        String maps = Files.readString(Path.of("/proc/" + each.pid() + "/maps"));
        assertTrue(maps.contains(file.toString()), each + " does not use " + file);
      }
      front.destroy();
      front.onExit().get(1, TimeUnit.MINUTES);
      assertEquals("", running.err());
    }
  }

  @Test
  void aFolderThatCannotBeWrittenCostsNothing() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    works(file);
    works(Path.of("/proc/no/such/folder"));
    assertEquals("", Files.readString(file));
  }

  @Test
  void whoeverWantsNoneHasNone() throws Exception {
    Path cache = folder.resolve("cache");
    for (String no : List.of("QUINTET_AOT=off", "QUINTET_JVM=-Xshare:off")) {
      Command.Result result =
          Command.run("env", no, "XDG_CACHE_HOME=" + cache, launcher.toString(), "--version");
      assertEquals("", result.err());
      assertTrue(Files.notExists(cache), no);
    }
  }
}
