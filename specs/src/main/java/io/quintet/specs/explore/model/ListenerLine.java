package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.variable;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/**
 * The line of listeners of a process that wait for a descriptor. What passes a turn on that its
 * loop does not use is left out, since here every loop goes on.
 */
final class ListenerLine {
  private final Composition composition;
  private final List<Loop> listening;

  /** Who stands at each place: the number of a loop and one, 0 if nobody does. */
  private final List<Integer> places = new ArrayList<>();

  /** Whether it is the first one's turn, and whether a descriptor was freed since that began. */
  private final int turn;

  private final int again;

  ListenerLine(Composition composition, List<Loop> listening) {
    this.composition = composition;
    this.listening = listening;
    for (int i = 0; i < listening.size(); i++) {
      places.add(composition.model.variable("line" + i, 0));
    }
    turn = composition.model.variable("line_turn", 0);
    again = composition.model.variable("line_again", 0);
  }

  Term isEmpty() {
    return is(places.getFirst(), 0);
  }

  Term has(Loop loop) {
    return any(places.stream().map(place -> is(place, loop.number + 1)).toList());
  }

  private Term isFirst(Loop loop) {
    return is(places.getFirst(), loop.number + 1);
  }

  /** Nobody waits, or this one is the first. */
  Term isTurnOf(Loop loop) {
    return any(isEmpty(), isFirst(loop));
  }

  /** A turn that was told of has not passed. */
  Term hasTurn(Loop loop) {
    return all(isFirst(loop), is(turn, 1));
  }

  /** Who is the first accepts, told or not. */
  Effect begin(Loop loop) {
    return onlyIf(all(isFirst(loop), is(turn, 0)), set(turn, 1), set(again, 0));
  }

  /** A descriptor of the process was closed. */
  Effect freed() {
    return choice(
        when(isEmpty()),
        when(all(not(isEmpty()), is(turn, 1)), set(again, 1)),
        when(all(not(isEmpty()), is(turn, 0)), set(turn, 1), set(again, 0), tellFirst()));
  }

  private Effect tellFirst() {
    List<Effect.Way> ways = new ArrayList<>();
    ways.add(when(isEmpty(), set(turn, 0), set(again, 0)));
    for (Loop loop : listening) {
      ways.add(when(isFirst(loop), loop.mailbox.post(set(loop.turnMail, 1))));
    }
    return choice(ways);
  }

  /** No descriptor was there, or others wait. */
  Effect join(Loop loop) {
    Instance listener = loop.listener.machine;
    Term vain = all(is(turn, 1), is(again, 0));
    return choice(
        when(all(isFirst(loop), vain), set(turn, 0), set(loop.vain, 1), listener.next("IN_VAIN")),
        when(all(isFirst(loop), not(vain)), set(turn, 1), set(again, 0), listener.next("TURN")),
        when(isEmpty(), append(loop), set(turn, 1), set(again, 0), listener.next("TURN")),
        when(not(isTurnOf(loop)), append(loop), listener.next("BEHIND")));
  }

  /** A listener pauses. */
  Effect stand(Loop loop) {
    return append(loop);
  }

  private Effect append(Loop loop) {
    List<Effect.Way> ways = new ArrayList<>();
    ways.add(when(has(loop)));
    for (int i = 0; i < places.size(); i++) {
      Term before = i == 0 ? Term.number(1) : not(is(places.get(i - 1), 0));
      ways.add(
          when(
              all(not(has(loop)), before, is(places.get(i), 0)),
              set(places.get(i), loop.number + 1)));
    }
    return choice(ways);
  }

  /** A connection was accepted: if others wait, it is their turn. */
  Effect accepted(Loop loop) {
    return places.size() == 1
        ? onlyIf(Term.number(0))
        : onlyIf(all(isFirst(loop), not(is(places.get(1), 0))), leave(loop));
  }

  /** A listener waits for no descriptor any more. */
  Effect leave(Loop loop) {
    List<Effect.Way> ways = new ArrayList<>();
    ways.add(when(not(has(loop))));
    for (int i = 0; i < places.size(); i++) {
      List<Effect> effects = new ArrayList<>();
      for (int k = i; k < places.size(); k++) {
        effects.add(
            k + 1 < places.size()
                ? set(places.get(k), variable(places.get(k + 1)))
                : set(places.get(k), 0));
      }
      if (i == 0) {
        effects.add(onlyIf(is(turn, 1), set(again, 0), tellFirst()));
      }
      ways.add(when(is(places.get(i), loop.number + 1), effects));
    }
    return choice(ways);
  }
}
