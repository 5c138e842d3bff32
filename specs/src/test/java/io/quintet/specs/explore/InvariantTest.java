package io.quintet.specs.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.specs.Machine;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import io.quintet.specs.explore.model.Bounds;
import java.io.StringReader;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What states say that holds where a machine rests in them is explored, and not only written. */
@Execution(ExecutionMode.CONCURRENT)
class InvariantTest {
  private static final int STATES_MAX = 1_000_000;

  /** Each says of one state what does not hold there. */
  @ParameterizedTest
  @CsvSource({
    "connection, idle, unsent, requests, IDLE",
    "connection, partial, unsent, requests, PARTIAL",
    "connection, awaiting, nothingOwed, requests, AWAITING",
    "connection, blocked, nothingUnsent, silence, BLOCKED",
    "connection, lingering, inSession, requests, LINGERING",
    "connection, handshaking, owed, handshakes, HANDSHAKING",
    "listener, listening, inHand, leaving, ACCEPTED_IS_PLACED",
    "listener, listening, inLine, leaving, PAUSED_STANDS_IN_LINE",
    "listener, paused, notInLine, leaving, LISTENING_WAITS_FOR_NONE",
  })
  void anInvariantThatDoesNotHoldIsFound(
      String machine, String state, String fact, String bounds, String rule) {
    JsonObject whole = JsonParser.parseString(Specs.text(machine)).getAsJsonObject();
    JsonArray wrong = new JsonArray();
    wrong.add(fact);
    whole
        .getAsJsonObject("states")
        .getAsJsonObject(state)
        .getAsJsonObject("meta")
        .add("invariant", wrong);
    Machine changed = SpecReader.machine(machine + ".json", new StringReader(whole.toString()));
    Mutants.Finding finding =
        Mutants.explore(
            changed, ExplorationTest.topology("single-thread"), Bounds.named(bounds), STATES_MAX);
    assertEquals(rule, finding.first().orElseThrow().name(), finding.toString());
  }

  @ParameterizedTest
  @CsvSource({"connection", "listener"})
  void eachFactIsSaidOfAState(String machine) {
    Machine of = Specs.machine(machine);
    Set<String> said =
        of.states().values().stream()
            .flatMap(state -> state.invariant().stream())
            .collect(Collectors.toSet());
    assertEquals(of.facts().keySet(), said);
  }

  @Test
  void aStateThatOnlyLeadsOnSaysNothing() {
    for (String machine : new String[] {"connection", "listener"}) {
      Specs.machine(machine)
          .states()
          .forEach(
              (name, state) ->
                  assertTrue(state.invariant().isEmpty() || state.interest().isPresent(), name));
    }
  }
}
