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
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;

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
 * A reply that comes in parts, as a model: the loop that encodes it, a publisher on a thread of its
 * own, which may publish what nobody asked for, subscribe twice, fail or fall silent, and a
 * connection that may end and a deadline that may come at any moment.
 */
public final class Streamed {
  // What the loop is about.
  private static final int BEFORE = 0;
  private static final int LOOKS = 1;
  private static final int ENCODED = 2;
  private static final int CONTINUED = 3;
  private static final int OVER = 4;

  // What has become of the subscription, and of the publisher.
  private static final int SUBSCRIBED = 1;
  private static final int CANCELLED = 2;
  private static final int COMPLETED = 1;
  private static final int FAILED = 2;

  /** What was published unasked came behind the end. */
  private static final int BEHIND = 2;

  private final Model model;
  private final Instance reply;
  private final Instance stream;
  private final int loop;
  private final int subscription;
  private final int second;
  private final int demand;
  private final int left;
  private final int unasked;
  private final int twice;
  private final int ended;

  /** The publisher's thread has filled the place and not answered the reply. */
  private final int telling;

  /** A part that was asked for is there. */
  private final int fresh;

  private final int gaveUp;

  private Streamed(int parts, Function<String, Machine> specs, boolean noted) {
    model = new Model(noted);
    loop = model.variable("loop", BEFORE);
    subscription = model.variable("subscription", 0);
    second = model.variable("second", 0);
    demand = model.variable("demand", 0);
    unasked = model.variable("unasked", 0);
    twice = model.variable("twice", 0);
    ended = model.variable("ended", 0);
    telling = model.variable("telling", 0);
    fresh = model.variable("fresh", 0);
    gaveUp = model.variable("gaveUp", 0);
    left = model.variable("left", parts);
    reply = new Instance(model, "reply", specs.apply("reply"), _ -> List.of());
    stream = new Instance(model, "stream", specs.apply("streamed-reply"), this::byLoop);
    publisher();
    loop();
    chance();
    Term end = all(is(loop, OVER), is(telling, 0));
    model.done(end);
    model.response(StreamRule.STREAM_ENDS, not(end), Set.of("chance"));
    model.close();
  }

  /**
   * The model of one streamed reply.
   *
   * @param parts how many its publisher has
   * @param specs the machines by id
   * @return the model
   */
  public static Model of(int parts, Function<String, Machine> specs) {
    return new Streamed(parts, specs, false).model;
  }

  /**
   * The same, which says what transitions it takes.
   *
   * @param parts how many its publisher has
   * @param specs the machines by id
   * @return the model
   */
  public static Model noted(int parts, Function<String, Machine> specs) {
    return new Streamed(parts, specs, true).model;
  }

  // The publisher.

  private void publisher() {
    Term begun = not(is(loop, BEFORE));
    Term free = all(is(telling, 0), is(ended, 0));
    command("publisher", "subscribe", all(begun, free, is(subscription, 0)), subscribe());
    command(
        "publisher",
        "subscribe again",
        all(is(telling, 0), not(is(subscription, 0)), is(second, 0)),
        set(second, SUBSCRIBED),
        unlessOver(
            stream.run("SUBSCRIBED", this::bySecond),
            check(is(second, CANCELLED), StreamRule.ONE_SUBSCRIPTION)));
    command(
        "publisher",
        "publish",
        all(free, not(is(left, 0)), is(demand, 1)),
        set(demand, 0),
        set(left, minus(left, 1)),
        unlessOver(
            onlyIf(stream.in("waiting"), set(fresh, 1)), stream.run("PART", this::byPublisher)));
    command(
        "publisher",
        "publish unasked",
        all(begun, free, not(is(left, 0)), is(demand, 0), is(unasked, 0)),
        set(unasked, 1),
        unlessOver(stream.run("PART", this::byPublisher)));
    command(
        "publisher",
        "publish behind the end",
        all(is(telling, 0), not(is(ended, 0)), not(is(subscription, 0)), is(unasked, 0)),
        set(unasked, BEHIND),
        unlessOver(stream.run("PART", this::byPublisher)));
    command("publisher", "complete", all(begun, free), ends(COMPLETED));
    command("publisher", "fail", all(free, begun), ends(FAILED));
    command(
        "publisher",
        "say it twice",
        all(is(telling, 0), not(is(ended, 0)), is(twice, 0)),
        set(twice, 1),
        unlessOver(
            choice(
                when(YES, stream.run("COMPLETE", this::byPublisher)),
                when(YES, stream.run("FAIL", this::byPublisher)))));
    command("publisher", "answer", is(telling, 1), set(telling, 0), reply.run("ANSWER"));
  }

  private Effect subscribe() {
    return choice(
        when(stream.isEnded(), set(subscription, CANCELLED)),
        when(
            stream.isAlive(),
            set(subscription, SUBSCRIBED),
            stream.run("SUBSCRIBED", this::byFirst),
            check(
                any(is(subscription, CANCELLED), is(demand, 1)), StreamRule.SUBSCRIPTION_IS_USED)));
  }

  private Effect ends(int how) {
    return choice(
        when(stream.isEnded(), set(ended, how)),
        when(
            stream.isAlive(),
            set(ended, how),
            stream.run(how == COMPLETED ? "COMPLETE" : "FAIL", this::byPublisher)));
  }

  private Effect unlessOver(Effect... effects) {
    return onlyIf(stream.isAlive(), effects);
  }

  /** What follows at the publisher's thread, where it answers the reply some time later. */
  private List<Effect> byPublisher(String action) {
    return switch (action) {
      case "tell" -> List.of(somethingIsThere(), set(telling, 1));
      default -> byLoop(action);
    };
  }

  private List<Effect> byFirst(String action) {
    return action.equals("refuse") ? List.of(set(subscription, CANCELLED)) : byPublisher(action);
  }

  private List<Effect> bySecond(String action) {
    return action.equals("refuse") ? List.of(set(second, CANCELLED)) : byPublisher(action);
  }

  private List<Effect> byLoop(String action) {
    return switch (action) {
      case "request" ->
          List.of(
              check(
                  all(is(demand, 0), is(fresh, 0), is(ended, 0), not(is(subscription, 0))),
                  StreamRule.ASKED_ONE_AT_A_TIME),
              set(demand, 1));
      case "tell" -> List.of(somethingIsThere(), reply.run("ANSWER"));
      case "overdue" ->
          List.of(check(is(gaveUp, 1), StreamRule.FAILURE_HAS_CAUSE), reply.run("OVERDUE"));
      case "cancel" ->
          List.of(
              check(stream.isEnded(), StreamRule.CANCELLED_AT_THE_END),
              onlyIf(is(subscription, SUBSCRIBED), set(subscription, CANCELLED)));
      case "refuse" -> List.of(check(NO, StreamRule.ONE_SUBSCRIPTION));
      default -> throw new IllegalStateException("a streamed reply does not " + action);
    };
  }

  private Effect somethingIsThere() {
    return check(stream.isAlive(), StreamRule.READY_HAS_SOMETHING);
  }

  // The loop.

  private void loop() {
    command(
        "loop",
        "begin",
        is(loop, BEFORE),
        set(loop, LOOKS),
        set(reply.state, reply.number("detached")),
        stream.begin());
    Term looks = all(is(loop, LOOKS), reply.takes("ENCODE"));
    command("loop", "encode", looks, encode());
    // an encoder may throw
    List<Effect> refused = new ArrayList<>();
    refused.add(set(gaveUp, 1));
    refused.addAll(over("CANCEL"));
    refused.add(reply.run("ENCODE"));
    model.command("loop", "cannot encode", looks, refused);
    command("loop", "continue", is(loop, ENCODED), set(loop, CONTINUED), reply.run("CONTINUE"));
    command("loop", "next", is(loop, CONTINUED), set(loop, LOOKS), stream.run("NEXT"));
  }

  private Effect encode() {
    Term part = any(stream.in("filled"), stream.in("last"), stream.in("broken"));
    Term whole = any(stream.in("last"), stream.in("complete"));
    Term failed = any(stream.in("broken"), stream.in("failed"));
    List<Effect> ends = new ArrayList<>();
    ends.add(
        check(
            any(
                not(whole),
                all(is(ended, COMPLETED), is(fresh, 0), not(is(unasked, 1)), is(gaveUp, 0))),
            StreamRule.WHOLE_IS_ENDED));
    ends.add(
        check(
            any(not(failed), is(ended, FAILED), is(unasked, 1), is(gaveUp, 1)),
            StreamRule.FAILURE_HAS_CAUSE));
    ends.addAll(over("ENDED"));
    ends.add(reply.run("ENCODE"));
    return choice(
        when(
            any(part, whole, failed),
            choice(
                when(part, check(is(fresh, 1), StreamRule.PART_IS_ENCODED_ONCE), set(fresh, 0)),
                when(not(part), check(is(fresh, 0), StreamRule.PART_IS_ENCODED_ONCE))),
            choice(
                when(stream.takes("ENDED"), ends),
                when(not(stream.takes("ENDED")), set(loop, ENCODED)))),
        when(not(any(part, whole, failed)), check(NO, StreamRule.READY_HAS_SOMETHING)));
  }

  private List<Effect> over(String event) {
    return List.of(
        stream.run(event),
        set(loop, OVER),
        check(stream.isEnded(), StreamRule.STREAM_ENDS),
        check(
            any(not(is(subscription, SUBSCRIBED)), not(is(ended, 0))),
            StreamRule.PUBLISHER_IS_TOLD));
  }

  // What comes at any moment.

  private void chance() {
    command(
        "chance",
        "give up",
        all(is(loop, LOOKS), is(gaveUp, 0)),
        onlyIf(not(is(ended, COMPLETED)), set(gaveUp, 1)), // what is whole is sent whole
        stream.run("GIVE_UP"));
    model.command("chance", "end of connection", is(loop, LOOKS), over("CANCEL"));
  }

  private void command(String agent, String name, Term guard, Effect... effects) {
    model.command(agent, name, guard, effects);
  }
}
