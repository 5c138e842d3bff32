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
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.plus;
import static io.quintet.specs.explore.engine.Term.variable;

import io.quintet.specs.Machine;
import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.GeneralRule;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A server that changes its arrangement by itself, as a model: a load that changes at any moment,
 * somebody who rearranges the server as well, a drain that comes at any time, a change that fails,
 * and a clock of which a cool-down is some ticks. Between any two steps of the governor others take
 * theirs.
 */
public final class Adaptation {
  /** Arrangements, by their numbers; 0 stands for none that a rule asks for. */
  private static final int ARRANGEMENTS = 2;

  // What the last change was.
  private static final int BY_ITSELF = 1;
  private static final int FAILED = 2;
  private static final int BY_OTHERS = 3;

  // Whether a change may follow the last one soon, or does.
  private static final int MAY_FOLLOW = 1;
  private static final int FOLLOWS = 2;

  /** How often somebody else changes it, a change fails, or follows another one soon, at most. */
  private static final int TIMES = 1;

  /** More actions than one look ever has. */
  private static final int ROW_MAX = 8;

  private static final String CHANCE = "chance";
  private static final String OTHER = "other";
  private static final String GOVERNOR = "governor";

  private final Model model = new Model();
  private final int looksAsked;
  private final int coolDown;
  private final Instance machine;

  /** Of which arrangement the first rule is that holds. */
  private final int load = model.variable("load", 0);

  private final int at = model.variable("at", 1);
  private final int drained = model.variable("drained", 0);

  /** A change of somebody else is under way, or one of the governor. */
  private final int other = model.variable("other", 0);

  private final int own = model.variable("own", 0);
  private final int others = model.variable("others", 0);
  private final int failures = model.variable("failures", 0);

  /** It is time to look. */
  private final int due = model.variable("due", 0);

  // What the governor notes.

  private final int held = model.variable("held", 0);
  private final int looks = model.variable("looks", 0);

  /**
   * Whether the last change was its own and went well, so that one may follow it soon; or one does,
   * since its rule held clearly when it looked.
   */
  private final int follows = model.variable("follows", 0);

  /** How many changes have followed another one soon. */
  private final int hurries = model.variable("hurries", 0);

  /** Somebody else has changed the server since it noted how that is arranged. */
  private final int displaced = model.variable("displaced", 0);

  /** Ticks since it noted when the last change was. */
  private final int since;

  // What is true, whatever it notes.

  /** The rule that the last looks saw, and how many looks on end since the last change. */
  private final int wanted = model.variable("wanted", 0);

  private final int streak = model.variable("streak", 0);

  /** Ticks since the last change, and what that was. */
  private final int ago;

  private final int last = model.variable("last", 0);

  /** It has rested since. */
  private final int rested = model.variable("rested", 1);

  private final int told = model.variable("told", 0);

  /** Actions in a row that one look has had. */
  private final int row = model.variable("row", 0);

  private Adaptation(int looksAsked, int coolDown, Machine governor) {
    this.looksAsked = looksAsked;
    this.coolDown = coolDown;
    since = model.variable("since", coolDown);
    ago = model.variable("ago", coolDown);
    machine = new Instance(model, GOVERNOR, governor, this::act);
    environment();
    governor();
    responses();
    model.close();
  }

  /**
   * The model of a server that changes by itself.
   *
   * @param looks in how many looks on end a rule must hold, at least 1
   * @param coolDown ticks for which there is no change after one
   * @param governor the machine
   * @return the model
   */
  public static Model of(int looks, int coolDown, Machine governor) {
    return new Adaptation(looks, coolDown, governor).model;
  }

  private void environment() {
    for (int rule = 0; rule <= ARRANGEMENTS; rule++) {
      model.command(CHANCE, "load " + rule, not(is(load, rule)), set(load, rule));
    }
    model.command(CHANCE, "drain", is(drained, 0), set(drained, 1));
    model.command(
        "clock",
        "tick",
        all(machine.isAlive(), any(is(due, 0), less(since, coolDown), less(ago, coolDown))),
        set(due, 1),
        onlyIf(less(since, coolDown), set(since, plus(since, 1))),
        onlyIf(less(ago, coolDown), set(ago, plus(ago, 1))));
    model.command(
        CHANCE,
        "somebody else begins a change",
        all(isFree(), is(drained, 0), less(others, TIMES)),
        set(others, plus(others, 1)),
        set(other, 1));
    List<Effect.Way> ways = new ArrayList<>(List.of(when(YES)));
    for (int to = 1; to <= ARRANGEMENTS; to++) {
      ways.add(when(YES, changed(BY_OTHERS, set(at, to), set(displaced, 1))));
    }
    model.command(OTHER, "somebody else ends a change", is(other, 1), set(other, 0), choice(ways));
  }

  private Term isFree() {
    return all(is(other, 0), is(own, 0));
  }

  private List<Effect> changed(int how, Effect... more) {
    return Effect.join(List.of(set(ago, 0), set(last, how), set(wanted, 0), set(streak, 0)), more);
  }

  private void governor() {
    model.command(GOVERNOR, "begin", not(machine.exists()), machine.begin());
    model.command(
        GOVERNOR,
        "look",
        all(is(due, 1), is(told, 0), is(machine.pending, 0), is(own, 0), machine.isAlive()),
        set(due, 0),
        set(row, 0),
        choice(
            when(is(drained, 1), set(told, 1), machine.next("STOP")),
            when(
                is(drained, 0),
                check(
                    any(not(machine.in("resting")), is(rested, 0)),
                    AdaptationRule.RESTS_BEHIND_CHANGE),
                machine.next("LOOK"))));
    machine.commands(model, GOVERNOR, is(own, 0), this::act, List.of());
    List<Effect.Way> ways = new ArrayList<>();
    for (int to = 1; to <= ARRANGEMENTS; to++) {
      ways.add(
          when(
              is(held, to),
              changed(BY_ITSELF, set(at, to), set(follows, MAY_FOLLOW), machine.next("CHANGED"))));
    }
    ways.add(
        when(
            less(failures, TIMES),
            changed(
                FAILED,
                set(failures, plus(failures, 1)),
                set(follows, 0),
                machine.next("FAILED"))));
    model.command(GOVERNOR, "change", is(own, 1), set(own, 0), choice(ways));
  }

  private void responses() {
    Term alive = machine.isAlive();
    Set<String> chance = Set.of(CHANCE);
    model.done(machine.isEnded());
    model.response(AdaptationRule.STOPS_WITH_SERVER, all(alive, is(drained, 1)), chance);
    model.response(AdaptationRule.WATCHES_AGAIN, all(alive, not(machine.in("watching"))), chance);
    for (int to = 1; to <= ARRANGEMENTS; to++) {
      model.response(
          AdaptationRule.REASON_IS_ACTED_ON,
          all(alive, is(drained, 0), is(load, to), not(is(at, to))),
          chance);
    }
  }

  private List<Effect> act(String action) {
    List<Effect> does =
        switch (action) {
          case "observe" -> observe();
          case "rearrange" -> rearrange();
          case "rest" ->
              List.of(
                  check(not(is(last, 0)), AdaptationRule.RESTS_BEHIND_CHANGE),
                  onlyIf(is(displaced, 1), set(follows, 0)),
                  set(since, 0),
                  set(rested, 0),
                  set(displaced, 0),
                  set(held, 0),
                  set(looks, 0));
          case "wait" -> waitOn();
          case "end" -> List.of(check(is(told, 1), AdaptationRule.GOES_ON_UNTIL_STOPPED));
          default -> throw new IllegalStateException("a governor does not " + action);
        };
    List<Effect> effects = new ArrayList<>();
    if (!action.equals("end")) {
      effects.add(check(is(told, 0), AdaptationRule.NOTHING_BEHIND_STOP));
    }
    effects.add(check(less(row, ROW_MAX), GeneralRule.ACTIONS_END, action));
    effects.add(set(row, plus(row, 1)));
    effects.addAll(does);
    return effects;
  }

  private List<Effect> waitOn() {
    List<Effect.Way> ways = new ArrayList<>(List.of(displaced()));
    for (int rule = 0; rule <= ARRANGEMENTS; rule++) {
      Term soon =
          rule == 0
              ? not(YES)
              : all(
                  is(follows, MAY_FOLLOW),
                  less(hurries, TIMES),
                  not(is(at, rule)),
                  is(looks, looksAsked));
      ways.add(
          when(
              all(is(displaced, 0), is(load, rule)),
              counted(held, looks, rule),
              onlyIf(is(row, 1), counted(wanted, streak, rule)),
              choice(
                  when(is(since, coolDown), set(rested, 1), machine.next("RESTED")),
                  when(
                      all(less(since, coolDown), soon),
                      set(follows, FOLLOWS),
                      set(hurries, plus(hurries, 1)),
                      machine.next("DUE")),
                  when(less(since, coolDown), machine.next("TOO_SOON")))));
    }
    return List.of(choice(ways));
  }

  private List<Effect> observe() {
    List<Effect.Way> ways = new ArrayList<>(List.of(displaced()));
    for (int rule = 0; rule <= ARRANGEMENTS; rule++) {
      Term there = rule == 0 ? YES : is(at, rule);
      ways.add(
          when(
              all(is(displaced, 0), is(load, rule)),
              counted(held, looks, rule),
              onlyIf(is(row, 1), counted(wanted, streak, rule)),
              onlyIf(is(follows, FOLLOWS), set(follows, MAY_FOLLOW)),
              choice(
                  when(any(there, less(looks, looksAsked)), machine.next("SETTLED")),
                  when(all(not(there), is(looks, looksAsked)), machine.next("DUE")))));
    }
    return List.of(choice(ways));
  }

  private Effect.Way displaced() {
    return when(is(displaced, 1), set(follows, 0), machine.next("DISPLACED"));
  }

  /** One more look on end that sees a rule, or the first one. */
  private Effect counted(int which, int times, int rule) {
    return choice(
        when(not(is(which, rule)), set(which, rule), set(times, 1)),
        when(is(which, rule), onlyIf(less(times, looksAsked), set(times, plus(times, 1)))));
  }

  private List<Effect> rearrange() {
    Term may = all(is(drained, 0), is(other, 0), is(displaced, 0));
    Term same = new Term.Binary(Term.Operator.EQUAL, variable(held), variable(wanted));
    Term another = new Term.Binary(Term.Operator.UNEQUAL, variable(held), variable(at));
    return List.of(
        check(not(is(held, 0)), AdaptationRule.CHANGE_HAS_REASON),
        check(any(another, not(may)), AdaptationRule.CHANGE_IS_TO_ANOTHER),
        choice(
            when(not(may), changed(FAILED, set(follows, 0), machine.next("DISPLACED"))),
            when(
                may,
                check(all(same, is(streak, looksAsked)), AdaptationRule.CHANGE_HAS_REASON),
                check(
                    any(not(is(last, BY_ITSELF)), is(ago, coolDown), is(follows, FOLLOWS)),
                    AdaptationRule.NEVER_FLAPS),
                behind(FAILED, AdaptationRule.FAILURE_IS_NOT_REPEATED),
                behind(BY_OTHERS, AdaptationRule.OTHERS_STAND),
                set(own, 1))));
  }

  private Effect behind(int how, AdaptationRule rule) {
    return check(any(not(is(last, how)), is(ago, coolDown)), rule);
  }
}
