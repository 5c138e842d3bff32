package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.kernel.Interleaving;
import io.quintet.testkit.EnumeratedChoices.Bounds;
import io.quintet.testkit.Scenario.Client;
import io.quintet.testkit.SimulatedClient.End;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The implementation is model-checked, not a model of it: small scenarios run through every order
 * of threads within bounds, and every single call that fails. {@code -Dquintet.preemptions=2} and
 * {@code -Dquintet.departures=1} go further than a build does, {@code -Dquintet.scenario=NAME} asks
 * for those of a name. Arrangements whose workers take from queues have so many orders that a build
 * goes through those of their drains alone; {@code -Dquintet.scenario=queue}, {@code stealing} and
 * {@code reserved} go through all.
 */
@Execution(ExecutionMode.CONCURRENT)
class EveryScheduleTest {
  private static final int PREEMPTIONS = Integer.getInteger("quintet.preemptions", 1);
  private static final int DEPARTURES = Integer.getInteger("quintet.departures", 0);

  /** Arrangements whose workers take from queues that others use too. */
  private static final List<String> QUEUED =
      List.of("shared-queue", "bounded-queues", "stealing-workers", "reserved-workers");

  private static final int MANY = 64;

  /** What a front needs to accept one connection; its backend then has room for three. */
  private static final int FEW = 6;

  static List<Scenario> scenarios() {
    List<Scenario> all = new ArrayList<>();
    Client whole = new Client("a\nb\n", End.HALF_CLOSE);
    Client closing = new Client("c\n", End.CLOSE);
    Client gone = new Client("d\n", End.RESET);
    Client long60 = new Client("0123456789".repeat(6) + "\n", End.CLOSE);
    for (String id : topologies()) {
      String name = Path.of(id).getFileName().toString().replace(".json", "");
      all.add(new Scenario(name, id, List.of(whole, closing), false, false, MANY, Map.of()));
      all.add(
          new Scenario(name + " late", id, List.of(whole, closing), true, false, MANY, Map.of()));
      all.add(
          new Scenario(name + " drain", id, List.of(whole, closing), false, true, MANY, Map.of()));
      all.add(new Scenario(name + " reset", id, List.of(whole, gone), true, false, MANY, Map.of()));
      all.add(
          new Scenario(
              name + " narrow",
              id,
              List.of(long60, whole),
              false,
              false,
              MANY,
              Map.of("highWatermarkBytes", 8, "lowWatermarkBytes", 4, "workerQueueMax", 1)));
    }
    Client silent = new Client("e", End.SILENT);
    List<Client> crowd = List.of(silent, silent, silent, closing);
    Map<String, Object> one =
        Map.of("backends", 1, "drainTimeoutMillis", 600_000, "requestTimeoutMillis", 1_000);
    all.add(new Scenario("multi-process full", "multi-process", crowd, false, false, FEW, one));
    return only(all);
  }

  private static List<String> topologies() {
    return Stream.of(Arrangements.values()).flatMap(some -> Stream.of(some.topologies())).toList();
  }

  /** Those whose orders a build goes through. */
  static List<Scenario> ordered() {
    return scenarios().stream()
        .filter(
            scenario ->
                !System.getProperty("quintet.scenario", "").isEmpty()
                    || scenario.name().endsWith(" drain")
                    || QUEUED.stream().noneMatch(scenario.name()::startsWith))
        .toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ordered")
  void everyOrderOfThreadsKeepsTheRules(Scenario scenario) {
    report(scenario, new Bounds(PREEMPTIONS, DEPARTURES, 0));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scenarios")
  void everyCallMayFail(Scenario scenario) {
    report(scenario, new Bounds(PREEMPTIONS - 1, DEPARTURES, 1));
  }

  private static List<Scenario> only(List<Scenario> all) {
    String wanted = System.getProperty("quintet.scenario", "");
    return all.stream().filter(scenario -> scenario.name().contains(wanted)).toList();
  }

  private static void report(Scenario scenario, Bounds bounds) {
    assertTrue(Interleaving.isOn(), "-Dquintet.interleaving=true is missing");
    long began = System.nanoTime();
    Scenario.Result result = scenario.check(bounds);
    System.out.printf(
        "every schedule: %s, %s: %,d runs, %.1f s%n",
        scenario.name(), bounds, result.runs(), (System.nanoTime() - began) / 1e9);
    assertNull(result.violation(), () -> result.violation().getMessage() + "\n" + result.story());
  }

  /** What the enumeration itself does: each way once, and none but those within the bounds. */
  @Test
  void everyWayIsGoneOnce() {
    EnumeratedChoices choices = new EnumeratedChoices(new Bounds(1, 0, 1));
    List<String> ways = new ArrayList<>();
    do {
      choices.begin();
      choices.open(true);
      StringBuilder way = new StringBuilder();
      for (int call = 0; call < 2; call++) {
        boolean interrupted = choices.interrupts(1);
        way.append(interrupted ? choices.next(2, true) : 0);
        way.append(choices.error(0, 1));
      }
      ways.add(way.toString());
    } while (choices.advance());
    List<String> expected =
        List.of("0000", "0001", "0010", "0011", "0100", "0110", "1000", "1001", "1100");
    assertEquals(expected, ways);
  }

  @Test
  void aRunIsHadAgainByItsWay() {
    Scenario scenario = scenarios().getFirst();
    String story = scenario.story(new Bounds(1, 1, 0), new int[] {0, 0, 0, 1});
    assertNotNull(story);
    assertEquals(story, scenario.story(new Bounds(1, 1, 0), new int[] {0, 0, 0, 1}));
  }
}
