package io.quintet.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.server.ScriptedLoop;
import io.quintet.service.Reply;
import io.quintet.service.Service;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** What an order to move connections covers, how long it stands, and when it is done. */
class MoveOrdersRulesTest {
  private static final int FD = 50;
  private static final int OUT = Linux.EPOLLOUT();

  private final ScriptedKernel machine = new ScriptedKernel();
  private final LateLines late = new LateLines();
  private final Map<String, Reply<String>> replies = late.replies;
  private final Service<String, String> service = late.service;
  private final ScriptedLoop from = new ScriptedLoop(machine, service, Map.of()).listening(false);
  private final ScriptedLoop to = new ScriptedLoop(machine, service, Map.of());
  private final ScriptedLoop third = new ScriptedLoop(machine, service, Map.of());

  private void clients(int count) {
    for (int i = 0; i < count; i++) {
      from.accepts(FD + i);
    }
    machine.calls();
  }

  private MoveOrder give(int most) {
    return from.loop().give(List.of(to.loop()), most);
  }

  private void turns() {
    for (int i = 0; i < 4; i++) {
      from.turn();
      to.turn();
      third.turn();
    }
  }

  private void areOpen(int here, int there) {
    assertEquals(here, from.figure("open"));
    assertEquals(there, to.figure("open"));
  }

  /** Whether the loop goes to sleep in its next turn. */
  private boolean sleeps() {
    machine.calls();
    from.turn();
    return !machine.calls("epollWait").equals(List.of("epollWait 0"));
  }

  @Test
  void anOrderIsDoneWhenAllThatGoHaveArrived() {
    clients(2);
    MoveOrder order = give(2);
    assertEquals(2, order.left());
    from.turn();
    from.turn();
    areOpen(0, 2); // those on their way are counted where they come to
    assertEquals(0, order.moved());
    assertEquals(0, order.left());
    to.turn();
    assertEquals(2, order.moved());
    assertEquals(2, to.figure("moved"));
    assertFalse(order.done().isDone(), "the loop that gave them has not heard of it");
    from.turn();
    assertEquals(2, order.done().getNow(-1));
  }

  @Test
  void oneWithNothingToGiveIsDoneAtOnce() {
    MoveOrder order = give(1);
    assertFalse(order.done().isDone());
    from.turn();
    assertEquals(0, order.done().getNow(-1));
    assertTrue(sleeps());
  }

  @Test
  void anOrderForAllStandsUntilItEnds() {
    clients(1);
    MoveOrder order = give(MoveOrder.ALL);
    turns();
    assertEquals(1, order.done().getNow(-1));
    assertTrue(sleeps(), "there is nothing to do for it");
    from.accepts(51);
    turns();
    areOpen(0, 2);
    assertEquals(2, order.moved());
    order.end();
    from.accepts(52);
    turns();
    areOpen(1, 2);
  }

  @Test
  void anOrderForSomeIsForThoseThatAreThere() {
    clients(1);
    MoveOrder order = give(5);
    turns();
    from.accepts(51);
    turns();
    areOpen(1, 1);
    assertEquals(1, order.moved());
    assertTrue(sleeps());
  }

  @Test
  void anOrderThatHasEndedBeforeItsTurnMovesNobody() {
    clients(1);
    MoveOrder order = give(MoveOrder.ALL);
    order.end();
    turns();
    areOpen(1, 0);
    assertEquals(0, order.done().getNow(-1));
  }

  @Test
  void aTurnLooksAtSoManyOfAllAndDoesNotSleepBeforeTheRest() {
    clients(300);
    give(MoveOrder.ALL);
    from.turn();
    long first = to.figure("open");
    assertTrue(first >= 200 && first <= 256, "256 at most, of whom some are no clients: " + first);
    assertFalse(sleeps());
    areOpen(0, 300);
    to.turn();
    turns();
    assertTrue(sleeps());
  }

  @Test
  void aTurnGivesSoManyOfThoseThatWereChosen() {
    clients(300);
    give(290);
    from.turn();
    areOpen(44, 256);
    assertFalse(sleeps());
    areOpen(10, 290);
    turns();
    assertTrue(sleeps());
  }

  @Test
  void theSecondOrderIsCarriedOutBehindTheFirst() {
    clients(3);
    MoveOrder first = give(1);
    MoveOrder second = from.loop().give(List.of(third.loop()), 1);
    turns();
    areOpen(1, 1);
    assertEquals(1, third.figure("open"));
    assertEquals(1, first.done().getNow(-1));
    assertEquals(1, second.done().getNow(-1));
  }

  @Test
  void theLoopWithFewestGetsIt() {
    clients(4);
    give(3);
    turns();
    areOpen(1, 3);
    from.loop().give(List.of(to.loop(), third.loop()), 1);
    turns();
    areOpen(0, 3);
    assertEquals(1, third.figure("open"));
  }

  @Test
  void requestsAreCountedAnewBehindEachOrder() {
    clients(2);
    from.receives(FD, "a\nb\nc\n");
    from.receives(51, "a\n");
    from.loop().mover().countAnewLater();
    from.turn();
    from.receives(51, "b\n");
    give(1);
    turns();
    machine.sent();
    to.receives(51, "it went\n");
    assertEquals("it went\n", machine.sent());
  }

  @Test
  void aBusyLoopGivesAsMuchAsMakesBothBusyAlike() {
    clients(4);
    for (int fd = FD; fd < FD + 4; fd++) {
      from.receives(fd, "a\nb\n");
    }
    from.loop().mover().level(List.of(to.loop().mover(), third.loop().mover()), List.of(0, 900), 9);
    turns();
    areOpen(2, 2);
    assertEquals(0, third.figure("open"), "it is busy enough");
    from.receives(FD, "a\n");
    from.loop().mover().level(List.of(to.loop().mover()), List.of(0), 9);
    turns();
    areOpen(2, 2); // all the work is one connection's
  }

  private void heat(int fd, int requests) {
    for (int i = 0; i < requests; i++) {
      from.receives(fd, "a\n");
    }
    machine.sent();
  }

  private static boolean has(ScriptedLoop loop, int fd) throws Exception {
    CompletableFuture<Map<Integer, String>> asked = loop.loop().explainConnections();
    loop.turn();
    return asked.get().containsKey(fd);
  }

  @Test
  void theHottestGoesToTheLeastBusyAndTheNextToTheNext() throws Exception {
    clients(4);
    heat(FD, 2);
    heat(51, 4);
    heat(52, 3);
    heat(53, 1);
    from.loop().mover().level(List.of(to.loop().mover(), third.loop().mover()), List.of(0, 200), 2);
    turns();
    areOpen(2, 1);
    assertTrue(has(to, 51));
    assertTrue(has(third, 52));
  }

  @Test
  void onlySoManyOfTheHottestGo() throws Exception {
    clients(6);
    heat(FD, 2);
    heat(51, 3);
    heat(52, 1);
    heat(53, 5);
    heat(54, 4);
    give(2);
    turns();
    areOpen(4, 2);
    assertTrue(has(to, 53));
    assertTrue(has(to, 54));
  }

  @Test
  void aLoopThatDrainsWaitsForWhoIsOnItsWay() {
    clients(1);
    give(1);
    from.turn();
    from.turn();
    from.loop().drain();
    from.turn();
    assertFalse(from.loop().isStopped());
    to.turn();
    from.turn();
    from.turn();
    assertTrue(from.loop().isStopped());
  }

  @Test
  void howLongALoopSleepsIsMeasuredOnceSomebodyAsks() {
    assertFalse(from.loop().mover().sleep().isMeasured());
    from.turn();
    assertTrue(from.loop().mover().sleep().isMeasured());
  }

  @Test
  void eachLoopHasItsLoadSaid() {
    Mover<?, ?> mover = from.loop().mover();
    assertThrows(
        IllegalArgumentException.class,
        () -> mover.level(List.of(to.loop().mover()), List.of(), 1));
  }

  @Test
  void whoIsOnItsWaySaysWhereItGoes() throws Exception {
    clients(1);
    give(1);
    from.turn();
    from.turn();
    CompletableFuture<Map<Integer, String>> asked = from.loop().explainConnections();
    from.turn();
    assertTrue(asked.get().get(FD).contains("on its way to loop"), asked.get().toString());
  }

  @Test
  void anOrderToALoopThatHasStoppedIsDone() {
    from.loop().release();
    MoveOrder order = give(1);
    assertEquals(0, order.done().getNow(-1));
  }

  @Test
  void aLoopThatStopsLeavesNoOrderUndone() {
    clients(1);
    from.receives(FD, "late\n");
    MoveOrder first = give(1);
    MoveOrder second = give(1);
    from.loop().abort();
    turns();
    assertTrue(from.loop().isStopped());
    assertTrue(first.done().isDone());
    assertTrue(second.done().isDone());
  }

  @Test
  void oneThatCameBackIsNotCountedAndItsTargetGetsNoMore() {
    clients(1);
    MoveOrder order = give(MoveOrder.ALL);
    from.turn();
    from.turn();
    machine.fail("epollCtl", Linux.ENOSPC());
    turns();
    areOpen(1, 0);
    assertEquals(0, order.done().getNow(-1));
    assertEquals(0, order.moved());
    assertEquals(0, to.figure("moved"));
    assertEquals(1, machine.said().size());
    from.accepts(51);
    turns();
    areOpen(2, 0);
  }

  @Test
  void theOtherTargetsGoOn() {
    clients(1);
    from.loop().give(List.of(to.loop(), third.loop()), MoveOrder.ALL);
    from.turn();
    from.turn();
    machine.fail("epollCtl", Linux.ENOSPC());
    turns();
    from.accepts(51);
    turns();
    areOpen(0, 0);
    assertEquals(2, third.figure("open"));
  }

  @Test
  void oneThatNoLoopCanTakeIsEnded() {
    clients(1);
    MoveOrder order = give(1);
    from.turn();
    from.turn();
    machine.fail("epollCtl", Linux.ENOSPC());
    machine.fail("epollCtl", Linux.ENOSPC());
    turns();
    areOpen(0, 0);
    assertEquals(1, from.figure("refusedStranded"));
    assertTrue(machine.calls("close").contains("close " + FD));
    assertEquals(0, order.done().getNow(-1));
  }

  @Test
  void oneThatFindsBothLoopsStoppedIsEnded() {
    clients(1);
    from.receives(FD, "late\n");
    MoveOrder order = give(1);
    from.turn();
    from.turn();
    from.loop().release();
    to.loop().release();
    assertEquals(0, order.done().getNow(-1));
    assertTrue(machine.calls("close").contains("close " + FD));
    assertEquals(1, to.figure("refusedStranded") + from.figure("refusedStranded"));
    areOpen(0, 0);
  }

  @Test
  void aLoopThatDrainsHasWhoComesDepart() {
    clients(1);
    give(1);
    from.turn();
    from.turn();
    to.loop().drain();
    to.turn();
    machine.calls();
    to.pass(9_000 + 9_000 / 128 + 1);
    assertEquals(List.of("shutdown " + FD), machine.calls("shutdown"));
  }

  @Test
  void whoYieldedIsGoneOnWithWhereItComesTo() {
    clients(1);
    from.receives(FD, "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n");
    assertEquals(8, from.figure("requests"), "four a turn, and again");
    give(1);
    from.turn();
    turns();
    areOpen(0, 1);
    assertEquals("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n", machine.sent());
    assertEquals(0, from.figure("queuedBytes"));
    assertEquals(0, to.figure("queuedBytes"));
  }

  @Test
  void whoIsCongestedGoesOnWaitingForItsPeer() {
    clients(1);
    machine.answer("send", 1);
    from.receives(FD, "x".repeat(90) + "\n");
    assertEquals(OUT, machine.events(FD));
    give(1);
    turns();
    areOpen(0, 1);
    assertEquals(OUT, machine.events(FD));
    assertEquals(0, from.figure("queuedBytes"));
    to.writable(FD);
    assertEquals("x".repeat(90) + "\n", machine.sent());
    assertEquals(0, to.figure("queuedBytes"));
  }

  @Test
  void aTaskForALoopThatHasStoppedIsRefused() {
    clients(1);
    from.receives(FD, "late\n");
    Executor owner = replies.get("late").owner();
    give(1);
    turns();
    boolean[] ran = new boolean[1];
    owner.execute(() -> ran[0] = true);
    to.turn();
    assertTrue(ran[0]);
    to.loop().release();
    assertThrows(RejectedExecutionException.class, () -> owner.execute(() -> {}));
    assertThrows(NullPointerException.class, () -> owner.execute(null));
  }

  @Test
  void aTaskThatWaitsWhenItsLoopStopsStillRuns() {
    clients(1);
    from.receives(FD, "late\n");
    boolean[] ran = new boolean[1];
    replies.get("late").owner().execute(() -> ran[0] = true);
    from.loop().release();
    assertTrue(ran[0]);
  }

  @Test
  void aTaskThatWaitsWhenTheOldLoopStopsFollowsItsConnection() {
    clients(1);
    from.receives(FD, "late\n");
    give(1);
    from.turn();
    boolean[] ran = new boolean[1];
    replies.get("late").owner().execute(() -> ran[0] = true);
    from.turn();
    from.loop().release();
    to.turn();
    assertTrue(ran[0]);
  }
}
