package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.variable;

import io.quintet.specs.Machine;
import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.List;
import java.util.function.Function;

/** One server that wants to follow, and the connection between it and the one that is there. */
final class TakeoverSide {
  // What is sent, and on its way by mail. A listener is told by its number from 1.
  static final int RELIEVED = 3;
  static final int GONE = 3;
  static final int BUSY = 4;

  private final Takeover whole;
  private final Model model;
  private final int number;
  private final String agent;
  private final TakeoverNext next;
  private final Instance predecessor;

  // The connection's two ends, and what waits at each.
  final int near;
  final int far;
  final int asked1;
  final int asked2;
  final int said1;
  final int said2;

  // What the other one has for this one.
  private final int wanted;
  private final int ungiven;
  private final int owed;
  private final int mail1;
  private final int mail2;
  private final int arrived;
  private final int answered;

  /** The connection is broken, and so is what the other one says. */
  private final int broken;

  final int lies;

  TakeoverSide(Takeover whole, Model model, int number, Function<String, Machine> specs) {
    this.whole = whole;
    this.model = model;
    this.number = number;
    this.agent = "next" + number;
    this.next = new TakeoverNext(whole, this, model, specs.apply("successor"));
    this.predecessor =
        new Instance(
            model, "predecessor" + number, specs.apply("predecessor"), action -> giving(action));
    near = made("near");
    far = made("far");
    asked1 = made("asked1");
    asked2 = made("asked2");
    said1 = made("said1");
    said2 = made("said2");
    wanted = made("wanted");
    ungiven = made("ungiven");
    owed = made("owed");
    mail1 = made("mail1");
    mail2 = made("mail2");
    arrived = made("arrived");
    answered = made("answered");
    broken = made("broken");
    lies = made("lies");
  }

  final int made(String name) {
    return model.variable(agent + "_" + name, 0);
  }

  int number() {
    return number;
  }

  String otherAgent() {
    return "next" + (3 - number);
  }

  /** Its start goes on. */
  Term starts() {
    return next.starts();
  }

  /** The server that is there has nothing under way with this one. */
  Term atRest() {
    return is(predecessor.pending, 0);
  }

  /** The server that is there has its end of the connection. */
  Term isHeard() {
    return is(far, 1);
  }

  /** The server that is there ends, in whatever way. */
  List<Effect> firstEnds() {
    return List.of(
        set(far, 0),
        predecessor.end(),
        set(predecessor.pending, 0),
        set(asked1, 0),
        set(asked2, 0),
        set(mail1, 0),
        set(mail2, 0),
        set(arrived, 0),
        set(broken, 0),
        set(owed, 0),
        set(wanted, 0),
        set(ungiven, 0));
  }

  void commands() {
    next.commands();
    first();
  }

  String agent() {
    return agent;
  }

  /** The one that follows has connected. */
  Effect begins() {
    return choice(Takeover.always(predecessor.begin(), set(near, 1), set(far, 1)));
  }

  // The server that is there.

  private void first() {
    Term free = all(whole.isAlive(), whole.atRest());
    predecessor.commands(model, "first", whole.isAlive(), this::giving, List.of());
    Term reads = all(free, is(far, 1));
    for (int listener = 1; listener <= 2; listener++) {
      firstDoes(
          "take a wish",
          all(reads, is(asked1, listener), Takeover.atMost(owed, 1)),
          Effect.join(
              Takeover.taken(asked1, asked2),
              Takeover.holds(is(ungiven, 0), TakeoverRule.ASKED_IS_GIVEN),
              set(wanted, listener),
              Takeover.ifSo(
                  any(
                      predecessor.in("offering"),
                      predecessor.in("giving"),
                      predecessor.in("refused")),
                  set(ungiven, 1)),
              predecessor.next("WANTED")));
    }
    firstDoes(
        "hear that it serves",
        all(reads, is(asked1, RELIEVED)),
        Effect.join(
            Takeover.taken(asked1, asked2),
            Takeover.holds(is(ungiven, 0), TakeoverRule.ASKED_IS_GIVEN),
            Takeover.ifSo(not(predecessor.in("relieved")), set(ungiven, 1)),
            predecessor.next("RELIEVED")));
    firstDoes(
        "forget",
        all(free, is(far, 0), is(mail1, 0), predecessor.exists()),
        List.of(
            Takeover.holds(
                any(predecessor.isEnded(), all(predecessor.in("parted"), not(is(owed, 0)))),
                TakeoverRule.CONVERSATION_ENDS),
            predecessor.end()));
    strange();
    List<Effect> parts = List.of(set(far, 0), predecessor.next("PARTED"));
    firstDoes("hear the end", all(reads, is(asked1, 0), is(near, 0)), parts);
    firstDoes(
        "hear no more",
        all(reads, whole.mayFail()),
        List.of(choice(whole.troubleWhere(YES, parts))));
    firstDoes(
        "get mail",
        all(free, not(is(mail1, 0))),
        Effect.join(
            List.of(
                Takeover.holds(is(arrived, 0), TakeoverRule.SHARED_IS_CLOSED),
                set(arrived, variable(mail1)),
                set(owed, minus(owed, 1))),
            Effect.join(Takeover.taken(mail1, mail2), predecessor.next("LISTENER"))));
  }

  /** A peer that is no server of ours sends what it likes. */
  private void strange() {
    for (int what : new int[] {1, RELIEVED}) {
      model.command(
          "chance",
          agent + " sends " + what + " unasked",
          all(is(near, 1), is(far, 1), not(Takeover.isFull(asked2)), whole.mayFail()),
          choice(whole.trouble(set(lies, 1), Takeover.put(asked1, asked2, Term.number(what)))));
    }
  }

  private void firstDoes(String name, Term guard, List<Effect> effects) {
    model.command("first", name + " of " + agent, guard, effects);
  }

  private List<Effect> giving(String action) {
    return switch (action) {
      case "claim" -> claim();
      case "refuse" ->
          List.of(
              Takeover.holds(not(is(whole.claim, number)), TakeoverRule.PLACE_IS_FREED),
              set(ungiven, 0),
              Takeover.ifSo(
                  all(is(near, 1), not(Takeover.isFull(said2))),
                  Takeover.put(said1, said2, Term.number(BUSY))));
      case "give" -> give();
      case "send" ->
          Effect.join(
              List.of(
                  Takeover.holds(is(whole.claim, number), TakeoverRule.GIVEN_TO_ONE),
                  Takeover.holds(not(is(arrived, 0)), TakeoverRule.SHARED_IS_CLOSED)),
              sent(variable(arrived), set(arrived, 0), "SENT"));
      case "free" -> List.of(set(whole.named, 0), predecessor.next("FREED"));
      case "answer" ->
          Effect.join(
              List.of(
                  Takeover.holds(is(whole.named, 0), TakeoverRule.NAME_IS_FREE), set(ungiven, 0)),
              sent(Term.number(GONE), set(answered, 1), "ANSWERED"));
      case "relieve" ->
          List.of(
              Takeover.holds(is(whole.relieved, 0), TakeoverRule.ONE_IS_RELIEVED),
              Takeover.holds(is(whole.claim, number), TakeoverRule.GIVEN_TO_ONE),
              Takeover.holds(
                  all(is(answered, 1), any(is(next.serves, 1), is(next.process, 2), is(lies, 1))),
                  TakeoverRule.RELIEVED_IS_TOLD),
              set(whole.relieved, number));
      case "drop" ->
          List.of(
              Takeover.holds(not(is(arrived, 0)), TakeoverRule.SHARED_IS_CLOSED),
              set(arrived, 0),
              rest());
      case "hangUp" ->
          List.of(
              Takeover.holds(is(broken, 1), TakeoverRule.PASSING_COSTS_NOTHING),
              set(far, 0),
              freed(),
              rest());
      case "release" -> List.of(freed(), rest());
      case "part" -> List.of(rest());
      default -> throw new IllegalStateException("a predecessor does not " + action);
    };
  }

  private Effect freed() {
    return Takeover.ifSo(is(whole.claim, number), set(whole.claim, 0));
  }

  private Effect rest() {
    return choice(
        when(is(owed, 0), predecessor.next("CLEAR")),
        when(not(is(owed, 0)), predecessor.next("OWED")));
  }

  private List<Effect> claim() {
    return List.of(
        choice(
            when(is(whole.claim, 0), set(whole.claim, number), predecessor.next("CLAIMED")),
            when(
                not(is(whole.claim, 0)),
                Takeover.holds(whole.claimHolds(), TakeoverRule.PLACE_IS_FREED),
                predecessor.next("TAKEN"))));
  }

  /** Another loop may have none, or no descriptor for it; then nothing comes. */
  private List<Effect> give() {
    return List.of(
        Takeover.holds(is(whole.claim, number), TakeoverRule.GIVEN_TO_ONE),
        set(ungiven, 0),
        Takeover.more(owed),
        choice(
            when(not(Takeover.isFull(mail2)), Takeover.put(mail1, mail2, variable(wanted))),
            when(Takeover.isFull(mail2)),
            whole.trouble()));
  }

  private List<Effect> sent(Term what, Effect done, String outcome) {
    Term open = all(is(near, 1), is(far, 1));
    return List.of(
        choice(
            when(
                all(open, not(Takeover.isFull(said2))),
                Takeover.put(said1, said2, what),
                done,
                predecessor.next(outcome)),
            when(all(open, Takeover.isFull(said2)), lost("LATER")),
            when(not(open), lost("LOST")),
            whole.trouble(lost("LATER")),
            whole.trouble(lost("LOST"))));
  }

  /** What did not go is closed all the same. */
  private Effect lost(String outcome) {
    return choice(
        Takeover.always(
            set(arrived, 0),
            set(broken, outcome.equals("LOST") ? 1 : 0),
            predecessor.next(outcome)));
  }
}
