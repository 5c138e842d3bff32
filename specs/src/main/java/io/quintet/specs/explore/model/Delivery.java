package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** How a loop delivers its mail, one after the other. */
final class Delivery {
  private final Composition composition;
  private final Loop loop;
  private final Model model;
  private final Bounds bounds;
  private final boolean follows;
  private final List<Connection> connections;

  Delivery(Composition composition, Loop loop) {
    this.composition = composition;
    model = composition.model;
    bounds = composition.bounds;
    follows = composition.follows;
    connections = composition.connections;
    this.loop = loop;
  }

  void commands() {
    Term may = loop.isFree(Loop.DELIVERING);
    List<Term> left = new ArrayList<>();
    toldByTheServer(may, left);
    if (loop.listens) {
      ofTheListener(may, left);
    }
    loop.children.forEach(child -> left.add(child.hasMail()));
    connections.forEach(c -> of(c, may, left));
    List<Effect> rest =
        follows ? List.of(set(loop.left, 0), set(loop.idleMail, 0)) : List.of(set(loop.left, 0));
    model.command(
        loop.name,
        "delivered",
        follows ? all(may, is(loop.asking, 0)) : composition.over(may, left),
        Effect.join(rest, loop.machine.run("DELIVERED")));
    if (bounds.leavesMail()) {
      delivered(may, left);
    }
  }

  /** Where there is mail of a kind, which is delivered before the step is over. */
  private static Term has(int flag, Term may, List<Term> left) {
    left.add(is(flag, 1));
    return all(may, is(flag, 1));
  }

  private void toldByTheServer(Term may, List<Term> left) {
    // Of several mails for the front, its order to start its backends is the first.
    Term started = new Term.All(loop.children.stream().map(Backend::isStarted).toList());
    model.command(
        loop.name,
        "told to drain",
        all(has(loop.drainMail, may, left), started),
        Effect.join(List.of(set(loop.drainMail, 0), set(loop.draining, 1)), loop.tells(true)));
    model.command(
        loop.name,
        "told to abort",
        all(has(loop.abortMail, may, left), started),
        Effect.join(List.of(set(loop.abortMail, 0), set(loop.draining, 1)), loop.tells(false)));
    model.command(
        loop.name,
        "told to retire",
        has(loop.retireMail, may, left),
        set(loop.retireMail, 0),
        onlyIf(loop.listener.machine.isAlive(), set(loop.listenerDrainDue, 1)));
    model.command(
        loop.name,
        "feeder ended",
        has(loop.feederMail, may, left),
        set(loop.feederMail, 0),
        set(loop.feeders, 0));
    if (composition.moves() && loop.owns) {
      model.command(
          loop.name,
          "told to give",
          has(loop.orderMail, may, left),
          set(loop.orderMail, 0),
          set(loop.order, 1));
    }
    model.command(
        loop.name,
        "told of room",
        has(loop.roomMail, may, left),
        set(loop.roomMail, 0),
        onlyIf(loop.waitsForRoom(), set(loop.asking, 1)));
  }

  private void ofTheListener(Term may, List<Term> left) {
    model.command(
        loop.name,
        "turn of the listener",
        has(loop.turnMail, may, left),
        set(loop.turnMail, 0),
        onlyIf(
            composition.line.hasTurn(loop),
            Effect.join(
                List.of(set(loop.called, 1), loop.listener.refill()), loop.listener.fire("TURN"))));
    model.command(
        loop.name,
        "drain listener",
        has(loop.listenerDrainDue, may, left),
        Effect.join(
            // A drain has no budget.
            List.of(
                set(loop.listenerDrainDue, 0),
                set(loop.acceptBudget, connections.size() + 1 + bounds.interruptions())),
            onlyIf(
                loop.listener.machine.isAlive(),
                Effect.join(List.of(set(loop.listenerTold, 1)), loop.listener.fire("DRAIN")))));
    model.command(
        loop.name,
        "drain connections",
        all(has(loop.telling, may, left), is(loop.listenerDrainDue, 0)),
        Effect.join(List.of(set(loop.telling, 0)), loop.tellsConnections(true)));
    model.command(
        loop.name,
        "abort listener",
        has(loop.listenerAbortDue, may, left),
        set(loop.listenerAbortDue, 0),
        onlyIf(
            loop.listener.machine.isAlive(),
            Effect.join(List.of(set(loop.listenerTold, 2)), loop.listener.fire("ABORT"))));
  }

  private void of(Connection c, Term may, List<Term> left) {
    if (loop.within == null) {
      left.add(is(c.handoff, loop.number + 1));
      model.command(
          loop.name,
          "adopt " + c.number,
          all(may, is(c.handoff, loop.number + 1)),
          Effect.join(List.of(set(c.handoff, 0)), c.adopted(loop)));
    }
    if (c.movement != null && loop.owns) {
      c.movement.delivered(loop, may, left);
    }
    flagged(may, left, c, c.replyMail, "reply for", replyDelivered(c));
    if (bounds.shakesHands()) {
      flagged(may, left, c, c.handshakes.computedMail, "computed for", c.fire(loop, "COMPUTED"));
    }
    flagged(may, left, c, c.drainDue, "drain", c.fire(loop, "DRAIN"));
    flagged(
        may,
        left,
        c,
        c.abortDue,
        "abort",
        Effect.join(List.of(set(c.over, 1)), c.fire(loop, "ABORT")));
  }

  /** The step is over, with some of the mail left for the next turn. */
  private void delivered(Term may, List<Term> left) {
    // What one mail brings about for all connections is done before the next one.
    List<Term> dues = new ArrayList<>();
    dues.add(is(loop.listenerDrainDue, 1));
    dues.add(is(loop.listenerAbortDue, 1));
    dues.add(is(loop.telling, 1));
    loop.children.forEach(child -> dues.add(child.hasDue()));
    for (Connection c : connections) {
      dues.add(all(loop.owns(c), any(is(c.drainDue, 1), is(c.abortDue, 1))));
    }
    model.command(
        loop.name,
        "delivered as much as a turn may",
        all(may, any(left), not(any(dues)), is(loop.left, 0)),
        set(loop.left, 1),
        loop.machine.run("DELIVERED"));
  }

  private List<Effect> replyDelivered(Connection c) {
    return follows
        ? List.of(
            set(c.dirty, 1), onlyIf(is(c.moreMail, 1), set(c.replyMail, 1), set(c.moreMail, 0)))
        : List.of(set(c.dirty, 1));
  }

  void flagged(
      Term may, List<Term> left, Connection c, int flag, String name, List<Effect> effects) {
    Term here = all(is(flag, 1), loop.owns(c));
    left.add(here);
    model.command(
        loop.name,
        name + " " + c.number,
        all(may, here),
        set(flag, 0),
        onlyIf(c.machine.isAlive(), effects));
  }
}
