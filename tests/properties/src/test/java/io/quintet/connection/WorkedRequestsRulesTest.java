package io.quintet.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Line;
import io.quintet.dispatch.CapacitySignal;
import io.quintet.dispatch.Placement;
import io.quintet.dispatch.QueueLimit;
import io.quintet.dispatch.Worker;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.ScriptedKernel;
import io.quintet.server.ScriptedLoop;
import io.quintet.service.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How requests go to workers, who waits where these have no room, and what comes back. */
class WorkedRequestsRulesTest {
  private static final int FD = 50;

  private final ScriptedKernel machine = new ScriptedKernel();
  private final CapacitySignal room = new CapacitySignal();
  private final List<String> handled = new ArrayList<>();
  private final Service<String, String> service =
      Service.of(
          new Sorted(),
          line -> {
            handled.add(line);
            return line.toUpperCase(java.util.Locale.ROOT);
          });
  private final Worker first = worker("first");
  private final Worker second = worker("second");
  private final ScriptedLoop loop = loop(first, second);

  private Worker worker(String name) {
    return worker(name, 1_000_000_000);
  }

  private Worker worker(String name, long waitNanosMax) {
    return new Worker(
        name,
        machine.kernel(),
        room,
        new QueueLimit(waitNanosMax, 0, machine.kernel()::nanoTime),
        Optional.empty());
  }

  /** Lines, of which some are handled where they are read, and some in order. */
  private static final class Sorted implements Codec<String, String> {
    private final Codec<String, String> lines = Line.codec(100);

    @Override
    public String name() {
      return "line";
    }

    @Override
    public Decoder<String> decoder() {
      return lines.decoder();
    }

    @Override
    public Encoder<String, String> encoder() {
      return lines.encoder();
    }

    @Override
    public boolean isInline(String request) {
      return request.startsWith("inline");
    }

    @Override
    public boolean isOrdered(String request) {
      return request.startsWith("ordered");
    }
  }

  private ScriptedLoop loop(Worker one, Worker other) {
    ScriptedLoop made =
        another(Optional.of(new Placement(List.of(other, one), "round-robin", 1, room)))
            .listening(false);
    made.accepts(FD);
    machine.calls();
    return made;
  }

  /** Another loop of the same server. */
  private ScriptedLoop another(Optional<Placement> workers) {
    Map<String, Integer> none = Map.of();
    return new ScriptedLoop(machine, service, none, ScriptedLoop.limiter(none), null, workers);
  }

  private List<String> handled() {
    List<String> all = List.copyOf(handled);
    handled.clear();
    return all;
  }

  @Test
  void eachRequestGoesToOneWorkerAndItsReplyComesBackInOrder() {
    loop.receives(FD, "a\nb\n");
    assertEquals(1, first.load());
    assertEquals(1, second.load());
    assertEquals(List.of(), handled());
    second.turn();
    assertEquals(List.of("b"), handled());
    loop.turn();
    assertEquals("", machine.sent());
    first.turn();
    loop.turn();
    assertEquals("A\nB\n", machine.sent());
    assertEquals(Linux.EPOLLIN(), machine.events(FD));
  }

  @Test
  void whoFindsNoRoomIsNotReadAndGoesOnOnceThereIsSome() {
    loop.receives(FD, "a\nb\nc\nd\n");
    assertEquals(0, machine.events(FD));
    assertEquals(3, loop.figure("requests"));
    first.turn();
    assertEquals(List.of("a"), handled());
    loop.turn();
    assertEquals("A\n", machine.sent());
    assertEquals(1, first.load(), "the third");
    second.turn();
    loop.turn();
    assertEquals("B\n", machine.sent());
    assertEquals(1, second.load(), "the fourth");
    assertEquals(Linux.EPOLLIN(), machine.events(FD));
    first.turn();
    second.turn();
    loop.turn();
    assertEquals("C\nD\n", machine.sent());
    assertEquals(List.of("b", "c", "d"), handled());
  }

  @Test
  void oneThatWaitsForRoomInVainIsAnsweredInTime() {
    loop.receives(FD, "a\nb\nc\n");
    loop.pass(4_000 + 4_000 / 128 + 1);
    assertEquals(1, loop.figure("refusedOverdue"));
    first.turn();
    second.turn();
    loop.turn();
    first.turn();
    second.turn();
    assertEquals(List.of(), handled(), "nobody waits for them any more");
    assertTrue(machine.sent().startsWith("error"));
  }

  @Test
  void whatNobodyWaitsForAnyMoreIsNotHandled() {
    Worker third = worker("third", 0);
    Worker fourth = worker("fourth", 0);
    ScriptedLoop patient = loop(third, fourth);
    patient.receives(FD, "a\nb\n");
    third.turn();
    assertEquals(List.of("a"), handled());
    patient.pass(4_000 + 4_000 / 128 + 1);
    fourth.turn();
    patient.turn();
    assertEquals(List.of(), handled(), "its time was up before it began");
    assertEquals("A\n", machine.sent().substring(0, 2));
  }

  @Test
  void oneThatEndsWhileItWaitsForRoomIsForgotten() {
    loop.receives(FD, "a\nb\nc\n");
    machine.ready(FD, Linux.EPOLLHUP());
    loop.turn();
    assertEquals(0, loop.figure("open"));
    first.turn();
    second.turn();
    loop.turn();
    assertEquals(2, handled().size(), "what was taken runs");
    assertEquals(0, first.load());
    assertEquals(0, second.load());
  }

  @Test
  void oneThatIsInlineRunsHereAndItsReplyWaits() {
    loop.receives(FD, "inline 1\n");
    assertEquals(List.of("inline 1"), handled());
    assertEquals("INLINE 1\n", machine.sent());
    loop.receives(FD, "a\ninline 2\n");
    assertEquals(List.of("inline 2"), handled());
    assertEquals("", machine.sent());
    first.turn();
    second.turn();
    loop.turn();
    assertEquals("A\nINLINE 2\n", machine.sent());
  }

  @Test
  void whatIsOrderedIsHandledBehindTheOneBefore() {
    loop.receives(FD, "ordered 1\nordered 2\na\n");
    assertEquals(1, first.load() + second.load(), "one worker has all");
    second.turn();
    first.turn();
    assertEquals(List.of("ordered 1", "ordered 2", "a"), handled());
    loop.turn();
    assertEquals("ORDERED 1\nORDERED 2\nA\n", machine.sent());
    loop.receives(FD, "ordered 3\n");
    assertEquals(1, first.load() + second.load());
    first.turn();
    second.turn();
    loop.turn();
    assertEquals("ORDERED 3\n", machine.sent());
  }

  @Test
  void whatAWorkerHasNotBegunWhenItStopsHasFailed() {
    loop.receives(FD, "a\n");
    first.stopLater();
    first.release();
    second.release();
    loop.turn();
    assertEquals("error: the request failed\n", machine.sent());
    assertEquals(List.of(), handled());
    loop.receives(FD, "b\n");
    loop.turn();
    assertEquals("error: the request failed\n", machine.sent(), "nobody is there");
    assertFalse(loop.loop().isStopped());
    assertEquals(2, loop.figure("failures"));
  }

  @Test
  void oneThatHasWaitedTooLongIsAnsweredAndNotHandled() {
    loop.receives(FD, "a\nb\n");
    loop.pass(1_000);
    first.turn();
    assertEquals(List.of("a"), handled(), "as long as it may");
    loop.pass(1);
    second.turn();
    loop.turn();
    assertEquals(List.of(), handled());
    assertTrue(machine.sent().startsWith("A\nerror"));
    assertEquals(1, loop.figure("refusedStale"));
  }

  @Test
  void whatIsOrderedBehindOneThatWasHandledIsHandledByAnybody() {
    loop.receives(FD, "ordered 1\n");
    first.turn();
    second.turn();
    loop.receives(FD, "ordered 2\n");
    first.turn();
    second.turn();
    loop.turn();
    assertEquals(List.of("ordered 1", "ordered 2"), handled());
    assertEquals("ORDERED 1\nORDERED 2\n", machine.sent());
  }

  @Test
  void whatIsOrderedBehindOneThatFailedSoHasFailedToo() {
    loop.receives(FD, "ordered 1\nordered 2\n");
    first.release();
    second.release();
    loop.turn();
    assertEquals("error: the request failed\nerror: the request failed\n", machine.sent());
    assertEquals(2, loop.figure("failures"));
    assertEquals(List.of(), handled());
  }

  /** One that waits for room goes to another loop. */
  private void moves(ScriptedLoop other) {
    loop.receives(FD, "a\nb\nc\nd\n");
    assertEquals(0, machine.events(FD));
    loop.loop().give(List.of(other.loop()), MoveOrder.ALL);
    loop.turn();
    loop.turn();
    other.turn();
    loop.turn();
    assertEquals(0, loop.figure("open"));
    assertEquals(1, other.figure("open"));
  }

  @Test
  void whoWaitsForRoomWaitsInTheLoopThatItMovesTo() {
    ScriptedLoop other =
        another(Optional.of(new Placement(List.of(second, first), "round-robin", 1, room)));
    moves(other);
    for (int i = 0; i < 4; i++) {
      first.turn();
      second.turn();
      other.turn();
    }
    assertEquals("A\nB\nC\nD\n", machine.sent());
    assertEquals(4, handled().size());
    loop.turn();
    assertEquals(Linux.EPOLLIN(), machine.events(FD));
  }

  @Test
  void whereThereAreNoWorkersItWaitsForNobody() {
    ScriptedLoop other = another(Optional.empty());
    moves(other);
    assertTrue(handled().contains("c"));
    first.turn();
    second.turn();
    other.turn();
    other.turn();
    assertEquals("A\nB\nC\nD\n", machine.sent());
  }

  @Test
  void aDrainWaitsForWorkers() {
    loop.receives(FD, "a\n");
    loop.loop().drain();
    loop.turn();
    assertFalse(loop.loop().isStopped());
    first.turn();
    second.turn();
    loop.turn();
    assertEquals("A\n", machine.sent());
  }
}
