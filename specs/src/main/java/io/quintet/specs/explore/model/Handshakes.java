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
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Term;
import java.util.List;

/**
 * What comes before a connection's requests: the header of a proxy, which is a half, or a handshake
 * of two steps, of which the first takes two halves and the last one. Another thread computes them.
 */
final class Handshakes {
  /** What comes before requests at most. */
  static final int HALVES = 3;

  // What is still to come.
  static final int NOTHING = 0;
  static final int LAST_STEP = 1;
  static final int FIRST_STEP = 2;
  static final int HEADER = 3;

  // A step.
  static final int COMPUTING = 1;
  static final int COMPUTED = 2;

  private final Composition composition;
  private final Connection c;
  private final Chance chance;

  /** What must come before requests. */
  final int before;

  /** A step is at work, or done and not taken up. */
  final int computing;

  final int computedMail;

  Handshakes(Composition composition, Connection c, String name) {
    this.composition = composition;
    this.c = c;
    chance = composition.chance;
    before = composition.model.variable(name + "_before", NOTHING);
    computing = composition.model.variable(name + "_computing", 0);
    computedMail = composition.model.variable(name + "_computedMail", 0);
  }

  Effect begun() {
    return composition.bounds.shakesHands()
        ? choice(when(YES, set(before, FIRST_STEP)), when(YES, set(before, HEADER)))
        : set(before, NOTHING);
  }

  /** Another thread computes a step, which is mail for whoever owns the connection. */
  void commands() {
    composition.model.command(
        "computers",
        "compute " + c.number,
        is(computing, COMPUTING),
        set(computing, COMPUTED),
        c.mail(computedMail));
  }

  Term isOver() {
    return is(before, NOTHING);
  }

  /** Nothing is said to a client before its handshake is established. */
  Effect unsaid() {
    return onlyIf(any(is(before, FIRST_STEP), is(before, LAST_STEP)), set(c.out, 0));
  }

  List<Effect> goOn() {
    return List.of(
        check(not(is(computing, COMPUTING)), ServerRule.COMPUTED_IS_AWAITED),
        choice(
            when(is(computing, COMPUTED), set(computing, 0), choice(computed())),
            when(
                all(is(computing, 0), is(c.full, 2)),
                Effect.join(List.of(set(c.full, 0)), choice(steps()))),
            when(all(is(computing, 0), is(c.full, 0)), choice(steps())),
            when(all(is(computing, 0), is(c.full, 1)), c.machine.next("BLOCKED"))));
  }

  /** What a step says is sent; the last one says nothing that matters. */
  private List<Effect.Way> computed() {
    Term first = is(before, FIRST_STEP);
    return List.of(
        when(is(before, LAST_STEP), set(before, NOTHING), c.machine.next("ESTABLISHED")),
        when(all(first, not(c.isReset())), set(before, LAST_STEP), choice(sent())),
        when(all(first, c.isReset()), c.broken()),
        Chance.rationed(
            rarely(),
            chance.malformed,
            set(c.held, 0),
            set(c.last, 1),
            set(c.insecure, 1),
            c.machine.next("INSECURE")));
  }

  private List<Effect.Way> sent() {
    return List.of(
        when(YES, choice(steps())),
        Chance.rationed(YES, chance.fills, set(c.full, 1), c.machine.next("BLOCKED")));
  }

  /** What is received is enough for a step or not. */
  private List<Effect.Way> steps() {
    Instance machine = c.machine;
    Term some = not(is(c.held, 0));
    Term two = all(some, not(is(c.held, 1)));
    Term first = is(before, FIRST_STEP);
    Term header = is(before, HEADER);
    return List.of(
        when(any(is(c.held, 0), all(first, is(c.held, 1))), machine.next("INCOMPLETE")),
        when(
            all(header, some),
            set(c.held, minus(c.held, 1)),
            set(before, NOTHING),
            machine.next("ESTABLISHED")),
        when(
            all(first, two),
            set(c.held, minus(c.held, 2)),
            set(computing, COMPUTING),
            machine.next("COMPUTING")),
        when(
            all(is(before, LAST_STEP), some),
            set(c.held, minus(c.held, 1)),
            set(computing, COMPUTING),
            machine.next("COMPUTING")),
        Chance.rationed(
            all(header, some),
            chance.malformed,
            set(c.held, 0),
            set(c.last, 1),
            set(c.insecure, 1),
            set(c.over, 1),
            machine.next("REJECTED")),
        Chance.rationed(
            all(first, some),
            chance.malformed,
            set(c.held, 0),
            set(c.refusal, Refusal.MALFORMED),
            set(before, NOTHING),
            machine.next("MALFORMED")));
  }

  private Term rarely() {
    return composition.backends.isEmpty() ? YES : NO;
  }
}
