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
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The WebSocket that a connection carries behind its first request: each half that comes is a frame
 * or a part of one, and its listener gives back what it likes.
 */
final class Dialogue {
  // What the peer has said about the end.
  static final int CLOSES = 1;
  static final int BREAKS = 2;

  // How much waits to be written, beside a close frame.
  private static final int SOME = 1;
  private static final int MUCH = 2;

  // How far our close frame has come.
  static final int QUEUED = 1;
  static final int WRITTEN = 2;

  /** Frames that are taken at once, at most. */
  private static final int FRAMES = 2;

  final DialogueRest rest;
  private final Composition composition;
  private final Connection c;
  final Instance machine;
  private final int active;

  /** Something waits to be written, which is no close frame. */
  private final int say;

  final int closing;
  final int peer;
  private final int opened;
  private final int told;

  /** A message has begun, as its frames say. */
  final int begun;

  /** A message is whole and not delivered. */
  final int whole;

  /** A ping that is not answered, or a pong of which nobody has heard. */
  final int asked;

  final int ponged;

  /** The peer was asked whether it is there, and nothing has come since. */
  private final int doubted;

  /** What has come was left, since no more was to be taken. */
  final int left;

  /** The peer has ended its half, and the session ends with what it has to say. */
  private final int finished;

  /** Others may send once. */
  private final int senders;

  /** What the listener is to be told, where a worker does. */
  private final @Nullable Deliveries deliveries;

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
    left = model.variable(name + "_left", 0);
    finished = model.variable(name + "_finished", 0);
    senders =
        composition.bounds.broadcasts()
            ? model.variable(name + "_senders", 1)
            : composition.chance.hangs;
    deliveries =
        composition.executesElsewhere() ? new Deliveries(composition, c, this, name) : null;
    rest = new DialogueRest(c, this);
    machine = composition.instance(name + "_websocket", "websocket", this::act);
  }

  /** Whether requests are over, and messages come in their place. */
  Term isActive() {
    return is(active, 1);
  }

  /** The switch of protocols is encoded. */
  List<Effect> begins() {
    return Effect.join(
        c.endContent(), List.of(set(active, 1), machine.begin(), machine.run("OPEN")));
  }

  /** What is told to a listener, where a worker does that. */
  static List<Deliveries> deliveries(@Nullable Dialogue talk) {
    return talk == null || talk.deliveries == null ? List.of() : List.of(talk.deliveries);
  }

  private List<Effect> act(String action) {
    Effect closes = onlyIf(is(closing, 0), set(closing, QUEUED));
    return switch (action) {
      case "open" ->
          told(
              List.of(check(is(opened, 0), ServerRule.OPENED_ONCE), set(opened, 1)),
              deliveries == null ? List.of() : deliveries.opened());
      case "deliver" ->
          told(
              List.of(
                  check(is(whole, 1), ServerRule.DELIVERED_IS_WHOLE), isHearing(), set(whole, 0)),
              deliveries == null ? speaks() : deliveries.told());
      case "pong" ->
          List.of(check(is(asked, 1), ServerRule.PONG_ANSWERS_PING), set(asked, 0), saysSome());
      case "heard" ->
          told(
              List.of(check(is(ponged, 1), ServerRule.HEARD_IS_PONG), isHearing(), set(ponged, 0)),
              deliveries == null ? List.of() : deliveries.told());
      case "answer" -> List.of(check(is(peer, CLOSES), ServerRule.ANSWERED_HAS_CLOSED), closes);
      case "fail" -> List.of(check(is(peer, BREAKS), ServerRule.FAILED_IS_BROKEN), closes);
      case "tell" ->
          told(
              List.of(
                  check(is(opened, 1), ServerRule.HEARS_IN_BETWEEN),
                  check(is(told, 0), ServerRule.END_TOLD_ONCE),
                  set(told, 1)),
              deliveries == null ? List.of() : deliveries.ended());
      default -> throw new IllegalStateException("a WebSocket does not " + action);
    };
  }

  private static List<Effect> told(List<Effect> first, List<Effect> then) {
    return Effect.join(first, then);
  }

  private Effect isHearing() {
    return check(all(is(opened, 1), is(told, 0)), ServerRule.HEARS_IN_BETWEEN);
  }

  private Effect saysSome() {
    return onlyIf(is(say, 0), set(say, SOME));
  }

  /** Somebody sends something or nothing, or closes. Nothing is taken behind a close frame. */
  private List<Effect> speaks(Effect... tells) {
    Term open = is(closing, 0);
    Term more = all(open, composition.bounds.saysMuch() ? YES : NO);
    List<Effect> told = List.of(tells);
    return List.of(
        choice(
            when(YES),
            when(open, Effect.join(List.of(saysSome()), told)),
            when(more, Effect.join(List.of(set(say, MUCH)), told)),
            when(open, Effect.join(List.of(set(closing, QUEUED)), told))));
  }

  /** Another thread does, of a WebSocket that has perhaps ended. */
  List<Effect> speaksElsewhere() {
    Effect tells = c.mail(c.replyMail);
    return List.of(
        choice(
            when(isActive(), speaks(tells)), when(not(isActive())), when(not(isActive()), tells)));
  }

  /** Other threads send. */
  void commands() {
    if (composition.bounds.broadcasts()) {
      composition.model.command(
          "chance",
          "another thread sends to " + c.number,
          all(is(opened, 1), is(c.closed, 0), is(senders, 1)),
          Effect.join(List.of(set(senders, 0)), speaksElsewhere()));
    }
  }

  /** Whether no more of what has come is taken. */
  Term isHolding() {
    return all(
        is(closing, 0),
        not(machine.isEnded()),
        any(is(say, MUCH), deliveries == null ? NO : deliveries.areMany()));
  }

  /** Frames are taken as long as the machine takes any, and what is said is encoded. */
  List<Effect> receives() {
    List<Effect> frames = new ArrayList<>();
    Term takes = all(not(is(c.held, 0)), machine.takes("PING"), not(isHolding()));
    for (int i = 0; i < FRAMES; i++) {
      frames.add(onlyIf(takes, List.of(choice(new Frames(composition, c, this).next()))));
    }
    Term over = any(is(c.held, 0), not(is(peer, 0)), machine.isEnded());
    frames.add(
        onlyIf(
            not(machine.takes("PING")), check(over, ServerRule.READ_UNTIL_CLOSE), set(c.held, 0)));
    frames.add(onlyIf(all(not(is(c.held, 0)), isHolding()), set(left, 1)));
    frames.add(
        onlyIf(
            hasOutput(),
            choice(when(isConcluding(), set(c.dirty, 1)), when(not(isConcluding()), writes()))));
    if (deliveries != null) {
      frames.add(deliveries.asked());
    }
    frames.add(
        choice(
            when(isHolding(), c.machine.next("SATURATED")),
            when(all(not(isHolding()), is(left, 1)), c.machine.next("BUDGET_SPENT")),
            when(all(not(isHolding()), is(left, 0)), c.machine.next("EXHAUSTED"))));
    Term part = all(is(c.held, 1), not(isHolding()));
    return List.of(
        set(left, 0),
        choice(
            when(YES, frames),
            when(part, c.machine.next("EXHAUSTED")),
            when(isAbove(), set(left, 1), c.machine.next("BUDGET_SPENT"))));
  }

  /** More is queued for the socket than should be. */
  private Term isAbove() {
    return all(composition.bounds.saysMuch() ? YES : NO, not(is(c.full, 0)), not(is(c.held, 0)));
  }

  /** The order of frames behind our close frame is not looked at. */
  Term open() {
    return not(is(closing, WRITTEN));
  }

  Term hasOutput() {
    return any(not(is(say, 0)), is(closing, QUEUED), machine.isEnded(), is(finished, 1));
  }

  Term isConcluding() {
    return any(not(is(closing, 0)), machine.isEnded());
  }

  /** What is queued is encoded, all or as much as in a turn. */
  private List<Effect> writes() {
    return List.of(
        choice(
            when(YES, writesAll()),
            when(is(say, MUCH), set(c.out, 1), set(say, SOME), set(c.dirty, 1)),
            when(all(isAbove(), hasOutput()))));
  }

  /** All that is queued is encoded; the close frame is the last of it. */
  private List<Effect> writesAll() {
    return List.of(
        onlyIf(any(not(is(say, 0)), is(closing, QUEUED)), set(c.out, 1)),
        onlyIf(is(say, MUCH), set(c.dirty, 1)), // what was left is to be taken
        set(say, 0),
        onlyIf(
            is(closing, QUEUED),
            set(closing, WRITTEN),
            onlyIf(machine.takes("CLOSE_WRITTEN"), machine.run("CLOSE_WRITTEN"))));
  }

  /** It says what it has to say, and goes on or is over. */
  List<Effect> says(Effect otherwise) {
    Term written = all(is(say, 0), not(is(closing, QUEUED)));
    Term over = any(machine.isEnded(), all(is(finished, 1), written));
    return Effect.join(
        writes(),
        choice(
            when(over, Effect.join(List.of(set(c.last, 1)), ends(c.machine.next("LAST_REPLIED")))),
            when(not(over), otherwise)));
  }

  /** What is left behind a flush. */
  List<Effect> left() {
    return List.of(
        onlyIf(hasOutput(), set(c.dirty, 1)),
        choice(
            when(isConcluding(), c.machine.next("CONCLUDING")),
            when(
                all(is(closing, 0), mayBeClosed()),
                set(senders, 0),
                set(closing, QUEUED),
                c.mail(c.replyMail),
                c.machine.next("CONCLUDING")),
            when(not(isConcluding()), c.machine.next("CONVERSING"))));
  }

  /** Another thread closes while the loop is at it. */
  private Term mayBeClosed() {
    return composition.bounds.broadcasts() ? is(senders, 1) : NO;
  }

  List<Effect> concludes(Loop loop) {
    return List.of(
        check(is(loop.draining, 1), ServerRule.CONCLUDED_DRAINS),
        onlyIf(is(closing, 0), set(closing, QUEUED)),
        set(c.dirty, 1));
  }

  List<Effect> keepsAlive() {
    return List.of(
        choice(
            when(is(doubted, 1), c.machine.next("SILENT")),
            when(
                is(doubted, 0),
                set(doubted, 1),
                onlyIf(is(closing, 0), saysSome()),
                set(c.dirty, 1),
                c.machine.next("ALIVE"))));
  }

  /** Something has come. */
  Effect heard() {
    return set(doubted, 0);
  }

  List<Effect> gaveUp() {
    List<Effect> effects = new ArrayList<>();
    Term slow = is(c.refusal, Refusal.UNANSWERED);
    effects.add(check(any(isConcluding(), slow), ServerRule.GIVEN_UP_CONCLUDES));
    effects.add(onlyIf(slow, set(c.refusal, Refusal.TOLD)));
    effects.add(onlyIf(is(closing, 0), set(say, 0), set(closing, QUEUED)));
    effects.addAll(writesAll());
    effects.add(set(c.last, 1));
    effects.addAll(ends(c.machine.next("REFUSED")));
    return effects;
  }

  /** The peer has ended its half: no more comes. */
  Effect deaf() {
    return onlyIf(isActive(), set(c.held, 0), set(left, 0));
  }

  /** It ends once what is queued is written. */
  List<Effect> finishes() {
    return List.of(
        check(not(is(c.client, Client.CONNECTED)), ServerRule.FINISHED_HAS_ENDED),
        set(finished, 1),
        set(c.dirty, 1));
  }

  /** The session is over, whatever of it is left. */
  Effect lost() {
    return onlyIf(isActive(), ends());
  }

  private List<Effect> isLost() {
    return List.of(
        onlyIf(machine.takes("LOST"), machine.run("LOST")),
        check(machine.isEnded(), ServerRule.LOST_SESSION_HAS_ENDED));
  }

  /** Nobody gets the answer that would have begun it. */
  private Effect neverBegins() {
    Term asked = all(not(is(c.decoded, 0)), is(c.refusal, 0));
    return onlyIf(
        all(is(opened, 0), not(machine.exists()), asked),
        Effect.join(List.of(machine.begin()), isLost()));
  }

  private List<Effect> ends(Effect... more) {
    return Effect.join(Effect.join(List.of(set(active, 0), set(left, 0)), isLost()), more);
  }

  /** Its connection is closed. */
  List<Effect> closed(Term excused) {
    return List.of(
        check(any(excused, not(isActive()), is(say, 0)), ServerRule.SAID_IS_SENT),
        lost(),
        neverBegins(),
        check(any(is(opened, 0), is(told, 1)), ServerRule.END_IS_TOLD),
        check(any(excused, not(is(closing, QUEUED))), ServerRule.CLOSE_IS_WRITTEN),
        machine.end(),
        set(say, 0),
        set(closing, 0),
        set(peer, 0),
        set(begun, 0),
        set(left, 0),
        set(finished, 0),
        set(doubted, 0));
  }
}
