package io.quintet.testkit;

import io.quintet.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Judges a server that nobody asks for anything: what it has is zero, and it has counted what
 * happened.
 */
final class Quiet {
  private static final long SECOND = 1_000_000_000L;

  /** What backends that stood still, were killed or are started anew take to be as they should. */
  private static final int SECONDS_MAX = 150;

  private static final int SECONDS_BETWEEN = 10;

  private final SimulatedMachine machine;
  private final Server server;
  private final ReplyLedger<?, ?> replies;
  private final boolean counts;
  private final boolean rearranged;

  /**
   * Judges one.
   *
   * @param counts whether all that the machine has seen was this server's
   * @param rearranged whether some of its threads may have ended, with what they had counted
   */
  Quiet(
      SimulatedMachine machine,
      Server server,
      ReplyLedger<?, ?> replies,
      boolean counts,
      boolean rearranged) {
    this.machine = machine;
    this.server = server;
    this.replies = replies;
    this.counts = counts;
    this.rearranged = rearranged;
  }

  /**
   * Waits until all is zero, or breaks the run.
   *
   * @return whether it is; something may have struck the server, so that it does not serve as ever
   */
  boolean check() {
    List<String> left = List.of();
    for (int seconds = 0; seconds < SECONDS_MAX; seconds += SECONDS_BETWEEN) {
      pass(1); // whoever can go on does so before
      if (!mustBe()) {
        return false;
      }
      left = left();
      if (left.isEmpty()) {
        return true;
      }
      pass(SECONDS_BETWEEN);
    }
    if (mustBe()) {
      machine.violation("nobody asks for anything, and there is " + left, null);
    }
    machine.check();
    return false;
  }

  private void pass(int seconds) {
    machine.turns().waitFor(() -> false, machine.nanos() + seconds * SECOND);
    machine.check();
  }

  /** Whether nothing has struck that it needs, so that it serves as ever. */
  private boolean mustBe() {
    machine.check();
    return server.isReady()
        && !machine.isFrontBroken()
        && !machine.isListenerBroken()
        && !machine.isLoopBroken();
  }

  /**
   * Counts of a server that none of its processes was killed of, and that took over from nobody.
   */
  private void addCounts(Map<?, ?> totals, List<String> left) {
    Map<String, Long> happened =
        Map.of(
            "accepted", machine.accepted,
            "requests", replies.takenOfAll(),
            "receivedBytes", machine.receivedBytes,
            "sentBytes", machine.sentBytes);
    happened.forEach(
        (name, number) -> {
          if (!number.equals(totals.get(name))) {
            left.add(name + " counted as " + totals.get(name) + " and not " + number);
          }
        });
  }

  /** What each thread has counted of itself. */
  private void addThreads(Map<String, Object> stats, List<String> left) {
    for (Object each : (List<?>) stats.get("workers")) {
      Map<?, ?> numbers = (Map<?, ?>) each;
      String thread = String.valueOf(numbers.get("thread"));
      long ran = replies.begunOn(thread);
      if (!(numbers.get("requests") instanceof Long given) || given < ran) {
        left.add(numbers + " where " + ran + " handlers ran"); // some were given up before
      }
      long slept = machine.sleeps.getOrDefault(thread, 0L);
      if (numbers.get("sleeps") instanceof Long number && number != slept) {
        left.add(numbers + " where it slept " + slept + " times");
      }
    }
    for (Object each : (List<?>) stats.get("loops")) {
      Map<?, ?> numbers = (Map<?, ?>) each;
      long slept = machine.sleeps.getOrDefault(String.valueOf(numbers.get("thread")), 0L);
      if (!(numbers.get("wakeUps") instanceof Long number)
          || number > slept
          || number < slept - 1) { // the last of them lasts yet
        left.add(numbers.get("thread") + ": " + numbers.get("wakeUps") + " of " + slept);
      }
    }
  }

  private List<String> left() {
    List<String> left = new ArrayList<>();
    if (machine.accepted != machine.closed) {
      left.add(machine.accepted - machine.closed + " connections open");
    }
    Map<String, Object> stats = server.stats();
    for (String kind : List.of("loops", "workers", "backends")) {
      for (Object each : (List<?>) stats.get(kind)) {
        Map<?, ?> numbers = (Map<?, ?>) each;
        for (String name : List.of("open", "queuedBytes", "load")) {
          if (numbers.get(name) instanceof Long number && number != 0) {
            left.add(numbers.get("thread") + " with " + name + " " + number);
          }
        }
      }
    }
    if (counts && !rearranged) {
      addThreads(stats, left);
    }
    if (counts && !machine.hasLostBackend()) {
      addCounts((Map<?, ?>) stats.get("totals"), left);
    }
    return left;
  }
}
