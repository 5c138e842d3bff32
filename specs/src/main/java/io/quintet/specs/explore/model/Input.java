package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.NO;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.variable;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Term;
import java.util.List;

/** What comes on a connection: bytes, its end, or nothing yet. */
final class Input {
  private final Composition composition;
  private final Connection c;
  private final boolean follows;
  private final Chance chance;

  Input(Composition composition, Connection c) {
    this.composition = composition;
    follows = composition.follows;
    chance = composition.chance;
    this.c = c;
  }

  List<Effect.Way> received(String some, int call) {
    Instance machine = c.machine;
    Term open = not(c.isReset());
    Term empty = is(c.arrived, 0);
    boolean keeps = !some.equals("DISCARDED");
    Term joined = c.handshakes.isOver();
    Effect received =
        some.equals("RECEIVED")
            ? choice(when(joined, machine.next(some)), when(not(joined), machine.next("HANDSHAKE")))
            : machine.next(some);
    Term all = new Term.Binary(Term.Operator.PLUS, variable(c.held), variable(c.arrived));
    return List.of(
        when(all(is(c.client, Client.RESET), empty), c.broken()),
        when(
            not(empty),
            set(c.held, keeps ? all : variable(c.held)),
            set(c.dropped, keeps ? 0 : 1),
            set(c.arrived, 0),
            c.talk == null ? set(c.arrived, 0) : c.talk.heard(),
            received),
        when(
            all(empty, any(c.hasEnded(), is(c.client, Client.ENDED_AND_RESET))),
            Effect.join(
                c.talk == null ? List.of() : List.of(c.talk.deaf()),
                Effect.join(c.endContent(), machine.next("END_OF_STREAM")))),
        when(all(open, empty, not(c.hasEnded())), machine.next("WOULD_BLOCK")),
        Chance.rationed(
            all(open, not(empty), joined, isOfRequests(some)),
            chance.malformed,
            Effect.join(
                    c.endContent(),
                    set(c.arrived, 0),
                    set(c.last, 1),
                    set(c.insecure, 1),
                    c.talk == null ? set(c.insecure, 1) : c.talk.lost(),
                    machine.next("INSECURE"))
                .toArray(Effect[]::new)),
        // Of a request of which a part is there, less than the rest comes.
        Chance.rationed(
            all(open, not(empty), is(c.held, 1), keeps ? YES : NO), chance.interruptions, received),
        // select(2): what was said to be readable may block nevertheless.
        Chance.rationed(follows ? YES : open, chance.interruptions, machine.next("WOULD_BLOCK")),
        interruption(YES, call, "RETRY"),
        chance.breaking(YES, c.broken()));
  }

  private Term isOfRequests(String some) {
    return some.equals("RECEIVED") && composition.backends.isEmpty() ? YES : NO;
  }

  Effect.Way interruption(Term guard, int call, String again) {
    return Chance.rationed(
        guard, chance.interruptions, set(c.interrupted, call), c.machine.next(again));
  }
}
