package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.NO;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Term;
import java.util.List;

/** How what a connection has to send leaves it, and how our half ends. */
final class Output {
  private final Composition composition;
  private final Connection c;
  private final boolean follows;
  private final Chance chance;

  Output(Composition composition, Connection c) {
    this.composition = composition;
    follows = composition.follows;
    chance = composition.chance;
    this.c = c;
  }

  List<Effect.Way> flushings(int call, String again) {
    Instance machine = c.machine;
    Term nothing = all(is(c.out, 0), is(c.full, 0));
    Term something = not(nothing);
    return List.of(
        when(nothing, left()),
        when(all(something, c.isReset()), c.broken()),
        when(
            all(something, not(c.isReset()), not(is(c.full, 1))),
            Effect.join(List.of(set(c.out, 0), set(c.full, 0)), left())),
        when(
            all(something, not(c.isReset()), is(c.full, 1)),
            Effect.join(List.of(set(c.out, 0)), left())),
        when(
            all(something, mayFill(), not(is(chance.fills, 0))),
            Effect.join(
                List.of(set(chance.fills, minus(chance.fills, 1)), set(c.out, 0), set(c.full, 1)),
                left())),
        c.input.interruption(something, call, again),
        chance.breaking(something, c.broken()));
  }

  /** Where something is followed, again and again, and whatever its peer has done. */
  private Term mayFill() {
    return follows ? not(is(c.full, 1)) : all(not(c.isReset()), is(c.full, 0));
  }

  private List<Effect> left() {
    Instance machine = c.machine;
    Term empty = is(c.full, 0);
    Effect goesOn = set(c.stopped, 0);
    if (c.talk != null) {
      Term messages = all(empty, c.converses());
      return List.of(
          choice(
              when(messages, Effect.join(List.of(goesOn), c.talk.left())),
              when(not(messages), leftOfRequests())));
    }
    return leftOfRequests();
  }

  private List<Effect> leftOfRequests() {
    Instance machine = c.machine;
    Term empty = is(c.full, 0);
    Effect goesOn = set(c.stopped, 0);
    return List.of(
        onlyIf(all(empty, c.answers.isReady()), set(c.dirty, 1)),
        choice(
            when(not(empty), goesOn, machine.next("BLOCKED")),
            when(not(empty), machine.next("CONGESTED")),
            when(all(empty, c.isStarving()), goesOn, machine.next("HOLDING")),
            when(all(empty, c.owes(), not(c.isStarving())), goesOn, machine.next("OWING")),
            when(all(empty, c.isInside()), goesOn, machine.next("HOLDING")),
            when(all(empty, not(c.owes()), not(c.isInside())), goesOn, machine.next("CLEAR"))));
  }

  /** Our half ends, unless the socket takes no more. */
  List<Effect> end() {
    return List.of(
        check(is(c.half, 0), ServerRule.HALF_ENDS_ONCE),
        set(c.held, 0),
        choice(
            when(not(c.isReset()), set(c.half, Connection.ENDED), c.machine.next("ENDED")),
            Chance.rationed(
                all(not(c.isReset()), is(c.full, 0), composition.backends.isEmpty() ? YES : NO),
                chance.fills,
                set(c.full, 1),
                c.machine.next("BLOCKED")),
            when(c.isReset(), c.broken())));
  }
}
