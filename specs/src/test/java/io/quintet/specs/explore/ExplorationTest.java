package io.quintet.specs.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.specs.Machine;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import java.io.StringReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every state within small bounds keeps the rules; {@code quintet spec explore} does them all. */
@Execution(ExecutionMode.CONCURRENT)
class ExplorationTest {
  /** An action that nothing performs would be refused. */
  private static final String WITH_SIGNAL =
      "\"WAKE\": { \"target\": \"loaded\", \"actions\": \"signal\"";

  private static final int STATES_MAX = 300_000;

  @ParameterizedTest
  @CsvSource({
    "single-thread, requests",
    "single-thread, faults",
    "single-thread, silence",
    "single-thread, parts",
    "single-thread, content",
    "load-balanced, requests",
    "load-balanced, clients",
    "load-balanced, silence",
    "multi-thread, limits",
    "reuseport, faults",
    "multi-process, trouble"
  })
  void noStateBreaksARuleAndTheEndAlwaysComes(String topology, String bounds) {
    Exploration.Found found = Exploration.explore(Specs.topology(topology), bounds, STATES_MAX);
    assertEquals("", found.violation(), String.join("\n", found.trace()));
    assertTrue(found.complete());
  }

  @Test
  void aLostWakeUpIsFoundWithTheShortestWayToIt() {
    Machine broken =
        SpecReader.machine(
            "mailbox-wakeup.json",
            new StringReader(
                Specs.text("mailbox-wakeup")
                    .replace(", \"actions\": \"signal\"", "")
                    .replace("\"WAKE\": { \"target\": \"loaded\"", WITH_SIGNAL)));
    Explorer.Result result =
        Explorer.explore(
            Composition.of(
                Specs.topology("load-balanced"),
                Bounds.ALL.getFirst(),
                id -> id.equals("mailbox-wakeup") ? broken : Specs.machine(id)),
            STATES_MAX);
    assertFalse(result.violation().isEmpty());
    assertFalse(result.trace().isEmpty());
  }
}
