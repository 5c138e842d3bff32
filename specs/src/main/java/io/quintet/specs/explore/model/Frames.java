package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** The frames that come by a WebSocket, in whatever order, right or wrong. */
final class Frames {
  private final Composition composition;
  private final Connection c;
  private final Dialogue talk;

  Frames(Composition composition, Connection c, Dialogue talk) {
    this.composition = composition;
    this.c = c;
    this.talk = talk;
  }

  /** What the next frame may be. */
  List<Effect.Way> next() {
    Term inside = is(talk.begun, 1);
    Term between = not(inside);
    Effect complete = onlyIf(YES, set(talk.whole, 1), talk.machine.run("COMPLETE"), isDone());
    List<Effect.Way> ways = new ArrayList<>();
    ways.add(frame(between, talk.machine.run("DATA"), complete));
    ways.add(frame(between, talk.machine.run("DATA"), set(talk.begun, 1)));
    ways.add(frame(inside, talk.machine.run("CONTINUATION"), set(talk.begun, 0), complete));
    ways.add(frame(inside, talk.machine.run("CONTINUATION")));
    ways.add(frame(YES, set(talk.asked, 1), talk.machine.run("PING"), isDone()));
    ways.add(frame(YES, set(talk.ponged, 1), talk.machine.run("PONG"), isDone()));
    ways.add(frame(YES, set(talk.peer, Dialogue.CLOSES), talk.machine.run("CLOSE"), isAnswered()));
    for (String event : List.of("DATA", "CONTINUATION", "MALFORMED")) {
      Term where =
          switch (event) {
            case "DATA" -> all(inside, talk.open());
            case "CONTINUATION" -> all(between, talk.open());
            default -> YES;
          };
      ways.add(
          Effect.when(
              all(where, not(is(composition.chance.malformed, 0))),
              set(composition.chance.malformed, minus(composition.chance.malformed, 1)),
              set(c.held, minus(c.held, 1)),
              set(talk.peer, Dialogue.BREAKS),
              talk.machine.run(event),
              isAnswered()));
    }
    return ways;
  }

  private Effect.Way frame(Term where, Effect... effects) {
    List<Effect> one = new ArrayList<>();
    one.add(check(is(talk.peer, 0), ServerRule.NOTHING_READ_BEHIND_CLOSE));
    one.add(set(c.held, minus(c.held, 1)));
    one.addAll(List.of(effects));
    return when(where, one);
  }

  /** Unless our close frame is written, behind which all goes nowhere. */
  private Effect isDone() {
    return onlyIf(
        YES,
        check(any(is(talk.whole, 0), not(talk.open())), ServerRule.MESSAGE_IS_DELIVERED),
        check(any(is(talk.asked, 0), not(talk.open())), ServerRule.PING_IS_ANSWERED),
        check(any(is(talk.ponged, 0), not(talk.open())), ServerRule.PONG_IS_HEARD),
        set(talk.whole, 0),
        set(talk.asked, 0),
        set(talk.ponged, 0));
  }

  private Effect isAnswered() {
    return check(not(is(talk.closing, 0)), ServerRule.CLOSE_IS_ANSWERED);
  }
}
