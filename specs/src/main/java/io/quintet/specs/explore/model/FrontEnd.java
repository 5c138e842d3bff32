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
import static io.quintet.specs.explore.engine.Term.number;
import static io.quintet.specs.explore.engine.Term.plus;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** The front's end of the socket to a backend's process. */
final class FrontEnd {
  private final Backend backend;
  private final Composition composition;
  private final Model model;
  private final Loop loop;
  private final Loop front;
  private final String name;

  FrontEnd(Backend backend) {
    this.backend = backend;
    composition = backend.composition;
    model = backend.model;
    loop = backend.loop;
    front = backend.front;
    name = backend.name;
  }

  /** It has connected to the front, who has not accepted it. */
  Term isGreeting() {
    return is(backend.greeting, 1);
  }

  /** Something waits on one of the front's control sockets. */
  Term ready() {
    return any(readable(), hungUp());
  }

  Term readable() {
    return all(
        backend.control.waitsFor("EPOLLIN"),
        hasAnswered(),
        composition.follows ? YES : not(backend.hasParted()));
  }

  Term hasAnswered() {
    return any(not(is(backend.answerMessage, 0)), not(is(backend.lastWord, 0)));
  }

  Term hungUp() {
    return all(backend.control.isAlive(), backend.hasParted());
  }

  void dispatches(Term may) {
    List<Effect> dispatched = front.fires(backend.controlFired, Loop.ALL_FIRED);
    Term quiet = all(may, is(backend.controlFired, 0));
    Term last = composition.follows ? all(is(front.current, 0), backend.drains()) : number(0);
    model.command(
        front.name,
        "greets " + name,
        all(any(quiet, last), is(backend.greeting, 1)),
        Effect.join(
            dispatched,
            set(backend.greeting, 0),
            onlyIf(backend.machine.isAlive(), backend.control.begin()),
            backend.supervision.tell("READY")));
    model.command(
        front.name,
        "readable " + name,
        all(quiet, readable()),
        Effect.join(dispatched, backend.fire(front, backend.control, "READABLE")));
    model.command(
        front.name,
        "hang-up of " + name,
        all(quiet, hungUp()),
        Effect.join(dispatched, backend.fire(front, backend.control, "HANGUP")));
  }

  Effect close() {
    return onlyIf(
        backend.control.isAlive(),
        backend.control.run("ABORT"),
        Checks.ended(backend.control),
        backend.control.end(),
        set(backend.lastWord, 0),
        set(backend.answerMessage, 0));
  }

  List<Effect> act(String action) {
    Term whole = composition.follows ? is(backend.cut, 0) : YES;
    return switch (action) {
      case "receive" ->
          List.of(
              choice(
                  when(
                      all(whole, hasAnswered()),
                      set(backend.controlHas, 1),
                      backend.control.next("MESSAGE")),
                  when(
                      all(whole, not(hasAnswered()), not(backend.hasParted())),
                      backend.control.next("WOULD_BLOCK")),
                  when(
                      all(whole, not(hasAnswered()), backend.hasParted()),
                      backend.control.next("END_OF_STREAM")),
                  when(not(whole), set(backend.cut, 0), backend.control.next("RETRY")),
                  Chance.rationed(
                      YES, composition.chance.interruptions, backend.control.next("RETRY")),
                  composition.chance.breaking(YES, backend.control.next("BROKEN"))));
      case "deliver" ->
          List.of(
              check(all(hasAnswered(), is(backend.controlHas, 1)), ServerRule.DELIVERED_WAS_SENT),
              set(backend.controlHas, 0),
              composition.follows
                  ? choice(
                      when(
                          not(is(backend.answerMessage, 0)),
                          set(backend.answerMessage, minus(backend.answerMessage, 1)),
                          set(front.room, 1)),
                      when(is(backend.answerMessage, 0), set(backend.lastWord, 0)))
                  : onlyIf(YES, set(backend.answerMessage, 0), set(front.room, 1)),
              set(backend.asked, 0),
              backend.supervision.tell("ANSWER"),
              backend.control.next("DELIVERED"));
      case "pause", "forsake" -> List.of(check(number(0), ServerRule.FRONT_HAS_ROOM));
      case "part", "close" ->
          List.of(
              check(number(action.equals("part") ? 1 : 0), ServerRule.PARTING_IS_TOLD),
              Checks.ended(backend.control),
              check(
                  any(backend.hasParted(), is(composition.chance.faulty, 1)),
                  ServerRule.END_FOLLOWS_END),
              set(backend.admitted, 0));
      default -> throw new IllegalStateException("a control socket does not " + action);
    };
  }

  /** A connection is handed to it, if its socket takes it. */
  List<Effect.Way> placements(Connection c, Term here, List<Effect> placed) {
    Term may = all(here, is(backend.admitted, 1), backend.control.isAlive());
    List<Effect> effects = new ArrayList<>(placed);
    effects.add(check(is(c.owner, 0), ServerRule.ONE_OWNER));
    effects.add(check(is(backend.drainMessage, 0), ServerRule.DRAINED_GETS_NONE));
    effects.add(set(c.owner, loop.number + 1));
    effects.add(set(c.handoff, loop.number + 1));
    effects.add(set(loop.owned, plus(loop.owned, 1)));
    Effect leaves = composition.line.leave(front);
    Effect nowhere = front.listener.machine.next("NOWHERE");
    return List.of(
        when(all(may, not(backend.hasParted())), effects),
        when(all(may, backend.hasParted()), leaves, nowhere),
        Chance.rationed(
            all(may, not(backend.hasParted())), composition.chance.fills, leaves, nowhere));
  }
}
