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

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/**
 * The WebSocket that a connection carries behind its first request: each half that comes is a frame
 * or a part of one, and its listener gives back what it likes.
 */
final class Dialogue {
  // What the peer has said about the end.
  private static final int CLOSES = 1;
  private static final int BREAKS = 2;

  // How far our close frame has come.
  private static final int QUEUED = 1;
  private static final int WRITTEN = 2;

  /** Frames that are taken at once, at most. */
  private static final int FRAMES = 2;

  private final Composition composition;
  private final Connection c;
  private final Instance machine;
  private final int active;

  /** Something waits to be written, which is no close frame. */
  private final int say;

  private final int closing;
  private final int peer;
  private final int opened;
  private final int told;

  /** A message has begun, as its frames say. */
  private final int begun;

  /** A message is whole and not delivered. */
  private final int whole;

  /** A ping that is not answered, or a pong of which nobody has heard. */
  private final int asked;

  private final int ponged;

  /** The peer was asked whether it is there, and nothing has come since. */
  private final int doubted;

  Dialogue(Composition composition, Connection c, String name) {
    this.composition = composition;
    this.c = c;
    Model model = composition.model;
    active = model.variable(name + "_session", 0);
    say = model.variable(name + "_say", 0);
    closing = model.variable(name + "_closing", 0);
    peer = model.variable(name + "_peer", 0);
    opened = model.variable(name + "_opened", 0);
    told = model.variable(name + "_told", 0);
    begun = model.variable(name + "_begun", 0);
    whole = model.variable(name + "_whole", 0);
    asked = model.variable(name + "_asked", 0);
    ponged = model.variable(name + "_ponged", 0);
    doubted = model.variable(name + "_doubted", 0);
    machine = composition.instance(name + "_websocket", "websocket", this::act);
  }

  /** Whether requests are over, and messages come in their place. */
  Term isActive() {
    return is(active, 1);
  }

  /** The switch of protocols is encoded. */
  List<Effect> begins() {
    return List.of(set(active, 1), machine.begin(), machine.run("OPEN"));
  }

  private List<Effect> act(String action) {
    Effect closes = onlyIf(is(closing, 0), set(closing, QUEUED));
    return switch (action) {
      case "open" -> List.of(check(is(opened, 0), ServerRule.OPENED_ONCE), set(opened, 1));
      case "deliver" ->
          List.of(
              check(is(whole, 1), ServerRule.DELIVERED_IS_WHOLE),
              set(whole, 0),
              choice(when(YES), when(YES, set(say, 1)), when(YES, closes)));
      case "pong" ->
          List.of(check(is(asked, 1), ServerRule.PONG_ANSWERS_PING), set(asked, 0), set(say, 1));
      case "heard" -> List.of(check(is(ponged, 1), ServerRule.HEARD_IS_PONG), set(ponged, 0));
      case "answer" -> List.of(check(is(peer, CLOSES), ServerRule.ANSWERED_HAS_CLOSED), closes);
      case "fail" -> List.of(check(is(peer, BREAKS), ServerRule.FAILED_IS_BROKEN), closes);
      case "tell" -> List.of(check(is(told, 0), ServerRule.END_TOLD_ONCE), set(told, 1));
      default -> throw new IllegalStateException("a WebSocket does not " + action);
    };
  }

  /** Frames are taken as long as the machine takes any, and what is said is encoded. */
  List<Effect> receives() {
    List<Effect> frames = new ArrayList<>();
    for (int i = 0; i < FRAMES; i++) {
      frames.add(onlyIf(all(not(is(c.held, 0)), machine.takes("PING")), List.of(choice(frames()))));
    }
    frames.add(onlyIf(not(machine.takes("PING")), set(c.held, 0)));
    frames.add(
        onlyIf(
            hasOutput(),
            choice(when(isConcluding(), set(c.dirty, 1)), when(not(isConcluding()), writes()))));
    frames.add(c.machine.next("EXHAUSTED"));
    return List.of(choice(when(YES, frames), when(is(c.held, 1), c.machine.next("EXHAUSTED"))));
  }

  private List<Effect.Way> frames() {
    Term inside = is(begun, 1);
    Term between = not(inside);
    Effect complete = onlyIf(YES, set(whole, 1), machine.run("COMPLETE"), isDone());
    List<Effect.Way> ways = new ArrayList<>();
    ways.add(frame(between, machine.run("DATA"), complete));
    ways.add(frame(between, machine.run("DATA"), set(begun, 1)));
    ways.add(frame(inside, machine.run("CONTINUATION"), set(begun, 0), complete));
    ways.add(frame(inside, machine.run("CONTINUATION")));
    ways.add(frame(YES, set(asked, 1), machine.run("PING"), isDone()));
    ways.add(frame(YES, set(ponged, 1), machine.run("PONG"), isDone()));
    ways.add(frame(YES, set(peer, CLOSES), machine.run("CLOSE"), isAnswered()));
    for (String event : List.of("DATA", "CONTINUATION", "MALFORMED")) {
      Term where = event.equals("DATA") ? inside : event.equals("CONTINUATION") ? between : YES;
      ways.add(
          Effect.when(
              all(where, not(is(composition.chance.malformed, 0)), open()),
              set(composition.chance.malformed, minus(composition.chance.malformed, 1)),
              set(c.held, minus(c.held, 1)),
              set(peer, BREAKS),
              machine.run(event),
              isAnswered()));
    }
    return ways;
  }

  /** What breaks the protocol behind our close frame is as little looked at as all else. */
  private Term open() {
    return not(is(closing, WRITTEN));
  }

  private Effect.Way frame(Term where, Effect... effects) {
    List<Effect> all = new ArrayList<>();
    all.add(check(is(peer, 0), ServerRule.NOTHING_READ_BEHIND_CLOSE));
    all.add(set(c.held, minus(c.held, 1)));
    all.addAll(List.of(effects));
    return when(where, all);
  }

  /** Unless our close frame is written, behind which all goes nowhere. */
  private Effect isDone() {
    return onlyIf(
        YES,
        check(any(is(whole, 0), not(open())), ServerRule.MESSAGE_IS_DELIVERED),
        check(any(is(asked, 0), not(open())), ServerRule.PING_IS_ANSWERED),
        check(any(is(ponged, 0), not(open())), ServerRule.PONG_IS_HEARD),
        set(whole, 0),
        set(asked, 0),
        set(ponged, 0));
  }

  private Effect isAnswered() {
    return check(not(is(closing, 0)), ServerRule.CLOSE_IS_ANSWERED);
  }

  Term hasOutput() {
    return any(is(say, 1), is(closing, QUEUED), machine.isEnded());
  }

  private Term isConcluding() {
    return any(not(is(closing, 0)), machine.isEnded());
  }

  /** All that is queued is encoded; the close frame is the last of it. */
  private List<Effect> writes() {
    return List.of(
        onlyIf(any(is(say, 1), is(closing, QUEUED)), set(c.out, 1)),
        set(say, 0),
        onlyIf(
            is(closing, QUEUED),
            set(closing, WRITTEN),
            onlyIf(machine.takes("CLOSE_WRITTEN"), machine.run("CLOSE_WRITTEN"))));
  }

  /** It says what it has to say, and goes on or is over. */
  List<Effect> says(Effect otherwise) {
    return Effect.join(
        writes(),
        choice(
            when(
                machine.isEnded(),
                Effect.join(List.of(set(c.last, 1)), ends(c.machine.next("LAST_REPLIED")))),
            when(not(machine.isEnded()), otherwise)));
  }

  /** What is left behind a flush. */
  List<Effect> left() {
    return List.of(
        onlyIf(hasOutput(), set(c.dirty, 1)),
        choice(
            when(isConcluding(), c.machine.next("CONCLUDING")),
            when(not(isConcluding()), c.machine.next("CONVERSING"))));
  }

  List<Effect> concludes() {
    return List.of(onlyIf(is(closing, 0), set(closing, QUEUED)), set(c.dirty, 1));
  }

  List<Effect> keepsAlive() {
    return List.of(
        choice(
            when(is(doubted, 1), c.machine.next("SILENT")),
            when(
                is(doubted, 0),
                set(doubted, 1),
                set(say, 1),
                set(c.dirty, 1),
                c.machine.next("ALIVE"))));
  }

  /** Something has come. */
  Effect heard() {
    return set(doubted, 0);
  }

  List<Effect> gaveUp() {
    List<Effect> effects = new ArrayList<>();
    effects.add(check(isConcluding(), ServerRule.GIVEN_UP_CONCLUDES));
    effects.addAll(writes());
    effects.add(set(c.last, 1));
    effects.addAll(ends(c.machine.next("REFUSED")));
    return effects;
  }

  /** The peer has ended its half: what is queued is written, and no more comes. */
  Effect finishes() {
    return onlyIf(isActive(), Effect.join(Effect.join(writes(), set(c.held, 0)), ends()));
  }

  /** The session is over, whatever of it is left. */
  Effect lost() {
    return onlyIf(isActive(), ends());
  }

  private List<Effect> ends(Effect... more) {
    return Effect.join(
        List.of(set(active, 0), onlyIf(machine.takes("LOST"), machine.run("LOST"))), more);
  }

  /** Its connection is closed. */
  List<Effect> closed(Term excused) {
    return List.of(
        lost(),
        check(any(is(opened, 0), is(told, 1)), ServerRule.END_IS_TOLD),
        check(any(excused, not(is(closing, QUEUED))), ServerRule.CLOSE_IS_WRITTEN),
        machine.end(),
        set(say, 0),
        set(closing, 0),
        set(peer, 0),
        set(begun, 0),
        set(doubted, 0));
  }

  /** What holds where its connection rests. */
  List<Effect> rests() {
    Term alive = isActive();
    Term clear = all(alive, is(c.out, 0), is(c.full, 0));
    Term told = any(not(hasOutput()), is(c.dirty, 1), not(c.machine.waitsFor("EPOLLIN")));
    return List.of(
        check(
            any(not(c.machine.in("conversing")), all(clear, not(isConcluding()))),
            ServerRule.CONVERSING),
        check(
            any(not(c.machine.in("concluding")), all(clear, isConcluding())),
            ServerRule.CONCLUDING),
        check(any(not(alive), told, c.machine.in("blocked")), ServerRule.SAID_IS_WRITTEN),
        meaning(alive, "open", all(is(begun, 0), is(peer, 0), open()), ServerRule.OPEN),
        meaning(alive, "message", all(is(begun, 1), is(peer, 0), open()), ServerRule.MESSAGE),
        meaning(alive, "closing", all(is(peer, 0), is(closing, WRITTEN)), ServerRule.CLOSING),
        meaning(alive, "answering", is(peer, CLOSES), ServerRule.ANSWERING),
        meaning(alive, "failing", is(peer, BREAKS), ServerRule.FAILING));
  }

  private Effect meaning(Term alive, String state, Term holds, ServerRule rule) {
    return check(any(not(alive), not(machine.in(state)), holds), rule);
  }
}
