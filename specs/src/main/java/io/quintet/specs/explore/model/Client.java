package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.less;
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.plus;

import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** A client: it connects, sends, ends its half, resets, or falls silent. */
final class Client {
  // What it is doing.
  static final int AWAY = 0;
  static final int CONNECTED = 1;
  static final int HALF_CLOSED = 2;
  static final int SILENT = 3;
  static final int RESET = 4;
  static final int REFUSED = 5;

  /** Its half had ended before: that is read first, as bytes are that came before a reset. */
  static final int ENDED_AND_RESET = 6;

  /** By their numbers. */
  static final List<String> NAMES =
      List.of("away", "connected", "half-closed", "silent", "reset", "refused", "ended, reset");

  /**
   * Who sends. Since each client does so much and no more, that one of them goes on when one can is
   * as much as that each does.
   */
  static final String CLIENTS = "clients";

  private final Composition composition;
  private final Connection c;
  private final Model model;
  private final Bounds bounds;
  private final Chance chance;
  private final List<Loop> loops;

  Client(Composition composition, Connection c) {
    this.composition = composition;
    model = composition.model;
    bounds = composition.bounds;
    chance = composition.chance;
    loops = composition.loops;
    this.c = c;
    model.naming(c.client, NAMES);
  }

  // Clients and handlers.

  void commands() {
    String agent = "client" + c.number;
    List<Term> open = new ArrayList<>();
    int queues = 1 + loops.stream().mapToInt(loop -> loop.queue).max().orElse(0);
    for (int queue = 0; queue < queues; queue++) {
      Term listening = listening(queue);
      open.add(listening);
      model.command(
          agent,
          "connect to " + queue,
          all(is(c.client, AWAY), listening),
          set(c.client, CONNECTED),
          set(c.queued, queue + 1),
          set(
              c.late,
              any(
                  is(composition.server.drainBegun, 1),
                  any(loops.stream().map(l -> is(l.retired, 1)).toList()))));
    }
    model.command(
        agent,
        "refused",
        all(is(c.client, AWAY), composition.server.machine.exists(), not(any(open))),
        set(c.client, REFUSED));
    int some = bounds.whole() ? 2 : 1;
    model.command(
        agent,
        bounds.whole() ? "send a request" : "send half a request",
        all(is(c.client, CONNECTED), less(c.sent, 2 * bounds.requests() + before())),
        set(c.sent, plus(c.sent, some)),
        onlyIf(is(c.closed, 0), set(c.arrived, plus(c.arrived, some))));
    model.command(agent, "end its half", is(c.client, CONNECTED), set(c.client, HALF_CLOSED));
    if (bounds.silent()) {
      model.command(agent, "fall silent", is(c.client, CONNECTED), set(c.client, SILENT));
    }
    model.command(
        "chance",
        "reset of " + c.number,
        all(any(is(c.client, CONNECTED), is(c.client, HALF_CLOSED)), not(is(chance.resets, 0))),
        set(chance.resets, minus(chance.resets, 1)),
        choice(
            when(is(c.client, CONNECTED), set(c.client, RESET)),
            when(is(c.client, HALF_CLOSED), set(c.client, ENDED_AND_RESET))));
    model.command(
        agent,
        "read replies",
        all(is(c.full, 1), any(is(c.client, CONNECTED), is(c.client, HALF_CLOSED))),
        set(c.full, 2));
  }

  /** Halves that come before its requests, or behind them, at most. */
  private int before() {
    if (bounds.converses() && bounds.requests() == 1) {
      return 1; // a frame
    }
    return bounds.shakesHands() ? Handshakes.HALVES : 0;
  }

  private Term listening(int queue) {
    List<Term> any = new ArrayList<>();
    for (Loop loop : loops) {
      if (loop.listens && loop.queue == queue) {
        boolean leaves =
            composition.topology.listeners().equals("one-a-loop") && loop == loops.getLast();
        // New connections are steered away before a loop is retired.
        any.add(all(loop.listener.machine.isAlive(), leaves ? is(loop.retired, 0) : YES));
      }
    }
    return any(any);
  }
}
