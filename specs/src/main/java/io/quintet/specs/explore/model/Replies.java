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
import static io.quintet.specs.explore.engine.Term.variable;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** What a connection answers: replies in the order of their requests, and refusals. */
final class Replies {
  private final Composition composition;
  private final Connection c;
  private final Bounds bounds;
  private final boolean follows;
  private final List<Worker> workers;

  Replies(Composition composition, Connection c) {
    this.composition = composition;
    bounds = composition.bounds;
    follows = composition.follows;
    workers = composition.workers;
    this.c = c;
  }

  /**
   * The replies at the front that are ready are encoded, as far as request order allows. Of one
   * that comes in parts somebody owes the second once the first is encoded.
   */
  List<Effect> encodings() {
    List<Effect> effects = new ArrayList<>();
    for (int k = 0; k <= bounds.requests(); k++) {
      Instance reply = c.replies.get(k);
      Term ready = all(is(c.encoded, k), c.owes(), reply.takes("ENCODE"));
      List<Effect.Way> ways = new ArrayList<>();
      ways.add(
          when(
              ready,
              reply.run("ENCODE"),
              set(c.encoded, k + 1),
              set(c.out, 1),
              c.talk == null ? set(c.out, 1) : onlyIf(isOfHandler(k), c.talk.begins())));
      if (bounds.parts() && k < bounds.requests()) {
        ways.add(
            when(
                all(ready, is(c.parted, 0), is(c.overdue, 0)),
                reply.run("CONTINUE"),
                set(c.parted, 1),
                set(c.running.get(k), 1),
                set(c.out, 1)));
      }
      ways.add(when(not(ready)));
      effects.add(choice(ways));
    }
    effects.addAll(dropped());
    return effects;
  }

  /** What a handler has not read when it is answered is dropped. */
  List<Effect> dropped() {
    return List.of(onlyIf(all(is(c.body, 1), not(c.owes())), set(c.wanted, 1), set(c.needed, 0)));
  }

  List<Effect> replied(Loop loop, Effect otherwise) {
    return Effect.join(encodings(), choice(when(YES, otherwise), lastReplied(loop)));
  }

  /** A reply that was encoded may say that it is the last; what is owed behind it is forgotten. */
  Effect.Way lastReplied(Loop loop) {
    Term says =
        c.talk != null ? NO : any(is(loop.draining, 1), bounds.lasts() || bounds.ages() ? YES : NO);
    List<Effect> effects = new ArrayList<>();
    effects.add(onlyIf(c.owes(), forgotten()));
    effects.add(set(c.last, 1));
    effects.addAll(c.endContent());
    effects.add(c.machine.next("LAST_REPLIED"));
    return when(
        all(is(c.out, 1), not(is(c.encoded, 0)), any(says, all(is(c.last, 1), not(c.owes())))),
        effects);
  }

  private List<Effect> forgotten() {
    List<Effect> effects = new ArrayList<>(abandoned());
    effects.add(set(c.encoded, variable(c.decoded)));
    return effects;
  }

  /** What handlers answer from now on goes nowhere. */
  private List<Effect> abandoned() {
    List<Effect> effects = new ArrayList<>();
    effects.add(set(c.overdue, 1));
    for (int k = 0; k <= bounds.requests(); k++) {
      Instance reply = c.replies.get(k);
      effects.add(set(c.running.get(k), 0));
      effects.add(onlyIf(is(c.waiting, k + 1), reply.run("RETURN")));
      effects.add(onlyIf(reply.takes("OVERDUE"), reply.run("OVERDUE")));
    }
    effects.add(set(c.waiting, 0));
    return effects;
  }

  /** What is owed is answered here, and not by whom it was owed. */
  List<Effect> gaveUp() {
    List<Effect> effects = new ArrayList<>();
    effects.add(check(c.owes(), ServerRule.GIVEN_UP_WAS_OWED));
    effects.add(check(is(c.refusal, Refusal.UNANSWERED), ServerRule.REFUSAL_SAYS_WHY));
    effects.add(set(c.refusal, Refusal.TOLD));
    effects.addAll(c.endContent());
    effects.add(set(c.last, 1));
    effects.addAll(abandoned());
    effects.addAll(encodings());
    effects.add(check(not(c.owes()), ServerRule.GIVEN_UP_IS_OWED_NO_MORE));
    effects.add(c.machine.next("REFUSED"));
    return effects;
  }

  List<Effect> refused(int why) {
    List<Effect.Way> ways = new ArrayList<>();
    for (int k = 0; k <= bounds.requests(); k++) {
      Instance reply = c.replies.get(k);
      ways.add(
          when(
              is(c.decoded, k),
              set(c.decoded, k + 1),
              reply.begin(),
              reply.run("ANSWER"),
              reply.run("RETURN")));
    }
    ways.add(when(is(c.decoded, bounds.requests() + 1), check(NO, ServerRule.REFUSAL_IS_LAST)));
    List<Effect> effects = new ArrayList<>();
    effects.add(check(not(is(c.refusal, Refusal.TOLD)), ServerRule.REFUSAL_IS_LAST));
    effects.add(check(is(c.refusal, why), ServerRule.REFUSAL_SAYS_WHY));
    effects.add(set(c.refusal, Refusal.TOLD));
    effects.addAll(c.endContent());
    effects.add(set(c.last, 1));
    effects.add(choice(ways));
    effects.addAll(encodings());
    effects.add(c.machine.next("REFUSED"));
    return effects;
  }

  /** A reply is no refusal, and does not stand in place of one that is owed. */
  private Term isOfHandler(int reply) {
    Term refuses = all(is(c.refusal, Refusal.TOLD), is(c.decoded, reply + 1));
    return all(is(c.overdue, 0), not(refuses));
  }

  /** The next reply is there, and nobody is about to tell of it. */
  Term isForgotten() {
    List<Term> tells = new ArrayList<>();
    if (follows) {
      workers.forEach(worker -> tells.add(is(worker.freeing, Worker.TELLS + c.number)));
    }
    if (c.movement != null) {
      tells.add(c.movement.hasStrayed());
    }
    return all(isReady(), is(c.dirty, 0), is(c.replyMail, 0), not(any(tells)));
  }

  /** The next reply that is owed is there. */
  Term isReady() {
    List<Term> ready = new ArrayList<>();
    for (int k = 0; k <= bounds.requests(); k++) {
      ready.add(all(is(c.encoded, k), c.replies.get(k).takes("ENCODE")));
    }
    return all(c.owes(), any(ready));
  }

  /** It comes to its replies by itself, or sends none any more. */
  Term isBehind() {
    return any(
        c.machine.in("yielded"),
        c.machine.in("moving"),
        all(is(c.last, 1), c.machine.in("lingering")),
        not(c.machine.isAlive()));
  }
}
