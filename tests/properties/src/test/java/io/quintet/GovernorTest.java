package io.quintet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import io.quintet.specs.Governing;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the governor decides by the rules that are shipped, by a clock that the test moves. */
class GovernorTest {
  private static final long NANOS_A_MILLI = 1_000_000;
  private static final Topology ADAPTIVE = Specs.topology("adaptive");
  private static final Governing RULES = ADAPTIVE.governor().orElseThrow();
  private static final Governing.Clear CLEAR = RULES.clear().orElseThrow();

  private static final System.Logger SILENT =
      (System.Logger)
          Proxy.newProxyInstance(
              GovernorTest.class.getClassLoader(),
              new Class<?>[] {System.Logger.class},
              (_, method, _) -> method.getReturnType() == boolean.class ? false : null);

  private long now;
  private final List<Long> changedAt = new ArrayList<>();
  private final List<String> changedTo = new ArrayList<>();
  private final Map<String, Long> figures = new HashMap<>(Map.of("processors", 4L));
  private Topology topology = ADAPTIVE;
  private boolean fails;
  private boolean drains;
  private long changes;

  /** What somebody else does between a look and the change that it leads to. */
  private Runnable meanwhile = () -> {};

  /** What somebody else does when a change is done. */
  private Runnable behind = () -> {};

  private final Kernel clock =
      (Kernel)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {Kernel.class},
              (_, method, arguments) -> {
                if (method.getName().equals("nanoTime")) {
                  return now;
                }
                if (method.getName().equals("logger")) {
                  return SILENT;
                }
                try {
                  return method.invoke(World.linux().kernel(), arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });

  private final Governor governor =
      new Governor(
          clock,
          RULES,
          new Governor.Governed() {
            @Override
            public Topology topology() {
              return topology;
            }

            @Override
            public Map<String, Long> figures() {
              return Map.copyOf(figures);
            }

            @Override
            public long changes() {
              return changes;
            }

            @Override
            public boolean serves() {
              return !drains;
            }

            @Override
            public boolean rearrange(Governing.Rule rule, long known) {
              meanwhile.run();
              if (drains || known != changes) {
                return false;
              }
              changedAt.add(now);
              if (fails) {
                throw new IllegalStateException("there is no descriptor left");
              }
              changedTo.add(rule.to());
              changeTo(rule.to());
              behind.run();
              return true;
            }
          });

  private void changeTo(String id) {
    topology = Specs.topology(id);
    changes++;
  }

  private void load(long busy, long threads, long cpu, long waiting) {
    figures.putAll(
        Map.of(
            "busyPercent", busy,
            "threadsPercent", threads,
            "cpuPercent", cpu,
            "waitingPercent", waiting));
  }

  private void looks(int count) {
    for (int i = 0; i < count; i++) {
      now += RULES.everyMillis() * NANOS_A_MILLI;
      governor.look();
    }
  }

  private void coolDown() {
    looks(RULES.coolDownMillis() / RULES.everyMillis() + 1);
  }

  @Test
  void aServerThatDoesLittleStaysAsItBegan() {
    load(3, 3, 2, 0);
    looks(1_000);
    assertEquals(List.of(), changedTo);
  }

  @Test
  void handlersThatWaitGetWorkersAndCheapOnesASecondLoop() {
    load(100, 100, 5, 95);
    looks(RULES.looks());
    assertEquals(List.of("load-balanced"), changedTo);
    coolDown();
    load(100, 210, 190, 9);
    looks(RULES.looks());
    coolDown();
    load(20, 30, 20, 10);
    looks(RULES.looks());
    assertEquals(List.of("load-balanced", "reuseport", "single-thread"), changedTo);
    assertEquals(
        "from reuseport to single-thread, since one thread is enough (cpuPercent 20,"
            + " threadsPercent 30)",
        governor.toMap().get("last"));
  }

  @Test
  void oneProcessorIsNotSharedByLoops() {
    figures.put("processors", 1L);
    load(100, 100, 100, 0);
    looks(100);
    assertEquals(List.of(), changedTo);
  }

  @Test
  void aPeakThatIsShorterThanTheLooksChangesNothing() {
    for (int i = 0; i < 100; i++) {
      load(80, 80, 80, 0);
      looks(RULES.looks() - 1);
      load(50, 50, 50, 0);
      looks(1);
      load(100, 100, 100, 0);
      looks(CLEAR.looks() - 1);
      load(50, 50, 50, 0);
      looks(1);
    }
    assertEquals(List.of(), changedTo);
  }

  @Test
  void whatIsClearNeedsFewerLooks() {
    load(100, 100, 5, 95);
    looks(CLEAR.looks());
    assertEquals(List.of("load-balanced"), changedTo);
  }

  @Test
  void onOneProcessorHandlersThatWaitNoMoreLeaveTheWorkers() {
    figures.put("processors", 1L);
    load(100, 100, 5, 95);
    looks(CLEAR.looks());
    load(100, 400, 60, 0); // workers are ready and wait for the one processor
    looks(CLEAR.coolDownMillis() / RULES.everyMillis() + 1);
    assertEquals(List.of("load-balanced", "single-thread"), changedTo);
  }

  /** Handlers that wait, and handlers that compute, in turns of three seconds, for ten minutes. */
  @Test
  void aLoadThatIsClearIsFollowedUpToABoundAMinute() {
    for (int i = 0; i < 200; i++) {
      boolean waits = i % 2 == 0;
      load(100, 100, waits ? 5 : 100, waits ? 95 : 0);
      looks(3_000 / RULES.everyMillis());
    }
    for (int i = 0; i < changedAt.size(); i++) {
      long at = changedAt.get(i);
      long within =
          changedAt.stream()
              .filter(other -> other >= at && other - at < 60_000 * NANOS_A_MILLI)
              .count();
      assertTrue(within <= CLEAR.most(), within + " changes in a minute");
    }
    assertTrue(changedTo.size() > 60, "it follows: " + changedTo.size() + " changes");
    assertEquals(List.of("load-balanced", "reuseport"), changedTo.subList(0, 2));
    assertTrue(
        changedAt.get(1) - changedAt.get(0) < 4_000 * NANOS_A_MILLI,
        "the second one does not wait for the cool-down");
  }

  @Test
  void afterAChangeBySomebodyElseOrOneThatFailedNothingIsClear() {
    looks(5);
    changeTo("multi-thread");
    looks(1);
    long by = now;
    fails = true;
    load(100, 100, 5, 95);
    looks(10 * 60_000 / RULES.everyMillis());
    assertTrue(changedAt.getFirst() - by >= 60_000 * NANOS_A_MILLI);
    assertTrue(changedAt.size() > 1);
    assertAMinuteApart();
  }

  @Test
  void whoChangesItRightBehindItIsNotTakenForItself() {
    behind = () -> changeTo("multi-thread");
    load(100, 100, 5, 95);
    looks(CLEAR.looks());
    behind = () -> {};
    assertEquals(List.of("load-balanced"), changedTo);
    looks(20_000 / RULES.everyMillis());
    assertEquals(List.of("load-balanced"), changedTo, "the change of somebody else stands");
  }

  @Test
  void itTellsWhatRunsNowSinceWhenWhyAndWhenItLooksNext() {
    looks(1);
    assertEquals("single-thread", governor.toMap().get("pattern"));
    assertEquals("it was started so", governor.toMap().get("because"));
    load(100, 100, 5, 95);
    looks(CLEAR.looks());
    load(100, 400, 5, 95);
    now += 2_000 * NANOS_A_MILLI;
    looks(1);
    now += 50 * NANOS_A_MILLI;
    Map<String, Object> told = governor.toMap();
    assertEquals(
        "load-balanced for 2.2 s, since handlers wait, and workers can wait side by side"
            + " (waitingPercent 95, busyPercent 100); next look in 0.1 s, and for 58 s only what"
            + " is clear changes it",
        told.get("now"));
    assertEquals(2_200L, told.get("sinceMillis"));
    assertEquals(100L, told.get("nextLookMillis"));
    List<?> decisions = (List<?>) told.get("decisions");
    assertEquals(1, decisions.size());
    assertEquals("load-balanced", ((Map<?, ?>) decisions.getFirst()).get("to"));
    assertTrue(told.get("transitions").toString().startsWith("governor: "), told.toString());
    changeTo("reuseport");
    looks(1);
    assertEquals("somebody else has changed it", governor.toMap().get("because"));
    assertEquals("reuseport", governor.toMap().get("pattern"));
  }

  /** Each look finds the load on one side or the other of the rules, for three hours. */
  @Test
  void onTheEdgeOfRulesThereIsAtMostOneChangeAMinute() {
    for (long seed = 1; seed <= 3; seed++) {
      Random random = new Random(seed);
      for (int i = 0; i < 3_600 * 1_000 / RULES.everyMillis(); i += RULES.looks()) {
        boolean high = random.nextBoolean();
        boolean waits = random.nextInt(3) == 0;
        load(high ? 75 : 30, high ? 76 : 40, high ? 75 : 30, waits ? 60 : 0);
        looks(RULES.looks());
      }
    }
    assertTrue(changedTo.size() > 100, "it follows the load: " + changedTo.size() + " changes");
    assertAMinuteApart();
  }

  private void assertAMinuteApart() {
    for (int i = 1; i < changedAt.size(); i++) {
      long apart = (changedAt.get(i) - changedAt.get(i - 1)) / NANOS_A_MILLI;
      assertTrue(apart >= 60_000, "two changes are " + apart + " ms apart");
    }
  }

  @Test
  void aChangeThatFailsIsNotTriedAgainAtOnceEither() {
    fails = true;
    load(100, 100, 100, 0);
    looks(10 * 60_000 / RULES.everyMillis());
    assertTrue(changedAt.size() > 1);
    assertAMinuteApart();
    assertEquals(
        "not from adaptive to reuseport: there is no descriptor left",
        governor.toMap().get("last"));
    assertEquals(0L, governor.toMap().get("changes"));
  }

  @Test
  void aChangeBySomebodyElseStandsForAMinuteToo() {
    looks(5);
    changeTo("multi-thread");
    load(20, 30, 20, 10);
    looks(1);
    long by = now;
    coolDown();
    looks(RULES.looks());
    assertEquals(List.of("single-thread"), changedTo);
    assertTrue(changedAt.getFirst() - by >= 60_000 * NANOS_A_MILLI);
  }

  @Test
  void aChangeBySomebodyElseThatLeadsBackStandsToo() {
    load(100, 100, 100, 0);
    looks(CLEAR.looks() - 1);
    changeTo("multi-thread");
    changeTo("single-thread");
    looks(1);
    assertEquals(List.of(), changedTo);
    long by = now;
    coolDown();
    looks(RULES.looks());
    assertEquals(List.of("reuseport"), changedTo);
    assertTrue(changedAt.getFirst() - by >= 60_000 * NANOS_A_MILLI);
  }

  @Test
  void aChangeBySomebodyElseBehindItsLookIsNotUndone() {
    load(100, 100, 100, 0);
    meanwhile = () -> changeTo("multi-thread");
    looks(CLEAR.looks());
    long by = now;
    meanwhile = () -> {};
    assertEquals(List.of(), changedTo);
    coolDown();
    looks(RULES.looks());
    assertEquals(List.of("reuseport"), changedTo);
    assertTrue(changedAt.getFirst() - by >= 60_000 * NANOS_A_MILLI);
  }

  @Test
  void itEndsWhereItsServerDrainsAndTriesNothing() {
    load(100, 100, 100, 0);
    looks(CLEAR.looks() - 1);
    drains = true;
    looks(1);
    assertTrue(governor.isEnded());
    looks(RULES.looks());
    assertEquals(List.of(), changedAt);
    assertEquals("", governor.toMap().get("last"));
  }

  @Test
  void aDrainBehindItsLookIsNoFailure() {
    load(100, 100, 100, 0);
    meanwhile = () -> drains = true;
    looks(RULES.looks());
    assertEquals("", governor.toMap().get("last"));
    looks(1);
    assertTrue(governor.isEnded());
  }

  @Test
  void itEndsWithItsServer() {
    governor.stop();
    governor.stop();
    assertTrue(governor.isEnded());
  }
}
