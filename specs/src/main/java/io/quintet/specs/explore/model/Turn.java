package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.NO;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.less;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** The turn of a loop: what its machine's actions do, most of them in several steps. */
final class Turn {
  private final Composition composition;
  private final Loop loop;
  private final Delivery delivery;
  private final Expiry expiry;
  private final Dispatch dispatch;
  private final Model model;
  private final boolean follows;
  private final Chance chance;
  private final List<Connection> connections;

  Turn(Composition composition, Loop loop) {
    this.composition = composition;
    model = composition.model;
    follows = composition.follows;
    chance = composition.chance;
    connections = composition.connections;
    this.loop = loop;
    delivery = new Delivery(composition, loop);
    expiry = new Expiry(composition, loop);
    dispatch = new Dispatch(composition, loop);
  }

  /** The actions of the loop's own machine: most of them take several steps. */
  List<Effect> act(String action) {
    return switch (action) {
      case "deliver" ->
          List.of(
              check(
                  any(not(loop.hasPosted()), loop.mailbox.machine.in("loaded"), is(loop.left, 1)),
                  ServerRule.MAIL_LOADS),
              onlyIf(is(loop.left, 0), loop.mailbox.take()),
              atOnce(loop.hasMail(), Loop.DELIVERING, "DELIVERED"));
      case "expire" -> List.of(atOnce(loop.timerDue(), Loop.EXPIRING, "EXPIRED"));
      case "await" -> List.of(set(loop.step, Loop.AWAITING));
      case "dispatch" -> List.of(set(loop.step, Loop.DISPATCHING), set(loop.dispatched, 0));
      case "resume" ->
          Effect.join(resumables(), atOnce(loop.hasResumable(), Loop.RESUMING, "RESUMED"));
      case "flush" ->
          List.of(
              choice(
                  when(loop.hasFlushable(), set(loop.step, Loop.FLUSHING)),
                  when(not(loop.hasFlushable()), flushed())));
      case "fail" ->
          Effect.join(List.of(Checks.ended(loop.machine)), new LoopEnd(composition, loop).failed());
      case "stop" ->
          Effect.join(
              List.of(Checks.ended(loop.machine)), new LoopEnd(composition, loop).stopped(true));
      default -> throw new IllegalStateException("a loop does not " + action);
    };
  }

  /** Who yields while others are resumed waits for the next turn. */
  private List<Effect> resumables() {
    return connections.stream()
        .map(
            c ->
                onlyIf(
                    all(loop.owns(c), is(c.yielded, Connection.YIELDS)),
                    set(c.yielded, Connection.RESUMES)))
        .toList();
  }

  /** A step that has nothing to do, which nobody else could notice, is over at once. */
  private Effect atOnce(Term something, int at, String over) {
    return choice(
        when(something, set(loop.step, at)), when(not(something), loop.machine.run(over)));
  }

  /** The turn ends. */
  private List<Effect> flushed() {
    return List.of(
        follows
            ? choice(when(YES, set(loop.listed, 0)), when(is(loop.listed, 1)))
            : set(loop.step, 0),
        set(loop.step, 0),
        choice(
            when(loop.isEmpty(), loop.machine.run("EMPTY")),
            when(not(loop.isEmpty()), loop.machine.run("FLUSHED"))));
  }

  /** What the loop does, step by step. */
  void commands() {
    model.command(
        loop.name,
        "turn",
        all(loop.machine.isAlive(), is(loop.step, 0), is(loop.current, Loop.NONE)),
        loop.machine.run("TURN"));
    if (follows && loop.within == null) {
      model.command(
          loop.name,
          "tells of its end",
          is(loop.closed, 1),
          Effect.join(
              List.of(set(loop.closed, 0)), new LoopEnd(composition, loop).tellsOfItsEnd()));
    }
    delivery.commands();
    expiry.commands();
    waits();
    dispatch.commands();
    resumptions();
    flushes();
    if (loop.owns) {
      connections.forEach(this::machineOf);
    }
    if (loop.listens) {
      loop.listener.commands();
    }
  }

  private void machineOf(Connection c) {
    c.machine.commands(
        model,
        loop.name,
        all(
            is(loop.current, c.number + 1),
            is(c.owner, loop.number + 1),
            follows ? is(loop.asking, 0) : YES,
            new Term.All(c.running.stream().map(runs -> less(runs, Handler.SEEN_LATER)).toList())),
        action -> c.actions.of(loop, action),
        c.rest.on(loop));
  }

  private void waits() {
    Instance mailbox = loop.mailbox.machine;
    List<Effect> slept = new ArrayList<>();
    slept.add(mailbox.run("DOZE"));
    slept.add(
        choice(
            when(mailbox.in("asleep"), set(loop.step, Loop.ASLEEP)),
            when(not(mailbox.in("asleep")), polled())));
    model.command(
        loop.name,
        "wait",
        loop.isFree(Loop.AWAITING),
        choice(
            when(follows ? any(loop.isBusy(), is(loop.listed, 1)) : loop.isBusy(), polled()),
            when(not(follows ? loop.isBusyByItself() : loop.isBusy()), slept)));
    model.command(
        loop.name,
        "wake",
        all(
            is(loop.step, Loop.ASLEEP),
            any(
                is(loop.mailbox.signalled, 1),
                loop.ready(),
                loop.timerDue(),
                follows ? any(is(loop.late, 1), is(loop.stale, 1)) : NO)),
        Effect.join(
            follows ? wakesLater() : List.of(),
            Effect.join(loop.mailbox.wake(loop.hasMail()), polled())));
  }

  private List<Effect> wakesLater() {
    Term signalled = is(loop.mailbox.signalled, 1);
    Term other = any(loop.ready(), loop.timerDue(), is(loop.late, 1));
    return List.of(
        choice(
            when(signalled, set(loop.stale, 1)),
            when(all(not(signalled), other)),
            when(all(not(signalled), not(other)), set(loop.stale, 0))),
        set(loop.late, 0));
  }

  private List<Effect> polled() {
    return List.of(
        choice(
            // Where something is followed, an eventfd is an event too.
            when(follows ? YES : loop.ready(), loop.machine.run("EVENTS")),
            when(
                not(follows ? loop.readyBesideGreetings() : loop.ready()),
                loop.machine.run("QUIET")),
            chance.breaking(loop.owns ? YES : NO, loop.machine.run("FAILED"))));
  }

  private void resumptions() {
    Term may = loop.isFree(Loop.RESUMING);
    List<Term> left = new ArrayList<>();
    for (Connection c : connections) {
      Term resumes = all(is(c.yielded, Connection.RESUMES), loop.owns(c));
      left.add(resumes);
      model.command(
          loop.name,
          "resume " + c.number,
          all(may, resumes),
          set(c.yielded, 0),
          onlyIf(c.machine.isAlive(), c.fire(loop, "RESUME")));
      // All that wait try where one has room: those that find none in the end are crowded again.
      Term admits = all(is(c.crowded, 1), loop.owns(c), follows ? YES : composition.hasRoom());
      left.add(admits);
      model.command(
          loop.name,
          "room for " + c.number,
          all(may, admits),
          set(c.crowded, 0),
          onlyIf(c.machine.isAlive(), c.fire(loop, "ROOM")));
    }
    if (composition.moves() && loop.owns) {
      gives(may, left);
    }
    if (follows) {
      model.command(
          loop.name, "asks for room", is(loop.asking, 1), set(loop.asking, 0), set(loop.asked, 1));
      model.command(
          loop.name, "room for who has ended", all(may, loop.mayAdmit()), set(loop.gone, 0));
    }
    model.command(loop.name, "resumed", composition.over(may, left), loop.machine.run("RESUMED"));
  }

  private void gives(Term may, List<Term> left) {
    List<Term> some = new ArrayList<>();
    for (Connection c : connections) {
      if (c.movement != null) {
        c.movement.given(loop, may, left);
        some.add(all(loop.owns(c), c.machine.takes("MOVE")));
      }
    }
    left.add(is(loop.order, 1));
    model.command(
        loop.name,
        "has none to give",
        all(may, is(loop.order, 1), not(any(some))),
        set(loop.order, 0));
  }

  private void flushes() {
    Term may = loop.isFree(Loop.FLUSHING);
    List<Term> left = new ArrayList<>();
    for (Connection c : connections) {
      delivery.flagged(may, left, c, c.dirty, "reply ready", c.fire(loop, "REPLY_READY"));
      Term surplus = all(is(c.hurried, 1), loop.owns(c));
      left.add(surplus);
      model.command(
          loop.name,
          "too many linger beside " + c.number,
          all(may, surplus),
          Effect.join(List.of(set(c.hurried, 2), set(c.over, 1)), c.fire(loop, "SURPLUS")));
    }
    if (loop.within != null) {
      left.add(is(loop.freed, 1));
      model.command(
          loop.name,
          "descriptor free",
          all(may, is(loop.freed, 1)),
          set(loop.freed, 0),
          onlyIf(YES, loop.within.processEnd.roomFreed()));
    }
    if (!loop.children.isEmpty()) {
      left.add(is(loop.room, 1));
      model.command(
          loop.name,
          "room of a backend",
          all(may, is(loop.room, 1)),
          set(loop.room, 0),
          onlyIf(
              loop.listener.machine.isAlive(),
              Effect.join(List.of(loop.listener.refill()), loop.listener.fire("ROOM"))));
    }
    model.command(loop.name, "flushed", composition.over(may, left), flushed());
  }
}
