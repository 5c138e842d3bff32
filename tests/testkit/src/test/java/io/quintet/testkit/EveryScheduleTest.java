package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertNull;

import io.quintet.Pattern;
import io.quintet.testkit.EnumeratedChoices.Bounds;
import io.quintet.testkit.Scenario.Client;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The implementation is model-checked: small scenarios run through every order of threads within
 * bounds, and every single call that fails. {@code -Dquintet.preemptions=2} goes further than a
 * build does.
 */
@Execution(ExecutionMode.CONCURRENT)
class EveryScheduleTest {
  private static final int PREEMPTIONS = Integer.getInteger("quintet.preemptions", 1);

  static List<Scenario> scenarios() {
    List<Scenario> all = new ArrayList<>();
    Client whole = new Client("a\nb\n", SimulatedClient.End.HALF_CLOSE);
    Client closing = new Client("c\n", SimulatedClient.End.CLOSE);
    for (String id : Stream.of(Pattern.values()).map(Pattern::id).toList()) {
      all.add(new Scenario(id, id, List.of(whole, closing), false, false, Map.of()));
    }
    return all;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scenarios")
  void everyOrderOfThreadsKeepsTheRules(Scenario scenario) {
    report(scenario, new Bounds(PREEMPTIONS, 1, 0));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scenarios")
  void everyCallMayFail(Scenario scenario) {
    report(scenario, new Bounds(PREEMPTIONS - 1, 0, 1));
  }

  private static void report(Scenario scenario, Bounds bounds) {
    long began = System.nanoTime();
    Scenario.Result result = scenario.check(bounds);
    System.out.printf(
        "%s, %s: %,d runs, %.1f s%n",
        scenario.name(), bounds, result.runs(), (System.nanoTime() - began) / 1e9);
    assertNull(result.violation(), () -> result.violation().getMessage() + "\n" + result.story());
  }
}
