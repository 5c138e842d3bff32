package io.quintet.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Line;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.server.ScriptedLoop;
import io.quintet.service.Reply;
import io.quintet.service.Service;
import io.quintet.specs.Machine;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a connection takes along from one loop to another, state by state. */
class MovesRulesTest {
  private static final int FD = 50;
  private static final int IN = Linux.EPOLLIN();
  private static final int OUT = Linux.EPOLLOUT();

  private final ScriptedKernel machine = new ScriptedKernel();
  private final LateLines late = new LateLines();
  private final Map<String, Reply<String>> replies = late.replies;
  private final Service<String, String> service = late.service;
  private final ScriptedLoop from = new ScriptedLoop(machine, service, Map.of()).listening(false);
  private final ScriptedLoop to = new ScriptedLoop(machine, service, Map.of());

  private void client() {
    from.accepts(FD);
    machine.calls();
  }

  /** All connections go, and have come. */
  private MoveOrder move() {
    MoveOrder order = from.loop().give(List.of(to.loop()), MoveOrder.ALL);
    from.turn();
    from.turn();
    to.turn();
    from.turn();
    return order;
  }

  private void hasMoved() {
    assertEquals(0, from.figure("open"));
    assertEquals(1, to.figure("open"));
  }

  @Test
  void oneThatIsIdleGoesWithItsTime() {
    client();
    from.receives(FD, "a\n");
    from.pass(1_500);
    to.pass(1);
    machine.calls();
    move();
    hasMoved();
    List<String> calls = machine.calls("epollCtl");
    assertEquals(List.of("epollCtl DEL 50", "epollCtl ADD 50"), calls);
    assertEquals(IN, machine.events(FD));
    assertEquals(1, to.loop().moved());
    to.pass(400);
    assertEquals(List.of(), machine.calls("shutdown"));
    to.pass(200);
    assertEquals(List.of("shutdown " + FD), machine.calls("shutdown"), "two seconds of both");
  }

  @Test
  void oneThatSaidNothingYetKeepsItsFirstTime() {
    client();
    from.pass(600);
    to.pass(1);
    move();
    hasMoved();
    to.pass(300);
    assertEquals(1, to.figure("open"));
    to.pass(200);
    assertEquals(0, to.figure("open"));
  }

  @Test
  void whatItCouldNotDecodeGoesWithIt() {
    client();
    from.receives(FD, "he");
    assertTrue(from.figure("queuedBytes") > 0);
    move();
    hasMoved();
    assertEquals(0, from.figure("queuedBytes"));
    to.receives(FD, "llo\n");
    assertEquals("hello\n", machine.sent());
    assertEquals(0, to.figure("queuedBytes"));
  }

  @Test
  void whatItCouldNotSendGoesWithIt() {
    client();
    machine.answer("send", 2);
    from.receives(FD, "hello\n");
    move();
    hasMoved();
    assertEquals(IN | OUT, machine.events(FD));
    to.writable(FD);
    assertEquals("hello\n", machine.sent());
    assertEquals(0, to.figure("queuedBytes"));
    assertEquals(0, from.figure("queuedBytes"));
    to.receives(FD, "b\n");
    assertEquals("b\n", machine.sent());
  }

  @Test
  void aReplyThatIsOwedLeavesFromTheLoopThatHasIt() {
    client();
    from.receives(FD, "late 1\nlate 2\n");
    move();
    hasMoved();
    replies.get("late 2").send("2");
    to.turn();
    assertEquals("", machine.sent());
    replies.get("late 1").send("1");
    from.turn();
    assertEquals("", machine.sent());
    to.turn();
    assertEquals("1\n2\n", machine.sent());
    to.receives(FD, "c\n");
    assertEquals("c\n", machine.sent());
  }

  @Test
  void aReplyThatComesOnTheWayIsNotLost() {
    client();
    from.receives(FD, "late\n");
    from.loop().give(List.of(to.loop()), MoveOrder.ALL);
    from.turn();
    from.turn();
    replies.get("late").send("re");
    from.turn();
    to.turn();
    from.turn();
    to.turn();
    assertEquals("re\n", machine.sent());
    hasMoved();
  }

  @Test
  void taskOfAnOwnerFollowTheConnection() {
    client();
    from.receives(FD, "late\n");
    move();
    boolean[] ran = new boolean[1];
    replies.get("late").owner().execute(() -> ran[0] = true);
    from.turn();
    assertFalse(ran[0]);
    to.turn();
    assertTrue(ran[0]);
  }

  @Test
  void oneThatLingersGoesAsWell() {
    client();
    from.receives(FD, "x".repeat(120));
    move();
    hasMoved();
    to.receives(FD, "");
    assertEquals(0, to.figure("open"));
  }

  /** Loops are told to drain one behind the other. */
  @Test
  void oneThatDepartsGoesToALoopThatIsToldToDrainLater() {
    client();
    from.receives(FD, "a\n");
    from.loop().drain();
    move();
    hasMoved();
    to.receives(FD, "b\n");
    assertEquals("a\nb\n", machine.sent());
    assertEquals(List.of(), machine.calls("shutdown"));
    assertEquals(1, to.figure("open"));
    to.loop().drain();
    to.turn();
    to.receives(FD, "");
    assertEquals(0, to.figure("open"));
  }

  @Test
  void oneWhomTheOtherLoopCannotTakeComesBack() {
    client();
    from.receives(FD, "a\n");
    MoveOrder order = from.loop().give(List.of(to.loop()), 1);
    from.turn();
    from.turn();
    machine.fail("epollCtl", Linux.ENOSPC());
    to.turn();
    from.turn();
    from.turn();
    assertEquals(1, from.figure("open"));
    assertEquals(0, to.figure("open"));
    assertEquals(IN, machine.events(FD));
    from.receives(FD, "b\n");
    assertEquals("a\nb\n", machine.sent());
    assertFalse(order.toString().isEmpty());
  }

  @Test
  void oneThatGoesToALoopThatHasStoppedComesBack() {
    client();
    from.receives(FD, "a\n");
    to.loop().release();
    from.loop().give(List.of(to.loop()), 1);
    for (int i = 0; i < 4; i++) {
      from.turn();
    }
    assertEquals(1, from.figure("open"));
    from.receives(FD, "b\n");
    assertEquals("a\nb\n", machine.sent());
  }

  @Test
  void whoHasMostRequestsGoesFirst() {
    client();
    from.accepts(51);
    from.accepts(52);
    from.receives(FD, "a\n");
    from.receives(51, "a\nb\nc\n");
    from.receives(52, "a\nb\n");
    from.loop().give(List.of(to.loop()), 2);
    for (int i = 0; i < 3; i++) {
      from.turn();
    }
    to.turn();
    from.turn();
    assertEquals(1, from.figure("open"));
    assertEquals(2, to.figure("open"));
    machine.calls();
    machine.sent();
    to.receives(51, "x\n");
    to.receives(52, "y\n");
    from.receives(FD, "z\n");
    assertEquals("x\ny\nz\n", machine.sent());
  }

  @Test
  void thoseThatGoAreSpreadEvenly() {
    ScriptedLoop third = new ScriptedLoop(machine, service, Map.of());
    client();
    for (int fd = 51; fd < 54; fd++) {
      from.accepts(fd);
    }
    from.loop().give(List.of(to.loop(), third.loop()), MoveOrder.ALL);
    for (int i = 0; i < 3; i++) {
      from.turn();
    }
    to.turn();
    third.turn();
    from.turn();
    assertEquals(2, to.figure("open"));
    assertEquals(2, third.figure("open"));
    assertEquals(0, from.figure("open"));
  }

  @Test
  void anAbortOnTheWayEndsIt() {
    client();
    from.receives(FD, "a\n");
    from.loop().give(List.of(to.loop()), MoveOrder.ALL);
    from.turn();
    from.turn();
    to.loop().abort();
    to.turn();
    to.turn();
    from.turn();
    from.loop().abort();
    from.turn();
    from.turn();
    assertTrue(machine.calls("close").contains("close " + FD));
    assertEquals(0, to.figure("open"));
    assertEquals(0, from.figure("open"));
  }

  @Test
  void onlyToOtherLoopsOfTheSameServer() {
    assertThrows(IllegalArgumentException.class, () -> from.loop().give(List.of(from.loop()), 1));
    assertThrows(IllegalArgumentException.class, () -> from.loop().give(List.of(), 1));
    assertThrows(IllegalArgumentException.class, () -> from.loop().give(List.of(to.loop()), 0));
    ScriptedLoop foreign =
        new ScriptedLoop(machine, Service.of(Line.codec(), line -> line), Map.of());
    assertThrows(
        IllegalArgumentException.class, () -> from.loop().give(List.of(foreign.loop()), 1));
  }

  /** A loop that takes one message a turn, so that others are left when a connection has gone. */
  private ScriptedLoop slow() {
    ScriptedLoop made =
        new ScriptedLoop(machine, service, Map.of("mailBudget", 1)).listening(false);
    made.accepts(FD);
    made.receives(FD, "late\n");
    made.loop().give(List.of(to.loop()), 1);
    return made;
  }

  @Test
  void whatWasLeftForItIsSentAfterIt() {
    ScriptedLoop slow = slow();
    List<String> ran = new ArrayList<>();
    Reply<String> reply = replies.get("late");
    reply.send("re");
    reply.owner().execute(() -> ran.add("task"));
    slow.turn();
    assertEquals(0, slow.figure("open"));
    to.turn();
    assertEquals("", machine.sent());
    slow.turn();
    slow.turn();
    slow.turn();
    assertEquals(List.of(), ran, "it is no longer there");
    to.turn();
    assertEquals("re\n", machine.sent());
    assertEquals(List.of("task"), ran);
  }

  @Test
  void whatWasLeftForItIsSentAfterItWhenTheLoopStops() {
    ScriptedLoop slow = slow();
    List<String> ran = new ArrayList<>();
    Reply<String> reply = replies.get("late");
    reply.send("re");
    reply.owner().execute(() -> ran.add("task"));
    slow.turn();
    slow.loop().release();
    assertEquals(List.of(), ran);
    to.turn();
    assertEquals("re\n", machine.sent());
    assertEquals(List.of("task"), ran);
  }

  @Test
  void whatWasLeftForOneThatIsGoneStillRuns() {
    ScriptedLoop slow = slow();
    List<String> ran = new ArrayList<>();
    replies.get("late").owner().execute(() -> ran.add("task"));
    slow.turn();
    to.loop().release();
    slow.turn();
    slow.turn();
    assertEquals(List.of("task"), ran);
  }

  @Test
  void itReturnsToEachStateInWhichItMayRestAndMove() {
    Machine specified = Specs.machine("connection");
    Transitions<ConnectionEvent, ConnectionAction> machine =
        Transitions.of(specified, ConnectionEvent.class, ConnectionAction.class);
    ConnectionEvent[] returns = Move.returns(machine);
    for (int state = 0; state < machine.size(); state++) {
      String name = machine.name(state);
      boolean moves =
          machine.step(state, ConnectionEvent.MOVE) != Transitions.UNDEFINED
              && !name.equals("moving");
      assertEquals(moves ? "WAS_" + name.toUpperCase(Locale.ROOT) : "null", "" + returns[state]);
    }
  }
}
