package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import io.quintet.trace.Trace;
import java.io.StringReader;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * What is recorded of a machine that several threads step is replayed in the order of its steps.
 */
class TraceCheckTest {
  private enum Event {
    POST,
    DOZE,
    WAKE,
    TAKE,
    CLOSE
  }

  private enum Action {
    SIGNAL
  }

  private static final Transitions<Event, Action> MAILBOX =
      Transitions.of(Specs.machine("mailbox-wakeup"), Event.class, Action.class);

  private final Object instance = new Object();
  private final TraceCheck check = new TraceCheck();

  private Trace.Entry step(String from, String event, String to) {
    return step(from, event, to, false);
  }

  private Trace.Entry step(String from, String event, String to, boolean afterGap) {
    return new Trace.Entry(0, afterGap, MAILBOX, instance, from, event, Optional.empty(), to, true);
  }

  @Test
  void stepsThatFollowEachOtherAreInTheMachine() {
    check.replay(
        List.of(
            step("awake", "POST", "loaded"),
            step("loaded", "TAKE", "awake"),
            step("awake", "POST", "loaded")));
    assertEquals(3, check.checked("mailbox-wakeup"));
  }

  @Test
  void aStepThatTwoThreadsTookIsFound() {
    List<Trace.Entry> both =
        List.of(step("awake", "POST", "loaded"), step("awake", "POST", "loaded"));
    String wrong = assertThrows(IllegalStateException.class, () -> check.replay(both)).getMessage();
    assertEquals(
        "mailbox-wakeup awake --POST-> loaded is not in the spec: it was in loaded", wrong);
  }

  @Test
  void aStepThatLeadsElsewhereIsFound() {
    List<Trace.Entry> taken = List.of(step("loaded", "TAKE", "asleep"));
    assertThrows(IllegalStateException.class, () -> check.replay(taken));
  }

  private enum Switch {
    PRESSED
  }

  private enum Lamp {
    BURN
  }

  @Test
  void aFactThatDoesNotHoldIsFound() {
    String lamp =
        """
        {"id": "lamp", "description": "A lamp.", "initial": "off",
         "states": {
          "off": {"description": "Out.", "meta": {"interest": [], "invariant": ["dark"]},
                  "on": {"PRESSED": {"target": "gone", "actions": "burn"}}},
          "gone": {"description": "Burnt.", "type": "final"}},
         "meta": {
          "facts": {"dark": "It does not shine."},
          "actions": {"burn": {"description": "Shines once.", "outcomes": [], "ends": true}}}}
        """;
    Transitions<Switch, Lamp> table =
        Transitions.of(
            SpecReader.machine("lamp.json", new StringReader(lamp)), Switch.class, Lamp.class);
    Trace.takeOwn();
    Trace.recordBroken(table, instance, 0, "dark");
    List<Trace.Entry> taken = Trace.takeOwn();
    String wrong =
        assertThrows(IllegalStateException.class, () -> check.replay(taken)).getMessage();
    assertEquals(
        "lamp off --dark-> (broken) is not in the spec: the invariant of off does not hold", wrong);
  }

  /** What the thread with the gap did before is not there. */
  @Test
  void theOrderIsJudgedBehindTheLastGap() {
    check.replay(
        List.of(
            step("awake", "POST", "loaded"),
            step("awake", "POST", "loaded"),
            step("awake", "DOZE", "asleep", true)));
    List<Trace.Entry> next = List.of(step("awake", "DOZE", "asleep"));
    assertThrows(IllegalStateException.class, () -> check.replay(next));
  }
}
