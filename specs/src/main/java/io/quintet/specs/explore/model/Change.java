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
import static io.quintet.specs.explore.engine.Term.less;
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.plus;

import io.quintet.specs.Machine;
import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A server that changes from some loops with a listener each to others, with clients that come at
 * any moment, as a model: any step of the change may fail, the kernel spreads connections over the
 * listeners, and each loop does what it is told some time later.
 */
public final class Change {
  private static final int ABSENT = 0;
  private static final int SERVES = 1;

  /** It was told to leave its listeners and to end. */
  private static final int TOLD = 2;

  /** It has left them. */
  private static final int LEFT = 3;

  private static final int ENDED = 4;

  private static final int AWAY = 0;
  private static final int SERVED = 1;
  private static final int DONE = 2;

  private final Model model = new Model();
  private final int olds;
  private final int news;
  private final int clients;
  private final Instance machine;

  /** Listeners, those of the old loops first. */
  private final int[] open;

  private final int[] queued;

  /** The first listeners to which the kernel sends connections. */
  private final int routed;

  /** Loops, the old ones first. */
  private final int[] loop;

  private final int[] connections;

  /** Which loop accepts from which listener. */
  private final int[][] has;

  private final int shared;
  private final int opened;
  private final int failed;
  private final int settled;

  private Change(int olds, int news, int clients, Machine rearrangement) {
    this.olds = olds;
    this.news = news;
    this.clients = clients;
    int listeners = Math.max(olds, news);
    open = variables("listener", listeners, olds, 1);
    queued = variables("queue", listeners, 0, 0);
    routed = model.variable("routed", olds);
    loop = variables("loop", olds + news, olds, SERVES);
    connections = variables("connections", olds + news, 0, 0);
    has = new int[olds + news][];
    for (int i = 0; i < has.length; i++) {
      has[i] = new int[listeners];
      for (int s = 0; s < listeners; s++) {
        has[i][s] = model.variable("loop" + i + "_listener" + s, i < olds && i == s ? 1 : 0);
      }
    }
    shared = model.variable("shared", 0);
    opened = model.variable("opened", 0);
    failed = model.variable("failed", 0);
    settled = model.variable("settled", 0);
    machine = new Instance(model, "rearrangement", rearrangement, this::act);
    commands();
    model.close();
  }

  private int[] variables(String name, int count, int begun, int first) {
    int[] all = new int[count];
    for (int i = 0; i < count; i++) {
      all[i] = model.variable(name + i, i < begun ? first : 0);
    }
    return all;
  }

  /**
   * The model of a change.
   *
   * @param olds loops before, each with a listener
   * @param news loops after; the first has what is left where they are fewer
   * @param clients who come, each with one connection
   * @param rearrangement the machine
   * @return the model
   */
  public static Model of(int olds, int news, int clients, Machine rearrangement) {
    return new Change(olds, news, clients, rearrangement).model;
  }

  private void commands() {
    model.command("asker", "ask", not(machine.exists()), machine.begin(), machine.next("BEGIN"));
    machine.commands(model, "asker", YES, this::act, List.of());
    for (int i = 0; i < clients; i++) {
      client(i);
    }
    for (int i = 0; i < loop.length; i++) {
      loop(i);
    }
    List<Term> over = new ArrayList<>(List.of(machine.isEnded()));
    for (int i = 0; i < loop.length; i++) {
      over.add(not(any(is(loop[i], TOLD), is(loop[i], LEFT))));
      over.add(is(connections[i], 0));
    }
    for (int q : queued) {
      over.add(is(q, 0));
    }
    Term end = new Term.All(over);
    model.done(end);
    model.response(ChangeRule.EXCHANGED_LOOPS_END, not(end), Set.of());
  }

  /** The kernel chooses one of the listeners to which it sends connections. */
  private void client(int number) {
    int client = model.variable("client" + number, AWAY);
    List<Effect.Way> ways = new ArrayList<>();
    for (int s = 0; s < open.length; s++) {
      ways.add(
          when(
              all(is(open[s], 1), isRouted(s)),
              set(queued[s], plus(queued[s], 1)),
              set(client, SERVED)));
    }
    model.command("client" + number, "connect", is(client, AWAY), choice(ways));
    for (int i = 0; i < loop.length; i++) {
      model.command(
          "client" + number,
          "leave loop " + i,
          all(is(client, SERVED), not(is(connections[i], 0))),
          set(client, DONE),
          set(connections[i], minus(connections[i], 1)));
    }
  }

  /** Whether the kernel sends connections to a listener. */
  private Term isRouted(int s) {
    return new Term.Binary(Term.Operator.LESS, Term.number(s), Term.variable(routed));
  }

  private void loop(int i) {
    String agent = "loop" + i;
    for (int s = 0; s < open.length; s++) {
      model.command(
          agent,
          "accept from " + s,
          all(any(is(loop[i], SERVES), is(loop[i], TOLD)), is(has[i][s], 1), not(is(queued[s], 0))),
          set(queued[s], minus(queued[s], 1)),
          set(connections[i], plus(connections[i], 1)));
    }
    List<Effect> leaves = new ArrayList<>();
    List<Term> drained = new ArrayList<>(List.of(is(loop[i], TOLD)));
    for (int s = 0; s < open.length; s++) {
      drained.add(any(is(has[i][s], 0), is(queued[s], 0)));
      Term alone = not(stays(s, i));
      leaves.add(
          onlyIf(
              all(is(has[i][s], 1), alone),
              check(Term.NO, ChangeRule.SOMEBODY_LISTENS, "listener " + s)));
      leaves.add(onlyIf(all(is(has[i][s], 1), not(isHeldBeside(s, i))), set(open[s], 0)));
      leaves.add(set(has[i][s], 0));
    }
    leaves.add(set(loop[i], LEFT));
    model.command(agent, "leave", new Term.All(drained), leaves);
    List<Effect.Way> moves = new ArrayList<>();
    List<Term> takers = new ArrayList<>();
    for (int other = 0; other < loop.length; other++) {
      if (other != i) {
        takers.add(is(loop[other], SERVES));
        moves.add(
            when(
                is(loop[other], SERVES),
                set(connections[i], minus(connections[i], 1)),
                set(connections[other], plus(connections[other], 1))));
      }
    }
    model.command(
        "mover",
        "move from loop " + i,
        all(any(is(loop[i], TOLD), is(loop[i], LEFT)), not(is(connections[i], 0)), any(takers)),
        choice(moves));
    model.command(agent, "end", all(is(loop[i], LEFT), is(connections[i], 0)), set(loop[i], ENDED));
  }

  /** Some loop beside one has a listener. */
  private Term isHeldBeside(int s, int beside) {
    List<Term> some = new ArrayList<>();
    for (int i = 0; i < loop.length; i++) {
      if (i != beside) {
        some.add(is(has[i][s], 1));
      }
    }
    return any(some);
  }

  /** A loop that serves on has a listener, beside one. */
  private Term stays(int s, int beside) {
    List<Term> some = new ArrayList<>();
    for (int i = 0; i < loop.length; i++) {
      if (i != beside) {
        some.add(all(is(has[i][s], 1), is(loop[i], SERVES)));
      }
    }
    return any(some);
  }

  private List<Effect> act(String action) {
    return switch (action) {
      case "plan" -> List.of(choice(way(YES, "FITS"), way(YES, "UNFIT")));
      case "prepare" ->
          List.of(
              check(is(loop[olds], ABSENT), ChangeRule.MADE_ONCE),
              choice(when(YES, prepared()), failing()));
      case "share" -> share();
      case "open" -> open();
      case "steer" ->
          List.of(choice(when(YES, set(routed, news), machine.next("STEERED")), failing()));
      case "leave" -> leave();
      case "move" -> List.of(machine.next("MOVED"));
      case "settle" -> List.of(set(settled, 1), machine.next("SETTLED"));
      case "undo" -> undo();
      case "refuse" ->
          List.of(
              check(is(failed, 0), ChangeRule.FAILURE_IS_TOLD),
              check(asBefore(), ChangeRule.UNDONE_IS_AS_BEFORE));
      case "end" ->
          List.of(
              check(any(is(settled, 1), asBefore()), ChangeRule.UNDONE_IS_AS_BEFORE),
              check(any(is(settled, 0), isNew()), ChangeRule.SETTLED_IS_NEW));
      default -> throw new IllegalStateException("a rearrangement does not " + action);
    };
  }

  private Effect.Way way(Term guard, String outcome) {
    return when(guard, machine.next(outcome));
  }

  /** Any step may fail, and then nothing of it has been done. */
  private Effect.Way failing() {
    return when(YES, set(failed, 1), machine.next("FAILED"));
  }

  private List<Effect> prepared() {
    List<Effect> effects = new ArrayList<>();
    for (int i = olds; i < loop.length; i++) {
      effects.add(set(loop[i], SERVES));
    }
    effects.add(machine.next("PREPARED"));
    return effects;
  }

  /** The loop that is to accept from a listener. */
  private int taker(int s) {
    return olds + (s < news ? s : 0);
  }

  private List<Effect> share() {
    List<Effect.Way> ways = new ArrayList<>();
    for (int s = 0; s < olds; s++) {
      int taker = taker(s);
      ways.add(
          when(
              all(is(shared, s), is(loop[taker], SERVES)),
              set(has[taker][s], 1),
              set(shared, s + 1),
              machine.next("SHARED")));
    }
    ways.add(way(is(shared, olds), "ALL_SHARED"));
    ways.add(when(less(shared, olds), set(failed, 1), machine.next("FAILED")));
    return List.of(choice(ways));
  }

  private List<Effect> open() {
    int missing = Math.max(news - olds, 0);
    List<Effect.Way> ways = new ArrayList<>();
    for (int k = 0; k < missing; k++) {
      int s = olds + k;
      ways.add(
          when(
              all(is(opened, k), is(loop[taker(s)], SERVES)),
              set(open[s], 1),
              set(has[taker(s)][s], 1),
              set(opened, k + 1),
              set(routed, s + 1),
              machine.next("OPENED")));
    }
    ways.add(way(is(opened, missing), "ALL_OPENED"));
    ways.add(when(less(opened, missing), set(failed, 1), machine.next("FAILED")));
    return List.of(choice(ways));
  }

  private List<Effect> leave() {
    List<Effect> effects = new ArrayList<>();
    for (int i = 0; i < olds; i++) {
      effects.add(onlyIf(is(loop[i], SERVES), set(loop[i], TOLD)));
    }
    effects.add(machine.next("LEFT"));
    return effects;
  }

  private List<Effect> undo() {
    List<Effect> effects = new ArrayList<>();
    effects.add(check(is(failed, 1), ChangeRule.NOTHING_UNDONE_UNASKED));
    for (int s = olds; s < open.length; s++) {
      effects.add(onlyIf(is(open[s], 1), set(has[0][s], 1)));
    }
    effects.add(set(routed, olds));
    for (int i = olds; i < loop.length; i++) {
      effects.add(onlyIf(is(loop[i], SERVES), set(loop[i], TOLD)));
    }
    effects.add(machine.next("UNDONE"));
    return effects;
  }

  /** The old loops serve, some of them has each listener, and the new ones are told to end. */
  private Term asBefore() {
    List<Term> terms = new ArrayList<>();
    for (int i = 0; i < loop.length; i++) {
      terms.add(i < olds ? is(loop[i], SERVES) : not(is(loop[i], SERVES)));
    }
    for (int s = 0; s < open.length; s++) {
      terms.add(any(is(open[s], 0), hasOne(s, 0, olds)));
    }
    terms.add(is(routed, olds));
    return new Term.All(terms);
  }

  private Term isNew() {
    List<Term> terms = new ArrayList<>(List.of(is(failed, 0), is(routed, news)));
    for (int i = 0; i < loop.length; i++) {
      terms.add(i < olds ? not(is(loop[i], SERVES)) : is(loop[i], SERVES));
    }
    for (int s = 0; s < open.length; s++) {
      terms.add(all(is(open[s], 1), hasOne(s, olds, loop.length)));
    }
    return new Term.All(terms);
  }

  private Term hasOne(int s, int from, int to) {
    List<Term> some = new ArrayList<>();
    for (int i = from; i < to; i++) {
      some.add(is(has[i][s], 1));
    }
    return any(some);
  }
}
