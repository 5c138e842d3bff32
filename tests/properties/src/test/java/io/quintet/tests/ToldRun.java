package io.quintet.tests;

import io.quintet.codec.Line;
import io.quintet.testkit.QuintetProperties;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Simulates a server, whose replies by workers leave in the order in which they become ready where
 * that bug is put in, until a client finds it, and tells that run step by step. A process of its
 * own, since a bug is put in by a property of the process.
 */
final class ToldRun {
  private static final int SEEDS_MAX = 2_000;

  private ToldRun() {}

  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments[0]);
    QuintetProperties<?, ?> lines =
        QuintetProperties.of(Line.codec(), line -> line + "!")
            .samples("hello\n", "\n", "a\n")
            .topologies("load-balanced");
    for (long seed = 1; seed <= SEEDS_MAX; seed++) {
      if (lines.tell(seed, file)) {
        System.out.println(seed);
        return;
      }
    }
    System.out.println("not found");
  }
}
