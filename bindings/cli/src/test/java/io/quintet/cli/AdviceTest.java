package io.quintet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which pattern is advised for what was measured, and with which reasons. */
class AdviceTest {
  private final Map<String, Advice.Candidate> candidates = new LinkedHashMap<>();

  private void measured(String id, List<Double> rates, List<Double> medians, List<Double> tails) {
    measured(id, rates, Map.of(50.0, medians, 99.0, tails));
  }

  private void measured(String id, List<Double> rates, Map<Double, List<Double>> latencies) {
    long tail = latencies.get(99.0).getFirst().longValue();
    candidates.put(id, new Advice.Candidate(rates, latencies, tail, 1));
  }

  private static List<Double> each(double... values) {
    return Arrays.stream(values).boxed().toList();
  }

  private String advice() {
    return String.join("\n", Advice.of(candidates, false).sentences());
  }

  @Test
  void theFastestIsTaken() {
    measured("one", each(100, 101, 99), each(9, 9, 9), each(20, 20, 20));
    measured("many", each(200, 202, 198), each(9, 9, 9), each(20, 20, 20));
    assertTrue(advice().startsWith("Take many: 200 requests a second"), advice());
    assertTrue(advice().contains("one answered 0.50 times as many requests."), advice());
    assertTrue(advice().contains("the next one has 50 % of its rate"), advice());
  }

  @Test
  void ofThoseWithinTheNoiseTheSimplestIsTaken() {
    measured("one", each(100, 90, 110), each(9, 9, 9), each(20, 20, 20));
    measured("many", each(108, 85, 112), each(8, 9, 9), each(20, 20, 20));
    assertTrue(advice().startsWith("Take one: "), advice());
    assertTrue(advice().contains("(± 13 %) it is equal to many"), advice());
  }

  @Test
  void whoIsSlowerInEveryRoundIsSlowerHoweverTheRoundsDiffer() {
    measured("one", each(100, 50, 200), each(9, 9, 9), each(20, 20, 20));
    measured("many", each(120, 60, 230), each(9, 9, 9), each(20, 20, 20));
    assertTrue(advice().startsWith("Take many: "), advice());
    assertTrue(advice().contains("one answered 0.83 times as many requests."), advice());
  }

  @Test
  void ofEquallyFastOnesTheOneThatAnswersLaterInEveryRoundIsLeft() {
    measured("one", each(100, 100, 100), each(900, 800, 300), each(20, 20, 20));
    measured("many", each(100, 100, 100), each(90, 400, 100), each(20, 20, 20));
    assertTrue(advice().startsWith("Take many: "), advice());
    assertTrue(advice().contains("later in every round: one (p50 3.0 times as long)"), advice());
  }

  @Test
  void aLongTailInMostRoundsIsNoise() {
    measured("one", each(100, 100, 100), each(9, 9, 9), each(900, 800, 20));
    measured("many", each(100, 100, 100), each(9, 9, 9), each(90, 100, 30));
    assertTrue(advice().startsWith("Take one: "), advice());
  }

  /** A shorter median and a longer tail is a choice, which the figures leave to the reader. */
  @Test
  void whoAnswersSoonerHereAndLaterThereIsNotLeft() {
    measured("one", each(100, 100, 100), each(9, 9, 9), each(900, 900, 900));
    measured("many", each(100, 100, 100), each(90, 90, 90), each(90, 90, 90));
    assertTrue(advice().startsWith("Take one: "), advice());
    assertTrue(
        advice()
            .contains(
                "many has its p50 10.0 times as long, but one has its p99 10.0 times as long"),
        advice());
  }

  @Test
  void whoBeatEachOtherInACircleAreAllLeft() {
    List<Double> rates = each(100, 100, 100);
    measured(
        "one",
        rates,
        Map.of(50.0, each(16, 16, 16), 90.0, each(12, 12, 12), 99.0, each(10, 10, 10)));
    measured(
        "two",
        rates,
        Map.of(50.0, each(10, 10, 10), 90.0, each(16, 16, 16), 99.0, each(12, 12, 12)));
    measured(
        "three",
        rates,
        Map.of(50.0, each(12, 12, 12), 90.0, each(10, 10, 10), 99.0, each(16, 16, 16)));
    assertTrue(advice().startsWith("Take one: "), advice());
  }

  @Test
  void aMachineThatDoesOtherThingsIsSaidSo() {
    measured("one", each(100, 50, 150), each(9, 9, 9), each(20, 20, 20));
    measured("many", each(100, 100, 100), each(9, 9, 9), each(20, 20, 20));
    assertTrue(advice().contains("Not sure: the rounds differ by more than a quarter"), advice());
  }

  @Test
  void theSpreadIsWhatTheRoundsDifferToEitherSide() {
    assertEquals(0.1, Advice.spread(each(90, 100, 110)));
    assertEquals(0, Advice.spread(each(0, 0)));
  }
}
