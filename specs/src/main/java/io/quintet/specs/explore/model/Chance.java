package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.List;

/**
 * What may go wrong, and how many times more: errors, interrupted calls, missing descriptors, full
 * sockets, resets, and requests that are none.
 */
final class Chance {
  final int faults;

  /** Something has gone wrong after which nothing goes well. */
  final int faulty;

  final int interruptions;
  final int limits;

  /** No descriptor is left, until a connection closes or another file of the process does. */
  final int shortage;

  final int fills;
  final int resets;
  final int malformed;

  /** The time for draining has passed. */
  final int aborted;

  final int hangs;

  /** Connections that may go from loop to loop. */
  final int moves;

  Chance(Model model, Bounds bounds) {
    faults = model.variable("faults", bounds.faults());
    faulty = model.variable("faulty", 0);
    interruptions = model.variable("interruptions", bounds.interruptions());
    limits = model.variable("limits", bounds.limits());
    shortage = model.variable("shortage", 0);
    fills = model.variable("fills", bounds.fills());
    resets = model.variable("resets", bounds.resets());
    malformed = model.variable("malformed", bounds.malformed());
    aborted = model.variable("aborted", 0);
    hangs = model.variable("hangs", bounds.silent() ? 1 : 0);
    moves = bounds.moves() ? model.variable("moves", 1) : hangs;
  }

  List<Effect> fault() {
    return List.of(set(faults, minus(faults, 1)), set(faulty, 1));
  }

  /** What happens so many times at most. */
  static Effect.Way rationed(Term guard, int ration, Effect... effects) {
    return when(
        all(guard, not(is(ration, 0))),
        Effect.join(List.of(set(ration, minus(ration, 1))), effects));
  }

  /** An error after which nothing goes well. */
  Effect.Way breaking(Term guard, Effect... effects) {
    return when(all(guard, not(is(faults, 0))), Effect.join(fault(), effects));
  }
}
