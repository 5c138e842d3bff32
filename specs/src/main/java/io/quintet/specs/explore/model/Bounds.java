package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.model.May.ABORT;
import static io.quintet.specs.explore.model.May.ANSWER_LATE;
import static io.quintet.specs.explore.model.May.BE_LAST;
import static io.quintet.specs.explore.model.May.BE_LEFT;
import static io.quintet.specs.explore.model.May.BE_OLD;
import static io.quintet.specs.explore.model.May.BROADCAST;
import static io.quintet.specs.explore.model.May.COME_BESIDE;
import static io.quintet.specs.explore.model.May.COME_IN_PARTS;
import static io.quintet.specs.explore.model.May.COME_TOGETHER;
import static io.quintet.specs.explore.model.May.COME_WHOLE;
import static io.quintet.specs.explore.model.May.CONVERSE;
import static io.quintet.specs.explore.model.May.DRAIN_EARLY;
import static io.quintet.specs.explore.model.May.FALL_SILENT;
import static io.quintet.specs.explore.model.May.FOLLOW_LATER;
import static io.quintet.specs.explore.model.May.MOVE;
import static io.quintet.specs.explore.model.May.SAY_MUCH;
import static io.quintet.specs.explore.model.May.SHAKE_HANDS;
import static io.quintet.specs.explore.model.May.STAY;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How much of everything a model has. Together the {@link #ALL} exercise every transition; one
 * model with all of it at once would be too large.
 *
 * @param name for a table
 * @param connections clients, each with one connection
 * @param requests requests of each
 * @param loops loops where there are several
 * @param workers workers where there are some
 * @param queue requests that may wait or run on one worker
 * @param faults errors that nothing goes well after
 * @param interruptions calls that are made again
 * @param limits times that no descriptor is left
 * @param fills times that a socket takes no more
 * @param resets connections that a client resets
 * @param malformed requests that are none
 * @param may what may happen besides
 */
public record Bounds(
    String name,
    int connections,
    int requests,
    int loops,
    int workers,
    int queue,
    int faults,
    int interruptions,
    int limits,
    int fills,
    int resets,
    int malformed,
    Set<May> may) {
  /** Two clients that come, ask and go; the server drains whenever it likes. */
  private static final Bounds CLIENTS =
      new Bounds("clients", 2, 1, 2, 2, 1, 0, 0, 0, 0, 0, 0, Set.of(DRAIN_EARLY));

  /**
   * Two requests, of which one may be the last, to handlers that answer whenever they like; a call
   * may be interrupted.
   */
  private static final Bounds REQUESTS =
      new Bounds("requests", 1, 2, 2, 2, 1, 0, 1, 0, 0, 0, 0, Set.of(ANSWER_LATE, BE_LAST));

  /** A socket that fills, a request that is none, a client that resets, while the server drains. */
  private static final Bounds TROUBLE =
      new Bounds(
          "trouble", 1, 2, 1, 1, 1, 0, 0, 0, 1, 1, 1, Set.of(DRAIN_EARLY, ANSWER_LATE, BE_LAST));

  /** Calls that are interrupted, and a process without descriptors. */
  private static final Bounds LIMITS =
      new Bounds("limits", 2, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, Set.of(DRAIN_EARLY));

  /** An error after which nothing goes well, and one that passes, at any time. */
  private static final Bounds FAULTS =
      new Bounds(
          "faults", 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, Set.of(DRAIN_EARLY, ANSWER_LATE, BE_LAST));

  /** Clients that fall silent: deadlines end what is left. */
  private static final Bounds SILENCE =
      new Bounds(
          "silence", 1, 2, 1, 1, 1, 0, 0, 0, 1, 0, 1, Set.of(FALL_SILENT, ANSWER_LATE, BE_LAST));

  /** The time for draining passes, in whatever state. */
  private static final Bounds ABORTS =
      new Bounds(
          "aborts",
          1,
          2,
          1,
          1,
          1,
          0,
          0,
          1,
          1,
          0,
          0,
          Set.of(FALL_SILENT, DRAIN_EARLY, ABORT, ANSWER_LATE, BE_LAST));

  /** The time for draining passes while a worker is full, a call fails or a client resets. */
  private static final Bounds RUSH =
      new Bounds("rush", 1, 2, 1, 1, 1, 1, 0, 0, 0, 1, 0, Set.of(DRAIN_EARLY, ABORT));

  /** A loop leaves, a descriptor is missing, and the time for draining passes. */
  private static final Bounds LEAVING =
      new Bounds("leaving", 1, 0, 2, 1, 1, 0, 0, 1, 0, 0, 0, Set.of(DRAIN_EARLY, ABORT));

  /** A reply that comes in parts, to a client that takes no more or goes away. */
  private static final Bounds PARTS =
      new Bounds(
          "parts",
          1,
          2,
          1,
          1,
          1,
          0,
          0,
          0,
          1,
          1,
          0,
          Set.of(DRAIN_EARLY, ANSWER_LATE, BE_LAST, COME_IN_PARTS));

  /** Requests that are handled before all of them has come, from clients that may fall silent. */
  private static final Bounds CONTENT =
      new Bounds(
          "content",
          1,
          2,
          1,
          1,
          1,
          0,
          1,
          0,
          1,
          0,
          0,
          Set.of(FALL_SILENT, ANSWER_LATE, BE_LAST, FOLLOW_LATER));

  /**
   * Whatever can fail does, at any time, around a connection that asks for nothing; where there are
   * several threads or processes, around none.
   */
  private static final Bounds UPHEAVAL =
      new Bounds(
          "upheaval", 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, Set.of(FALL_SILENT, DRAIN_EARLY, ABORT));

  /** Descriptors and room in sockets are missing, once more than once, while a server ends. */
  private static final Bounds SHORTAGE =
      new Bounds("shortage", 1, 0, 1, 1, 1, 0, 0, 2, 1, 0, 0, Set.of(DRAIN_EARLY, ABORT));

  /** A backend's socket takes no more while something fails and the server drains. */
  private static final Bounds STANDSTILL =
      new Bounds("standstill", 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 0, Set.of(DRAIN_EARLY));

  /** Requests that come faster than they are handled, and calls that are interrupted twice. */
  private static final Bounds PIPELINE =
      new Bounds("pipeline", 1, 3, 1, 1, 1, 0, 2, 0, 1, 0, 0, Set.of(ANSWER_LATE, BE_LAST));

  /** Two clients of whom one resets or takes no more, while something fails. */
  private static final Bounds PAIR =
      new Bounds(
          "pair", 2, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, Set.of(DRAIN_EARLY, COME_WHOLE, COME_BESIDE));

  /** Two connections, of which one finds no descriptor, perhaps until the other one ends. */
  private static final Bounds SEATS =
      new Bounds("seats", 2, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, Set.of(DRAIN_EARLY, COME_BESIDE));

  /** Two connections with events in the same turn, which leaves mail over. */
  private static final Bounds TOGETHER =
      new Bounds(
          "together",
          2,
          1,
          1,
          1,
          1,
          0,
          0,
          0,
          1,
          0,
          0,
          Set.of(DRAIN_EARLY, COME_WHOLE, COME_TOGETHER, STAY, COME_BESIDE));

  /** Connections that are old enough to end with any reply. */
  private static final Bounds AGE =
      new Bounds("age", 1, 2, 1, 1, 1, 0, 0, 0, 1, 0, 0, Set.of(ANSWER_LATE, BE_OLD));

  /** So many requests at once that a connection yields again and again, while replies come. */
  private static final Bounds BURST =
      new Bounds("burst", 1, 4, 1, 1, 1, 0, 0, 0, 1, 0, 0, Set.of(ANSWER_LATE, COME_WHOLE));

  /** Another server takes over while a descriptor or room in a socket is missing. */
  private static final Bounds TAKEOVER =
      new Bounds("takeover", 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, Set.of(DRAIN_EARLY, BE_LEFT));

  /** Requests that wait until one of two workers takes them, of whom one may never be done. */
  private static final Bounds QUEUES =
      new Bounds("queues", 1, 2, 1, 2, 1, 0, 0, 0, 0, 0, 0, Set.of(FALL_SILENT, COME_WHOLE));

  /**
   * Handshakes of clients that fall silent, go away, take no more, or begin with something else,
   * while the server drains.
   */
  private static final Bounds HANDSHAKES =
      new Bounds(
          "handshakes",
          1,
          0,
          1,
          1,
          1,
          0,
          1,
          0,
          1,
          1,
          1,
          Set.of(FALL_SILENT, DRAIN_EARLY, ABORT, SHAKE_HANDS));

  boolean converses() {
    return may.contains(CONVERSE);
  }

  boolean broadcasts() {
    return may.contains(BROADCAST);
  }

  boolean saysMuch() {
    return may.contains(SAY_MUCH);
  }

  boolean moves() {
    return may.contains(MOVE);
  }

  boolean silent() {
    return may.contains(FALL_SILENT);
  }

  boolean drainsEarly() {
    return may.contains(DRAIN_EARLY);
  }

  boolean aborts() {
    return may.contains(ABORT);
  }

  boolean lateHandlers() {
    return may.contains(ANSWER_LATE);
  }

  boolean lasts() {
    return may.contains(BE_LAST);
  }

  boolean parts() {
    return may.contains(COME_IN_PARTS);
  }

  boolean content() {
    return may.contains(FOLLOW_LATER);
  }

  boolean whole() {
    return may.contains(COME_WHOLE);
  }

  int events() {
    return may.contains(COME_TOGETHER) ? 2 : 1;
  }

  boolean leavesMail() {
    return may.contains(STAY);
  }

  boolean handsOver() {
    return may.contains(BE_LEFT);
  }

  boolean shakesHands() {
    return may.contains(SHAKE_HANDS);
  }

  boolean ages() {
    return may.contains(BE_OLD);
  }

  /** Whether the drain may have a delay, in which a loop may fail or leave. */
  boolean delays() {
    return silent() || (aborts() && !lateHandlers());
  }

  /** Backends are asked once whether they live, besides those that do not answer. */
  int beats() {
    return limits > 0 || silent() ? 1 : 0;
  }

  /** Several threads have so many orders that less of all must do. */
  Bounds withThreads() {
    if (shakesHands()) {
      Set<May> less = new HashSet<>(may);
      less.removeAll(Set.of(FALL_SILENT, ABORT));
      return with(1, requests, limits, 0, less);
    }
    if (isAboutProcesses()) {
      return with(silent() ? 0 : beside(), requests, limits, fills, may);
    }
    return with(beside(), aborts() && silent() ? 1 : requests, limits, fills, may);
  }

  private int beside() {
    return may.contains(COME_BESIDE) ? connections : 1;
  }

  private boolean isAboutProcesses() {
    return requests == 0 && loops == 1;
  }

  /**
   * With several processes, what one does with a connection is left to the search of one thread.
   */
  Bounds withProcesses() {
    if (isAboutProcesses()) {
      return withThreads();
    }
    int fewer = silent() || faults > 0 || (aborts() && loops > 1) ? 0 : limits;
    Set<May> less = new HashSet<>(may);
    less.removeAll(Set.of(ANSWER_LATE, BE_LAST));
    return with(beside(), aborts() && silent() ? 1 : requests, fewer, aborts() ? 0 : fills, less);
  }

  private Bounds with(int connections, int requests, int limits, int fills, Set<May> may) {
    return new Bounds(
        name,
        connections,
        requests,
        loops,
        workers,
        queue,
        faults,
        interruptions,
        limits,
        fills,
        resets,
        malformed,
        may);
  }

  public static final List<Bounds> ALL =
      List.of(
          CLIENTS,
          REQUESTS,
          TROUBLE,
          LIMITS,
          FAULTS,
          SILENCE,
          ABORTS,
          RUSH,
          LEAVING,
          PARTS,
          CONTENT,
          UPHEAVAL,
          SHORTAGE,
          STANDSTILL,
          PIPELINE,
          PAIR,
          SEATS,
          TOGETHER,
          AGE,
          BURST,
          TAKEOVER,
          QUEUES,
          HANDSHAKES,
          MovingBounds.MOVES,
          MovingBounds.WAYS,
          MovingBounds.DETOURS,
          MovingBounds.BYWAYS,
          MovingBounds.FAREWELLS,
          SessionBounds.SESSIONS,
          SessionBounds.CUTS,
          SessionBounds.LISTENERS,
          SessionBounds.BROADCASTS,
          SessionBounds.JOURNEYS,
          SessionBounds.UPGRADES);

  public static Bounds named(String name) {
    return ALL.stream()
        .filter(bounds -> bounds.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there are no bounds \""
                        + name
                        + "\"; there are "
                        + ALL.stream().map(Bounds::name).toList()));
  }
}
