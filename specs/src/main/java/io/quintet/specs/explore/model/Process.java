package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** The process of a backend: it begins, drains, ends, dies, or hangs. */
final class Process {
  private final Backend backend;
  private final Composition composition;
  private final Model model;
  private final Loop loop;
  private final Loop front;
  private final String name;

  Process(Backend backend) {
    this.backend = backend;
    composition = backend.composition;
    model = backend.model;
    loop = backend.loop;
    front = backend.front;
    name = backend.name;
  }

  /** What its server does where something is followed: it tells its loop by mail. */
  List<Effect> serverAction(String action) {
    if (!composition.follows) {
      return List.of();
    }
    return switch (action) {
      case "delay" -> List.of(backend.server.run("NOW"));
      case "drain" -> loop.mailbox.post(set(loop.drainMail, 1));
      default -> List.of();
    };
  }

  /** The process drains: its loop is told at once, or by its server. */
  List<Effect> drained() {
    return composition.follows
        ? List.of(onlyIf(backend.server.isAlive(), backend.server.run("DRAIN")))
        : Effect.join(List.of(set(loop.draining, 1)), loop.tells(true));
  }

  /** Who begins and ends the process: none of its loops. */
  String starter() {
    return "main of " + loop.name;
  }

  /** What others may see in between. */
  void followedCommands() {
    Term nobodyGreets = not(front.listener.machine.isAlive());
    model.command(
        starter(),
        name + " finds nobody to connect to",
        all(is(backend.process, Backend.STARTED), nobodyGreets),
        Effect.join(
            List.of(
                set(backend.process, Backend.RUNNING),
                loop.mailbox.machine.begin(),
                backend.server.begin(),
                backend.server.run("START_FAILED")),
            loop.mailbox.close()));
    model.command(
        front.name,
        "closes with " + name + " in its queue",
        all(is(front.current, 0), is(backend.greeting, 1), nobodyGreets),
        set(backend.greeting, 0));
    model.command(
        starter(),
        name + " has started",
        backend.server.in("starting"),
        backend.server.run("STARTED"));
    model.command(
        loop.name,
        "closes its end",
        is(loop.closed, Backend.CLOSES),
        Effect.join(
            List.of(set(loop.closed, 1), onlyIf(backend.uplink.isAlive(), endOfSocket())),
            loop.mailbox.close()));
    model.command(
        loop.name,
        "tells of its end",
        is(loop.closed, 1),
        set(loop.closed, 0),
        backend.server.run("LOOP_STOPPED"),
        backend.server.run("LOOPS_STOPPED"),
        backend.server.run("ALL_STOPPED"));
    model.command(
        starter(),
        name + " exits",
        all(is(backend.process, Backend.RUNNING), backend.server.isEnded()),
        dies());
    model.command(
        front.name,
        "has seen the end of " + name,
        all(front.isFree(Loop.DELIVERING), is(backend.exiting, 1)),
        set(backend.exiting, 0),
        set(backend.greeting, 0),
        set(backend.slain, 0),
        backend.supervision.tell("EXITED"));
  }

  /** The kernel closes all that a process has, and its parent is told. */
  List<Effect> dies() {
    List<Effect> effects = new ArrayList<>();
    if (composition.follows) {
      Term unread =
          all(backend.uplink.isAlive(), backend.control.isAlive(), backend.processEnd.hasMessage());
      effects.add(onlyIf(unread, set(backend.cut, 1)));
    }
    for (Connection c : composition.connections) {
      effects.add(onlyIf(loop.owns(c), Effect.join(c.end.closed(loop, false), c.cutOff())));
    }
    effects.addAll(lost());
    effects.addAll(new LoopEnd(composition, loop).vanishes());
    effects.add(backend.uplink.end());
    effects.add(backend.server.end());
    for (int variable :
        List.of(
            backend.process,
            backend.hung,
            backend.asked,
            backend.drainMessage,
            backend.pingMessage,
            backend.lacking,
            backend.forsaken,
            backend.looks,
            backend.uplinkHas,
            backend.paused,
            backend.uplinkFired)) {
      effects.add(set(variable, 0));
    }
    effects.add(set(backend.reaped, 1));
    return effects;
  }

  /** Its loop has nothing left to do, and the process ends by itself. */
  List<Effect> ends(boolean orderly) {
    List<Effect> effects = new ArrayList<>();
    if (composition.follows) {
      Term hears = all(backend.uplink.isAlive(), backend.control.isAlive());
      effects.add(set(loop.step, 0));
      effects.add(onlyIf(hears, set(backend.lastWord, 1)));
      effects.add(set(loop.closed, Backend.CLOSES));
      return effects;
    }
    effects.addAll(loop.mailbox.close());
    effects.add(onlyIf(backend.uplink.isAlive(), endOfSocket()));
    if (orderly) {
      for (Connection c : composition.connections) {
        effects.add(check(not(is(c.handoff, loop.number + 1)), ServerRule.HANDED_IS_TAKEN));
      }
    }
    effects.add(backend.server.run("LOOP_STOPPED"));
    effects.add(backend.server.run("LOOPS_STOPPED"));
    effects.add(backend.server.run("ALL_STOPPED"));
    effects.add(check(backend.server.isEnded(), ServerRule.STOPPED_HAS_ENDED));
    effects.addAll(dies());
    return effects;
  }

  List<Effect> endOfSocket() {
    return List.of(backend.uplink.run("ABORT"), Checks.ended(backend.uplink));
  }

  List<Effect> lost() {
    List<Effect> effects = new ArrayList<>();
    for (Connection c : composition.connections) {
      effects.add(
          onlyIf(
              is(c.handoff, loop.number + 1),
              Effect.join(
                  List.of(
                      set(c.handoff, 0),
                      set(c.owner, 0),
                      set(c.closed, 1),
                      set(loop.owned, minus(loop.owned, 1))),
                  c.cutOff())));
    }
    return effects;
  }
}
