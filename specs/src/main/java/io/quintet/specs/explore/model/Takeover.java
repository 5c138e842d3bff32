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
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * A server from which one or two others take its listeners over, as a model: each call may fail,
 * each answer may be lost or late, and each of the servers may hang, or die, at any moment.
 */
public final class Takeover {
  // What has become of the server that is there first.
  private static final int ALIVE = 1;
  private static final int DEAD = 2;
  private static final int ENDED = 3;

  private final Model model = new Model();
  private final int listeners;
  private final int againMax;
  private final int first = model.variable("first", ALIVE);

  /** Whether its takeover socket has its name. */
  final int named = model.variable("named", 1);

  /** Which of the others takes over, and which has. */
  final int claim = model.variable("claim", 0);

  final int relieved = model.variable("relieved", 0);

  /** Calls that may yet fail. */
  private final int troubles;

  private final List<TakeoverSide> sides = new ArrayList<>();

  private Takeover(int listeners, int others, int troubles, Function<String, Machine> specs) {
    this.listeners = listeners;
    this.againMax = others == 1 ? 2 : 1;
    this.troubles = model.variable("troubles", troubles);
    for (int i = 1; i <= others; i++) {
      sides.add(new TakeoverSide(this, model, i, specs));
    }
    sides.forEach(TakeoverSide::commands);
    model.command(
        "first", "end", all(is(first, ALIVE), not(is(relieved, 0)), atRest()), ends(ENDED));
    model.command("chance", "first dies", is(first, ALIVE), ends(DEAD));
    for (TakeoverSide side : sides) {
      model.response(
          TakeoverRule.START_ENDS, side.starts(), Set.of("chance", "first", side.otherAgent()));
    }
    model.close();
  }

  /**
   * The model of a takeover.
   *
   * @param listeners how many the server has that is there first, 1 or 2
   * @param others who want to follow it, 1 or 2
   * @param troubles calls that may fail
   * @param specs the machines by id
   * @return the model
   */
  public static Model of(int listeners, int others, int troubles, Function<String, Machine> specs) {
    return new Takeover(listeners, others, troubles, specs).model;
  }

  int listeners() {
    return listeners;
  }

  /** Times for which an answer is asked for again before there is no more time. */
  int againMax() {
    return againMax;
  }

  Term isAlive() {
    return is(first, ALIVE);
  }

  /** Somebody who connects is heard. */
  Term isThere() {
    return all(is(first, ALIVE), is(named, 1));
  }

  /** Its loop is in the middle of nothing. */
  Term atRest() {
    return new Term.All(sides.stream().map(TakeoverSide::atRest).toList());
  }

  private List<Effect> ends(int how) {
    List<Effect> effects = new ArrayList<>(List.of(set(first, how)));
    sides.forEach(side -> effects.addAll(side.firstEnds()));
    return effects;
  }

  /** A call fails, while some may. */
  Effect.Way trouble(Effect... effects) {
    return troubleWhere(YES, List.of(effects));
  }

  Effect.Way troubleWhere(Term guard, List<Effect> effects) {
    List<Effect> all = new ArrayList<>(List.of(set(troubles, minus(troubles, 1))));
    all.addAll(effects);
    return when(all(guard, mayFail()), all);
  }

  Term mayFail() {
    return not(is(troubles, 0));
  }

  /** Who has claimed it is connected, or has taken over. */
  Term claimHolds() {
    List<Term> terms = new ArrayList<>();
    for (TakeoverSide side : sides) {
      terms.add(all(is(claim, side.number()), any(side.isHeard(), is(relieved, side.number()))));
    }
    return any(terms);
  }

  /** Something is put behind what waits in a queue of two places. */
  static Effect put(int one, int two, Term what) {
    return choice(
        when(is(one, 0), set(one, what)), when(all(not(is(one, 0)), is(two, 0)), set(two, what)));
  }

  /** The first of two places is emptied. */
  static List<Effect> taken(int one, int two) {
    return List.of(set(one, Term.variable(two)), set(two, 0));
  }

  static Term isFull(int two) {
    return not(is(two, 0));
  }

  static Effect ifSo(Term guard, Effect... effects) {
    return onlyIf(guard, effects);
  }

  static Effect.Way always(Effect... effects) {
    return when(YES, effects);
  }

  static Term atMost(int variable, int most) {
    return less(variable, most + 1);
  }

  static Effect more(int variable) {
    return set(variable, plus(variable, 1));
  }

  static Effect fewer(int variable) {
    return set(variable, minus(variable, 1));
  }

  static Effect holds(Term term, TakeoverRule rule) {
    return check(term, rule);
  }
}
