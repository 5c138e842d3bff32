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
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.number;
import static io.quintet.specs.explore.engine.Term.plus;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** A process's end of the socket to its front. */
final class ProcessEnd {
  private final Backend backend;
  private final Composition composition;
  private final Model model;
  private final Loop loop;
  private final Loop front;
  private final String name;

  ProcessEnd(Backend backend) {
    this.backend = backend;
    composition = backend.composition;
    model = backend.model;
    loop = backend.loop;
    front = backend.front;
    name = backend.name;
  }

  /** Something waits on the process's socket. */
  Term ready() {
    return any(all(backend.uplink.waitsFor("EPOLLIN"), hasMessage()), hearsOfEnd());
  }

  /** One that is full hears of it once. */
  Term hearsOfEnd() {
    return all(hungUp(), any(not(backend.uplink.in("full")), is(backend.forsaken, 0)));
  }

  Term hungUp() {
    return all(backend.uplink.isAlive(), not(backend.control.isAlive()), is(backend.greeting, 0));
  }

  Term hasMessage() {
    return any(backend.handed(), is(backend.drainMessage, 1), is(backend.pingMessage, 1));
  }

  void dispatches(Term may) {
    List<Effect> dispatched = loop.fires(backend.uplinkFired, Loop.ALL_FIRED);
    model.command(
        loop.name,
        "control readable",
        all(
            may,
            is(backend.uplinkFired, 0),
            backend.uplink.waitsFor("EPOLLIN"),
            hasMessage(),
            composition.follows ? YES : not(hungUp())),
        Effect.join(dispatched, backend.fire(loop, backend.uplink, "READABLE")));
    model.command(
        loop.name,
        "control hang-up",
        all(may, is(backend.uplinkFired, 0), hearsOfEnd()),
        Effect.join(dispatched, backend.fire(loop, backend.uplink, "HANGUP")));
    cannotBeWaitedFor(
        "control cannot be waited for", all(may, is(backend.uplinkFired, 0)), dispatched);
  }

  /** The front learns of connections that have ended. */
  Effect tellEnded() {
    Effect more = set(backend.answerMessage, plus(backend.answerMessage, 1));
    return onlyIf(
        all(backend.uplink.isAlive(), backend.control.isAlive()),
        composition.follows ? more : set(backend.answerMessage, 1));
  }

  /** A descriptor has become free in the process. */
  List<Effect> roomFreed() {
    return List.of(
        tellEnded(),
        onlyIf(
            backend.uplink.isAlive(),
            Effect.join(
                List.of(set(backend.looks, 1)), backend.fire(loop, backend.uplink, "ROOM"))));
  }

  /** It looks again whether there is room. */
  Term due() {
    return all(backend.uplink.hasDeadline("ACCEPT_PAUSE"), is(backend.paused, 1));
  }

  /** What it waits for cannot be changed. */
  void cannotBeWaitedFor(String name, Term may, List<Effect> more) {
    model.command(
        loop.name,
        name,
        all(
            may,
            any(backend.uplink.in("open"), backend.uplink.in("full")),
            not(is(composition.chance.faults, 0))),
        Effect.join(
            Effect.join(more, set(backend.lacking, 1)),
            Effect.join(composition.chance.fault(), backend.fire(loop, backend.uplink, "BROKEN"))));
  }

  void deadlines(Term may) {
    cannotBeWaitedFor("control cannot be waited for any more", may, List.of());
    model.command(
        loop.name,
        "end of the control's pause",
        all(may, due()),
        Effect.join(
            List.of(set(backend.looks, 1)),
            backend.fire(loop, backend.uplink, "AFTER_ACCEPT_PAUSE")));
  }

  List<Effect> act(String action) {
    return switch (action) {
      case "receive" ->
          List.of(
              check(any(is(backend.lacking, 0), is(backend.looks, 1)), ServerRule.FULL_WAITS),
              set(backend.looks, 0),
              set(backend.lacking, 0),
              set(backend.paused, 0),
              choice(
                  when(hasMessage(), set(backend.uplinkHas, 1), backend.uplink.next("MESSAGE")),
                  when(all(not(hasMessage()), not(hungUp())), backend.uplink.next("WOULD_BLOCK")),
                  when(all(not(hasMessage()), hungUp()), backend.uplink.next("END_OF_STREAM")),
                  Chance.rationed(
                      backend.handed(),
                      composition.chance.limits,
                      set(backend.lacking, 1),
                      backend.uplink.next("NO_ROOM")),
                  Chance.rationed(
                      YES, composition.chance.interruptions, backend.uplink.next("RETRY")),
                  composition.chance.breaking(
                      YES, set(backend.lacking, 1), backend.uplink.next("BROKEN"))));
      case "pause" -> List.of(tellEnded());
      case "forsake" ->
          Effect.join(
              List.of(
                  check(not(backend.control.isAlive()), ServerRule.END_FOLLOWS_END),
                  set(backend.forsaken, 1)),
              backend.life.drained());
      case "deliver" ->
          List.of(
              check(is(backend.uplinkHas, 1), ServerRule.DELIVERED_WAS_SENT),
              set(backend.uplinkHas, 0),
              choice(deliveries()),
              backend.uplink.next("DELIVERED"));
      case "part", "close" ->
          Effect.join(
              List.of(check(number(action.equals("part") ? 1 : 0), ServerRule.PARTING_IS_TOLD)),
              parted());
      default -> throw new IllegalStateException("a control socket does not " + action);
    };
  }

  /** What was on its way is closed by the kernel, and the rest of its work is a drain. */
  List<Effect> parted() {
    List<Effect> effects = new ArrayList<>();
    effects.add(Checks.ended(backend.uplink));
    effects.add(check(any(not(hasMessage()), is(backend.lacking, 1)), ServerRule.PARTING_IS_LAST));
    effects.add(set(backend.lacking, 0));
    effects.add(set(backend.paused, 0));
    effects.add(
        check(
            any(not(backend.control.isAlive()), is(composition.chance.faulty, 1)),
            ServerRule.END_FOLLOWS_END));
    effects.addAll(backend.life.lost());
    effects.add(set(backend.drainMessage, 0));
    effects.add(set(backend.pingMessage, 0));
    effects.addAll(backend.life.drained());
    return effects;
  }

  List<Effect.Way> deliveries() {
    List<Effect.Way> ways = new ArrayList<>();
    for (Connection c : composition.connections) {
      ways.add(
          when(
              is(c.handoff, loop.number + 1),
              Effect.join(List.of(set(c.handoff, 0)), c.adopted(loop))));
    }
    ways.add(
        when(
            all(is(backend.drainMessage, 1), not(backend.handed())),
            Effect.join(List.of(set(backend.drainMessage, 0)), backend.life.drained())));
    ways.add(
        when(
            is(backend.pingMessage, 1),
            set(backend.pingMessage, 0),
            set(backend.answerMessage, 1)));
    ways.add(when(not(hasMessage()), check(number(0), ServerRule.DELIVERED_WAS_SENT)));
    return ways;
  }
}
