package io.quintet.specs.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.specs.Rule;
import io.quintet.specs.explore.model.TakeoverRule;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A server follows another, and each may hang or die at any moment: every state of that. */
class TakeoverTest {
  private static final int STATES_MAX = 4_000_000;

  private static final String BROKEN =
      """
      SOMEBODY_LISTENS | successor relieving RETRY does fail
      SERVES_ALL | successor keeping MORE to held does nothing
      TOLD_WHEN_SERVING | successor wanting BUSY to relieving does receive
      ASKED_IN_TIME | successor wanting AGAIN does receive
      TAKEN_WAS_LEFT | successor wanting BUSY to taken
      LEFT_IS_TAKEN | successor relieving GONE to failed
      START_ENDS | successor relieving SILENT to relieving does receive
      TAKEN_IS_CLOSED | successor relieving LISTENER does receive; relieving RETRY does drop
      SHARED_IS_CLOSED | predecessor leaving LISTENER does release
      ONE_IS_RELIEVED | predecessor relieved RELIEVED to parted does relieve
      GIVEN_TO_ONE | predecessor leaving LISTENER does release
      NAME_IS_FREE | predecessor giving RELIEVED does answer; leaving RELIEVED does free
      RELIEVED_IS_TOLD | predecessor giving WANTED to parted does relieve
      ASKED_IS_GIVEN | predecessor giving WANTED does nothing
      PASSING_COSTS_NOTHING | predecessor leaving LATER to parting does hangUp
      CONVERSATION_ENDS | predecessor offering PARTED to refused
      PLACE_IS_FREED | predecessor giving PARTED does part
      """;

  private static List<Mutants.Mutant> mutants() {
    int draw = Integer.getInteger("quintet.mutants", 1);
    return Stream.of("successor", "predecessor")
        .flatMap(id -> Mutants.draw(id, draw).stream())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 2", "2, 1, 1", "1, 2, 0"})
  void atNoMomentOfATakeoverDoesNobodyListen(int listeners, int others, int troubles) {
    Exploration.Found found = Exploration.exploreTakeover(listeners, others, troubles, STATES_MAX);
    System.out.printf(
        "a takeover, %s: %,d states, depth %d, %.1f s%n",
        found.bounds(), found.states(), found.depth(), found.seconds());
    assertEquals(Optional.empty(), found.violation(), String.join("\n", found.trace()));
    assertTrue(found.complete());
  }

  private static Stream<String> broken() {
    return BROKEN.lines();
  }

  @ParameterizedTest
  @MethodSource("broken")
  void aRuleIsBrokenByAMachineThatIs(String line) {
    List<String> row = Stream.of(line.split("\\|")).map(String::strip).toList();
    Mutants.Finding finding = Mutants.exploreTakeover(RuleTest.machine(row.get(1)), STATES_MAX);
    assertTrue(finding.broken().contains(TakeoverRule.valueOf(row.get(0))), finding.toString());
  }

  @Test
  void eachRuleIsBrokenOnce() {
    Set<TakeoverRule> rules = EnumSet.noneOf(TakeoverRule.class);
    broken()
        .map(line -> TakeoverRule.valueOf(line.substring(0, line.indexOf('|')).strip()))
        .forEach(rules::add);
    assertEquals(EnumSet.allOf(TakeoverRule.class), rules);
  }

  /** Of all mutants that is for MutantsTest; this tries a draw, where it is asked for. */
  @Test
  @EnabledIfSystemProperty(named = "quintet.mutants", matches = ".+")
  void eachMistakeInTheMachinesIsFound() {
    Map<TakeoverRule, String> rules = new EnumMap<>(TakeoverRule.class);
    Set<String> survivors = new TreeSet<>();
    int tried = 0;
    for (Mutants.Mutant mutant : mutants()) {
      if (Mutants.isRefused(mutant)) {
        continue;
      }
      tried++;
      Mutants.Finding finding = Mutants.exploreTakeover(mutant, STATES_MAX);
      if (finding.broken().isEmpty()) {
        survivors.add(mutant.toString());
      }
      for (Rule rule : finding.broken()) {
        if (rule instanceof TakeoverRule of) {
          rules.putIfAbsent(of, mutant.toString());
        }
      }
    }
    System.out.printf("%d mutants of a takeover, %d survive%n", tried, survivors.size());
    survivors.forEach(survivor -> System.out.println("survives: " + survivor));
    rules.forEach((rule, mutant) -> System.out.println(rule.name() + " | " + mutant));
  }
}
