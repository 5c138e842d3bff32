package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Calls of a server that runs are made to fail from outside, by strace: it neither spins nor
 * forgets who waits, and serves all when they succeed again.
 */
@OwnProcesses
class StraceTest {
  /**
   * How many calls of a thread fail. They end by themselves: strace that leaves while it changes a
   * call would have it fail with ENOSYS, which no accept4(2) should.
   */
  private static final int FAILURES = 3;

  private static final String FAILED = "EMFILE (Too many open files) (INJECTED)";

  /** It is tried again at once, when it is the listener's turn, and then after 250 and 500 ms. */
  private static final long PAUSED_NANOS = 750_000_000L;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void aServerWithoutDescriptorsWaitsAndServesWhenThereAreSome(
      Pattern pattern, @TempDir Path folder) throws Exception {
    Command.needs("strace");
    Path calls = folder.resolve("calls");
    List<String> arguments =
        Command.Serving.arguments(pattern, pattern == Pattern.MULTI_PROCESS ? 1 : 2);
    arguments.addAll(List.of("--protocol", "line"));
    String failing = "inject=accept4:error=EMFILE:when=1.." + FAILURES;
    try (Command.Serving serving = new Command.Serving(arguments.toArray(String[]::new));
        Client early = new Client(serving.port)) {
      ask(early);
      try (Strace _ = new Strace(calls, List.of(serving.pid), "trace=accept4", failing)) {
        long began = System.nanoTime();
        try (Client late = new Client(serving.port)) {
          late.send("late\n");
          Await.until(() -> isServed(early) && late.available() > 0, "the pause to be over");
          long paused = System.nanoTime() - began;
          assertEquals("late", late.receiveLine());
          assertTrue(paused >= PAUSED_NANOS, pattern + " spins: accepted after " + paused + " ns");
        }
        try (Stream<String> lines = Files.lines(calls)) {
          assertEquals(FAILURES, lines.filter(line -> line.endsWith(FAILED)).count());
        }
      }
      assertEquals(0, serving.end("TERM").exit());
    }
  }

  /** Who is connected is served as before. */
  private static boolean isServed(Client client) {
    try {
      ask(client);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return true;
  }

  private static void ask(Client client) throws IOException {
    client.send("early\n");
    assertEquals("early", client.receiveLine());
  }
}
