package io.quintet.specs.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.specs.Rule;
import io.quintet.specs.explore.model.StreamRule;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A reply comes in parts, and its publisher does what it likes: every state of that. */
class StreamedTest {
  private static final int STATES_MAX = 1_000_000;

  /** Whether all mutants are tried, and not a draw. */
  private static final boolean ALL = System.getProperty("quintet.mutants") != null;

  /**
   * What they do differently makes no difference: the loop asks for the next part and finds the end
   * then; a publisher that has completed, or is none yet, hears nothing of a cancellation; the loop
   * is told by mail of what it has done itself.
   */
  private static final Set<String> SURVIVORS =
      Set.of(
          "streamed-reply last ENDED dropped",
          "streamed-reply broken ENDED dropped",
          "streamed-reply last CANCEL does nothing",
          "streamed-reply last ENDED does cancel",
          "streamed-reply complete CANCEL does nothing",
          "streamed-reply complete ENDED does cancel",
          "streamed-reply subscribing CANCEL does cancel",
          "streamed-reply subscribing GIVE_UP does tell",
          "streamed-reply waiting GIVE_UP does tell");

  private static List<Mutants.Mutant> mutants() {
    return ALL
        ? Mutants.of("streamed-reply")
        : Stream.of(1, 2).flatMap(n -> Mutants.draw("streamed-reply", n).stream()).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void eachPartIsEncodedOnceAndEachPublisherIsToldOfTheEnd(int parts) {
    Exploration.Found found = Exploration.exploreStream(parts, STATES_MAX);
    System.out.printf(
        "a reply in %d parts: %,d states, depth %d%n", parts, found.states(), found.depth());
    assertEquals(Optional.empty(), found.violation(), String.join("\n", found.trace()));
    assertTrue(found.complete());
  }

  @Test
  void eachMistakeInTheMachineIsFoundAndEachRuleFindsOne() {
    Set<String> survivors = new TreeSet<>();
    Set<StreamRule> rules = EnumSet.noneOf(StreamRule.class);
    int tried = 0;
    for (Mutants.Mutant mutant : mutants()) {
      if (Mutants.isRefused(mutant)) {
        continue;
      }
      tried++;
      Set<Rule> broken = Mutants.exploreStream(mutant, STATES_MAX).broken();
      if (broken.isEmpty()) {
        survivors.add(mutant.toString());
      }
      for (Rule rule : broken) {
        if (rule instanceof StreamRule of) {
          rules.add(of);
        }
      }
    }
    System.out.printf("%d mutants of streamed-reply, %d survive%n", tried, survivors.size());
    Set<String> unexpected = new TreeSet<>(survivors);
    unexpected.removeAll(SURVIVORS);
    assertEquals(Set.of(), unexpected);
    assertTrue(!ALL || survivors.containsAll(SURVIVORS), "one of those that survive is found");
    assertEquals(EnumSet.allOf(StreamRule.class), rules);
  }
}
