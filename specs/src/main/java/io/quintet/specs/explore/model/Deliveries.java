package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.plus;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/**
 * What the listener of a WebSocket is to be told by a worker, one call after the other and in
 * order. Who adds the first has a worker make them; the others wait behind it.
 */
final class Deliveries {
  private final Composition composition;
  private final Connection c;
  private final Dialogue talk;

  /** It is to be told of the beginning. */
  private final int opens;

  /** Messages and pongs that it is to be told of. */
  private final int calls;

  /** It is to be told of the end. */
  private final int ends;

  /** The worker that makes the calls; 0 where there are none. */
  private final int at;

  /** The connection waits to be read until enough calls were made. */
  private final int held;

  /** The call that a worker makes does not return. */
  private final int hangs;

  Deliveries(Composition composition, Connection c, Dialogue talk, String name) {
    this.composition = composition;
    this.c = c;
    this.talk = talk;
    Model model = composition.model;
    opens = model.variable(name + "_opens", 0);
    calls = model.variable(name + "_calls", 0);
    ends = model.variable(name + "_ends", 0);
    at = model.variable(name + "_at", 0);
    held = model.variable(name + "_holds", 0);
    hangs = model.variable(name + "_hangs", 0);
  }

  /** Calls are to be made, by somebody who will. */
  Term areDue() {
    return all(not(is(at, 0)), is(hangs, 0));
  }

  Term areWith(Worker worker) {
    return all(is(at, worker.number + 1), is(hangs, 0));
  }

  Term hangWith(Worker worker) {
    return all(is(at, worker.number + 1), is(hangs, 1));
  }

  /** So many wait that no more of what has come is taken: one, lest there be too many states. */
  Term areMany() {
    return not(is(calls, 0));
  }

  /** Whether no more is to be taken; the connection is told when that changes. */
  Effect asked() {
    return onlyIf(areMany(), set(held, 1));
  }

  List<Effect> opened() {
    return added(set(opens, 1));
  }

  List<Effect> told() {
    return added(set(calls, plus(calls, 1)));
  }

  List<Effect> ended() {
    return added(set(ends, 1));
  }

  private List<Effect> added(Effect one) {
    List<Effect.Way> ways = new ArrayList<>();
    ways.add(when(not(is(at, 0))));
    for (Worker worker : composition.workers) {
      ways.add(
          when(
              all(is(at, 0), not(worker.isStopped())),
              set(worker.load, plus(worker.load, 1)),
              onlyIf(YES, worker.mailbox.post(set(at, worker.number + 1))),
              check(
                  any(not(worker.isAsleep()), is(worker.mailbox.signalled, 1)),
                  ServerRule.LISTENER_IS_TOLD)));
      ways.add(when(all(is(at, 0), worker.isStopped()), madeHere()));
    }
    return List.of(one, choice(ways));
  }

  /** Its worker has stopped: who finds that makes the calls. */
  List<Effect> madeHere() {
    return List.of(set(opens, 0), set(calls, 0), set(ends, 0), set(at, 0), set(hangs, 0));
  }

  /** The next call is made; in the end the worker is rid of them. */
  List<Effect> made(List<Effect> more, List<Effect> done) {
    Term first = is(opens, 1);
    Term some = not(is(calls, 0));
    Term left = not(all(is(opens, 0), is(calls, 0), is(ends, 0)));
    List<Effect> told = Effect.join(talk.speaksElsewhere(), List.of(set(calls, minus(calls, 1))));
    return List.of(
        choice(
            when(first, set(opens, 0)),
            when(
                all(not(first), some),
                Effect.join(told, onlyIf(all(is(held, 1), not(areMany())), goesOn()))),
            when(all(not(first), not(some)), set(ends, 0))),
        choice(when(left, more), when(not(left), Effect.join(List.of(set(at, 0)), done))));
  }

  private List<Effect> goesOn() {
    return List.of(set(held, 0), c.mail(c.replyMail));
  }

  Effect hang() {
    return set(hangs, 1);
  }

  Effect returns() {
    return set(hangs, 0);
  }
}
