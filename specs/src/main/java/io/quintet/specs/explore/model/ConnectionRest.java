package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.variable;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Term;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What holds of a connection whose machine has come to rest, and what comes next. */
final class ConnectionRest {
  private final Connection c;

  ConnectionRest(Connection c) {
    this.c = c;
  }

  /** A draining loop tells a connection that comes to rest once more. */
  List<Effect> on(Loop loop) {
    Term repeats = all(is(loop.draining, 1), is(loop.again, 0), c.machine.isAlive());
    return Effect.join(
        Effect.join(
            c.movement == null ? List.of() : c.movement.rests(),
            Effect.join(nothingIsLeftUndone(), ends())),
        Effect.join(
            Effect.join(
                Effect.join(remembered(), meanings(loop)),
                c.talk == null ? List.of() : c.talk.rest.on()),
            choice(
                when(repeats, set(loop.again, 1), c.machine.next("DRAIN")),
                when(not(repeats), Effect.join(List.of(set(loop.again, 0)), goesOn(loop))))));
  }

  private List<Effect> nothingIsLeftUndone() {
    return List.of(
        check(is(c.unhandled, 0), ServerRule.DECODED_IS_HANDLED),
        check(is(c.interrupted, 0), ServerRule.INTERRUPTED_IS_REPEATED),
        check(
            any(Checks.rests(c.machine), c.machine.in("moving")),
            ServerRule.RESTS_TO_WAIT,
            c.machine.name()),
        check(any(is(c.over, 0), not(c.machine.isAlive())), ServerRule.END_IS_AT_ONCE),
        check(any(is(c.refusal, 0), is(c.refusal, Refusal.TOLD)), ServerRule.REFUSED_IS_TOLD));
  }

  /** What its last request, its end and its replies allow. */
  private List<Effect> ends() {
    return List.of(
        check(
            any(
                is(c.last, 0),
                c.machine.in("finishing"),
                c.machine.in("emptying"),
                c.machine.in("moving"),
                c.machine.in("lingering"),
                not(c.machine.isAlive())),
            ServerRule.NOTHING_FOLLOWS_LAST),
        check(
            any(
                is(c.half, 0),
                c.machine.in("departed"),
                c.machine.in("moving"),
                c.machine.in("lingering"),
                not(c.machine.isAlive())),
            ServerRule.NOTHING_FOLLOWS_HALF),
        check(any(not(c.answers.isForgotten()), c.answers.isBehind()), ServerRule.READY_IS_ENCODED),
        check(
            not(all(c.machine.in("partial"), is(c.timed, Connection.ANEW))),
            ServerRule.TIME_COUNTS_FROM_FIRST_BYTE));
  }

  /** What is to be known of it later. */
  private List<Effect> remembered() {
    return List.of(
        choice(
            when(c.machine.in("partial"), set(c.timed, Connection.IN_TIME)),
            when(any(c.machine.in("yielded"), c.machine.in("moving"))),
            when(
                not(any(c.machine.in("partial"), c.machine.in("yielded"), c.machine.in("moving"))),
                set(c.timed, 0))),
        onlyIf(c.machine.in("congested"), set(c.stopped, 1)),
        set(c.dropped, 0));
  }

  /** A state at rest says how things are, by its invariant. */
  private List<Effect> meanings(Loop loop) {
    Map<String, Term> facts =
        Map.of(
            "nothingOwed", not(c.owes()),
            "owed", any(c.owes(), c.converses()),
            "nothingUnsent", all(is(c.out, 0), is(c.full, 0)),
            "unsent", all(is(c.out, 0), not(is(c.full, 0))),
            "nothingHeld", is(c.held, 0),
            "betweenRequests", is(c.body, 0),
            "unestablished", not(c.handshakes.isOver()),
            "inSession", c.converses(),
            "listed", not(is(c.yielded, 0)),
            "draining", c.drains(loop));
    return Effect.join(
        c.machine.invariants(
            facts, (state, fact, holds) -> check(holds, rule(state), state + " without " + fact)),
        moreOfTheModel());
  }

  /** What the model alone can tell. */
  private List<Effect> moreOfTheModel() {
    return List.of(
        meaning("computing", all(not(is(c.handshakes.computing, 0)), is(c.full, 0))),
        meaning("partial", any(c.isInside(), c.isStarving())),
        meaning("awaiting", c.owes()),
        meaning("saturated", any(c.owes(), c.converses())),
        meaning(
            "finishing",
            all(
                any(c.owes(), c.converses()),
                any(is(c.last, 1), not(is(c.client, Client.CONNECTED))))),
        meaning("crowded", any(is(c.crowded, 1), is(c.waiting, 0))),
        meaning("lingering", is(c.half, Connection.LINGERS)),
        meaning("departed", is(c.half, Connection.ENDED)));
  }

  /** What was interrupted goes on. */
  private static List<Effect> goesOn(Loop loop) {
    return List.of(set(loop.current, variable(loop.outer)), set(loop.outer, Loop.NONE));
  }

  private Effect meaning(String state, Term holds) {
    return check(any(not(c.machine.in(state)), holds), rule(state));
  }

  private static ServerRule rule(String state) {
    return ServerRule.valueOf(state.toUpperCase(Locale.ROOT));
  }
}
