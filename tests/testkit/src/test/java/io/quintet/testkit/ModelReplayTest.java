package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.specs.Specs;
import io.quintet.specs.explore.ModelReplay;
import java.util.List;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a simulated server does is what the explored model allows, step by step: {@code
 * -Dquintet.runs=N} follows more runs.
 */
@Execution(ExecutionMode.CONCURRENT)
class ModelReplayTest {
  private static final int RUNS = Integer.getInteger("quintet.runs", 150);
  private static final long SEED = Long.getLong("quintet.seed", 1);

  @ParameterizedTest
  @ValueSource(strings = {"single-thread", "load-balanced", "multi-thread", "reuseport"})
  void whatAServerDoesIsInTheModel(String topology) {
    boolean workers = topology.equals("load-balanced");
    for (boolean late : workers ? List.of(false) : List.of(false, true)) {
      FollowedRun.Shape shape = new FollowedRun.Shape(topology, 2, 2, 2, late);
      ModelReplay replay =
          ModelReplay.of(Specs.topology(topology), FollowedRun.size(shape), Specs::machine);
      long steps = 0;
      int most = 0;
      long began = System.nanoTime();
      for (long seed = SEED; seed < SEED + RUNS; seed++) {
        List<ModelReplay.Seen> seen = FollowedRun.of(shape, Choices.ofSeed(seed), Story.untold());
        ModelReplay.Result result = replay.replay(seen);
        steps += result.steps();
        most = Math.max(most, result.most());
        long failed = seed;
        assertTrue(
            result.divergence().isEmpty(),
            () -> shape + ", seed " + failed + ": " + result.divergence().orElseThrow());
      }
      System.out.printf(
          "replay: %s%s: %,d runs, %,d steps, at most %d states, %.1f s%n",
          topology, late ? " late" : "", RUNS, steps, most, (System.nanoTime() - began) / 1e9);
    }
  }
}
