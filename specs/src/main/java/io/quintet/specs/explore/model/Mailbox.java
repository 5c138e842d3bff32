package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Term;
import java.util.List;
import java.util.function.Supplier;

/** An eventfd and the machine that says when it is written. */
final class Mailbox {
  private final Composition composition;
  final int signalled;
  final Instance machine;

  Mailbox(Composition composition, String name, Supplier<Term> asleep) {
    this.composition = composition;
    signalled = composition.model.variable(name + "_signalled", 0);
    machine =
        composition.instance(
            name,
            "mailbox-wakeup",
            _ ->
                List.of(
                    check(all(asleep.get(), is(signalled, 0)), ServerRule.ONE_WAKE_UP_A_SLEEP),
                    set(signalled, 1)));
  }

  /** The mail is taken out, if there is some. */
  Effect take() {
    return onlyIf(
        machine.in("loaded"),
        machine.run("TAKE"),
        check(machine.in("awake"), ServerRule.TAKEN_IS_AWAKE));
  }

  List<Effect> close() {
    return List.of(
        machine.run("CLOSE"), check(machine.isEnded(), ServerRule.CLOSED_MAILBOX_STAYS_CLOSED));
  }

  List<Effect> wake(Term hasMail) {
    return List.of(
        set(signalled, 0),
        machine.run("WAKE"),
        check(any(not(machine.in("loaded")), hasMail), ServerRule.LOADED_HAS_MAIL));
  }

  /** Mail that leaves something to be found, if somebody still takes mail. */
  List<Effect> post(Effect... leaves) {
    return List.of(
        onlyIf(
            machine.isAlive(),
            Effect.join(
                List.of(leaves),
                machine.run("POST"),
                check(machine.in("loaded"), ServerRule.MAIL_LOADS))));
  }

  /** One of several that are told the same; where something is followed, one after the other. */
  List<Effect> tell(int flag) {
    return composition.follows ? composition.telling(this, flag) : post(set(flag, 1));
  }
}
