package io.quintet.specs.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.specs.Rule;
import io.quintet.specs.explore.model.ContentRule;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Content is read while it arrives, and its subscriber does what it likes: every state of that. */
class ContentTest {
  private static final int STATES_MAX = 1_000_000;

  /** Whether all mutants are tried, and not a draw. */
  private static final boolean ALL = System.getProperty("quintet.mutants") != null;

  /**
   * What they do differently makes no difference: nobody hears anything of content any more, and
   * what arrives of it is dropped in either state; a loop that is woken too often looks in vain,
   * and one that gives parts is awake.
   */
  private static final Set<String> SURVIVORS =
      Set.of(
          "request-content discarded CANCEL does wake",
          "request-content discarded END does wake",
          "request-content discarded INVALID does wake",
          "request-content discarded REQUEST does wake",
          "request-content discarded SUBSCRIBED does wake",
          "request-content eager END does wake",
          "request-content eager REQUEST does wake",
          "request-content ended END does wake",
          "request-content ending CANCEL does wake",
          "request-content ending CANCEL to discarded",
          "request-content ending CANCEL to discarded does wake",
          "request-content ending END does wake",
          "request-content ending INVALID to discarded",
          "request-content ending REQUEST does wake",
          "request-content ending SUBSCRIBED to discarded",
          "request-content idle END to discarded",
          "request-content subscribing END does wake",
          "request-content subscribing REQUEST does wake",
          "request-content subscribing SUBSCRIBED does wake",
          "request-content unread END does wake",
          "request-content wanted CANCEL does nothing",
          "request-content wanted END to discarded",
          "request-content wanted REQUEST does wake");

  private static List<Mutants.Mutant> mutants() {
    return ALL ? Mutants.of("request-content") : Mutants.draw("request-content", 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void eachPartThatIsAskedForIsGivenAndTheEndIsToldOnce(int parts) {
    Exploration.Found found = Exploration.exploreContent(parts, STATES_MAX);
    System.out.printf(
        "content in %d parts: %,d states, depth %d%n", parts, found.states(), found.depth());
    assertEquals(Optional.empty(), found.violation(), String.join("\n", found.trace()));
    assertTrue(found.complete());
  }

  @Test
  void eachMistakeInTheMachineIsFoundAndEachRuleFindsOne() {
    Set<String> survivors = new TreeSet<>();
    Set<ContentRule> rules = EnumSet.noneOf(ContentRule.class);
    int tried = 0;
    for (Mutants.Mutant mutant : mutants()) {
      if (Mutants.isRefused(mutant)) {
        continue;
      }
      tried++;
      Set<Rule> broken = Mutants.exploreContent(mutant, STATES_MAX).broken();
      if (broken.isEmpty()) {
        survivors.add(mutant.toString());
      }
      for (Rule rule : broken) {
        if (rule instanceof ContentRule of) {
          rules.add(of);
        }
      }
    }
    System.out.printf("%d mutants of request-content, %d survive%n", tried, survivors.size());
    Set<String> unexpected = new TreeSet<>(survivors);
    unexpected.removeAll(SURVIVORS);
    assertEquals(Set.of(), unexpected);
    assertTrue(!ALL || survivors.containsAll(SURVIVORS), "one of those that survive is found");
    assertEquals(EnumSet.allOf(ContentRule.class), rules);
  }
}
