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
import static io.quintet.specs.explore.engine.Term.less;
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.plus;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** What a connection's bytes are decoded to, and who handles it. */
final class Requests {
  private final Composition composition;
  private final Connection c;
  private final Bounds bounds;
  private final boolean follows;
  private final Chance chance;
  private final List<Worker> workers;

  Requests(Composition composition, Connection c) {
    this.composition = composition;
    bounds = composition.bounds;
    follows = composition.follows;
    chance = composition.chance;
    workers = composition.workers;
    this.c = c;
  }

  /** What has come is content of a request that was given, or a request. */
  List<Effect.Way> decodings(Loop loop) {
    Term content = all(is(c.body, 1), not(is(c.held, 0)));
    List<Effect.Way> ways = new ArrayList<>();
    for (Effect.Way way : requestDecodings(loop)) {
      ways.add(when(all(not(content), way.guard()), way.effects()));
    }
    ways.add(when(all(content, is(c.wanted, 0)), c.machine.next("SATURATED")));
    ways.add(
        when(
            all(content, is(c.wanted, 1)),
            Effect.join(
                List.of(set(c.held, minus(c.held, 1)), set(c.timed, 0)),
                Effect.join(c.endContent(), choice(requestDecodings(loop))))));
    return ways;
  }

  private List<Effect.Way> requestDecodings(Loop loop) {
    Instance machine = c.machine;
    Term some = not(is(c.held, 0));
    Term saturated = c.isSaturated(loop);
    Term may = all(some, not(saturated), not(is(loop.budget, 0)));
    Term whole = all(may, not(is(c.held, 1)));
    List<Effect> given = List.of(set(loop.budget, 0), set(c.unhandled, 1), set(c.timed, 0));
    List<Effect> taken = Effect.join(List.of(set(c.held, minus(c.held, 2))), given);
    List<Effect> begun = Effect.join(List.of(set(c.held, minus(c.held, 1)), set(c.body, 1)), given);
    Term awaits = bounds.lateHandlers() && workers.isEmpty() ? YES : NO;
    Term nothingFollows = all(bounds.content() ? YES : NO, c.hasEnded(), is(c.arrived, 0));
    return List.of(
        when( // where the end is said with the bytes
            all(nothingFollows, any(is(c.held, 0), all(may, is(c.held, 1)))),
            Effect.join(c.endContent(), machine.next("END_OF_STREAM"))),
        when(is(c.held, 0), machine.next("EXHAUSTED")),
        when(all(some, saturated), machine.next("SATURATED")),
        when(all(some, not(saturated), is(loop.budget, 0)), machine.next("BUDGET_SPENT")),
        when(all(may, is(c.held, 1), not(c.owes())), machine.next("INCOMPLETE")),
        when(all(may, is(c.held, 1), c.owes()), machine.next("EXHAUSTED")),
        when(whole, Effect.join(taken, machine.next("REQUEST"))),
        when(
            all(whole, bounds.lasts() ? YES : NO),
            Effect.join(taken, set(c.last, 1), machine.next("LAST_REQUEST"))),
        when(
            all(may, bounds.content() ? YES : NO),
            Effect.join(
                begun, choice(when(YES), when(awaits, set(c.needed, 1))), machine.next("REQUEST"))),
        Chance.rationed(
            whole, chance.malformed, set(c.refusal, Refusal.MALFORMED), machine.next("MALFORMED")));
  }

  List<Effect.Way> handlings(Loop loop) {
    List<Effect.Way> ways = new ArrayList<>();
    for (int k = 0; k <= bounds.requests(); k++) {
      Term here = is(c.decoded, k);
      Instance reply = c.replies.get(k);
      List<Effect> begun = List.of(set(c.decoded, k + 1), reply.begin());
      if (!workers.isEmpty()) {
        ways.add(when(here, Effect.join(begun, set(c.waiting, k + 1), choice(placements(loop)))));
        continue;
      }
      ways.add(
          when(
              all(here, not(c.owes())),
              set(c.decoded, k + 1),
              set(c.encoded, k + 1),
              set(c.out, 1),
              c.answers.dropped().getFirst(),
              c.talk == null ? onlyIf(NO) : onlyIf(is(c.last, 0), c.talk.begins()),
              choice(
                  when(c.talk == null ? YES : is(c.last, 0), c.machine.next("REPLIED")),
                  when(
                      c.talk != null
                          ? is(c.last, 1)
                          : any(is(c.last, 1), is(loop.draining, 1), bounds.ages() ? YES : NO),
                      set(c.last, 1),
                      c.machine.next("LAST_REPLIED")))));
      if (bounds.lateHandlers()) {
        ways.add(
            when(
                here,
                Effect.join(
                    Effect.join(begun, reply.run("RETURN"), set(c.running.get(k), 1)),
                    c.answers.replied(loop, c.machine.next("LATER")))));
        begun = Effect.join(begun, set(c.running.get(k), follows ? Handler.SEEN_LATER : 0));
        ways.add(
            when(
                here,
                Effect.join(
                    Effect.join(begun, reply.run("ANSWER"), reply.run("RETURN")),
                    c.answers.replied(loop, c.machine.next("LATER")))));
        // Another thread answers between the handler's return and the look at what is ready.
        begun = Effect.join(begun, reply.run("RETURN"));
        ways.add(
            when(
                here,
                Effect.join(
                    Effect.join(begun, follows ? c.answeredBehind(k) : c.answeredElsewhere(k)),
                    c.answers.replied(loop, c.machine.next("LATER")))));
      }
    }
    return ways;
  }

  List<Effect.Way> placements(Loop loop) {
    List<Effect.Way> ways = new ArrayList<>();
    ways.add(when(is(c.waiting, 0), c.machine.next("LATER")));
    for (int k = 0; k <= bounds.requests() && !workers.isEmpty(); k++) {
      Term here = is(c.waiting, k + 1);
      Instance reply = c.replies.get(k);
      if (composition.queues != null) {
        queued(k, ways);
      }
      for (Worker worker : composition.queues == null ? workers : List.<Worker>of()) {
        int place = worker.has.get(c.number).get(k);
        List<Effect> effects = new ArrayList<>();
        effects.add(set(c.waiting, 0));
        effects.add(reply.run("RETURN"));
        effects.add(
            choice(
                when(
                    not(worker.isStopped()),
                    Effect.join(
                        List.of(
                            check(is(place, 0), ServerRule.HANDLED_ONCE),
                            set(worker.load, plus(worker.load, 1))),
                        worker.mailbox.post(set(place, 1)))),
                when(worker.isStopped(), reply.run("ANSWER"))));
        effects.add(c.machine.next("LATER"));
        ways.add(
            when(all(here, any(less(worker.load, bounds.queue()), worker.isStopped())), effects));
      }
      ways.add(
          when(
              all(here, not(composition.hasRoom())),
              set(c.crowded, 1),
              onlyIf(not(isToldOfRoom(loop)), set(loop.asking, 1)),
              c.machine.next("CROWDED")));
    }
    if (workers.isEmpty()) {
      ways.add(when(not(is(c.waiting, 0)), c.machine.next("LATER")));
    }
    return ways;
  }

  /** It waits where a worker takes it; where none is left, it fails. */
  private void queued(int k, List<Effect.Way> ways) {
    Term here = all(is(c.waiting, k + 1), composition.hasRoom());
    List<Term> unheld = new ArrayList<>(List.of(not(composition.queues.holds(c.number, k))));
    workers.forEach(worker -> unheld.add(is(worker.has.get(c.number).get(k), 0)));
    Effect.Way[] held =
        composition.queues.placements(c.number, k).stream().toArray(Effect.Way[]::new);
    Term stopped = all(workers.stream().map(Worker::isStopped).toArray(Term[]::new));
    Effect handled = check(all(unheld.toArray(Term[]::new)), ServerRule.HANDLED_ONCE);
    ways.add(
        when(
            here,
            set(c.waiting, 0),
            c.replies.get(k).run("RETURN"),
            choice(
                when(stopped, c.replies.get(k).run("ANSWER")),
                when(not(stopped), handled, choice(List.of(held)))),
            c.machine.next("LATER")));
  }

  /** It asked for room, and will hear of some. */
  private Term isToldOfRoom(Loop loop) {
    List<Term> told = new ArrayList<>(List.of(is(loop.roomMail, 1)));
    if (follows) {
      workers.forEach(worker -> told.add(is(worker.freeing, Worker.FOUND)));
    }
    return any(told);
  }
}
