package io.quintet.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.reactor.Mail;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who gets a request, and who is called for it, step by step on one thread. */
class RequestQueuesRulesTest {
  /** A worker's seat, with the calls that have come for it. */
  private static final class Place {
    private final List<Mail> calls = new ArrayList<>();
    private final WorkerSeat seat;
    private boolean stopped;

    Place(RequestQueues queues) {
      seat =
          queues.seat(
              mail -> {
                calls.add(mail);
                return !stopped;
              });
    }

    int calls() {
      return calls.size();
    }

    void sleeps() {
      assertFalse(seat.park(), "something waits");
    }
  }

  private final List<UnrunTask> requests = new ArrayList<>();

  private static RequestQueues queues(String policy, int bound) {
    return new RequestQueues(policy, bound, new CapacitySignal());
  }

  private void execute(RequestQueues queues, int count) {
    for (int i = 0; i < count; i++) {
      requests.add(new UnrunTask());
      assertTrue(queues.execute(requests.getLast()));
    }
  }

  /** The request of a number, counted from 1 in the order of execution. */
  private UnrunTask request(int number) {
    return requests.get(number - 1);
  }

  private void takes(Place place, int... numbers) {
    for (int number : numbers) {
      assertSame(request(number), place.seat.take(), "request " + number);
    }
  }

  @Test
  void oneQueueIsTakenInOrderAndCounted() {
    RequestQueues queues = queues("shared", 0);
    Place first = new Place(queues);
    Place second = new Place(queues);
    execute(queues, 3);
    assertEquals(3, queues.load());
    assertEquals(3, queues.waiting());
    takes(first, 1);
    takes(second, 2);
    assertEquals(1, queues.waiting());
    assertEquals(Map.of("load", 3L, "waiting", 1L), queues.stats());
    assertEquals(1, first.seat.load());
    first.seat.ended();
    assertEquals(0, first.seat.load());
    assertEquals(2, queues.load());
    takes(first, 3);
    assertNull(second.seat.take());
    first.seat.ended();
    second.seat.ended();
    assertEquals(0, queues.load());
    assertEquals(0, queues.waiting());
  }

  @Test
  void eachRequestCallsOneThatSleeps() {
    RequestQueues queues = queues("shared", 0);
    Place first = new Place(queues);
    Place second = new Place(queues);
    execute(queues, 1);
    assertTrue(first.seat.park(), "one waits already");
    takes(first, 1);
    first.sleeps();
    second.sleeps();
    execute(queues, 1);
    assertEquals(1, first.calls());
    assertEquals(0, second.calls());
    execute(queues, 1);
    assertEquals(1, first.calls());
    assertEquals(1, second.calls());
    execute(queues, 1);
    assertEquals(2, first.calls() + second.calls(), "who is called already is not called again");
  }

  @Test
  void whoIsCalledWhileItGoesToSleepLooksAgain() {
    RequestQueues queues = queues("shared", 0);
    Place place = new Place(queues);
    place.sleeps();
    execute(queues, 1);
    assertFalse(place.seat.park(), "its call is mail, which it finds");
    place.calls.getFirst().deliver();
    takes(place, 1);
    place.sleeps();
    execute(queues, 1);
    assertEquals(2, place.calls());
  }

  @Test
  void inPlaceOfAWorkerThatHasStoppedAnotherOneIsCalled() {
    RequestQueues queues = queues("shared", 0);
    Place first = new Place(queues);
    Place second = new Place(queues);
    first.sleeps();
    second.sleeps();
    first.stopped = true;
    execute(queues, 1);
    assertEquals(1, second.calls());
  }

  @Test
  void whoTakesOneCallsForTheNextThatWaits() {
    RequestQueues queues = queues("shared", 0);
    Place first = new Place(queues);
    Place second = new Place(queues);
    execute(queues, 2);
    assertTrue(second.seat.park());
    takes(first, 1);
    assertEquals(1, second.calls());
    takes(first, 2);
    assertEquals(1, second.calls());
  }

  @Test
  void whoTakesTheLastOneCallsNobody() {
    RequestQueues queues = queues("shared", 0);
    Place first = new Place(queues);
    Place second = new Place(queues);
    Place third = new Place(queues);
    second.sleeps();
    third.sleeps();
    execute(queues, 1);
    assertEquals(1, second.calls());
    takes(first, 1);
    assertEquals(0, third.calls());
  }

  @Test
  void boundedQueuesFillEvenlyAndTheRestWaitsForAll() {
    RequestQueues queues = queues("bounded", 2);
    Place first = new Place(queues);
    Place second = new Place(queues);
    execute(queues, 6);
    assertEquals(2, first.seat.load());
    assertEquals(2, second.seat.load());
    takes(first, 1);
    first.seat.ended(); // its place is the fifth's
    assertEquals(2, first.seat.load());
    takes(first, 3);
    first.seat.ended();
    takes(first, 5, 6);
    assertNull(first.seat.take(), "nobody takes what waits at another one");
    first.sleeps();
    takes(second, 2, 4);
    first.seat.ended();
    first.seat.ended();
    assertEquals(0, first.seat.load());
  }

  @Test
  void whatWaitsForAllComesBeforeWhatIsNew() {
    RequestQueues queues = queues("bounded", 1);
    Place first = new Place(queues);
    Place second = new Place(queues);
    execute(queues, 3);
    takes(first, 1);
    first.seat.ended();
    assertEquals(0, first.seat.load(), "where each has one, the next is whose turn is first");
    execute(queues, 1);
    takes(second, 2, 3, 4);
  }

  @Test
  void oneThatWaitsAtAWorkerIsForItAlone() {
    RequestQueues queues = queues("bounded", 1);
    Place first = new Place(queues);
    Place second = new Place(queues);
    second.sleeps();
    execute(queues, 1);
    assertEquals(0, second.calls());
    assertNull(second.seat.take());
    second.sleeps();
    takes(first, 1);
  }

  @Test
  void theOldestOfTheLongestQueueIsStolen() {
    RequestQueues queues = queues("stealing", 0);
    Place first = new Place(queues);
    Place second = new Place(queues);
    Place third = new Place(queues);
    execute(queues, 7); // 1, 4, 7 at the first, 2, 5 at the second, 3, 6 at the third
    assertEquals(3, first.seat.load());
    assertEquals(2, second.seat.load());
    assertEquals(2, third.seat.load());
    takes(third, 3, 6, 1, 4, 2, 7, 5);
    assertEquals(0, first.seat.load());
    assertEquals(0, second.seat.load());
    assertEquals(7, third.seat.load());
    assertNull(third.seat.take());
  }

  @Test
  void whereTheLongestHasNothingThatWaitsAnotherOneHas() {
    RequestQueues queues = queues("stealing", 0);
    Place first = new Place(queues);
    Place second = new Place(queues);
    Place third = new Place(queues);
    execute(queues, 2);
    takes(first, 1);
    assertTrue(third.seat.park(), "one waits at the second");
    takes(third, 2);
    assertNull(second.seat.take());
    second.sleeps();
  }

  @Test
  void oneThatSleepsIsCalledForWhatWaitsAtAnotherThatIsBusy() {
    RequestQueues queues = queues("stealing", 0);
    Place first = new Place(queues);
    Place second = new Place(queues);
    execute(queues, 2);
    takes(first, 1);
    takes(second, 2);
    second.seat.ended();
    second.sleeps();
    execute(queues, 1);
    assertEquals(1, second.calls());
    second.calls.getFirst().deliver();
    takes(second, 3);
    second.sleeps();
    execute(queues, 1); // both seem to have one: it waits at the first, which is busy
    assertEquals(2, second.calls());
    takes(second, 4);
  }

  @Test
  void aCallForItsOwnIsEnough() {
    RequestQueues queues = queues("stealing", 0);
    Place first = new Place(queues);
    Place second = new Place(queues);
    first.sleeps();
    second.sleeps();
    execute(queues, 1);
    assertEquals(1, first.calls());
    assertEquals(0, second.calls());
  }

  private void execute(RequestQueues queues, String lengths) {
    for (String length : lengths.split("")) {
      requests.add(new UnrunTask());
      requests.getLast().isShort = length.equals("s");
      assertTrue(queues.execute(requests.getLast()));
    }
  }

  private static RequestQueues reserving() {
    return RequestQueues.reserving(1, _ -> true, new CapacitySignal());
  }

  @Test
  void aReservedWorkerTakesShortOnesAndTheOthersTakeTheOldest() {
    RequestQueues queues = reserving();
    Place reserved = new Place(queues);
    Place other = new Place(queues);
    assertTrue(reserved.seat.isReserved());
    assertFalse(other.seat.isReserved());
    execute(queues, "lsslsl");
    assertEquals(3, queues.waitingShort());
    takes(other, 1, 2);
    takes(reserved, 3);
    takes(other, 4);
    takes(reserved, 5);
    assertNull(reserved.seat.take(), "a long one waits, for the other");
    reserved.sleeps();
    assertTrue(other.seat.park(), "a long one waits");
    takes(other, 6);
    assertEquals(0, queues.waitingShort());
    assertEquals(6, queues.load());
  }

  @Test
  void eachRequestCallsOneThatMayTakeIt() {
    RequestQueues queues = reserving();
    Place reserved = new Place(queues);
    Place other = new Place(queues);
    reserved.sleeps();
    other.sleeps();
    execute(queues, "l");
    assertEquals(0, reserved.calls());
    assertEquals(1, other.calls());
    execute(queues, "l");
    assertEquals(0, reserved.calls(), "the second waits for the other worker");
    execute(queues, "s");
    assertEquals(1, reserved.calls());
    reserved.calls.getFirst().deliver();
    takes(reserved, 3);
    other.calls.getFirst().deliver();
    takes(other, 1, 2);
    other.sleeps();
    execute(queues, "s");
    assertEquals(2, other.calls(), "the reserved one is busy");
  }

  @Test
  void whoTakesAShortOneCallsForTheLongOneBehindIt() {
    RequestQueues queues = reserving();
    Place reserved = new Place(queues);
    Place other = new Place(queues);
    Place third = new Place(queues);
    execute(queues, "sl");
    assertTrue(third.seat.park());
    takes(reserved, 1);
    assertEquals(1, third.calls());
    takes(other, 2);
    reserved.sleeps();
    assertEquals(0, reserved.calls());
  }

  @Test
  void whatFollowsAShortOneAtAReservedWorkerIsPassedOnIfItIsLong() {
    RequestQueues queues = reserving();
    Place reserved = new Place(queues);
    Place other = new Place(queues);
    other.sleeps();
    execute(queues, "s");
    takes(reserved, 1);
    UnrunTask brief = new UnrunTask();
    brief.isShort = true;
    assertSame(brief, reserved.seat.runOrPassOn(brief));
    requests.add(new UnrunTask());
    assertSame(request(2), other.seat.runOrPassOn(request(2)));
    assertNull(reserved.seat.runOrPassOn(request(2)));
    assertEquals(1, other.calls());
    assertEquals(2, queues.load());
    reserved.seat.ended();
    takes(other, 2);
  }

  @Test
  void whereNoOtherIsLeftAReservedWorkerTakesAll() {
    RequestQueues queues = reserving();
    Place reserved = new Place(queues);
    Place other = new Place(queues);
    reserved.sleeps();
    execute(queues, "l");
    assertEquals(0, reserved.calls());
    other.seat.leave();
    assertEquals(1, reserved.calls());
    reserved.calls.getFirst().deliver();
    takes(reserved, 1);
    UnrunTask following = new UnrunTask();
    assertSame(following, reserved.seat.runOrPassOn(following));
    reserved.sleeps();
    execute(queues, "l");
    assertEquals(2, reserved.calls());
    execute(queues, "sl");
    takes(reserved, 2, 3, 4);
    reserved.seat.leave();
    execute(queues, "ls");
    assertEquals(
        List.of(0, 0, 0, 0, 1, 1), requests.stream().map(each -> each.undelivered.get()).toList());
  }

  @Test
  void whatWaitsAtAWorkerThatLeavesIsForTheOthers() {
    RequestQueues queues = queues("bounded", 1);
    Place first = new Place(queues);
    Place second = new Place(queues);
    execute(queues, 1);
    second.sleeps();
    first.seat.leave();
    assertEquals(1, second.calls());
    takes(second, 1);
    execute(queues, 1);
    assertEquals(Integer.MAX_VALUE, first.seat.loadOrMost());
    second.seat.ended();
    takes(second, 2);
    assertEquals(0, requests.stream().mapToInt(each -> each.undelivered.get()).sum());
  }

  @Test
  void oneThatLeavesWithNothingCallsNobody() {
    RequestQueues queues = queues("shared", 0);
    Place first = new Place(queues);
    Place second = new Place(queues);
    first.sleeps();
    second.sleeps();
    first.seat.leave();
    assertEquals(0, second.calls());
    execute(queues, 1);
    assertEquals(0, first.calls());
    assertEquals(1, second.calls());
  }

  @Test
  void whenAllHaveLeftEachRequestIsGivenBack() {
    RequestQueues queues = queues("bounded", 1);
    Place first = new Place(queues);
    Place second = new Place(queues);
    execute(queues, 3);
    takes(second, 2);
    second.seat.ended();
    second.seat.leave();
    assertEquals(2, queues.load());
    first.seat.leave();
    assertEquals(0, queues.load());
    execute(queues, 1);
    assertEquals(0, queues.load());
    assertEquals(
        List.of(1, 0, 1, 1), requests.stream().map(each -> each.undelivered.get()).toList());
  }
}
