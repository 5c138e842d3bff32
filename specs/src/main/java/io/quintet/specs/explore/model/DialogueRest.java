package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Term.NO;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.less;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Term;
import java.util.List;

/** What holds of a WebSocket where its connection has come to rest. */
final class DialogueRest {
  private final Connection c;
  private final Dialogue talk;

  DialogueRest(Connection c, Dialogue talk) {
    this.c = c;
    this.talk = talk;
  }

  /** What holds where its connection rests. */
  List<Effect> on() {
    Term alive = talk.isActive();
    Term clear = all(alive, is(c.out, 0), is(c.full, 0));
    Term goesOn =
        any(
            is(c.dirty, 1),
            is(c.replyMail, 1),
            not(is(c.full, 0)),
            c.machine.in("yielded"),
            isOnItsWay());
    Term told = any(not(talk.hasOutput()), goesOn);
    Term unread =
        any(is(talk.left, 0), not(c.machine.waitsFor("EPOLLIN")), c.machine.in("yielded"));
    return List.of(
        check(
            any(
                not(c.machine.in("conversing")),
                all(
                    clear,
                    any(not(talk.isConcluding()), all(is(talk.closing, Dialogue.QUEUED), told)))),
            ServerRule.CONVERSING),
        check(
            any(not(c.machine.in("concluding")), all(clear, talk.isConcluding())),
            ServerRule.CONCLUDING),
        check(
            any(
                not(any(c.machine.in("conversing"), c.machine.in("concluding"))),
                less(c.held, 2),
                is(talk.left, 1)),
            ServerRule.RECEIVED_IS_TAKEN),
        check(any(not(alive), told), ServerRule.SAID_IS_WRITTEN),
        check(any(not(hasLeft()), goesOn), ServerRule.HELD_BACK_IS_TAKEN),
        check(any(not(alive), unread), ServerRule.HELD_BACK_IS_NOT_READ),
        check(any(not(alive), not(talk.machine.in("opening"))), ServerRule.OPENING),
        meaning(
            alive, "open", all(is(talk.begun, 0), is(talk.peer, 0), talk.open()), ServerRule.OPEN),
        meaning(
            alive,
            "message",
            all(is(talk.begun, 1), is(talk.peer, 0), talk.open()),
            ServerRule.MESSAGE),
        meaning(
            alive,
            "closing",
            all(is(talk.peer, 0), is(talk.closing, Dialogue.WRITTEN)),
            ServerRule.CLOSING),
        meaning(
            alive,
            "answering",
            all(is(talk.peer, Dialogue.CLOSES), talk.open()),
            ServerRule.ANSWERING),
        meaning(
            alive,
            "failing",
            all(is(talk.peer, Dialogue.BREAKS), talk.open()),
            ServerRule.FAILING));
  }

  /** It is on its way to another loop, which is told what it is to be told. */
  private Term isOnItsWay() {
    return c.movement == null ? NO : any(c.machine.in("moving"), c.movement.hasStrayed());
  }

  /** What it has left is to be taken, and the connection does not wait for its peer. */
  Term hasLeft() {
    return all(talk.isActive(), is(talk.left, 1), not(talk.isHolding()), is(c.full, 0));
  }

  private Effect meaning(Term alive, String state, Term holds, ServerRule rule) {
    return check(any(not(alive), not(talk.machine.in(state)), holds), rule);
  }
}
