package io.quintet.accept;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Line;
import io.quintet.connection.ConnectionContext;
import io.quintet.connection.Limits;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.metrics.Counts.Number;
import io.quintet.reactor.EventLoop;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Timeouts;
import io.quintet.service.Service;
import io.quintet.transport.Layers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What a listener does where those who may own its connections cannot take them just now. */
class OwnersRulesTest {
  private static final int LISTENER = 900;
  private static final int IN = Linux.EPOLLIN();

  private final ScriptedKernel machine = new ScriptedKernel();
  private final ConnectionLimiter limiter = new ConnectionLimiter(2, 0);
  private final Accepting accepting = new Accepting();
  private final Acceptor acceptor = accepting.acceptor;
  private final Owner owner = new Owner();

  /** A loop that accepts. */
  private final class Accepting {
    private final Limits limits =
        new Limits(4, 4, 64, 4, 4, 64, 64, 64, 16, 0, Long.MAX_VALUE, Long.MAX_VALUE, false);
    private final LoopContext loop =
        new LoopContext(
            "loop",
            machine.kernel(),
            new Timeouts(0, 0, 0, 0, 0, 1, 0, 0, 1, 128, 0, 0, 0, 0),
            List.of(),
            limiter::descriptorFreed);
    private final ConnectionContext<String, String> connections =
        new ConnectionContext<>(
            loop,
            Service.of(Line.codec(), text -> text),
            null,
            null,
            limits,
            new Layers(false, Optional.empty(), Optional.empty(), _ -> () -> {}, Runnable::run),
            limiter::leaves);
    private final Acceptor acceptor = new Acceptor(loop, connections, limiter, limits);
    private final EventLoop turned = new EventLoop(loop, 64);

    Accepting() {
      turned.add(connections);
      turned.add(acceptor);
    }

    void turn() {
      turned.turn();
    }

    void readable(int fd) {
      machine.ready(fd, IN);
      turned.turn();
    }

    void pass(long millis) {
      for (int i = 0; i < millis; i++) {
        machine.pass(1_000_000);
        turned.turn();
        turned.turn();
      }
    }
  }

  /** Takes connections or does not. */
  private static final class Owner implements ConnectionOwner {
    private final List<Integer> taken = new ArrayList<>();
    private boolean takes = true;
    private boolean later = true;
    private boolean there = true;
    private int ended;

    @Override
    public boolean take(int fd, LoopContext from) {
      if (takes) {
        taken.add(fd);
      }
      return takes;
    }

    @Override
    public boolean mayTakeLater() {
      return later;
    }

    @Override
    public void feederEnded() {
      ended++;
    }

    @Override
    public int load() {
      return there ? taken.size() : Integer.MAX_VALUE;
    }
  }

  private void come(int first, int count) {
    machine.answer("accept4", LongStream.range(first, first + count).toArray());
  }

  private long count(Number number) {
    return accepting.loop.metrics().get(number);
  }

  private void listens() {
    acceptor.listen(LISTENER, false, false);
    acceptor.placeOn(List.of(owner), "round-robin");
    machine.calls();
  }

  @Test
  void oneThatNobodyTakesIsHeldAndNobodyBehindItIsAccepted() {
    listens();
    owner.takes = false;
    come(50, 2);
    accepting.readable(LISTENER);
    assertEquals(0, machine.events(LISTENER));
    assertEquals(1, machine.calls("accept4").size());
    assertEquals(0, count(Number.ACCEPTED));
    owner.takes = true;
    acceptor.ownerHasRoom();
    accepting.turn();
    assertEquals(List.of(50, 51), owner.taken);
    assertEquals(2, count(Number.ACCEPTED));
    assertEquals(IN, machine.events(LISTENER));
    accepting.turn();
    assertEquals(List.of(), machine.calls("close"));
  }

  @Test
  void itIsTriedAgainAfterAWhile() {
    listens();
    owner.takes = false;
    come(50, 1);
    accepting.readable(LISTENER);
    accepting.pass(128);
    owner.takes = true;
    assertEquals(List.of(), owner.taken);
    accepting.pass(1);
    assertEquals(List.of(50), owner.taken);
  }

  @Test
  void whatIsHeldIsNotCountedTwice() {
    listens();
    owner.takes = false;
    come(50, 2);
    accepting.readable(LISTENER);
    for (int i = 0; i < 3; i++) {
      acceptor.ownerHasRoom();
      accepting.turn();
    }
    owner.takes = true;
    acceptor.ownerHasRoom();
    accepting.turn();
    assertEquals(List.of(50, 51), owner.taken, "two may be");
    assertEquals(2, count(Number.ACCEPTED));
    acceptor.ownerLost(2);
    come(60, 3);
    accepting.readable(LISTENER);
    assertEquals(List.of(50, 51, 60, 61), owner.taken);
    assertEquals(1L, accepting.loop.metrics().counts().toMap().get("refusedExcess"));
  }

  @Test
  void whatIsHeldIsClosedWithTheListener() {
    listens();
    owner.takes = false;
    come(50, 1);
    accepting.readable(LISTENER);
    Map<String, Integer> counted = new HashMap<>();
    ((Listener) accepting.loop.slots().at(1)).count(counted::put);
    assertEquals(Map.of("forClients", 1, "inHand", 1), counted);
    accepting.turned.abort();
    accepting.turn();
    assertEquals(List.of("close 50", "close " + LISTENER), machine.calls("close").subList(0, 2));
  }

  @Test
  void aDrainHoldsWhatMayBeTakenLaterAndClosesWhatMayNot() {
    listens();
    owner.takes = false;
    come(50, 1);
    accepting.readable(LISTENER);
    accepting.turned.drain();
    accepting.turn();
    assertEquals(List.of(), machine.calls("close"));
    assertEquals(0, owner.ended);
    owner.later = false;
    acceptor.ownerHasRoom();
    accepting.turn();
    assertTrue(machine.calls("close").contains("close 50"));
    assertEquals(1, owner.ended);
    assertTrue(accepting.turned.isStopped());
    assertEquals(1, owner.ended);
  }

  @Test
  void whoIsNotThereGetsNothing() {
    listens();
    owner.there = false;
    come(50, 1);
    accepting.readable(LISTENER);
    assertEquals(List.of(), owner.taken);
    assertEquals(0, machine.events(LISTENER));
    accepting.turned.drain();
    accepting.turn();
    assertEquals(List.of(), machine.calls("close"), "one may be there later");
    owner.there = true;
    acceptor.ownerHasRoom();
    accepting.turn();
    assertEquals(List.of(50), owner.taken);
  }

  @Test
  void whatAnotherProcessHandsOverIsCountedHere() {
    assertTrue(acceptor.isOwner());
    acceptor.handed(50);
    acceptor.handed(51);
    assertEquals(2, count(Number.ACCEPTED));
    assertEquals(2, acceptor.load());
    acceptor.handed(52);
    assertEquals(1L, accepting.loop.metrics().counts().toMap().get("refusedExcess"));
    assertEquals("error: too many connections\n", machine.sent());
    assertEquals(3, count(Number.ACCEPTED));
    acceptor.placeOn(List.of(owner), "round-robin");
    assertFalse(acceptor.isOwner());
    assertFalse(acceptor.mayTakeLater());
  }

  @Test
  void processesOfTheServerConnectBesideClients() throws Exception {
    List<Integer> greeted = new ArrayList<>();
    acceptor.listen(LISTENER, false, false);
    int result =
        acceptor.greet(
            901,
            fd -> {
              greeted.add(fd);
              return ListenerEvent.PLACED;
            },
            true);
    assertEquals(0, result);
    assertEquals(1, acceptor.clientListeners().size());
    assertEquals(1, acceptor.otherListeners().size());
    assertEquals(List.of(new ListenerSocket(LISTENER, false)), acceptor.sockets());
    assertSame(acceptor.clientListeners().getFirst(), acceptor.lastListener());
    come(60, 1);
    accepting.readable(901);
    assertEquals(List.of(60), greeted);
    assertEquals(0, count(Number.ACCEPTED));
    int copy = machine.next();
    CompletableFuture<Integer> control = acceptor.access().control();
    accepting.turn();
    assertEquals(copy, control.get());
    List<String> closed = new ArrayList<>();
    acceptor.whenListenerCloses(() -> closed.add("closed"));
    assertTrue(acceptor.listensToClients());
    accepting.turned.drain();
    accepting.turn();
    assertEquals(List.of("closed"), closed);
    assertFalse(acceptor.listensToClients());
    assertFalse(accepting.turned.isStopped(), "a drain leaves it alone");
    CompletableFuture<Void> unlistened = acceptor.unlistened();
    assertFalse(unlistened.isDone());
    acceptor.closeKept();
    assertTrue(unlistened.isDone());
    acceptor.closeKept();
    assertEquals(List.of("closed", "closed"), closed);
    accepting.turn();
    assertTrue(accepting.turned.isStopped());
    assertEquals(-Linux.EBADF(), acceptor.access().control().get());
  }

  @Test
  void oneThatCannotListenToProcessesSaysSo() {
    machine.fail("epollCtl", Linux.ENOMEM());
    assertEquals(-Linux.ENOMEM(), acceptor.greet(901, _ -> ListenerEvent.PLACED, true));
    acceptor.closeKept();
    assertEquals(List.of(), acceptor.otherListeners());
    assertEquals(0, acceptor.greet(901, _ -> ListenerEvent.PLACED, false));
    accepting.turned.drain();
    accepting.turn();
    assertTrue(accepting.turned.isStopped(), "it was not to be kept");
  }

  @Test
  void whoSharesASocketIsLookedAtAgainWhenAnotherOneLeaves() {
    Accepting other = new Accepting();
    acceptor.listen(LISTENER, true, false);
    other.acceptor.listen(902, true, false);
    machine.calls();
    acceptor.leaveLast();
    other.turn();
    assertEquals(
        List.of("epollCtl DEL 902", "epollCtl ADD 902"),
        machine.calls("epollCtl").stream().filter(call -> call.endsWith("902")).toList());
    other.acceptor.leaveLast();
    other.turn();
    assertEquals(List.of(), machine.calls("epollCtl ADD"));
  }

  @Test
  void whoCannotBeLookedAtAgainPausesOrEnds() {
    Accepting other = new Accepting();
    acceptor.listen(LISTENER, true, false);
    other.acceptor.listen(902, true, false);
    machine.answer("epollCtl", 0);
    acceptor.leaveLast();
    machine.answer("epollCtl", 0);
    machine.fail("epollCtl", Linux.ENOSPC());
    other.turn();
    assertEquals(1, other.loop.metrics().get(Number.PAUSES));
    other.pass(129);
    assertEquals(IN | Linux.EPOLLEXCLUSIVE(), machine.events(902));
    acceptor.listen(903, true, false);
    acceptor.leaveLast();
    machine.answer("epollCtl", 0);
    machine.fail("epollCtl", Linux.EBADF());
    machine.calls();
    other.turn();
    assertTrue(machine.calls("close").contains("close 902"));
    assertEquals(1, other.loop.metrics().get(Number.PAUSES));
  }

  @Test
  void anOrderThatComesLateChangesNothing() {
    Accepting other = new Accepting();
    acceptor.listen(LISTENER, true, false);
    other.acceptor.listen(902, true, false);
    acceptor.leaveLast();
    other.acceptor.leaveLast();
    machine.calls();
    other.turn();
    assertEquals(List.of(), machine.calls("epollCtl"));
  }

  @Test
  void aDescriptorGoesToEachListenerInTurn() {
    Accepting other = new Accepting();
    acceptor.listen(LISTENER, false, false);
    other.acceptor.listen(902, false, false);
    machine.answer("accept4", -Linux.EMFILE(), -Linux.EMFILE());
    accepting.readable(LISTENER);
    machine.calls();
    other.readable(902);
    assertEquals(List.of(), machine.calls("accept4"), "the first waits before it");
    assertEquals(0, machine.events(902));
    come(50, 2);
    limiter.descriptorFreed();
    accepting.turn();
    assertEquals(
        List.of("accept4 900"), machine.calls("accept4"), "one, and then it is another's turn");
    other.turn();
    assertEquals("accept4 902", machine.calls("accept4").getFirst());
    assertEquals(1, accepting.acceptor.load());
    assertEquals(1, other.acceptor.load());
  }

  @Test
  void whoFindsNobodyLeavesTheLine() {
    Accepting other = new Accepting();
    acceptor.listen(LISTENER, false, false);
    other.acceptor.listen(902, false, false);
    machine.answer("accept4", -Linux.EMFILE(), -Linux.EMFILE());
    accepting.readable(LISTENER);
    other.readable(902);
    limiter.descriptorFreed();
    accepting.turn(); // nobody waits there
    come(50, 1);
    other.turn();
    assertEquals(1, other.acceptor.load());
    assertEquals(IN, machine.events(LISTENER));
    assertEquals(IN, machine.events(902));
  }

  @Test
  void whoClosesLeavesTheLine() {
    Accepting other = new Accepting();
    acceptor.listen(LISTENER, false, false);
    other.acceptor.listen(902, false, false);
    machine.answer("accept4", -Linux.EMFILE(), -Linux.EMFILE());
    accepting.readable(LISTENER);
    accepting.turned.abort();
    accepting.turn();
    come(50, 1);
    other.readable(902);
    assertEquals(1, other.acceptor.load());
  }
}
