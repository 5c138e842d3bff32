package io.quintet.accept;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Line;
import io.quintet.connection.ConnectionContext;
import io.quintet.connection.Limits;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.reactor.EventLoop;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Timeouts;
import io.quintet.service.Service;
import io.quintet.transport.Layers;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Whose turn it is where descriptors are short, step by step on one thread. */
class DescriptorLineRulesTest {
  private static final Limits LIMITS =
      new Limits(4, 4, 4, 4, 4, 64, 64, 64, 16, 0, Long.MAX_VALUE, Long.MAX_VALUE, false);
  private static final Timeouts TIMEOUTS = new Timeouts(0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0);

  private final ScriptedKernel machine = new ScriptedKernel();
  private final DescriptorLine line = new DescriptorLine();
  private final Standing first = new Standing();
  private final Standing second = new Standing();
  private final Standing third = new Standing();

  /** A listener that only stands in the line; its loop is woken when it is told of its turn. */
  private final class Standing {
    private final LoopContext loop =
        new LoopContext("loop", machine.kernel(), TIMEOUTS, List.of(), () -> {});
    private final Listener listener =
        new Listener(
            new Acceptor(
                loop,
                new ConnectionContext<>(
                    loop,
                    Service.of(Line.codec(), text -> text),
                    null,
                    null,
                    LIMITS,
                    new Layers(
                        false, Optional.empty(), Optional.empty(), _ -> () -> {}, Runnable::run),
                    _ -> {}),
                new ConnectionLimiter(0, 0),
                LIMITS),
            false,
            true,
            _ -> ListenerEvent.PLACED);
    private final EventLoop turned = new EventLoop(loop, 64);

    /** How often it was told that it is its turn since this was asked last. */
    int told() {
      return turned.turn();
    }

    ListenerEvent joins() {
      return line.join(listener);
    }

    boolean mayAccept() {
      return line.isTurnOf(listener);
    }

    void leaves() {
      line.leave(listener);
    }
  }

  private void told(int ofFirst, int ofSecond, int ofThird) {
    assertEquals(
        List.of(ofFirst, ofSecond, ofThird), List.of(first.told(), second.told(), third.told()));
  }

  @Test
  void whereNobodyWaitsEachMayAccept() {
    assertTrue(first.mayAccept());
    assertTrue(second.mayAccept());
    line.descriptorFreed();
    line.accepted(first.listener);
    first.leaves();
    assertTrue(first.mayAccept());
    told(0, 0, 0);
  }

  @Test
  void whoStandsFirstLooksOnceMoreAndThenInVain() {
    assertEquals(ListenerEvent.TURN, first.joins());
    assertTrue(first.mayAccept());
    assertFalse(second.mayAccept());
    assertEquals(ListenerEvent.BEHIND, second.joins());
    assertEquals(ListenerEvent.IN_VAIN, first.joins());
    assertTrue(first.mayAccept(), "at its pause's end the first begins its turn itself");
    assertEquals(ListenerEvent.IN_VAIN, first.joins());
    told(0, 0, 0);
    line.descriptorFreed();
    told(1, 0, 0);
    assertTrue(first.mayAccept());
    assertFalse(second.mayAccept());
  }

  @Test
  void whatIsFreedWhileItIsItsTurnGivesItOneMore() {
    first.joins();
    line.descriptorFreed();
    line.descriptorFreed();
    told(0, 0, 0);
    assertEquals(ListenerEvent.TURN, first.joins());
    assertEquals(ListenerEvent.IN_VAIN, first.joins());
    told(0, 0, 0);
  }

  @Test
  void whatIsFreedBetweenTurnsBeginsOne() {
    first.joins();
    first.joins(); // in vain
    line.descriptorFreed();
    assertEquals(ListenerEvent.IN_VAIN, first.joins());
    line.descriptorFreed();
    line.descriptorFreed();
    assertEquals(ListenerEvent.TURN, first.joins());
    told(2, 0, 0);
  }

  @Test
  void whoHasAcceptedMakesWayWhereOthersWait() {
    first.joins();
    line.accepted(first.listener);
    assertTrue(first.mayAccept(), "it waits alone");
    second.joins();
    third.joins();
    line.accepted(second.listener);
    assertFalse(line.isTurn(second.listener, 2), "it was not its turn");
    line.accepted(first.listener);
    assertFalse(first.mayAccept());
    told(0, 1, 0);
    assertTrue(second.mayAccept());
    assertEquals(ListenerEvent.BEHIND, first.joins());
    line.accepted(second.listener);
    assertTrue(third.mayAccept());
    line.accepted(third.listener);
    assertTrue(first.mayAccept());
    assertFalse(third.mayAccept());
  }

  @Test
  void acceptingWithoutATurnIsNoReasonToLeave() {
    first.joins();
    second.joins();
    first.joins(); // in vain: it is nobody's turn
    line.accepted(first.listener);
    line.descriptorFreed();
    assertTrue(first.mayAccept());
    assertFalse(second.mayAccept());
  }

  @Test
  void whoStandsThereAlreadyKeepsItsPlace() {
    first.joins();
    second.joins();
    third.joins();
    second.joins();
    line.stand(first.listener);
    line.stand(second.listener);
    first.leaves();
    assertTrue(second.mayAccept());
    second.leaves();
    assertTrue(third.mayAccept());
    third.leaves();
    assertTrue(first.mayAccept());
  }

  @Test
  void whoPausesStandsInTheLine() {
    line.stand(first.listener);
    assertFalse(second.mayAccept());
    line.stand(second.listener);
    assertTrue(first.mayAccept());
    first.leaves();
    assertTrue(second.mayAccept());
  }

  @Test
  void aTurnThatNobodyUsesGoesToWhoeverHasSeenItTwice() {
    first.joins();
    second.joins(); // sees the first one's turn
    third.joins();
    told(0, 0, 0);
    assertTrue(second.mayAccept(), "the first has not come for a whole pause of the second's");
    told(0, 0, 0);
    assertFalse(first.mayAccept(), "it stands at the end");
    assertFalse(third.mayAccept(), "of this turn it knows nothing yet");
    second.leaves();
    assertTrue(third.mayAccept());
    assertFalse(first.mayAccept());
  }

  @Test
  void whoDoesNotStandThereTakesNoTurnOfOthers() {
    first.joins();
    assertFalse(second.mayAccept());
    assertFalse(second.mayAccept());
  }

  @Test
  void anUnusedTurnThatIsNotOnesOwnIsTold() {
    first.joins();
    second.joins();
    third.joins();
    assertFalse(third.mayAccept(), "the second one's turn is before its own");
    told(0, 1, 0);
    assertTrue(second.mayAccept());
  }

  @Test
  void aTurnThatWasToldIsItsOwnUntilTheNextBegins() {
    first.joins();
    assertTrue(line.isTurn(first.listener, 1));
    assertFalse(line.isTurn(second.listener, 1));
    assertFalse(line.isTurn(first.listener, 0));
    second.joins();
    first.joins(); // in vain
    assertFalse(line.isTurn(first.listener, 1));
    line.descriptorFreed();
    assertTrue(line.isTurn(first.listener, 2));
    told(1, 0, 0);
    first.leaves();
    told(0, 1, 0);
    first.leaves();
    told(0, 0, 0);
    assertTrue(line.isTurn(second.listener, 3));
    assertFalse(line.isTurn(first.listener, 2));
    second.leaves();
    assertFalse(line.isTurn(second.listener, 3));
  }

  @Test
  void aTurnThatBeginsAnewHasANumberOfItsOwn() {
    first.joins();
    line.descriptorFreed();
    first.joins();
    assertTrue(line.isTurn(first.listener, 2));
    first.joins(); // in vain
    assertTrue(first.mayAccept());
    assertTrue(line.isTurn(first.listener, 3));
  }
}
