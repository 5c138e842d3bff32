package io.quintet.connection;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Which connections leave a busy loop, and for where. */
class LevelingRulesTest {
  private static final int THOUSANDTHS = 1000;

  /** Where each goes, hottest first. */
  private static int[] go(List<Integer> requests, List<Integer> loads) {
    Leveling leveling = new Leveling(requests.stream().mapToLong(each -> each).sum(), loads);
    return requests.stream().mapToInt(leveling::next).toArray();
  }

  @Test
  void eightThatAreEquallyHotAreSpreadOverFourLoops() {
    int[] to = go(Collections.nCopies(8, 100), List.of(0, 0, 0));
    for (int loop = -1; loop < 3; loop++) {
      int each = loop;
      assertEquals(2, IntStream.of(to).filter(one -> one == each).count(), "loop " + loop);
    }
  }

  @Test
  void oneThatIsAllTheWorkStays() {
    assertArrayEquals(new int[] {-1}, go(List.of(1_000), List.of(0)));
    assertArrayEquals(new int[] {-1, 0}, go(List.of(1_000, 10), List.of(20)));
  }

  @Test
  void whoHasNoRequestsStays() {
    assertArrayEquals(new int[] {0, -1, -1}, go(List.of(5, 5, 0), List.of(0)));
  }

  /** So that it ends: each that goes has the busiest of both loops less busy. */
  @Property
  void nobodyMakesAnotherLoopAsBusyAsItsOwnWas(
      @ForAll @Size(min = 1, max = 30) List<@IntRange(max = 1_000) Integer> requests,
      @ForAll @Size(min = 1, max = 4) List<@IntRange(max = 1_000) Integer> loads) {
    List<Integer> hottest = requests.stream().sorted(Collections.reverseOrder()).toList();
    long all = hottest.stream().mapToLong(each -> each).sum();
    double own = all;
    double[] others =
        loads.stream().mapToDouble(load -> (double) load * all / THOUSANDTHS).toArray();
    int[] to = go(hottest, loads);
    for (int i = 0; i < to.length; i++) {
      if (to[i] >= 0) {
        int count = hottest.get(i);
        assertTrue(others[to[i]] + count < own, hottest + " " + loads + " " + i);
        own -= count;
        others[to[i]] += count;
      }
    }
  }
}
