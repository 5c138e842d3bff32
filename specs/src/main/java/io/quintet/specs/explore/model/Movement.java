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
import static io.quintet.specs.explore.engine.Term.plus;
import static io.quintet.specs.explore.engine.Term.variable;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A connection's way from one loop to another, where there are several and it may go. */
final class Movement {
  private final Composition composition;
  private final Connection c;

  /** The state in which it rested, and is to rest again. */
  private final int rested;

  /** The loop to which it is on its way by mail. */
  private final int comes;

  /** The loop that has given it away. */
  private final int from;

  /** It is on its way back. */
  private final int back;

  /** A reply became ready before it came. */
  private final int ready;

  /** It has come, and is about to rest. */
  private final int lands;

  /** Which loop it has left that does not end before it hears that it has come. */
  private final int underway;

  /** Which loop is about to tell which one of that, and which one has mail of it. */
  private final int teller;

  private final int tells;

  private final int told;

  /** For each loop, whether mail for it has come there that it had left. */
  private final List<Integer> strayed = new ArrayList<>();

  Movement(Composition composition, Connection c, String name) {
    this.composition = composition;
    this.c = c;
    rested = composition.model.variable(name + "_rested", 0);
    comes = composition.model.variable(name + "_comes", 0);
    from = composition.model.variable(name + "_from", 0);
    back = composition.model.variable(name + "_back", 0);
    ready = composition.model.variable(name + "_ready", 0);
    lands = composition.model.variable(name + "_lands", 0);
    underway = followed(name + "_underway");
    teller = followed(name + "_teller");
    tells = followed(name + "_tells");
    told = followed(name + "_told");
    for (int i = 0; i < composition.bounds.loops(); i++) {
      strayed.add(composition.model.variable(name + "_strayed" + i, 0));
    }
  }

  /** Where nothing is followed, the loop that it has left hears nothing of it any more. */
  private int followed(String name) {
    return composition.follows ? composition.model.variable(name, 0) : lands;
  }

  /** What is forgotten of it when it ends. */
  List<Integer> forgotten() {
    return List.of(rested, comes, from, back, ready, lands);
  }

  Term isOnItsWay() {
    return not(is(comes, 0));
  }

  Term hasStrayed() {
    return any(strayed.stream().map(flag -> is(flag, 1)).toList());
  }

  Term hasMail(Loop loop) {
    return any(
        is(comes, loop.number + 1),
        is(strayed.get(loop.number), 1),
        isToTurnBack(loop),
        composition.follows ? is(told, loop.number + 1) : NO);
  }

  /** It has left a loop, which has not heard yet that it has come elsewhere. */
  Term isUnderwayFrom(Loop loop) {
    return composition.follows ? is(underway, loop.number + 1) : NO;
  }

  // What its machine does.

  List<Effect> departs() {
    return List.of(
        check(all(is(comes, 0), c.machine.in("moving")), ServerRule.ONE_LOOP_AT_A_TIME),
        set(c.yielded, 0),
        set(c.crowded, 0),
        set(ready, variable(c.dirty)),
        set(c.dirty, 0));
  }

  List<Effect> remembers() {
    return List.of(set(ready, 1));
  }

  List<Effect> arrives(Loop loop) {
    List<Effect.Way> ways = new ArrayList<>();
    for (String state : c.machine.statesThatTake("MOVE")) {
      ways.add(
          when(
              is(rested, c.machine.number(state)),
              onlyIf(not(is(ready, 0)), set(c.dirty, 1)),
              onlyIf(not(is(c.waiting, 0)), set(c.crowded, 1)),
              set(ready, 0),
              set(lands, 1),
              c.machine.next("WAS_" + state.toUpperCase(Locale.ROOT))));
    }
    ways.add(
        composition.chance.breaking(
            YES,
            choice(
                when(is(back, 0), c.machine.next("TURNED_BACK")), when(is(back, 1), c.broken()))));
    return List.of(
        check(
            all(is(c.owner, loop.number + 1), not(is(loop.owned, 0))),
            ServerRule.ONE_LOOP_AT_A_TIME),
        choice(ways));
  }

  /** It has come to rest: where it rested before, if it has just come. */
  List<Effect> rests() {
    Term same = new Term.Binary(Term.Operator.EQUAL, variable(c.machine.state), variable(rested));
    return List.of(
        check(
            any(is(lands, 0), same, not(c.machine.isAlive())), ServerRule.GOES_ON_WHERE_IT_RESTED),
        check(
            any(
                c.machine.takes("MOVE"),
                c.machine.in("moving"),
                all(not(c.handshakes.isOver()), not(c.machine.in("fresh"))),
                not(c.machine.isAlive())),
            ServerRule.MOVES_WHERE_IT_RESTS,
            c.machine.name()),
        onlyIf(is(lands, 1), set(lands, 0), set(rested, 0), set(from, 0), set(back, 0)));
  }

  // What loops do with it.

  /** A loop that was told to gives it away, in the middle of its turn. */
  void given(Loop loop, Term may, List<Term> left) {
    Term goes = all(is(loop.order, 1), loop.owns(c), c.machine.takes("MOVE"));
    composition.model.command(
        loop.name,
        "gives " + c.number,
        all(may, goes),
        Effect.join(
            List.of(set(loop.order, 0), set(rested, variable(c.machine.state))),
            c.fire(loop, "MOVE")));
    for (Loop to : composition.loops) {
      if (to.owns && to != loop) {
        Term leaves = all(loop.owns(c), c.machine.in("moving"), is(comes, 0), is(from, 0));
        left.add(leaves);
        composition.model.command(
            loop.name, "sends " + c.number + " to " + to.name, all(may, leaves), sent(loop, to));
      }
    }
  }

  private List<Effect> sent(Loop loop, Loop to) {
    List<Effect> effects = new ArrayList<>();
    effects.add(set(from, loop.number + 1));
    if (composition.follows) {
      effects.add(set(underway, loop.number + 1));
    }
    effects.add(onlyIf(is(c.replyMail, 1), set(c.replyMail, 0), set(strayed.get(loop.number), 1)));
    effects.add(
        choice(
            when(to.mailbox.machine.isAlive(), goes(loop, to)),
            when(
                not(to.mailbox.machine.isAlive()),
                Effect.join(
                    List.of(set(back, 1), set(comes, loop.number + 1)),
                    loop.mailbox.post(set(comes, loop.number + 1))))));
    return effects;
  }

  /** It is the other loop's, and counts there, before the mail is left. */
  private List<Effect> goes(Loop loop, Loop to) {
    return Effect.join(
        List.of(
            set(c.owner, to.number + 1),
            set(loop.owned, minus(loop.owned, 1)),
            set(to.owned, plus(to.owned, 1))),
        to.mailbox.post(set(comes, to.number + 1)));
  }

  private Term isToTurnBack(Loop loop) {
    return all(
        is(c.owner, loop.number + 1),
        c.machine.in("moving"),
        is(comes, 0),
        not(is(from, 0)),
        not(is(from, loop.number + 1)));
  }

  void delivered(Loop loop, Term may, List<Term> left) {
    left.add(hasMail(loop));
    composition.model.command(
        loop.name,
        "takes " + c.number,
        all(may, is(comes, loop.number + 1)),
        Effect.join(Effect.join(List.of(set(comes, 0)), comesTo(loop)), c.fire(loop, "ARRIVED")));
    if (composition.follows) {
      hears(loop, may, left);
    }
    composition.model.command(
        loop.name,
        "forwards a reply of " + c.number,
        all(may, is(strayed.get(loop.number), 1)),
        set(strayed.get(loop.number), 0),
        c.mail(c.replyMail));
    composition.model.command(
        loop.name, "turns back " + c.number, all(may, isToTurnBack(loop)), turnedBack(loop));
  }

  private List<Effect> comesTo(Loop loop) {
    return composition.follows
        ? List.of(
            choice(
                when(is(back, 1), set(underway, 0)),
                when(is(back, 0), set(tells, variable(from)), set(teller, loop.number + 1))))
        : List.of();
  }

  /** The loop that it has left is told that it has come. */
  private void hears(Loop loop, Term may, List<Term> left) {
    left.add(is(teller, loop.number + 1));
    for (Loop home : composition.loops) {
      composition.model.command(
          loop.name,
          "tells " + home.name + " of " + c.number,
          all(may, is(teller, loop.number + 1), is(tells, home.number + 1)),
          Effect.join(
              List.of(
                  set(teller, 0),
                  set(tells, 0),
                  onlyIf(not(home.mailbox.machine.isAlive()), set(underway, 0))),
              home.mailbox.post(set(told, home.number + 1))));
    }
    composition.model.command(
        loop.name,
        "hears of " + c.number,
        all(may, is(told, loop.number + 1)),
        set(told, 0),
        set(underway, 0));
  }

  /** The loop that gave it away gets it again, or it ends where that has stopped. */
  private List<Effect> turnedBack(Loop loop) {
    List<Effect.Way> ways = new ArrayList<>();
    for (Loop home : composition.loops) {
      Term was = is(from, home.number + 1);
      ways.add(
          when(
              all(was, home.mailbox.machine.isAlive()),
              Effect.join(List.of(set(back, 1)), goes(loop, home))));
      ways.add(when(all(was, not(home.mailbox.machine.isAlive())), c.end.closed(loop, false)));
    }
    return List.of(choice(ways));
  }

  /** The loop to which it was on its way has stopped, or one that it has left. */
  List<Effect> stopped(Loop loop) {
    return List.of(
        onlyIf(
            all(is(comes, loop.number + 1), not(is(back, 1))),
            Effect.join(List.of(set(comes, 0)), turnedBack(loop))),
        onlyIf(is(comes, loop.number + 1), c.end.closed(loop, false)),
        onlyIf(
            is(strayed.get(loop.number), 1),
            set(strayed.get(loop.number), 0),
            c.mail(c.replyMail)));
  }
}
