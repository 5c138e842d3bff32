package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.plus;
import static io.quintet.specs.explore.engine.Term.variable;

import io.quintet.specs.Machine;
import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** A server that wants to follow the one that is there. */
final class TakeoverNext {
  /** How a server was left alone. */
  private static final int FOUND_NOBODY = 1;

  private static final int WAS_TOLD = 2;

  private final Takeover whole;
  private final TakeoverSide side;
  private final Model model;
  private final String agent;
  private final Instance successor;

  /** Whether the server is there, 2 where it has died, and whether it serves. */
  final int process;

  final int serves;

  /** Listeners that it has, and the one that has come, with its descriptor or without. */
  private final int held;

  private final int came;
  private final int empty;
  private final int unkept;

  /** Whether it is to ask, how often it has asked again, and how it came to be alone. */
  private final int wanted;

  private final int due;

  private final int again;
  private final int alone;

  /** It has made sure that the other one serves on. */
  private final int sure;

  TakeoverNext(Takeover whole, TakeoverSide side, Model model, Machine machine) {
    this.whole = whole;
    this.side = side;
    this.model = model;
    this.agent = side.agent();
    this.successor = new Instance(model, "successor" + side.number(), machine, _ -> List.of());
    process = side.made("process");
    serves = side.made("serves");
    held = side.made("held");
    came = side.made("came");
    empty = side.made("empty");
    unkept = side.made("unkept");
    wanted = side.made("wanting");
    due = side.made("due");
    again = side.made("again");
    alone = side.made("alone");
    sure = side.made("sure");
  }

  /** Its start goes on. */
  Term starts() {
    return all(is(process, 1), not(successor.isEnded()));
  }

  void commands() {
    model.command(
        "chance",
        "death of " + agent,
        is(process, 1),
        set(process, 2),
        set(serves, 0),
        set(held, 0),
        set(came, 0),
        set(unkept, 0),
        set(side.near, 0),
        set(side.said1, 0),
        set(side.said2, 0),
        set(due, 0),
        set(again, 0),
        set(empty, 0),
        set(successor.pending, 0),
        successor.end());

    command("start", is(process, 0), set(process, 1), successor.begin(), event("CONNECT"));
    successor.commands(model, agent, is(process, 1), this::doing, List.of());
    command(
        "want", all(rests("connected"), is(wanted, 0)), set(wanted, 1), set(due, 1), event("WANT"));
    command("change its mind", all(rests("connected"), is(wanted, 0)), event("CLOSE"));
    command(
        "serve",
        rests("held"),
        Takeover.holds(is(held, whole.listeners()), TakeoverRule.SERVES_ALL),
        set(serves, 1),
        set(due, 1),
        set(again, 0),
        event("SERVES"));
    command("fail to start", rests("held"), set(held, 0), event("CLOSE"));
    command(
        "serve alone",
        rests("taken"),
        Takeover.holds(not(is(alone, 0)), TakeoverRule.TAKEN_WAS_LEFT),
        event("CLOSE"));
    command(
        "give up",
        rests("failed"),
        Takeover.holds(any(is(alone, 0), is(side.lies, 1)), TakeoverRule.LEFT_IS_TAKEN),
        event("CLOSE"));
  }

  private void command(String name, Term guard, Effect... effects) {
    model.command(agent, name, guard, effects);
  }

  private Term rests(String state) {
    return all(is(process, 1), successor.in(state), is(successor.pending, 0));
  }

  private Effect event(String event) {
    return successor.next(event);
  }

  private List<Effect> doing(String action) {
    return switch (action) {
      case "connect" -> List.of(connect());
      case "watch" ->
          List.of(choice(Takeover.always(event("WATCHED")), whole.trouble(event("REFUSED"))));
      case "ask" -> asking(plus(held, 1), "ASKED");
      case "tell" ->
          Effect.join(
              List.of(Takeover.holds(is(serves, 1), TakeoverRule.TOLD_WHEN_SERVING)),
              asking(Term.number(TakeoverSide.RELIEVED), "TOLD"));
      case "receive" -> receive();
      case "await" -> await();
      case "keep" -> List.of(keep());
      case "drop" -> List.of(set(unkept, 0), event("DROPPED"));
      case "look" -> List.of(hangUp(), look());
      case "forsake" ->
          List.of(
              Takeover.holds(is(serves, 0), TakeoverRule.SOMEBODY_LISTENS),
              set(unkept, 0),
              set(held, 0));
      case "fail" ->
          List.of(
              Takeover.holds(is(sure, 1), TakeoverRule.SOMEBODY_LISTENS),
              set(serves, 0),
              set(held, 0));
      case "close" ->
          List.of(
              Takeover.holds(
                  all(is(unkept, 0), any(is(held, 0), not(is(alone, 0)))),
                  TakeoverRule.TAKEN_IS_CLOSED),
              hangUp());
      default -> throw new IllegalStateException("a successor does not " + action);
    };
  }

  private Effect connect() {
    return choice(
        when(whole.isThere(), side.begins(), event("CONNECTED")),
        when(not(whole.isThere()), set(alone, FOUND_NOBODY), event("NOBODY")),
        whole.trouble(event("REFUSED")));
  }

  private Effect hangUp() {
    return choice(Takeover.always(set(side.near, 0), set(side.said1, 0), set(side.said2, 0)));
  }

  /** What is sent may not go, and that is not told. */
  private List<Effect> asking(Term what, String outcome) {
    Term goes = all(is(side.near, 1), is(side.far, 1), not(Takeover.isFull(side.asked2)));
    return List.of(
        set(due, 0),
        choice(
            when(goes, Takeover.put(side.asked1, side.asked2, what)),
            when(not(goes)),
            whole.trouble()),
        event(outcome));
  }

  private Term isTimely() {
    return is(due, 0);
  }

  private List<Effect> receive() {
    Term none = all(is(side.said1, 0), is(side.near, 1));
    List<Effect.Way> ways = new ArrayList<>();
    for (int listener = 1; listener <= 2; listener++) {
      Term there = is(side.said1, listener);
      ways.add(
          when(there, came(set(came, listener), set(unkept, 1), set(empty, 0), event("LISTENER"))));
      ways.add(whole.troubleWhere(there, lacking(listener)));
    }
    ways.add(when(is(side.said1, TakeoverSide.GONE), came(set(alone, WAS_TOLD), event("GONE"))));
    ways.add(when(is(side.said1, TakeoverSide.BUSY), came(event("BUSY"))));
    ways.add(when(all(none, is(side.far, 1)), event("WOULD_BLOCK")));
    ways.add(when(all(none, is(side.far, 0)), event("END_OF_STREAM")));
    ways.add(whole.trouble(event("RETRY")));
    ways.add(whole.trouble(event("WOULD_BLOCK")));
    ways.add(whole.trouble(event("STRANGE")));
    ways.add(whole.trouble(event("BROKEN")));
    ways.add(whole.trouble(event("BUSY")));
    ways.add(whole.trouble(Takeover.ifSo(is(serves, 1), set(alone, WAS_TOLD)), event("GONE")));
    return List.of(
        Takeover.holds(isTimely(), TakeoverRule.ASKED_IN_TIME),
        Takeover.holds(is(unkept, 0), TakeoverRule.TAKEN_IS_CLOSED),
        choice(ways));
  }

  private List<Effect> came(Effect... more) {
    return Effect.join(Takeover.taken(side.said1, side.said2), more);
  }

  /** There was no descriptor for it, recvmsg(2). */
  private List<Effect> lacking(int listener) {
    return came(set(came, listener), set(empty, 1), event("LISTENER"));
  }

  private List<Effect> await() {
    Term there = any(not(is(side.said1, 0)), is(side.far, 0));
    return List.of(
        Takeover.holds(isTimely(), TakeoverRule.ASKED_IN_TIME),
        choice(
            when(there, event("READY")),
            when(
                Term.less(again, whole.againMax()),
                Takeover.more(again),
                set(due, 1),
                event("AGAIN")),
            when(is(again, whole.againMax()), event("SILENT")),
            whole.trouble(event("BROKEN"))));
  }

  private Effect keep() {
    Term repeated = Term.not(new Term.Binary(Term.Operator.LESS, variable(held), variable(came)));
    Term last = is(came, whole.listeners());
    return choice(
        when(repeated, set(unkept, 0), event("REPEATED")),
        when(all(not(repeated), is(empty, 1)), event("EMPTY")),
        when(all(not(repeated), is(empty, 0), not(last)), kept("MORE", set(due, 1))),
        when(all(not(repeated), is(empty, 0), last), kept("ALL")));
  }

  private List<Effect> kept(String outcome, Effect... more) {
    return Effect.join(
        List.of(Takeover.more(held), set(unkept, 0), set(again, 0), event(outcome)), more);
  }

  private Effect look() {
    return choice(
        when(whole.isThere(), set(sure, 1), event("THERE")),
        when(not(whole.isThere()), set(alone, FOUND_NOBODY), event("NOBODY")),
        whole.trouble(set(alone, FOUND_NOBODY), event("NOBODY")));
  }
}
