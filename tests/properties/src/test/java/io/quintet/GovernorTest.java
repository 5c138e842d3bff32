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
      load(100, 100, 100, 0);
      looks(RULES.looks() - 1);
      load(50, 50, 50, 0);
      looks(1);
    }
    assertEquals(List.of(), changedTo);
  }

  /** Each look finds the load on one side or the other of the rules, for ten hours. */
  @Test
  void onTheEdgeOfRulesThereIsAtMostOneChangeAMinute() {
    for (long seed = 1; seed <= 3; seed++) {
      Random random = new Random(seed);
      for (int i = 0; i < 10 * 3_600 * 2 / 3; i += 4) {
        boolean high = random.nextBoolean();
        boolean waits = random.nextInt(3) == 0;
        load(high ? 75 : 30, high ? 76 : 40, high ? 75 : 30, waits ? 60 : 0);
        looks(4);
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
    looks(10 * 60 * 2);
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
    looks(RULES.looks() - 1);
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
    looks(RULES.looks());
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
    looks(RULES.looks() - 1);
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
