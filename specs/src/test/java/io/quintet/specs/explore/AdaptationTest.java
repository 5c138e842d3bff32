package io.quintet.specs.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.specs.Rule;
import io.quintet.specs.explore.model.AdaptationRule;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server changes by itself, others change it too, and it drains: every state of that. */
class AdaptationTest {
  private static final int STATES_MAX = 1_000_000;

  /**
   * What they do differently makes no difference: it looks once more whether somebody else has
   * changed the server, and finds what it found, at once or with its next look. The last three do
   * not follow a load that changes clearly, which the model leaves to chance: {@code GovernorTest}
   * has a load that must be followed.
   */
  private static final Set<String> SURVIVORS =
      Set.of(
          "governor observing DISPLACED to waiting does wait",
          "governor waiting DISPLACED to observing does observe",
          "governor waiting DISPLACED to watching does nothing",
          "governor waiting DUE to resting does nothing",
          "governor waiting DUE to resting does rest",
          "governor waiting DUE to waiting does wait");

  @ParameterizedTest
  @CsvSource({"1, 0", "1, 2", "2, 3", "3, 2"})
  void aChangeHasItsReasonAndItsTime(int looks, int coolDown) {
    Exploration.Found found = Exploration.exploreAdaptation(looks, coolDown, STATES_MAX);
    System.out.printf(
        "%d looks, a cool-down of %d: %,d states, depth %d, %.1f s%n",
        looks, coolDown, found.states(), found.depth(), found.seconds());
    assertEquals(Optional.empty(), found.violation(), String.join("\n", found.trace()));
    assertTrue(found.complete());
  }

  @Test
  void eachMistakeInTheMachineIsFoundAndEachRuleFindsOne() {
    Set<String> survivors = new TreeSet<>();
    Set<AdaptationRule> rules = EnumSet.noneOf(AdaptationRule.class);
    int tried = 0;
    for (Mutants.Mutant mutant : Mutants.of("governor")) {
      if (Mutants.isRefused(mutant)) {
        continue;
      }
      tried++;
      Set<Rule> broken = Mutants.exploreAdaptation(mutant, STATES_MAX).broken();
      if (broken.isEmpty()) {
        survivors.add(mutant.toString());
      }
      for (Rule rule : broken) {
        if (rule instanceof AdaptationRule of) {
          rules.add(of);
        }
      }
    }
    System.out.printf("%d mutants of governor, %d survive%n", tried, survivors.size());
    assertEquals(SURVIVORS, survivors);
    assertEquals(EnumSet.allOf(AdaptationRule.class), rules);
  }
}
