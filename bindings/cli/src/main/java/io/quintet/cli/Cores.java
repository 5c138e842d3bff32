package io.quintet.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The processors that this process may use, in two halves: one for servers, one for their load.
 *
 * @param servers the first half, in order
 * @param load the others
 */
record Cores(List<Integer> servers, List<Integer> load) {
  private static final String ALLOWED = "Cpus_allowed_list:";

  /** The halves, where there are two processors or more. */
  static Optional<Cores> halves() throws IOException {
    List<Integer> all =
        ProcFile.text(Path.of("/proc/self/status"))
            .lines()
            .filter(line -> line.startsWith(ALLOWED))
            .flatMap(line -> list(line.substring(ALLOWED.length()).strip()))
            .toList();
    int half = all.size() / 2;
    return half == 0
        ? Optional.empty()
        : Optional.of(new Cores(all.subList(0, half), all.subList(half, all.size())));
  }

  /** Numbers and ranges of them, as 0-2,5. */
  private static Stream<Integer> list(String text) {
    return Stream.of(text.split(","))
        .flatMap(
            part -> {
              String[] ends = part.split("-");
              return IntStream.rangeClosed(
                      Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]))
                  .boxed();
            });
  }

  /** Starts a command on the processors of servers. */
  List<String> starter() {
    return List.of("taskset", "-c", text(servers));
  }

  /** Keeps all threads of this process on the processors of the load. */
  void moveHere() throws IOException, InterruptedException {
    String self = Long.toString(ProcessHandle.current().pid());
    Process moved =
        new ProcessBuilder("taskset", "-a", "-c", "-p", text(load), self)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (moved.waitFor() != 0) {
      throw new IOException("taskset could not move the load to processor " + text(load));
    }
  }

  private static String text(List<Integer> numbers) {
    return String.join(",", numbers.stream().map(String::valueOf).toList());
  }

  @Override
  public String toString() {
    return "servers on processor %s, load on %s".formatted(text(servers), text(load));
  }
}
