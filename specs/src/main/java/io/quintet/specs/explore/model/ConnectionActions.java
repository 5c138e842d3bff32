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

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** What the actions of a connection's machine do. */
final class ConnectionActions {
  /** Those that make a call which signals interrupt. */
  private static final List<String> INTERRUPTIBLE =
      List.of("read", "readOn", "receive", "discard", "flush", "relieve", "answer");

  private final Composition composition;
  private final Connection c;
  private final List<Connection> connections;

  ConnectionActions(Composition composition, Connection c) {
    this.composition = composition;
    connections = composition.connections;
    this.c = c;
  }

  /** What one does, and which outcome it reports. */
  List<Effect> of(Loop loop, String action) {
    int call = INTERRUPTIBLE.indexOf(action) + 1;
    Term timed =
        any(
            c.machine.in("partial"),
            c.machine.in("judging"),
            c.machine.in("moving"),
            c.machine.in("arriving"));
    return Effect.join(
        List.of(
            check(
                any(is(c.interrupted, 0), is(c.interrupted, call)),
                ServerRule.INTERRUPTED_IS_REPEATED),
            set(c.interrupted, 0),
            onlyIf(
                all(is(c.timed, Connection.IN_TIME), not(timed)), set(c.timed, Connection.ANEW))),
        effects(loop, action, call));
  }

  private List<Effect> effects(Loop loop, String action, int call) {
    return switch (action) {
      case "read", "readOn", "receive" -> read(action, call);
      case "handshake" -> c.handshakes.goOn();
      case "discard" ->
          List.of(
              check(is(c.dropped, 0), ServerRule.DISCARDS_ONCE),
              choice(c.input.received("DISCARDED", call)));
      case "decode" ->
          List.of(
              check(c.handshakes.isOver(), ServerRule.SERVED_BEHIND_HANDSHAKE),
              inTalk(c.talk == null ? List.of() : c.talk.receives(), decodings(loop)));
      case "handle" ->
          List.of(
              check(is(c.unhandled, 1), ServerRule.HANDLED_ONCE),
              set(c.unhandled, 0),
              choice(c.requests.handlings(loop)));
      case "place" ->
          List.of(
              check(any(not(is(c.waiting, 0)), is(c.overdue, 1)), ServerRule.PLACED_WAITED),
              choice(c.requests.placements(loop)));
      case "reply" -> {
        Effect replied = c.machine.next("REPLIED");
        List<Effect> says = c.talk == null ? List.of() : c.talk.says(replied);
        yield List.of(inTalk(says, c.answers.replied(loop, replied)));
      }
      case "answer" -> {
        Effect flushes = choice(c.output.flushings(call, "AGAIN"));
        List<Effect> says = c.talk == null ? List.of() : c.talk.says(flushes);
        yield List.of(inTalk(says, answered(loop, flushes)));
      }
      case "refuse" -> Effect.join(c.answers.refused(Refusal.MALFORMED), c.handshakes.unsaid());
      case "judge" -> judge();
      case "giveUp" ->
          List.of(inTalk(c.talk == null ? List.of() : c.talk.gaveUp(), c.answers.gaveUp()));
      case "refuseLate" -> Effect.join(c.answers.refused(Refusal.TOO_LATE), c.handshakes.unsaid());
      case "flush" -> flush(call);
      case "relieve" ->
          List.of(
              check(is(c.stopped, 1), ServerRule.READING_STOPS_HIGH),
              choice(c.output.flushings(call, "RETRY")));
      case "keepAlive" -> c.talk == null ? List.of(c.machine.next("ALIVE")) : c.talk.keepsAlive();
      case "conclude" -> c.talk == null ? List.of() : c.talk.concludes(loop);
      case "finish" -> c.talk == null ? List.of() : c.talk.finishes();
      case "yieldTurn" ->
          List.of(
              check(not(is(c.held, 0)), ServerRule.YIELDS_WITH_MORE),
              set(c.yielded, Connection.YIELDS));
      case "endOutput" -> c.output.end();
      case "linger" -> linger(loop);
      case "depart" -> c.movement == null ? List.of() : c.movement.departs();
      case "remember" -> c.movement == null ? List.of() : c.movement.remembers();
      case "arrive" -> c.movement == null ? List.of() : c.movement.arrives(loop);
      case "close" -> c.end.closed(loop, true);
      default -> throw new IllegalStateException("a connection does not " + action);
    };
  }

  private List<Effect> decodings(Loop loop) {
    return List.of(choice(c.requests.decodings(loop)));
  }

  private List<Effect> answered(Loop loop, Effect flushes) {
    return Effect.join(
        c.answers.encodings(), choice(when(YES, flushes), c.answers.lastReplied(loop)));
  }

  /** What messages bring about, or what requests do. */
  private Effect inTalk(List<Effect> messages, List<Effect> requests) {
    return c.talk == null
        ? onlyIf(YES, requests)
        : choice(when(c.converses(), messages), when(not(c.converses()), requests));
  }

  private List<Effect> read(String action, int call) {
    Term readable = any(not(is(c.arrived, 0)), c.hasEnded(), c.isReset(), c.machine.in("parting"));
    return List.of(
        check(readable, ServerRule.READ_IS_READABLE),
        choice(c.input.received(outcome(action), call)));
  }

  private static String outcome(String action) {
    return action.equals("receive") ? "HANDSHAKE" : "RECEIVED";
  }

  private List<Effect> judge() {
    return List.of(
        choice(
            when(is(c.judged, 0), set(c.judged, 1), set(c.refusal, 0), c.machine.next("ENOUGH")),
            when(YES, c.machine.next("LATE"))));
  }

  private List<Effect> flush(int call) {
    return Effect.join(
        List.of(
            check(any(is(c.stopped, 0), c.machine.in("ending")), ServerRule.READING_RESUMES_LOW)),
        choice(c.output.flushings(call, "RETRY")));
  }

  private List<Effect> linger(Loop loop) {
    return Effect.join(
        List.of(
            check(is(c.half, Connection.ENDED), ServerRule.LINGERS_ONCE),
            set(c.half, Connection.LINGERS)),
        mayHurry(loop));
  }

  /** One more lingers, which may be too many: another one has lingered longer. */
  private List<Effect> mayHurry(Loop loop) {
    List<Effect> effects = new ArrayList<>();
    for (Connection other : connections) {
      if (other != c) {
        Term lingers = all(loop.owns(other), other.machine.in("lingering"));
        effects.add(
            choice(when(all(lingers, is(other.hurried, 0)), set(other.hurried, 1)), when(YES)));
      }
    }
    return effects;
  }
}
