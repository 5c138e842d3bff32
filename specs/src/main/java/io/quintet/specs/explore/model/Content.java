package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.NO;
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
import java.util.function.Function;

/**
 * The content of a request as it arrives, as a model: the loop, which gives what is asked for and
 * sleeps where nothing is, and a subscriber that may ask, cancel or ask for what it may not, on a
 * thread of its own, where it is told of its subscription, or where it is given a part; and a
 * client that may be gone before its content is whole.
 */
public final class Content {
  // How far the subscriber is.
  private static final int BEFORE = 0;
  private static final int TOLD = 1;
  private static final int READS = 2;

  private static final int DEMAND_MAX = 3;

  private final Model model = new Model();
  private final Instance content;
  private final int subscriber = model.variable("subscriber", BEFORE);
  private final int second = model.variable("second", 0);
  private final int demand = model.variable("demand", 0);
  private final int cancelled = model.variable("cancelled", 0);
  private final int invalid = model.variable("invalid", 0);
  private final int told = model.variable("told", 0);

  /** Parts that have not come. */
  private final int left;

  /** The part that the loop has taken was given or dropped. */
  private final int taken = model.variable("taken", 0);

  private final int again = model.variable("again", 0);
  private final int dropped = model.variable("dropped", 0);
  private final int awake = model.variable("awake", 1);

  /** The loop gives a part just now. */
  private final int giving = model.variable("giving", 0);

  private final int whole = model.variable("whole", 0);
  private final int failed = model.variable("failed", 0);

  private Content(int parts, Machine machine) {
    left = model.variable("left", parts);
    content = new Instance(model, "content", machine, this::bySubscriber);
    model.command("loop", "begin", not(content.exists()), content.begin());
    loop();
    subscriber();
    Term sleeps = all(content.exists(), is(awake, 0), is(giving, 0));
    Term unwanted = any(is(cancelled, 1), is(invalid, 1));
    Set<String> idle = Set.of("subscriber", "client", "given", "other");
    model.response(
        ContentRule.ASKED_IS_GIVEN,
        all(sleeps, is(whole, 0), is(subscriber, READS), not(is(demand, 0)), not(unwanted)),
        idle);
    model.response(
        ContentRule.UNWANTED_IS_DROPPED,
        any(all(unwanted, is(whole, 0)), all(is(whole, 1), not(is(left, 0)))),
        idle);
    model.response(
        ContentRule.END_IS_TOLD,
        all(is(subscriber, READS), is(whole, 1), is(told, 0), is(cancelled, 0)),
        idle);
    model.close();
  }

  /**
   * The model of the content of one request.
   *
   * @param parts in how many parts it arrives
   * @param machine {@code request-content}, or a machine in its place
   * @return the model
   */
  public static Model of(int parts, Machine machine) {
    return new Content(parts, machine).model;
  }

  private Term isWanted() {
    return any(content.isEnded(), content.takes("GIVE_LAST"));
  }

  private void command(String agent, String name, Term guard, Effect... effects) {
    model.command(agent, name, guard, effects);
  }

  private Effect fire(String event, Function<String, List<Effect>> doing) {
    return onlyIf(content.isAlive(), content.run(event, doing));
  }

  // The loop.

  private void loop() {
    Term free = all(content.exists(), is(awake, 1), is(giving, 0));
    Term looks = all(free, is(whole, 0));
    Term more = not(is(left, 0));
    command(
        "loop",
        "take",
        all(free, more, isWanted()),
        set(taken, 0),
        take(),
        check(is(taken, 1), ContentRule.PART_GOES_SOMEWHERE));
    command(
        "loop",
        "end again",
        all(free, is(whole, 1), is(again, 0)),
        set(again, 1),
        fire("END", this::atEnd));
    command(
        "client",
        "is answered",
        all(content.exists(), is(giving, 0), is(whole, 0), more),
        set(whole, 1),
        set(failed, 1),
        set(awake, 1),
        fire("END", this::atEnd));
    command("loop", "sleep", all(looks, more, not(isWanted())), set(awake, 0));
    command("loop", "end", all(looks, is(left, 0)), set(whole, 1), fire("END", this::atEnd));
    command(
        "client",
        "leave",
        all(content.exists(), is(giving, 0), is(whole, 0), more),
        set(left, 0),
        set(failed, 1),
        set(awake, 1));
    command("loop", "has given", is(giving, 1), set(giving, 0));
  }

  private Effect take() {
    return choice(
        when(
            content.isAlive(),
            set(left, minus(left, 1)),
            choice(
                when(less(demand, 2), content.run("GIVE_LAST", this::byLoop)),
                when(not(less(demand, 2)), content.run("GIVE", this::byLoop)))),
        when(
            content.isEnded(),
            check(is(whole, 1), ContentRule.OVER_BEHIND_END),
            set(taken, 1),
            set(left, minus(left, 1))));
  }

  private List<Effect> byLoop(String action) {
    return switch (action) {
      case "wake" -> List.of(); // it is awake
      case "give" ->
          List.of(
              check(not(is(demand, 0)), ContentRule.GIVEN_AS_ASKED),
              tells(),
              onlyIf(not(is(demand, 0)), set(demand, minus(demand, 1))),
              set(taken, 1),
              set(giving, 1));
      case "skip" ->
          List.of(
              check(
                  any(is(cancelled, 1), is(invalid, 1), is(whole, 1)),
                  ContentRule.DROPPED_IS_UNWANTED),
              set(taken, 1),
              set(dropped, 1));
      case "reject" ->
          List.of(check(is(invalid, 1), ContentRule.INVALID_IS_TOLD), tells(), set(told, 1));
      default -> bySubscriber(action);
    };
  }

  private List<Effect> atEnd(String action) {
    return switch (action) {
      case "give", "skip" -> List.of(check(NO, ContentRule.PART_GOES_SOMEWHERE));
      case "introduce" -> List.of(check(NO, ContentRule.READ_ONCE));
      default -> byLoop(action);
    };
  }

  /** The subscriber hears something. */
  private Effect tells() {
    return choice(
        when(
            Term.YES,
            check(
                any(is(subscriber, READS), all(is(subscriber, TOLD), is(invalid, 1))),
                ContentRule.SUBSCRIBED_FIRST),
            check(is(told, 0), ContentRule.NOTHING_BEHIND_END)));
  }

  // The subscriber.

  private void subscriber() {
    command(
        "subscriber",
        "subscribe",
        all(content.exists(), is(subscriber, BEFORE)),
        choice(
            when(
                content.isAlive(),
                content.run("SUBSCRIBE", this::bySubscriber),
                check(is(subscriber, TOLD), ContentRule.SUBSCRIBED_FIRST)),
            when(content.isEnded(), check(NO, ContentRule.READ_ONCE))));
    command(
        "subscriber",
        "is subscribed",
        is(subscriber, TOLD),
        set(subscriber, READS),
        fire("SUBSCRIBED", this::bySubscriber));
    command(
        "other",
        "subscribe too",
        all(any(is(subscriber, TOLD), is(subscriber, READS)), is(second, 0)),
        set(second, 1),
        onlyIf(
            content.isAlive(),
            content.run("SUBSCRIBE", this::bySecond),
            check(is(second, 2), ContentRule.READ_ONCE)));
    Term reads = any(is(subscriber, TOLD), is(subscriber, READS));
    asks("subscriber", "", reads, this::bySubscriber);
    asks("given", " when given a part", is(giving, 1), this::byLoop);
  }

  private void asks(String agent, String where, Term guard, Function<String, List<Effect>> doing) {
    Term may = all(guard, is(cancelled, 0), is(told, 0));
    command(
        agent,
        "ask" + where,
        all(may, less(demand, DEMAND_MAX)),
        set(demand, plus(demand, 1)),
        fire("REQUEST", doing));
    command(agent, "cancel" + where, may, set(cancelled, 1), fire("CANCEL", doing));
    List<Effect> effects = new ArrayList<>();
    effects.add(set(invalid, 1));
    effects.add(fire("INVALID", doing));
    effects.add(
        check(
            any(is(told, 1), not(any(is(subscriber, TOLD), is(subscriber, READS)))),
            ContentRule.INVALID_IS_TOLD));
    model.command(agent, "ask for none" + where, all(may, is(invalid, 0)), effects);
    command(agent, "cancel again" + where, all(guard, is(cancelled, 1)), fire("CANCEL", doing));
    command(
        agent,
        "ask behind the end" + where,
        all(guard, any(is(cancelled, 1), is(told, 1))),
        fire("REQUEST", doing),
        fire("INVALID", this::behind));
  }

  private List<Effect> behind(String action) {
    return action.equals("wake") ? List.of() : List.of(check(NO, ContentRule.NOTHING_BEHIND_END));
  }

  private List<Effect> bySecond(String action) {
    return action.equals("refuse")
        ? List.of(set(second, 2))
        : List.of(check(NO, ContentRule.READ_ONCE));
  }

  private List<Effect> bySubscriber(String action) {
    return switch (action) {
      case "introduce" ->
          List.of(check(is(subscriber, BEFORE), ContentRule.READ_ONCE), set(subscriber, TOLD));
      case "refuse" -> List.of(check(NO, ContentRule.READ_ONCE));
      case "wake" -> List.of(set(awake, 1));
      case "tell" ->
          List.of(
              tells(),
              check(is(invalid, 0), ContentRule.INVALID_IS_TOLD),
              check(
                  all(is(whole, 1), any(is(failed, 1), is(dropped, 0)), is(cancelled, 0)),
                  ContentRule.ALL_BEFORE_END),
              set(told, 1));
      case "reject" ->
          List.of(
              check(is(invalid, 1), ContentRule.INVALID_IS_TOLD),
              tells(),
              set(told, 1),
              set(awake, 1));
      case "give", "skip" -> List.of(check(NO, ContentRule.GIVEN_AS_ASKED));
      default -> throw new IllegalStateException("a request's content does not " + action);
    };
  }
}
