package io.quintet.cli;

import static io.quintet.cli.LabControl.BACKLOG;
import static io.quintet.cli.LabControl.CHURN;
import static io.quintet.cli.LabControl.CONNECTIONS;
import static io.quintet.cli.LabControl.COST;
import static io.quintet.cli.LabControl.DESCRIPTORS;
import static io.quintet.cli.LabControl.HANDLER;
import static io.quintet.cli.LabControl.HOT;
import static io.quintet.cli.LabControl.RATE;
import static io.quintet.cli.LabControl.READERS;
import static io.quintet.cli.LabControl.SLOW;
import static io.quintet.cli.LabControl.SLOW_TIME;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What goes wrong with servers, at a click: controls that are set, and what is done then. */
enum LabFailure {
  /** Nothing: all controls as at first. */
  NOTHING("all as it was", "Every control has its first value.", Map.of(), Deed.NONE),
  /** A few requests that block hold up all that come behind them on their thread. */
  HEAD_OF_LINE(
      "head-of-line blocking",
      "3 % of the requests block their thread for 300 ms. What is behind them on the same thread"
          + " waits, however little it asks for.",
      Map.of(SLOW, 3, SLOW_TIME, 300, RATE, 100),
      Deed.NONE),
  /** One request never seems to end. */
  HUNG_LOOP(
      "a hung handler",
      "One request blocks its thread for four seconds. Who shares the thread waits with it.",
      Map.of(),
      Deed.HANG_ONE),
  /** Nobody accepts, and the kernel's queue is full. */
  ACCEPT_OVERFLOW(
      "accept queue overflow",
      "The backlog is 4, every thread that runs handlers is held up for four seconds, and 30"
          + " clients connect. Where those threads accept too the queue fills, and the kernel drops"
          + " the handshakes of the rest, which try again after a second, then two.",
      Map.of(BACKLOG, 4, RATE, 20),
      Deed.OVERFLOW),
  /** No descriptor is left. */
  DESCRIPTORS_USED_UP(
      "EMFILE",
      "Where a process accepts it may have 8 connections: then accept4 answers EMFILE, the listener"
          + " pauses, and clients wait in the accept queue. A front passes each connection on at"
          + " once, and has none. The limit is set at the seam to the kernel, since the lab itself"
          + " is in the same process.",
      Map.of(DESCRIPTORS, 8),
      Deed.NONE),
  /** A few connections do most of the work, and each stays where it was placed. */
  IMBALANCE(
      "imbalance",
      "A tenth of the connections send 16 times as many requests, that compute. A connection stays"
          + " with its thread: by hash or by turn, some threads get more of them. Workers share"
          + " requests instead.",
      Map.of(HOT, 10, HANDLER, 1, COST, 3_000, RATE, 120),
      Deed.NONE),
  /** A backend is killed. */
  KILLED_BACKEND(
      "a killed backend",
      "A backend gets SIGKILL. Its connections are lost, the others go on, and the front starts it"
          + " again. A thread cannot be killed so: the other four servers go on.",
      Map.of(),
      Deed.KILL),
  /** Clients that read little at a time. */
  SLOW_READERS(
      "slow readers",
      "A third of the clients ask for 256 KiB and read 4 KiB at a time. Their connections become"
          + " congested: the server reads no more from them until they take what is owed.",
      Map.of(READERS, 33),
      Deed.NONE),
  /** Each request has a connection of its own. */
  CONNECTION_CHURN(
      "churn",
      "Each request has a connection of its own: handshake, accept4 and close for each.",
      Map.of(CHURN, 1),
      Deed.NONE),
  /** More is asked than can be answered. */
  OVERLOAD(
      "overload",
      "400 requests a second that block for 10 ms: more than two threads can answer, whatever the"
          + " pattern. Queues grow and with them the time that each waits.",
      Map.of(HANDLER, 2, COST, 10_000, RATE, 400, CONNECTIONS, 48),
      Deed.NONE);

  /** What is done beside setting controls. */
  enum Deed {
    NONE,
    HANG_ONE,
    OVERFLOW,
    KILL
  }

  private final String title;
  private final String text;
  final Map<LabControl, Integer> settings;
  final Deed deed;

  LabFailure(String title, String text, Map<LabControl, Integer> settings, Deed deed) {
    this.title = title;
    this.text = text;
    this.settings = settings;
    this.deed = deed;
  }

  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static LabFailure of(String id) {
    for (LabFailure failure : values()) {
      if (failure.id().equals(id)) {
        return failure;
      }
    }
    throw new IllegalArgumentException("failure " + id + " does not exist");
  }

  Map<String, Object> told() {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("id", id());
    told.put("title", title);
    told.put("text", text);
    return told;
  }
}
