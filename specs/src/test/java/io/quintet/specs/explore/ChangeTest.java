package io.quintet.specs.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.specs.Rule;
import io.quintet.specs.explore.model.ChangeRule;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server changes its loops while clients come, and any step may fail: every state of that. */
class ChangeTest {
  private static final int STATES_MAX = 1_000_000;

  /** What they do differently makes no difference: nothing is there to be shared or undone. */
  private static final Set<String> SURVIVORS =
      Set.of(
          "rearrangement preparing FAILED to sharing does share",
          "rearrangement preparing FAILED to over does end",
          "rearrangement opening OPENED to sharing does share");

  @ParameterizedTest
  @CsvSource({"1, 1, 3", "1, 2, 3", "2, 1, 3", "1, 3, 2", "3, 1, 2", "2, 2, 2"})
  void noStepOfAChangeLosesAClient(int olds, int news, int clients) {
    Exploration.Found found = Exploration.exploreChange(olds, news, clients, STATES_MAX);
    System.out.printf(
        "from %d loops to %d with %d clients: %,d states%n", olds, news, clients, found.states());
    assertEquals(Optional.empty(), found.violation(), String.join("\n", found.trace()));
    assertTrue(found.complete());
  }

  @Test
  void eachMistakeInTheMachineIsFoundAndEachRuleFindsOne() {
    List<String> survivors = new ArrayList<>();
    Set<ChangeRule> rules = EnumSet.noneOf(ChangeRule.class);
    int tried = 0;
    for (Mutants.Mutant mutant : Mutants.of("rearrangement")) {
      if (Mutants.isRefused(mutant)) {
        continue;
      }
      tried++;
      Set<Rule> broken = Mutants.exploreChange(mutant, STATES_MAX).broken();
      if (broken.isEmpty()) {
        survivors.add(mutant.toString());
      }
      for (Rule rule : broken) {
        if (rule instanceof ChangeRule of) {
          rules.add(of);
        }
      }
    }
    System.out.printf("%d mutants of rearrangement, %d survive%n", tried, survivors.size());
    assertEquals(SURVIVORS, Set.copyOf(survivors));
    assertEquals(EnumSet.allOf(ChangeRule.class), rules);
  }
}
