package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The container files, as far as they can be run without containers, and their list of calls. */
@OwnProcesses
class ContainerTest {
  private static final String FOLDER = "bindings/cli/docker/";
  private static final Pattern STEP = Pattern.compile("(?m)^(RUN java (?:.*\\\\\n)*.*)$");
  private static final Pattern ARRAY = Pattern.compile("(?m)^(?:ENTRYPOINT|CMD) \\[(.*)\\]$");
  private static final Pattern LINKED =
      Pattern.compile(
          "Linux\\.(\\w+)(?:\\$address\\(\\)|\\.address\\(\\))"
              + "|Linux\\.SYS_(\\w+)\\(\\)|find\\(\"(\\w+)\"\\)");

  /** Functions of the C library by the system calls that they make, on one architecture or both. */
  private static final Map<String, String> CALLS =
      Map.ofEntries(
          Map.entry("chmod", "chmod fchmodat"),
          Map.entry("epoll_wait", "epoll_wait epoll_pwait"),
          Map.entry("eventfd", "eventfd2"),
          Map.entry("getrlimit", "prlimit64"),
          Map.entry("open", "openat"),
          Map.entry("poll", "poll ppoll"),
          Map.entry("pthread_sigmask", "rt_sigprocmask"),
          Map.entry("recv", "recvfrom"),
          Map.entry("sched_getcpu", "getcpu"),
          Map.entry("send", "sendto"),
          Map.entry("setrlimit", "prlimit64"),
          Map.entry("sigaddset", ""),
          Map.entry("sigemptyset", ""),
          Map.entry("signalfd", "signalfd4"),
          Map.entry("strerror", ""),
          Map.entry("syscall", ""),
          Map.entry("sysconf", ""),
          Map.entry("sys_io_uring_enter", "io_uring_enter"),
          Map.entry("sys_io_uring_register", "io_uring_register"),
          Map.entry("sys_io_uring_setup", "io_uring_setup"),
          Map.entry("unlink", "unlink unlinkat"),
          Map.entry("waitpid", "wait4"));

  @Test
  void theListOfCallsIsThatOfTheCallsThatAreLinked() throws IOException {
    Set<String> calls = new TreeSet<>();
    try (Stream<Path> sources =
        Files.walk(Document.ROOT.resolve("ffi/src/main/java/io/quintet/ffi"))) {
      for (Path source : sources.filter(Files::isRegularFile).toList()) {
        Matcher linked = LINKED.matcher(Files.readString(source));
        while (linked.find()) {
          String name =
              Stream.of(1, 2, 3)
                  .map(linked::group)
                  .filter(Objects::nonNull)
                  .findFirst()
                  .orElseThrow();
          calls.addAll(List.of(CALLS.getOrDefault(name, name).split(" ")));
        }
      }
    }
    calls.remove("");
    assertTrue(calls.size() > 40, calls.toString());
    String page = FOLDER + "README.md";
    String text = Files.readString(Document.ROOT.resolve(page));
    String begin = "<!-- written by ContainerTest from the calls that ffi links -->\n";
    int from = text.indexOf(begin) + begin.length();
    Document.isWritten(
        page,
        text.substring(0, from)
            + "`"
            + String.join("`, `", calls)
            + "`\n"
            + text.substring(text.indexOf("<!-- end -->")));
  }

  private static List<String> words(String array) {
    return Arrays.stream(array.split(", ")).map(word -> word.replace("\"", "")).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Dockerfile", "Dockerfile.alpine"})
  void itsStepsMakeACommandThatServes(String name, @TempDir Path folder) throws Exception {
    Path target = Document.ROOT.resolve("bindings/cli/target");
    assumeTrue(Runtime.version().feature() >= 25, "skipped: the images have a JDK 25");
    assumeTrue(Files.isDirectory(target.resolve("lib")), "skipped: the command is not packed");
    String file = Files.readString(Document.ROOT.resolve(FOLDER + name));
    for (String what : List.of("quintet-cli.jar", "lib")) {
      assertTrue(
          file.contains("COPY --from=build /source/bindings/cli/target/" + what + " "), what);
      Command.run("cp", "-rp", target.resolve(what).toString(), folder.toString());
    }
    String java = System.getProperty("java.home") + "/bin/java";
    Matcher step = STEP.matcher(file);
    assertTrue(step.find(), "no step runs java");
    String line = step.group(1).substring("RUN ".length()).replaceAll("(?<!\\S)java ", java + " ");
    Command.Result made = Command.run("sh", "-c", "cd " + folder + " && " + line);
    assertEquals(0, made.exit(), made.err());
    List<String> command = new ArrayList<>();
    ARRAY.matcher(file).results().forEach(match -> command.addAll(words(match.group(1))));
    assertEquals("java", command.removeFirst());
    command.addAll(List.of("--port", "0"));
    List<String> shell =
        new ArrayList<>(List.of("sh", "-c", "cd " + folder + " && exec \"$@\"", "sh", java));
    shell.addAll(command);
    Command.servesOnce("0.0.0.0", shell);
  }
}
