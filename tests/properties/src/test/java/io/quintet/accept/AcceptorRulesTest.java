package io.quintet.accept;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Line;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.reactor.EventLoop;
import io.quintet.reactor.LoopContext;
import io.quintet.reactor.Mail;
import io.quintet.reactor.Timeouts;
import io.quintet.server.ScriptedLoop;
import io.quintet.service.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Who gets a connection, how many there may be, and who gets a listener, turn by turn. */
class AcceptorRulesTest {
  private static final int LISTENER = ScriptedLoop.LISTENER;
  private static final Map<String, Integer> NONE = Map.of();

  private final ScriptedKernel machine = new ScriptedKernel();

  private ScriptedLoop loop(Map<String, Integer> limits, ConnectionLimiter limiter) {
    return new ScriptedLoop(
        machine, Service.of(Line.codec(), line -> line), limits, limiter, null, Optional.empty());
  }

  private ScriptedLoop loop(Map<String, Integer> limits) {
    return loop(limits, ScriptedLoop.limiter(limits));
  }

  private void ends(ScriptedLoop loop, int fd) {
    loop.receives(fd, "");
    loop.turn();
  }

  @Test
  void noMoreConnectionsThanThereMayBe() {
    ScriptedLoop loop = loop(Map.of("connectionsMax", 2)).listening(false);
    loop.accepts(50);
    loop.accepts(51);
    assertEquals(0, loop.figure("refusedExcess"));
    loop.accepts(52);
    assertEquals(1, loop.figure("refusedExcess"));
    assertEquals(3, loop.figure("accepted"));
    ends(loop, 52);
    assertEquals(2, loop.figure("open"));
    ends(loop, 50);
    loop.accepts(53);
    assertEquals(1, loop.figure("refusedExcess"));
    loop.accepts(54);
    assertEquals(2, loop.figure("refusedExcess"));
  }

  @Test
  void noMoreConnectionsOfAPeerThanItMayHave() {
    ScriptedLoop loop = loop(Map.of("peerConnectionsMax", 2, "connectionsMax", 9)).listening(false);
    machine.peer("127.0.0.1");
    loop.accepts(50);
    loop.accepts(51);
    loop.accepts(52);
    assertEquals(1, loop.figure("refusedExcess"));
    loop.accepts(53);
    assertEquals(2, loop.figure("refusedExcess"), "one that was refused counts for nothing");
    machine.peer("127.0.0.2");
    loop.accepts(54);
    assertEquals(2, loop.figure("refusedExcess"));
    ends(loop, 50);
    machine.peer("127.0.0.1");
    loop.accepts(55);
    assertEquals(2, loop.figure("refusedExcess"));
    loop.accepts(56);
    assertEquals(3, loop.figure("refusedExcess"));
    ends(loop, 55);
    ends(loop, 51);
    loop.accepts(57);
    loop.accepts(58);
    assertEquals(3, loop.figure("refusedExcess"), "the last of a peer was forgotten with it");
    loop.accepts(59);
    assertEquals(4, loop.figure("refusedExcess"));
  }

  @Test
  void oneThatIsOneTooManyOfItsPeerCountsForNothing() {
    ScriptedLoop loop = loop(Map.of("peerConnectionsMax", 1, "connectionsMax", 2)).listening(false);
    machine.peer("127.0.0.1");
    loop.accepts(50);
    loop.accepts(51);
    loop.accepts(52);
    assertEquals(2, loop.figure("refusedExcess"));
    machine.peer("127.0.0.2");
    loop.accepts(53);
    assertEquals(2, loop.figure("refusedExcess"));
    machine.peer("127.0.0.3");
    loop.accepts(54);
    assertEquals(3, loop.figure("refusedExcess"));
  }

  @Test
  void clientsOfAUnixSocketAreOnePeer() {
    ScriptedLoop loop = loop(Map.of("peerConnectionsMax", 1)).listening(false);
    loop.accepts(50);
    loop.accepts(51);
    assertEquals(1, loop.figure("refusedExcess"));
  }

  @Test
  void connectionsGoToTheLoopsInTurn() {
    ScriptedLoop acceptor = loop(NONE).listening(false);
    ScriptedLoop first = loop(NONE);
    ScriptedLoop second = loop(NONE);
    acceptor.loop().placeOn(List.of(first.loop(), second.loop()), "round-robin");
    acceptor.accepts(50);
    acceptor.accepts(51);
    assertEquals(0, acceptor.figure("open"));
    assertEquals(2, acceptor.figure("accepted"));
    assertEquals(1, first.figure("open"), "counted before it has come");
    assertEquals(-1, machine.events(50));
    first.turn();
    second.turn();
    assertEquals(Linux.EPOLLIN(), machine.events(50));
    assertEquals(Linux.EPOLLIN(), machine.events(51));
    assertEquals(1, first.figure("open"));
    assertEquals(1, second.figure("open"));
  }

  @Test
  void oneThatWasOnItsWayToALoopThatStopsIsClosed() {
    ConnectionLimiter limiter = ScriptedLoop.limiter(Map.of("connectionsMax", 1));
    ScriptedLoop acceptor = loop(NONE, limiter).listening(false);
    ScriptedLoop owner = loop(NONE, limiter);
    acceptor.loop().placeOn(List.of(owner.loop()), "round-robin");
    acceptor.accepts(50);
    machine.calls();
    owner.loop().release();
    assertTrue(machine.calls("close").contains("close 50"));
    assertEquals(0, owner.figure("open"));
    acceptor.accepts(51); // nobody takes it
    assertEquals(0, owner.figure("open"));
    assertEquals(0, acceptor.figure("open"));
    assertEquals(1, acceptor.figure("accepted"));
    acceptor.loop().abort();
    acceptor.turn();
    assertTrue(machine.calls("close").contains("close 51"));
    assertTrue(limiter.admits(machine.kernel(), 52), "neither counts any more");
    assertFalse(limiter.admits(machine.kernel(), 53));
  }

  @Test
  void whatWasFreedOnTheWayIsRoomForOneThatWaits() {
    ConnectionLimiter limiter = ScriptedLoop.limiter(NONE);
    ScriptedLoop acceptor = loop(NONE, limiter).listening(false);
    ScriptedLoop owner = loop(NONE, limiter);
    acceptor.loop().placeOn(List.of(owner.loop()), "round-robin");
    acceptor.accepts(50);
    machine.answer("accept4", -Linux.EMFILE(), -Linux.EMFILE());
    acceptor.readable(LISTENER);
    machine.calls();
    owner.loop().release();
    acceptor.turn();
    assertTrue(machine.calls("accept4").size() >= 1, "it was told of the descriptor");
  }

  @Test
  void aLoopThatIsFedStaysUntilItsFeedersHaveEnded() {
    ScriptedLoop acceptor = loop(NONE).listening(false);
    ScriptedLoop owner = loop(NONE);
    acceptor.loop().placeOn(List.of(owner.loop()), "round-robin");
    owner.loop().drain();
    owner.turn();
    assertFalse(owner.loop().isStopped());
    acceptor.loop().drain();
    acceptor.turn();
    assertTrue(acceptor.loop().isStopped());
    owner.turn();
    owner.turn();
    assertTrue(owner.loop().isStopped());
  }

  @Test
  void aFeederThatBreaksFeedsNobodyAnyMore() {
    ScriptedLoop acceptor = loop(NONE);
    ScriptedLoop owner = loop(NONE);
    acceptor.loop().placeOn(List.of(owner.loop()), "round-robin");
    owner.loop().drain();
    owner.turn();
    acceptor.loop().release();
    owner.turn();
    owner.turn();
    assertTrue(owner.loop().isStopped());
  }

  @Test
  void listenersAreSharedWithAnotherLoop() throws Exception {
    ConnectionLimiter limiter = ScriptedLoop.limiter(NONE);
    ScriptedLoop one = loop(NONE, limiter).listening(false);
    ScriptedLoop other = loop(NONE, limiter);
    CompletableFuture<Integer> count = one.loop().listeners().count();
    CompletableFuture<Integer> given = one.loop().share(0, other.loop(), true);
    CompletableFuture<Integer> none = one.loop().share(1, other.loop(), true);
    int copy = machine.next();
    one.turn();
    assertEquals(1, count.get());
    assertEquals(-Linux.EBADF(), none.get());
    assertFalse(given.isDone());
    other.turn();
    assertEquals(0, given.get());
    assertEquals(Linux.EPOLLIN() | Linux.EPOLLEXCLUSIVE(), machine.events(copy));
    assertEquals(
        List.of(new ListenerSocket(copy, true)), List.copyOf(other.loop().listeners().sockets()));
    machine.calls();
    one.loop().listeners().leaveLast();
    one.turn();
    List<String> calls = machine.calls();
    assertTrue(calls.contains("epollCtl DEL " + LISTENER), "the other has it too: " + calls);
    assertTrue(calls.contains("close " + LISTENER));
    assertEquals(List.of(), one.loop().listeners().sockets());
    one.loop().listeners().leaveLast(); // there is none
    one.turn();
  }

  @Test
  void whatCannotBeSharedIsClosedAgain() throws Exception {
    ConnectionLimiter limiter = ScriptedLoop.limiter(NONE);
    ScriptedLoop one = loop(NONE, limiter).listening(false);
    ScriptedLoop other = loop(NONE, limiter);
    machine.fail("dup", Linux.EMFILE());
    CompletableFuture<Integer> failed = one.loop().shareLast(other.loop());
    one.turn();
    assertEquals(-Linux.EMFILE(), failed.get());
    CompletableFuture<Integer> refused = one.loop().shareLast(other.loop());
    int copy = machine.next();
    one.turn();
    machine.fail("epollCtl", Linux.ENOMEM());
    other.turn();
    assertEquals(-Linux.ENOMEM(), refused.get());
    assertEquals(List.of("close " + copy), machine.calls("close"));
    other.loop().release();
    CompletableFuture<Integer> late = one.loop().shareLast(other.loop());
    copy = machine.next();
    machine.calls();
    one.turn();
    assertEquals(-Linux.EBADF(), late.get());
    assertEquals(List.of("close " + copy), machine.calls("close"));
    one.loop().release();
    assertEquals(-Linux.EBADF(), one.loop().shareLast(other.loop()).get());
    assertEquals(0, one.loop().listeners().count().get());
  }

  @Test
  void anotherProcessGetsADescriptorByMail() {
    ScriptedLoop one = loop(NONE).listening(false);
    Timeouts timeouts = new Timeouts(0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0);
    LoopContext other = new LoopContext("other", machine.kernel(), timeouts, List.of(), () -> {});
    int copy = machine.next();
    List<Integer> carried = new ArrayList<>();
    Mail mail =
        new Mail() {
          @Override
          public void deliver() {
            // it has it
          }
        };
    one.loop()
        .listeners()
        .share(
            0,
            other,
            fd -> {
              carried.add(fd);
              return mail;
            });
    one.turn();
    assertEquals(List.of(copy), carried);
    machine.fail("dup", Linux.EMFILE());
    one.loop().listeners().share(0, other, fd -> mail);
    one.turn();
    assertEquals(1, machine.said().size());
    new EventLoop(other, 1).release();
    machine.calls();
    copy = machine.next();
    one.loop().listeners().share(0, other, fd -> mail);
    one.turn();
    assertEquals(List.of("close " + copy), machine.calls("close"));
  }

  @Test
  void aSocketThatListensIsTakenOver() throws Exception {
    ScriptedLoop loop = loop(NONE);
    CompletableFuture<Integer> taken = loop.loop().listeners().adopt(77);
    loop.turn();
    assertEquals(0, taken.get());
    assertEquals(Linux.EPOLLIN(), machine.events(77));
    loop.loop().drain();
    machine.calls();
    CompletableFuture<Integer> last = loop.loop().listeners().adopt(78);
    loop.turn();
    assertEquals(-Linux.EBADF(), last.get(), "it has left all it had");
    assertTrue(machine.calls("close").contains("close 78"));
    assertEquals(-Linux.EBADF(), loop.loop().listeners().adopt(79).get());
    assertEquals(List.of("close 79"), machine.calls("close"));
  }

  @Test
  void aLoopThatRetiresTakesNoSocketAndClosesItsOwn() throws Exception {
    ScriptedLoop loop = loop(NONE).listening(false);
    loop.accepts(50);
    CompletableFuture<Void> left = loop.loop().retire();
    CompletableFuture<Integer> taken = loop.loop().listeners().adopt(77);
    loop.turn();
    assertTrue(left.isDone());
    assertEquals(-Linux.EBADF(), taken.get());
    assertTrue(loop.loop().isRetired());
    assertFalse(loop.loop().isStopped(), "a connection goes on");
    ends(loop, 50);
    loop.turn();
    assertTrue(loop.loop().isStopped());
  }

  @Test
  void optionsAreSetOnTheFirstListener() throws Exception {
    ScriptedLoop loop = loop(NONE);
    CompletableFuture<Integer> none =
        loop.loop().listeners().setOption(SocketOption.SO_REUSEPORT, true);
    loop.turn();
    assertEquals(-Linux.EBADF(), none.get());
    loop.listening(false);
    machine.fail("setOption", Linux.EINVAL());
    CompletableFuture<Integer> set =
        loop.loop().listeners().setOption(SocketOption.SO_REUSEPORT, true);
    loop.turn();
    assertEquals(-Linux.EINVAL(), set.get());
    assertEquals(List.of("setOption " + LISTENER), machine.calls("setOption"));
    loop.loop().release();
    CompletableFuture<Integer> late =
        loop.loop().listeners().setOption(SocketOption.SO_REUSEPORT, true);
    assertEquals(-Linux.EBADF(), late.get());
  }

  @Test
  void howFarALoopHasComeShowsWhileItIsAwake() {
    ScriptedLoop loop = loop(NONE).listening(false);
    long before = loop.loop().listeners().progress();
    loop.turn();
    assertTrue(loop.loop().listeners().progress() > before || before == 0);
    List<Long> asleep = new ArrayList<>();
    machine.whileItWaits(() -> asleep.add(loop.loop().listeners().progress()));
    loop.turn();
    assertEquals(List.of(-1L), asleep);
  }
}
