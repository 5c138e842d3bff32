package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.less;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.List;

/** How a loop fires what the kernel has said. */
final class Dispatch {
  private final Composition composition;
  private final Loop loop;
  private final Model model;
  private final Bounds bounds;
  private final boolean follows;
  private final List<Connection> connections;

  Dispatch(Composition composition, Loop loop) {
    this.composition = composition;
    model = composition.model;
    bounds = composition.bounds;
    follows = composition.follows;
    connections = composition.connections;
    this.loop = loop;
  }

  /** As many events a turn as the bounds say, whichever; each source has one, or one each way. */
  void commands() {
    Term may =
        all(loop.isFree(Loop.DISPATCHING), follows ? YES : less(loop.dispatched, bounds.events()));
    for (Connection c : connections) {
      Term none = is(c.fired, 0);
      Term some = not(is(c.fired, Loop.ALL_FIRED));
      event(c, all(may, none), "HANGUP", c.isHungUp());
      event(c, all(may, none), "WRITABLE", follows ? c.wasWritable() : c.writable());
      event(c, all(may, some), "READABLE", follows ? c.wasReadable() : c.readable());
    }
    if (loop.listens) {
      model.command(
          loop.name,
          "listener readable",
          all(may, is(loop.listenerFired, 0), loop.listenerReady()),
          Effect.join(
              Effect.join(loop.fires(loop.listenerFired, Loop.ALL_FIRED), loop.listener.refill()),
              loop.listener.fire("READABLE")));
    }
    loop.children.forEach(child -> child.frontEnd.dispatches(may));
    if (loop.within != null) {
      loop.within.processEnd.dispatches(may);
    }
    model.command(
        loop.name,
        "dispatched",
        all(
            loop.isFree(Loop.DISPATCHING),
            follows ? YES : any(not(is(loop.dispatched, 0)), not(loop.ready()))),
        Effect.join(loop.firedNone(), loop.machine.run("DISPATCHED")));
  }

  private void event(Connection c, Term may, String event, Term where) {
    model.command(
        loop.name,
        event + " of " + c.number,
        all(may, loop.owns(c), c.machine.isAlive(), where),
        Effect.join(
            loop.fires(c.fired, event.equals("WRITABLE") ? Loop.WRITABLE_FIRED : Loop.ALL_FIRED),
            c.fire(loop, event)));
  }
}
