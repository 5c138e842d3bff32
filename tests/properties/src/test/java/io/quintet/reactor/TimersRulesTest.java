package io.quintet.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When deadlines pass, and whose does next, on a clock of numbers. */
class TimersRulesTest {
  private static final int IDLE = Deadline.IDLE.ordinal();
  private static final int REQUEST = Deadline.REQUEST.ordinal();
  private static final int NEVER = Deadline.LINGER.ordinal();
  private static final long LENGTH = 1_280;

  /** The {@link #LENGTH} and a 128th of it. */
  private static final long END = 1_290;

  private final Timers timers = new Timers(lengths());
  private final List<Integer> passed = new ArrayList<>();

  private static long[] lengths() {
    long[] lengths = new long[Deadline.values().length];
    lengths[IDLE] = LENGTH;
    lengths[REQUEST] = 256;
    return lengths;
  }

  private List<Integer> expire(long time) {
    passed.clear();
    assertEquals(timers.expire(time, passed::add), passed.size());
    return List.copyOf(passed);
  }

  @Test
  void aDeadlinePassesAtItsEndAndOnce() {
    timers.arm(3, IDLE, 0);
    assertEquals(IDLE, timers.kind(3));
    assertEquals(1, timers.count(Deadline.IDLE));
    assertEquals(3, timers.first(Deadline.IDLE));
    assertEquals(END, timers.nanosToNext(0));
    assertEquals(1, timers.nanosToNext(END - 1));
    assertEquals(0, timers.nanosToNext(END + 5));
    assertEquals(List.of(), expire(END - 1));
    assertEquals(List.of(3), expire(END));
    assertEquals(List.of(), expire(END));
    assertEquals(Timers.NO_DEADLINE, timers.kind(3));
    assertEquals(0, timers.count(Deadline.IDLE));
    assertEquals(Timers.NO_SLOT, timers.first(Deadline.IDLE));
    assertEquals(Long.MAX_VALUE, timers.nanosToNext(END));
  }

  @Test
  void oneThatIsArmedAnewKeepsItsPlaceWithinTheSlack() {
    timers.arm(1, IDLE, 0);
    timers.arm(2, IDLE, 1);
    timers.arm(1, IDLE, END - LENGTH);
    assertEquals(1, timers.first(Deadline.IDLE), "as much is left as its length");
    assertEquals(END, timers.nanosToNext(0));
    timers.arm(1, IDLE, END - LENGTH + 1);
    assertEquals(2, timers.first(Deadline.IDLE));
    assertEquals(2, timers.count(Deadline.IDLE));
    assertEquals(List.of(2), expire(END + 1));
    assertEquals(List.of(1), expire(END - LENGTH + 1 + END));
  }

  @Test
  void anotherKindTakesThePlaceOfTheFirst() {
    timers.arm(1, IDLE, 0);
    timers.arm(1, REQUEST, 0);
    assertEquals(0, timers.count(Deadline.IDLE));
    assertEquals(1, timers.count(Deadline.REQUEST));
    assertEquals(258, timers.nanosToNext(0));
    assertEquals(List.of(1), expire(258));
    assertEquals(List.of(), expire(END));
  }

  @Test
  void whatNeverPassesEndsWhatRan() {
    timers.arm(1, IDLE, 0);
    timers.arm(1, NEVER, 0);
    assertEquals(Timers.NO_DEADLINE, timers.kind(1));
    timers.arm(2, NEVER, 0, 5);
    assertEquals(Timers.NO_DEADLINE, timers.kind(2));
    assertEquals(0, timers.count(Deadline.LINGER));
    assertEquals(0, timers.left(2, 0));
  }

  @Test
  void whoeverIsDisarmedLeavesTheOthersInOrder() {
    for (int slot = 1; slot <= 5; slot++) {
      timers.arm(slot, IDLE, slot);
    }
    timers.disarm(3);
    timers.disarm(1);
    timers.disarm(5);
    timers.disarm(5);
    assertEquals(2, timers.count(Deadline.IDLE));
    assertEquals(2, timers.first(Deadline.IDLE));
    timers.arm(6, IDLE, 7);
    assertEquals(List.of(2, 4, 6), expire(END + 7));
  }

  @Test
  void thereIsRoomForAnySlot() {
    assertEquals(Timers.NO_DEADLINE, timers.kind(64));
    timers.arm(63, IDLE, 0);
    timers.arm(64, IDLE, 1);
    timers.arm(1_000, IDLE, 2);
    assertEquals(Timers.NO_DEADLINE, timers.kind(65));
    assertEquals(Timers.NO_DEADLINE, timers.kind(1_001));
    assertEquals(List.of(63, 64, 1_000), expire(END + 2));
  }

  @Test
  void whatIsForgivenCountsTowardNone() {
    timers.arm(1, IDLE, 0);
    timers.forgive(100);
    timers.arm(2, IDLE, 200);
    assertEquals(END + 100, timers.nanosToNext(0));
    assertEquals(END + 100, timers.left(1, 0));
    assertEquals(END, timers.left(2, 200));
    assertEquals(List.of(), expire(END + 99));
    assertEquals(List.of(1), expire(END + 100));
    assertEquals(List.of(2), expire(END + 200));
    timers.forgive(50);
    timers.arm(3, IDLE, 1_000, 70);
    assertEquals(70, timers.left(3, 1_000));
    assertEquals(List.of(3), expire(1_070));
  }

  @Test
  void oneThatComesFromElsewhereStandsWhereItsTimeIs() {
    timers.arm(1, IDLE, 0);
    timers.arm(2, IDLE, 100);
    timers.arm(3, IDLE, 200, 600); // before both
    timers.arm(4, IDLE, 200, END - 150); // between them
    timers.arm(5, IDLE, 200, END - 100); // at the same time as the second: behind it
    timers.arm(6, IDLE, 300, Long.MAX_VALUE); // no longer than its kind
    assertEquals(6, timers.count(Deadline.IDLE));
    assertEquals(END, timers.left(6, 300));
    assertEquals(END - 150, timers.left(4, 200));
    assertEquals(600, timers.left(3, 200));
    assertEquals(0, timers.left(3, 900));
    timers.arm(7, IDLE, 310);
    assertEquals(List.of(3), expire(800));
    assertEquals(List.of(1, 4, 2, 5, 6, 7), expire(END + 400));
  }

  @Test
  void theFirstFromElsewhereIsFirstAndLast() {
    timers.arm(1, IDLE, 0, 10);
    assertEquals(10, timers.nanosToNext(0));
    timers.arm(2, IDLE, 0, 5);
    timers.arm(3, IDLE, 0);
    timers.disarm(2);
    assertEquals(1, timers.first(Deadline.IDLE));
    timers.disarm(1);
    assertEquals(3, timers.first(Deadline.IDLE));
    timers.arm(3, IDLE, 0, 7); // its own time changes
    assertEquals(1, timers.count(Deadline.IDLE));
    assertEquals(List.of(3), expire(7));
  }

  @Test
  void allKindsAreLookedAt() {
    timers.arm(1, IDLE, 0);
    timers.arm(2, REQUEST, END);
    assertEquals(List.of(), expire(END - 1));
    assertEquals(List.of(1, 2), expire(END + 258));
  }
}
