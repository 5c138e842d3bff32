package io.quintet.cli;

import io.quintet.Pattern;
import io.quintet.ffi.LinuxException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs servers one after the other through the same phases of load, several times.
 *
 * @param ids patterns, among them one that changes by itself
 * @param count how many runs of each
 * @param seconds length of each phase
 */
record PhaseRounds(List<String> ids, int count, double seconds) {
  private static final double NANOS_A_SECOND = 1e9;

  /** How long a part is of which rate and percentiles are told. */
  private static final double PART_SECONDS = 0.25;

  /** Of each phase before anything counts, while compilers are at work on both sides. */
  private static final double WARM_UP_SECONDS = 2;

  /** Measures, or ends with a sentence where a server has ended. */
  Map<String, List<PhaseRun>> measure(Optional<Cores> cores, PrintWriter err)
      throws IOException, InterruptedException {
    Map<String, List<PhaseRun>> runs = new LinkedHashMap<>();
    ids.forEach(id -> runs.put(id, new ArrayList<>()));
    if (cores.isPresent()) {
      cores.get().moveHere();
    }
    List<String> by = cores.map(Cores::starter).orElse(List.of());
    Map<String, Contender> contenders = new LinkedHashMap<>();
    int steps = ids.size() * (1 + (1 + count) * Phase.values().length);
    try (Progress progress = new Progress("quintet compare", steps, err)) {
      for (String id : ids) {
        progress.begin("starting " + id);
        contenders.put(id, new Contender(by, arguments(id)));
        progress.done();
      }
      for (String id : ids) {
        run(contenders, id, Math.min(seconds, WARM_UP_SECONDS), "warming up", progress);
      }
      for (int i = 1; i <= count; i++) {
        List<String> order = new ArrayList<>(ids);
        Collections.rotate(order, i - 1); // whatever else the machine does meets others each time
        for (String id : order) {
          String round = "run " + i + " of " + count;
          runs.get(id).add(run(contenders, id, seconds, round, progress));
        }
      }
      return runs;
    } finally {
      contenders.values().forEach(Contender::close);
    }
  }

  private static PhaseRun run(
      Map<String, Contender> contenders, String id, double seconds, String round, Progress progress)
      throws IOException, InterruptedException {
    Contender contender = contenders.get(id);
    PhaseRun run = new PhaseRun();
    int parts = (int) Math.max(Math.rint(seconds / PART_SECONDS), 2);
    for (Phase phase : Phase.values()) {
      progress.begin("%s: %s, %s".formatted(round, id, phase));
      try (LoadLoop load = new LoadLoop(phase.plan(contender.port()), 1)) {
        run.begin();
        List<LoadLoop.Result> results = load.runInParts((long) (seconds * NANOS_A_SECOND), parts);
        for (LoadLoop.Result each : results) {
          if (each.hasEnded()) {
            fail(contender, id, each.ended);
          }
        }
        run.add(phase, results);
      } catch (LinuxException e) {
        fail(contender, id, e.getMessage());
      }
      progress.done();
    }
    run.addDecisions(contender.stats());
    return run;
  }

  private static void fail(Contender contender, String id, String why) throws InterruptedException {
    Contender.awaitEnd(List.of(contender));
    throw new CommandException(id + ": " + contender.ended().orElse(why));
  }

  private static List<String> arguments(String id) {
    List<String> arguments =
        new ArrayList<>(List.of(id.endsWith(".json") ? "--topology" : "--pattern", id));
    if (id.equals(Pattern.LOAD_BALANCED.id())) {
      arguments.addAll(List.of("--workers", Integer.toString(Phase.CONNECTIONS)));
    }
    return arguments;
  }
}
