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
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.number;
import static io.quintet.specs.explore.engine.Term.plus;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The listener of a loop, and what its machine's actions do. */
final class Listener {
  private final Composition composition;
  private final Loop loop;
  final Instance machine;
  private final Chance chance;
  private final List<Connection> connections;
  private final List<Loop> loops;

  Listener(Composition composition, Loop loop, String name) {
    this.composition = composition;
    chance = composition.chance;
    connections = composition.connections;
    loops = composition.loops;
    this.loop = loop;
    machine = composition.instance(name, "listener", _ -> List.of());
  }

  /** By which its loop's turn knows it. */
  int number() {
    return connections.size() + 1;
  }

  /** Its machine goes on. */
  List<Effect> fire(String event) {
    return List.of(set(loop.current, number()), machine.next(event));
  }

  void commands() {
    composition.model.command(
        "clock of " + loop.name,
        "a unit of the pause is over for " + loop.name,
        all(machine.hasDeadline("ACCEPT_PAUSE"), is(loop.elapsed, 0)),
        set(loop.elapsed, 1));
    machine.commands(composition.model, loop.name, is(loop.current, number()), this::act, rested());
  }

  // A listener's actions.

  private List<Effect> act(String action) {
    return switch (action) {
      case "accept" ->
          List.of(
              set(loop.pauseAgain, 0),
              set(loop.called, 0),
              set(loop.lacking, 0),
              choice(acceptances()));
      case "place" -> List.of(choice(placements()));
      case "shed" -> List.of(choice(sheddings()));
      case "yieldPlace" ->
          List.of(
              choice(
                  when(YES, machine.next("YIELDED")),
                  Chance.rationed(
                      shared(), chance.limits, set(loop.vain, 1), machine.next("LIMIT")),
                  chance.breaking(shared(), set(loop.failing, 1), machine.next("FAILED"))));
      case "queue" ->
          List.of(
              check(is(loop.lacking, 1), ServerRule.QUEUES_IN_NEED),
              check(is(loop.called, 0), ServerRule.TURN_IS_TAKEN),
              composition.line.join(loop));
      case "pause" ->
          List.of(
              check(is(loop.vain, 1), ServerRule.PAUSE_IS_COUNTED),
              set(loop.vain, 0),
              composition.line.stand(loop));
      case "countDown" ->
          List.of(
              choice(
                  when(is(loop.pauseAgain, 0), set(loop.pauseAgain, 1), machine.next("AGAIN")),
                  when(YES, set(loop.pauseAgain, 0), machine.next("DUE"))));
      case "fail" ->
          Effect.join(
              List.of(
                  Checks.ended(machine),
                  check(is(loop.failing, 1), ServerRule.WORKING_DOES_NOT_FAIL)),
              closed(false));
      case "close" ->
          Effect.join(
              List.of(
                  Checks.ended(machine),
                  check(is(loop.failing, 0), ServerRule.FAILURE_IS_REPORTED),
                  check(not(is(loop.listenerTold, 0)), ServerRule.CLOSED_IS_TOLD)),
              closed(true));
      default -> throw new IllegalStateException("a listener does not " + action);
    };
  }

  /** A listener that several loops have is registered anew, which the kernel may refuse. */
  private Term shared() {
    return composition.topology.listeners().equals("shared") ? YES : NO;
  }

  private List<Effect.Way> acceptances() {
    Term may = all(not(is(loop.acceptBudget, 0)), composition.line.isTurnOf(loop));
    List<Effect.Way> ways = new ArrayList<>();
    ways.add(
        when(
            is(loop.acceptBudget, 0),
            set(loop.acceptBudget, 1),
            composition.line.leave(loop),
            machine.next("BUDGET_SPENT")));
    ways.add(
        when(
            all(not(is(loop.acceptBudget, 0)), not(composition.line.isTurnOf(loop))),
            set(loop.lacking, 1),
            machine.next("OTHERS_FIRST")));
    Effect begin = composition.line.begin(loop);
    Term able = all(may, is(chance.shortage, 0));
    Term unable = all(may, is(chance.shortage, 1));
    ways.add(
        when(
            all(able, not(loop.hasQueued())),
            begin,
            composition.line.leave(loop),
            machine.next("WOULD_BLOCK")));
    for (Connection c : connections) {
      ways.add(
          when(
              all(able, is(c.queued, loop.queue + 1)),
              begin,
              check(is(loop.inHand, 0), ServerRule.ACCEPTED_IS_PLACED),
              composition.line.accepted(loop),
              set(c.queued, 0),
              set(c.late, 0),
              set(c.accepted, 1),
              set(loop.inHand, c.number + 1),
              set(loop.acceptBudget, minus(loop.acceptBudget, 1)),
              machine.next("ACCEPTED")));
    }
    // It counts, lest those who give up in the queue keep a loop for as long as they like.
    Effect counts = set(loop.acceptBudget, minus(loop.acceptBudget, 1));
    ways.add(Chance.rationed(may, chance.interruptions, begin, counts, machine.next("RETRY")));
    // Linux says that no descriptor is left before it looks whether a connection waits.
    for (String outcome : List.of("LIMIT", "OVERFLOW")) {
      List<Effect> lacks = List.of(begin, set(loop.lacking, 1), machine.next(outcome));
      ways.add(when(unable, lacks));
      ways.add(
          Chance.rationed(
              able,
              chance.limits,
              Effect.join(List.of(set(chance.shortage, 1)), lacks).toArray(Effect[]::new)));
    }
    ways.add(chance.breaking(may, begin, set(loop.failing, 1), machine.next("FAILED")));
    return ways;
  }

  /** A connection is accepted and closed at once, if one waits. */
  private List<Effect.Way> sheddings() {
    List<Effect.Way> ways = new ArrayList<>();
    for (Connection c : connections) {
      ways.add(
          when(
              is(c.queued, loop.queue + 1),
              set(c.queued, 0),
              set(c.late, 0),
              set(c.closed, 1),
              onlyIf(
                  any(is(c.client, Client.CONNECTED), is(c.client, Client.SILENT)),
                  set(c.client, Client.RESET)),
              machine.next("SHED")));
    }
    ways.add(
        when(
            not(loop.hasQueued()),
            composition.line.leave(loop),
            set(loop.lacking, 0),
            machine.next("WOULD_BLOCK")));
    ways.add(Chance.rationed(YES, chance.limits, machine.next("LIMIT")));
    return ways;
  }

  private List<Effect.Way> placements() {
    List<Effect.Way> ways = new ArrayList<>();
    for (Connection c : connections) {
      Term here = is(loop.inHand, c.number + 1);
      List<Effect> placed = List.of(set(loop.inHand, 0), machine.next("PLACED"));
      if (loop.owns) {
        List<Effect> effects = new ArrayList<>(placed);
        effects.add(check(is(c.owner, 0), ServerRule.ONE_OWNER));
        effects.add(set(c.owner, loop.number + 1));
        effects.add(set(loop.owned, plus(loop.owned, 1)));
        ways.add(when(here, Effect.join(effects, c.adopted(loop))));
        List<Effect> excess =
            Effect.join(
                Effect.join(effects, c.begun()),
                Effect.join(
                    List.of(set(c.refusal, Refusal.MALFORMED)), c.meanwhile(loop, "EXCESS")));
        ways.add(Chance.rationed(here, chance.malformed, excess.toArray(Effect[]::new)));
        continue;
      }
      List<Term> closed = new ArrayList<>();
      for (Backend child : loop.children) {
        closed.add(is(child.admitted, 0));
        ways.addAll(child.frontEnd.placements(c, here, placed));
      }
      for (Loop target : loops) {
        if (target.owns && target.within == null) {
          Term open = target.mailbox.machine.isAlive();
          closed.add(not(open));
          List<Effect> effects = new ArrayList<>(placed);
          effects.add(check(is(c.owner, 0), ServerRule.ONE_OWNER));
          effects.add(set(c.owner, target.number + 1));
          effects.add(set(target.owned, plus(target.owned, 1)));
          effects.addAll(target.mailbox.post(set(c.handoff, target.number + 1)));
          ways.add(when(all(here, open), effects));
        }
      }
      // Loops that have stopped take nothing any more; a backend, or the one that follows it, may.
      String none = loop.children.isEmpty() ? "NOBODY" : "NOWHERE";
      ways.add(
          when(all(here, new Term.All(closed)), composition.line.leave(loop), machine.next(none)));
    }
    ways.add(when(is(loop.inHand, 0), check(NO, ServerRule.ONE_OWNER), machine.next("PLACED")));
    return ways;
  }

  /** Those that the kernel has queued are reset with the last listener that could accept them. */
  List<Effect> closed(boolean orderly) {
    List<Effect> effects =
        new ArrayList<>(
            List.of(composition.line.leave(loop), set(loop.lacking, 0), set(loop.acceptBudget, 0)));
    List<Term> others = new ArrayList<>();
    for (Loop other : loops) {
      if (other != loop && other.listens && other.queue == loop.queue) {
        others.add(other.listener.machine.isAlive());
      }
    }
    for (Connection c : connections) {
      Term waits = all(is(c.queued, loop.queue + 1), not(any(others)));
      effects.add(
          onlyIf(
              waits,
              orderly
                  ? check(
                      any(
                          is(c.late, 1),
                          is(chance.aborted, 1),
                          is(chance.faulty, 1),
                          is(composition.server.handedOver, 1)),
                      ServerRule.QUEUED_IS_NOT_LOST)
                  : set(chance.faulty, 1),
              set(c.queued, 0),
              set(c.late, 0),
              onlyIf(is(c.client, Client.CONNECTED), set(c.client, Client.RESET))));
      effects.add(
          onlyIf(is(loop.inHand, c.number + 1), List.of(set(loop.inHand, 0), set(c.closed, 1))));
    }
    if (!loop.owns) {
      for (Loop target : loops) {
        if (target.owns && target.within == null) {
          effects.addAll(target.mailbox.tell(target.feederMail));
        }
      }
    }
    return effects;
  }

  /** A listener's state at rest says whether it waits for a descriptor. */
  private List<Effect> rested() {
    Term drains = any(machine.in("probing"), machine.in("stalled"), machine.in("holding"));
    return Effect.join(
        List.of(
            check(Checks.rests(machine), ServerRule.RESTS_TO_WAIT, machine.name()),
            check(any(is(loop.failing, 0), not(machine.isAlive())), ServerRule.FAILURE_IS_THE_END),
            check(is(loop.vain, 0), ServerRule.PAUSE_IS_COUNTED),
            check(any(is(loop.called, 0), not(machine.isAlive())), ServerRule.TURN_IS_TAKEN),
            set(loop.called, 0),
            check(
                any(
                    not(machine.isAlive()),
                    all(drains, is(loop.listenerTold, 1)),
                    all(not(drains), is(loop.listenerTold, 0))),
                ServerRule.DRAINING_GOES_ON),
            check(
                any(not(machine.in("listening")), is(loop.lacking, 0)),
                ServerRule.LISTENING_WAITS_FOR_NONE),
            check(
                any(not(machine.in("stalled")), loop.hasQueued(), shared()),
                ServerRule.STALLED_HAS_QUEUED),
            onlyIf(not(machine.hasDeadline("ACCEPT_PAUSE")), set(loop.elapsed, 0)),
            set(loop.current, Loop.NONE),
            set(loop.failing, 0)),
        invariants());
  }

  private List<Effect> invariants() {
    Term inLine = composition.line.has(loop);
    return machine.invariants(
        Map.of(
            "inHand", not(is(loop.inHand, 0)),
            "nothingInHand", is(loop.inHand, 0),
            "inLine", inLine,
            "notInLine", not(inLine)),
        (state, fact, holds) -> check(holds, rule(fact), state + " without " + fact));
  }

  private static ServerRule rule(String fact) {
    return switch (fact) {
      case "inLine" -> ServerRule.PAUSED_STANDS_IN_LINE;
      case "notInLine" -> ServerRule.LISTENING_WAITS_FOR_NONE;
      default -> ServerRule.ACCEPTED_IS_PLACED;
    };
  }

  Effect refill() {
    return onlyIf(less(loop.acceptBudget, 1), set(loop.acceptBudget, 1));
  }
}
