package io.quintet.specs.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.specs.Machine;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import io.quintet.specs.explore.engine.Explorer;
import io.quintet.specs.explore.model.Bounds;
import io.quintet.specs.explore.model.Composition;
import io.quintet.specs.explore.model.ServerRule;
import java.io.StringReader;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  private static final int STATES_MAX = 2_000_000;

  @ParameterizedTest
  @CsvSource({
    "single-thread, clients",
    "single-thread, requests",
    "single-thread, pipeline",
    "single-thread, trouble",
    "single-thread, faults",
    "single-thread, silence",
    "single-thread, parts",
    "single-thread, content",
    "single-thread, handshakes",
    "single-thread, upheaval",
    "single-thread, pair",
    "single-thread, seats",
    "single-thread, together",
    "single-thread, age",
    "single-thread, sessions",
    "single-thread, broadcasts",
    "single-thread, upgrades",
    "load-balanced, clients",
    "load-balanced, requests",
    "load-balanced, silence",
    "load-balanced, age",
    "load-balanced, burst",
    "load-balanced, upheaval",
    "load-balanced, standstill",
    "load-balanced, listeners",
    "load-balanced/shared, clients",
    "load-balanced/shared, queues",
    "load-balanced/bounded, queues",
    "load-balanced/bounded, upheaval",
    "load-balanced/stealing, clients",
    "load-balanced/stealing, upheaval",
    "load-balanced/reserved, queues",
    "load-balanced/reserved, clients",
    "multi-thread, limits",
    "multi-thread, silence",
    "multi-thread, shortage",
    "multi-thread, moves",
    "multi-thread, ways",
    "multi-thread, detours",
    "multi-thread, byways",
    "multi-thread, journeys",
    "reuseport, faults",
    "reuseport, aborts",
    "reuseport, shortage",
    "reuseport, pair",
    "reuseport, seats",
    "reuseport, together",
    "multi-process, clients",
    "multi-process, trouble",
    "multi-process, faults",
    "multi-process, leaving",
    "multi-process, seats"
  })
  void noStateBreaksARuleAndTheEndAlwaysComes(String topology, String bounds) {
    Exploration.Found found = Exploration.explore(topology(topology), bounds, STATES_MAX);
    assertEquals(Optional.empty(), found.violation(), String.join("\n", found.trace()));
    assertTrue(found.complete());
  }

  /** A topology by its id, perhaps with another policy behind a slash. */
  static Topology topology(String name) {
    int slash = name.indexOf('/');
    return slash < 0
        ? Specs.topology(name)
        : Specs.topology(name.substring(0, slash)).withPolicy(name.substring(slash + 1));
  }

  @Test
  void aLostWakeUpIsFoundWithTheShortestWayToIt() {
    Explorer.Result result =
        broken(
            "load-balanced",
            "clients",
            "mailbox-wakeup",
            text ->
                text.replace(", \"actions\": \"signal\"", "")
                    .replace("\"WAKE\": { \"target\": \"loaded\"", WITH_SIGNAL));
    assertEquals(Optional.of(ServerRule.END_COMES), result.violation());
    assertFalse(result.participants().isEmpty());
    assertFalse(result.trace().isEmpty());
  }

  /** The drain takes up what waits, so that the end comes: what is wrong is the time until then. */
  @Test
  void aListenerThatNeverAcceptsAgainIsFound() {
    Explorer.Result result =
        broken(
            "reuseport",
            "limits",
            "listener",
            text ->
                changed(
                    changed(
                        text,
                        "\"TURN\": { \"target\": \"accepting\", \"actions\": \"accept\" },\n"
                            + "        \"ROOM\": { \"target\": \"paused\" }",
                        "\"TURN\": { \"target\": \"paused\" },\n"
                            + "        \"ROOM\": { \"target\": \"paused\" }"),
                    "\"DUE\": { \"target\": \"accepting\", \"actions\": \"accept\" }",
                    "\"DUE\": { \"target\": \"paused\" }"));
    assertEquals(Optional.of(ServerRule.WHO_WAITS_IS_ACCEPTED), result.violation());
  }

  @Test
  void aDrainThatClosesIdleConnectionsAtOnceIsFound() {
    Explorer.Result result =
        broken(
            "single-thread",
            "clients",
            "connection",
            text -> {
              int idle = text.indexOf("\"idle\": {");
              return text.substring(0, idle)
                  + changed(
                      text.substring(idle),
                      "\"DRAIN\": { \"target\": \"parting\", \"actions\": \"read\" }",
                      "\"DRAIN\": { \"target\": \"closed\", \"actions\": \"close\" }");
            });
    assertEquals(Optional.of(ServerRule.READ_TO_ITS_END), result.violation());
  }

  private static String changed(String text, String right, String wrong) {
    assertTrue(text.contains(right), right);
    return text.replaceFirst(Pattern.quote(right), Matcher.quoteReplacement(wrong));
  }

  private static Explorer.Result broken(
      String topology, String bounds, String id, UnaryOperator<String> change) {
    Machine machine =
        SpecReader.machine(id + ".json", new StringReader(change.apply(Specs.text(id))));
    return Explorer.explore(
        Composition.of(
            Specs.topology(topology),
            Bounds.named(bounds),
            other -> other.equals(id) ? machine : Specs.machine(other)),
        STATES_MAX);
  }
}
