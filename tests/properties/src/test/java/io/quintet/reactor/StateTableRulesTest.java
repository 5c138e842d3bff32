package io.quintet.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.ffi.linux.Linux;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Transitions;
import java.io.StringReader;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What states ask for, and how long deadlines are. */
class StateTableRulesTest {
  private enum Event {
    GO,
    GONE,
    AFTER_IDLE,
    AFTER_HANDSHAKE
  }

  private enum Action {
    STEP,
    CLOSE
  }

  private static final String MACHINE =
      """
      {"id": "resting", "description": "Rests.", "initial": "in", "states": {
        "in": {"description": "a", "meta": {"interest": ["EPOLLIN"]},
          "on": {"GO": {"target": "passing", "actions": "step"}},
          "after": {"IDLE": {"target": "both"}}},
        "passing": {"description": "b", "on": {"GONE": {"target": "out"}}},
        "out": {"description": "c", "meta": {"interest": ["EPOLLOUT"]},
          "on": {"GO": {"target": "both"}}, "after": {"HANDSHAKE": {"target": "both"}}},
        "both": {"description": "d", "meta": {"interest": ["EPOLLIN", "EPOLLOUT"]},
          "on": {"GO": {"target": "none"}}},
        "none": {"description": "e", "meta": {"interest": []},
          "on": {"GO": {"target": "ended", "actions": "close"}}},
        "ended": {"type": "final", "description": "f"}},
       "meta": {"actions": {
         "step": {"description": "Goes on.", "outcomes": ["GONE"]},
         "close": {"description": "Ends.", "outcomes": [], "ends": true}}}}
      """;

  @Test
  void eachStateAsksForWhatItSays() {
    Transitions<Event, Action> machine =
        Transitions.of(
            SpecReader.machine("resting", new StringReader(MACHINE)), Event.class, Action.class);
    StateTable<Event> table = new StateTable<>(machine, Event.class);
    int in = machine.number("in");
    int out = machine.number("out");
    int both = machine.number("both");
    int none = machine.number("none");
    assertEquals(Linux.EPOLLIN(), table.interest(in));
    assertEquals(Linux.EPOLLOUT(), table.interest(out));
    assertEquals(Linux.EPOLLIN() | Linux.EPOLLOUT(), table.interest(both));
    assertEquals(0, table.interest(none));
    assertEquals(StateTable.PASSING, table.interest(machine.number("passing")));
    assertEquals(StateTable.PASSING, table.interest(machine.number("ended")));
    assertTrue(table.rests(in));
    assertTrue(table.rests(none));
    assertFalse(table.rests(machine.number("passing")));
    assertEquals(Deadline.IDLE.ordinal(), table.deadline(in));
    assertEquals(Deadline.HANDSHAKE.ordinal(), table.deadline(out));
    assertEquals(Timers.NO_DEADLINE, table.deadline(both));
    assertFalse(table.goesOn(in));
    assertTrue(table.goesOn(out));
    assertFalse(table.goesOn(both));
    assertEquals(Event.AFTER_IDLE, table.passed(in));
    assertEquals(Event.AFTER_HANDSHAKE, table.passed(out));
  }

  @Test
  void eachKindOfDeadlineHasItsLength() {
    Timeouts timeouts = new Timeouts(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
    long[] millis = {1, 3, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12, 13, 14};
    assertArrayEquals(
        LongStream.of(millis).map(each -> each * 1_000_000).toArray(), timeouts.nanos());
  }

  @Test
  void aPhaseThatSaysNothingHasNothing() {
    TurnPhase phase = new TurnPhase() {};
    assertFalse(phase.hasWork());
    assertTrue(phase.isEmpty());
    assertEquals(0, phase.resume());
  }
}
