package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.variable;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** How a loop ends: in order, by a failure, or with its process. */
final class LoopEnd {
  private final Composition composition;
  private final Loop loop;
  private final boolean follows;
  private final List<Connection> connections;

  LoopEnd(Composition composition, Loop loop) {
    this.composition = composition;
    follows = composition.follows;
    connections = composition.connections;
    this.loop = loop;
  }

  List<Effect> failed() {
    List<Effect> effects = new ArrayList<>();
    for (Connection c : connections) {
      Term stays = c.movement == null ? YES : not(c.movement.isOnItsWay());
      effects.add(onlyIf(all(loop.owns(c), stays), c.end.closed(loop, false)));
    }
    if (loop.listens) {
      effects.add(onlyIf(loop.listener.machine.isAlive(), loop.listener.closed(false)));
    }
    effects.addAll(stopped(false));
    return effects;
  }

  /** Nothing is left of it, since its process is gone. */
  List<Effect> vanishes() {
    List<Effect> effects = new ArrayList<>();
    effects.add(loop.machine.end());
    effects.add(loop.mailbox.machine.end());
    if (follows) {
      List.of(
              loop.late,
              loop.stale,
              loop.listed,
              loop.asking,
              loop.gone,
              loop.idleMail,
              loop.closed,
              loop.drainMail)
          .forEach(variable -> effects.add(set(variable, 0)));
    }
    for (int variable :
        List.of(
            loop.mailbox.signalled,
            loop.step,
            loop.current,
            loop.outer,
            loop.again,
            loop.dispatched,
            loop.budget,
            loop.owned,
            loop.freed,
            loop.draining,
            loop.room,
            loop.listenerFired,
            loop.left)) {
      effects.add(set(variable, 0));
    }
    return effects;
  }

  List<Effect> stopped(boolean orderly) {
    if (loop.within != null) {
      return loop.within.life.ends(orderly);
    }
    List<Effect> effects = new ArrayList<>();
    effects.add(set(loop.step, 0));
    for (Connection c : connections) {
      effects.add(
          onlyIf(
              is(c.handoff, loop.number + 1),
              List.of(set(c.handoff, 0), set(c.owner, 0), set(c.closed, 1))));
    }
    effects.add(set(loop.drainMail, 0));
    effects.add(set(loop.abortMail, 0));
    effects.add(set(loop.roomMail, 0));
    effects.add(set(loop.turnMail, 0));
    effects.add(set(loop.left, 0));
    effects.addAll(loop.mailbox.close());
    for (Connection c : connections) {
      if (c.movement != null && loop.owns) {
        effects.addAll(c.movement.stopped(loop));
      }
    }
    if (composition.moves()) {
      effects.add(set(loop.order, 0));
      effects.add(set(loop.orderMail, 0));
    }
    effects.addAll(follows ? List.of(set(loop.closed, 1)) : tellsOfItsEnd());
    return effects;
  }

  /** Where something is followed, others may find it closed before. */
  List<Effect> tellsOfItsEnd() {
    List<Effect> effects = new ArrayList<>();
    effects.add(
        choice(
            when(is(loop.retired, 1), composition.server.tell("LOOP_RETIRED")),
            when(is(loop.retired, 0), composition.server.tellOfEnd("LOOP_STOPPED"))));
    effects.add(set(composition.server.runningLoops, minus(composition.server.runningLoops, 1)));
    effects.add(
        onlyIf(
            is(composition.server.runningLoops, 0),
            composition.server.tell("LOOPS_STOPPED"),
            onlyIf(
                is(composition.server.runningWorkers, 0), composition.server.tell("ALL_STOPPED"))));
    return effects;
  }
}
