package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Term;

/** What is checked of several machines. */
final class Checks {
  private Checks() {}

  static Effect once(int told, ServerRule rule) {
    return onlyIf(YES, check(is(told, 0), rule), set(told, 1));
  }

  static Effect ended(Instance machine) {
    return check(machine.isEnded(), ServerRule.CLOSED_IS_FINAL);
  }

  /** A machine that comes to rest waits there for something, or is gone. */
  static Term rests(Instance machine) {
    return any(not(machine.exists()), machine.rests());
  }
}
