package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A few simulated runs of each arrangement, ended by the first that breaks a rule: what {@code
 * tests/mutation} makes of the server with each mutant of its code that no test finds which goes
 * step by step.
 */
class BriefRunsTest {
  /** Runs of one test: few, so that a mutant is tried only by those that come to its line. */
  private static final int RUNS = 10;

  /** Likewise where they are encrypted, which takes long. */
  private static final int SECURED = 2;

  /** How much further than in each build. */
  private static final int FURTHER = Integer.getInteger("quintet.further", 1);

  /** Name of the tests to run; empty for all. */
  private static final String ONLY = System.getProperty("quintet.only", "");

  /**
   * Some runs.
   *
   * @param service what is served
   * @param topology id or file
   * @param seed of the first
   * @param runs how many
   */
  record Some(Services service, String topology, long seed, int runs) {
    @Override
    public String toString() {
      return service.id() + "/" + topology.replaceFirst(".*/", "") + "/" + seed;
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("runs")
  void noRunBreaksARule(Some some) {
    assertNull(some.service.under(some.topology).seed(some.seed).runs(some.runs).firstViolation());
  }

  static Stream<Some> runs() {
    List<Some> all = new ArrayList<>();
    for (Arrangements arrangements : Arrangements.values()) {
      for (String topology : arrangements.topologies()) {
        add(all, Services.LINES, topology, 1);
        add(all, Services.STREAMING_HTTP, topology, 1);
      }
    }
    for (String topology : Arrangements.PATTERNS.topologies()) {
      add(all, Services.CROWDED_LINES, topology, 1);
      add(all, Services.WEBSOCKET, topology, 1);
      add(all, Services.REARRANGED_LINES, topology, 1);
      all.add(new Some(Services.SECURE_LINES, topology, 1, SECURED));
    }
    for (ActionBug bug : ActionBug.values()) { // what few runs come to
      if (!bug.kept().isEmpty()) {
        bug.topologies()
            .forEach(
                topology ->
                    all.add(new Some(Services.LINES, topology, Long.parseLong(bug.kept()), 1)));
      }
    }
    return all.stream().filter(some -> ONLY.isEmpty() || some.toString().matches(ONLY));
  }

  private static void add(List<Some> all, Services service, String topology, int tests) {
    for (int i = 0; i < tests * FURTHER; i++) {
      all.add(new Some(service, topology, 1 + (long) i * RUNS, RUNS));
    }
  }
}
