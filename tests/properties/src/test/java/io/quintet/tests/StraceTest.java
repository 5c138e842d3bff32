package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Calls of a server that runs are made to fail from outside, by strace: it neither spins nor
 * forgets who waits, and serves all when they succeed again.
 */
@OwnProcesses
class StraceTest {
  private static final long WATCHED_NANOS = 1_000_000_000L;

  /** What is allowed while accepting is paused. */
  private static final int CALLS_A_SECOND_MAX = 100;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void aServerWithoutDescriptorsWaitsAndServesWhenThereAreSome(
      Pattern pattern, @TempDir Path folder) throws Exception {
    Command.needs("strace");
    Path calls = folder.resolve("calls");
    List<String> arguments =
        Command.Serving.arguments(pattern, pattern == Pattern.MULTI_PROCESS ? 1 : 2);
    arguments.addAll(List.of("--protocol", "line"));
    try (Command.Serving serving = new Command.Serving(arguments.toArray(String[]::new));
        Client early = new Client(serving.port)) {
      ask(early);
      try (Client late = comesWhileAcceptFails(serving, early, calls)) {
        assertEquals("late", late.receiveLine());
      }
      assertEquals(0, serving.end("TERM").exit());
    }
  }

  private static Client comesWhileAcceptFails(Command.Serving serving, Client early, Path calls)
      throws Exception {
    try (Strace strace =
        new Strace(calls, List.of(serving.pid), "trace=accept4", "inject=accept4:error=EMFILE")) {
      Client late = new Client(serving.port);
      late.send("late\n");
      Await.until(() -> strace.calls() > 0, "accept4 fails");
      long end = System.nanoTime() + WATCHED_NANOS;
      int before = strace.calls();
      while (System.nanoTime() < end) {
        ask(early); // who is connected is served as before
      }
      int made = strace.calls() - before;
      assertTrue(made < CALLS_A_SECOND_MAX, serving.pattern + " spins: " + made + " calls");
      return late;
    }
  }

  private static void ask(Client client) throws IOException {
    client.send("early\n");
    assertEquals("early", client.receiveLine());
  }
}
