package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.less;
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** What becomes of a connection whose descriptor is closed. */
final class ConnectionEnd {
  private final Composition composition;
  private final Connection c;
  private final boolean follows;
  private final Chance chance;

  ConnectionEnd(Composition composition, Connection c) {
    this.composition = composition;
    follows = composition.follows;
    chance = composition.chance;
    this.c = c;
  }

  /** The descriptor is closed, and the rules are looked at. */
  List<Effect> closed(Loop loop, boolean orderly) {
    List<Effect> effects = new ArrayList<>();
    effects.add(check(is(c.closed, 0), ServerRule.CLOSED_ONCE));
    effects.add(check(is(c.accepted, 1), ServerRule.CLOSED_ONCE));
    if (orderly) {
      effects.addAll(rules());
    }
    if (follows) {
      effects.add(onlyIf(is(c.crowded, 1), set(loop.gone, 1)));
      effects.add(set(c.moreMail, 0));
      effects.add(onlyIf(any(is(c.dirty, 1), not(is(c.yielded, 0))), set(loop.listed, 1)));
    }
    if (c.talk != null) {
      Term excused = orderly ? any(isExcused(), is(c.insecure, 1)) : YES;
      effects.addAll(c.talk.closed(excused));
    }
    effects.add(set(c.closed, 1));
    effects.add(set(c.owner, 0));
    effects.add(c.machine.end());
    forgotten().forEach(flag -> effects.add(set(flag, 0)));
    if (c.movement != null) {
      c.movement.forgotten().forEach(flag -> effects.add(set(flag, 0)));
    }
    effects.add(set(loop.owned, minus(loop.owned, 1)));
    if (loop.within == null) {
      effects.add(set(chance.shortage, 0));
      effects.add(composition.line.freed());
    } else {
      effects.add(set(loop.freed, 1));
    }
    effects.add(set(loop.again, 0));
    return effects;
  }

  private Term isExcused() {
    return any(
        c.isReset(), is(c.client, Client.SILENT), is(chance.faulty, 1), is(chance.aborted, 1));
  }

  /** What its peer was promised. */
  private List<Effect> rules() {
    Term excused = isExcused();
    return List.of(
        check(
            any(
                excused,
                is(c.insecure, 1),
                all(
                    not(c.owes()),
                    is(c.out, 0),
                    is(c.full, 0),
                    is(c.waiting, 0),
                    is(c.unhandled, 0))),
            ServerRule.TAKEN_IS_ANSWERED),
        check(
            any(
                excused,
                is(c.hurried, 2),
                is(c.last, 1),
                all(c.hasEnded(), is(c.arrived, 0), less(c.held, 2))),
            ServerRule.READ_TO_ITS_END),
        check(
            any(excused, is(c.hurried, 2), is(c.encoded, 0), all(c.hasEnded(), is(c.arrived, 0))),
            ServerRule.OPEN_BEHIND_LAST_REPLY),
        check(c.machine.isEnded(), ServerRule.CLOSED_ONCE));
  }

  private List<Integer> forgotten() {
    return List.of(
        c.arrived,
        c.held,
        c.waiting,
        c.out,
        c.full,
        c.yielded,
        c.dirty,
        c.judged,
        c.crowded,
        c.replyMail,
        c.drainDue,
        c.abortDue,
        c.unhandled,
        c.stopped,
        c.interrupted,
        c.refusal,
        c.body,
        c.wanted,
        c.needed,
        c.insecure,
        c.hurried,
        c.timed,
        c.handshakes.before,
        c.handshakes.computing,
        c.handshakes.computedMail,
        c.half,
        c.over,
        c.dropped,
        c.fired);
  }
}
