package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * slowhttptest with slow heads, slow bodies and slow reading: the server stays available. {@code
 * -Dquintet.slowhttptest=true} tries all patterns.
 */
@OwnProcesses
class SlowHttpTest {
  /** Options of slowhttptest: heads, bodies, and reading. */
  private static final List<String> ATTACKS = List.of("-H", "-B", "-X");

  static Stream<Pattern> patterns() {
    return Boolean.getBoolean("quintet.slowhttptest")
        ? Pattern.five().stream()
        : Stream.of(Pattern.SINGLE_THREAD);
  }

  @ParameterizedTest
  @MethodSource("patterns")
  void theServiceIsAvailableThroughout(Pattern pattern) throws Exception {
    Command.needs("slowhttptest");
    try (Command.Serving server = Command.Serving.of(pattern, "-o", "requestTimeoutMillis=2000")) {
      for (String attack : ATTACKS) {
        Command.Result result =
            Command.run(
                "slowhttptest",
                attack,
                "-c",
                "500",
                "-i",
                "1",
                "-r",
                "500",
                "-x",
                "24",
                "-p",
                "2",
                "-l",
                "6",
                "-u",
                server.url("/"));
        assertTrue(result.out().contains("service available"), result.out());
        assertTrue(
            result
                .out()
                .lines()
                .filter(line -> line.contains("service available"))
                .allMatch(line -> line.contains("YES")),
            attack + result.out());
        System.out.printf("%s, slowhttptest %s: available throughout%n", pattern.id(), attack);
      }
      assertEquals(0, server.end("TERM").exit());
    }
  }
}
