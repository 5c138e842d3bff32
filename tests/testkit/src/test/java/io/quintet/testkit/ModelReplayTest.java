package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.specs.Specs;
import io.quintet.specs.explore.ModelReplay;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a simulated server does is what the explored model allows, step by step: {@code
 * -Dquintet.runs=N} follows more runs.
 */
@Execution(ExecutionMode.CONCURRENT)
class ModelReplayTest {
  private static final int RUNS = Integer.getInteger("quintet.runs", 100);
  private static final long SEED = Long.getLong("quintet.seed", 1);

  @ParameterizedTest
  @CsvSource({
    "single-thread, false, false",
    "single-thread, true, false",
    "single-thread, true, true",
    "load-balanced, false, false",
    "load-balanced, false, true",
    "multi-thread, false, false",
    "multi-thread, true, false",
    "multi-thread, true, true",
    "reuseport, false, false",
    "reuseport, true, false",
    "reuseport, true, true",
    "multi-process, false, false",
    "multi-process, true, false",
    "multi-process, false, true"
  })
  void whatAServerDoesIsInTheModel(String topology, boolean late, boolean faults) {
    follow(new FollowedRun.Shape(topology, 2, 2, 2, late, faults));
  }

  private static void follow(FollowedRun.Shape shape) {
    ModelReplay replay =
        ModelReplay.of(Specs.topology(shape.topology()), FollowedRun.size(shape), Specs::machine);
    long steps = 0;
    int most = 0;
    long began = System.nanoTime();
    for (long seed = SEED; seed < SEED + RUNS; seed++) {
      ModelReplay.Result result =
          replay.replay(FollowedRun.of(shape, Choices.ofSeed(seed), Story.untold()));
      steps += result.steps();
      most = Math.max(most, result.most());
      long failed = seed;
      assertTrue(
          result.divergence().isEmpty(),
          () -> shape + ", seed " + failed + ": " + result.divergence().orElseThrow());
    }
    System.out.printf(
        "replay: %s: %,d runs, %,d steps, at most %d states, %.1f s%n",
        shape, RUNS, steps, most, (System.nanoTime() - began) / 1e9);
  }

  /** Runs that the model did not allow once. */
  @ParameterizedTest
  @CsvSource({
    "load-balanced, false, false, 900504",
    "multi-process, false, true, 110464",
    "multi-process, true, true, 320928"
  })
  void aRunThatWasKeptIsInTheModel(String topology, boolean faults, boolean kills, long seed) {
    FollowedRun.Shape shape = new FollowedRun.Shape(topology, 2, 2, 2, false, faults, kills, false);
    ModelReplay replay =
        ModelReplay.of(Specs.topology(topology), FollowedRun.size(shape), Specs::machine);
    ModelReplay.Result result =
        replay.replay(FollowedRun.of(shape, Choices.ofSeed(seed), Story.untold()));
    assertTrue(result.divergence().isEmpty(), () -> result.divergence().orElseThrow());
  }

  /** Backends are killed meanwhile, and others follow them. */
  @ParameterizedTest
  @CsvSource({"false", "true"})
  void whatAServerDoesWhoseBackendsAreKilledIsInTheModel(boolean faults) {
    follow(new FollowedRun.Shape("multi-process", 2, 2, 2, false, faults, true, false));
  }

  /** A connection goes to another loop meanwhile. */
  @ParameterizedTest
  @CsvSource({
    "multi-thread, false, false",
    "multi-thread, true, false",
    "multi-thread, false, true",
    "reuseport, false, false",
    "reuseport, true, false",
    "reuseport, false, true"
  })
  void whatAServerDoesWhoseConnectionsMoveIsInTheModel(
      String topology, boolean late, boolean faults) {
    follow(new FollowedRun.Shape(topology, 2, 2, 2, late, faults, false, true));
  }

  /** Models that lack an effect, and a server that has it. */
  @ParameterizedTest(name = "{0}: {1} without {2}")
  @CsvSource({
    "single-thread, c0 leaving, loop0_owned",
    "single-thread, c0 serving REQUEST, c0_encoded",
    "single-thread, c0 serving RECEIVED, c0_held",
    "single-thread, c0 pausing, c0_yielded",
    "single-thread, told to drain, loop0_draining",
    "single-thread, loop0_listener listening, loop0_acceptBudget",
    "single-thread, loop0_listener accepting, c0_owner",
    "load-balanced, lowers its load, worker0_load",
    "load-balanced, asks for room, loop0_asked",
    "load-balanced, tells of its answer, c0_replyMail",
    "load-balanced, tells of its answer, loop0_mailbox_signalled",
    "multi-thread, acceptor_listener accepting, c0_handoff",
    "multi-thread, acceptor_listener accepting, loop1_mailbox_signalled",
    "multi-thread, feeder ended, loop0_feeders",
    "reuseport, '', runningLoops",
    "reuseport, connect to, c0_queued",
    "multi-process, front_listener accepting, c0_handoff",
    "multi-process, drain process0, process0_drainMessage",
    "multi-process, descriptor free, process0_answerMessage",
    "multi-process, process0_uplink receiving MESSAGE, backend0_drainMail",
    "multi-process, process0_control receiving MESSAGE, front_room",
    "multi-process, greets process0, process0_admitted",
    "multi-process, tells of the end of process0, process0_exitMail"
  })
  void anEffectThatTheModelLacksIsFound(String topology, String command, String variable) {
    requireFound(new FollowedRun.Shape(topology, 2, 2, 2, false, false), command, variable);
  }

  /** The same, where a connection goes to another loop. */
  @ParameterizedTest(name = "{0}: {1} without {2}")
  @CsvSource({
    "multi-thread, order loop0, loop0_orderMail",
    "multi-thread, gives 0, c0_rested",
    "multi-thread, sends 0, c0_owner",
    "multi-thread, takes 0, c0_tells",
    "multi-thread, c0 moving, c0_dirty",
    "multi-thread, hears of 0, c0_underway",
    "reuseport, sends 0, loop1_mailbox_signalled"
  })
  void anEffectOfMovesThatTheModelLacksIsFound(String topology, String command, String variable) {
    boolean late = variable.equals("c0_dirty");
    requireFound(
        new FollowedRun.Shape(topology, 2, 2, 2, late, false, false, true), command, variable);
  }

  private static void requireFound(FollowedRun.Shape shape, String command, String variable) {
    ModelReplay replay =
        ModelReplay.lacking(
            Specs.topology(shape.topology()),
            FollowedRun.size(shape),
            Specs::machine,
            command,
            variable);
    long seed = SEED;
    while (replay
        .replay(FollowedRun.of(shape, Choices.ofSeed(seed), Story.untold()))
        .divergence()
        .isEmpty()) {
      seed++;
      assertTrue(seed < SEED + RUNS, "no run differs");
    }
    System.out.printf(
        "replay: %s, %s without %s: found by run %d%n",
        shape.topology(), command, variable, seed - SEED + 1);
  }
}
