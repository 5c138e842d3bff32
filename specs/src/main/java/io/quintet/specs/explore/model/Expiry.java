package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.List;
import java.util.Set;

/** How a loop fires the deadlines that have passed, and what fails without one. */
final class Expiry {
  /** Deadlines of connections. */
  static final List<String> DEADLINES =
      List.of(
          "FIRST_BYTE",
          "HANDSHAKE",
          "IDLE",
          "REQUEST",
          "HANDLER",
          "WRITE_STALL",
          "LINGER",
          "PARTING",
          "PING",
          "CLOSING");

  /** Those behind which nothing is waited for. */
  static final Set<String> LAST_DEADLINES = Set.of("FIRST_BYTE", "WRITE_STALL", "LINGER");

  private final Composition composition;
  private final Loop loop;
  private final Model model;
  private final Chance chance;
  private final List<Connection> connections;

  Expiry(Composition composition, Loop loop) {
    this.composition = composition;
    model = composition.model;
    chance = composition.chance;
    connections = composition.connections;
    this.loop = loop;
  }

  void commands() {
    Term may = loop.isFree(Loop.EXPIRING);
    for (Connection c : connections) {
      for (String deadline : DEADLINES) {
        boolean last = LAST_DEADLINES.contains(deadline);
        Term ends = last ? c.machine.endsBy("AFTER_" + deadline) : YES;
        model.command(
            loop.name,
            deadline + " of " + c.number,
            all(may, loop.owns(c), c.due(deadline)),
            Effect.join(
                List.of(
                    check(ends, ServerRule.DEADLINES_END),
                    set(c.refusal, Refusal.of(deadline)),
                    set(c.over, last ? 1 : 0),
                    onlyIf(c.machine.in("departed"), set(c.hurried, 2), set(c.over, 1))),
                c.fire(loop, "AFTER_" + deadline)));
      }
    }
    if (loop.listens) {
      model.command(
          loop.name,
          "end of pause",
          all(may, loop.pauseDue()),
          Effect.join(
              List.of(
                  // With a connection in hand it only looks for who takes that one.
                  onlyIf(is(loop.inHand, 0), loop.listener.refill()),
                  set(loop.paused, 1),
                  set(loop.elapsed, 0)),
              loop.listener.fire("AFTER_ACCEPT_PAUSE")));
      for (String event : List.of("LIMIT", "FAILED", "HANGUP")) {
        model.command(
            loop.name,
            "listener " + event,
            all(
                may,
                loop.listener.machine.isAlive(),
                loop.listener.machine.rests(),
                not(is(chance.faults, 0))),
            Effect.join(
                Effect.join(
                    chance.fault(), event.equals("LIMIT") ? limited() : set(loop.failing, 1)),
                loop.listener.fire(event)));
      }
    }
    if (loop.within != null) {
      loop.within.processEnd.deadlines(may);
    }
    model.command(
        loop.name,
        "expired",
        composition.over(may, List.of(loop.timerDue())),
        set(loop.paused, 0),
        loop.machine.run("EXPIRED"));
  }

  /** Who listens can still pause where the kernel has no memory for it. */
  private Effect limited() {
    return choice(
        when(loop.listener.machine.in("listening"), set(loop.vain, 1)),
        when(not(loop.listener.machine.in("listening")), set(loop.failing, 1)));
  }
}
