package io.quintet.specs.explore.model;

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
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** Requests that wait until a worker takes them, where a topology has that. */
final class WorkerQueues {
  /** Requests at each worker, where they are bounded: so few that some wait in the one queue. */
  private static final int BOUND = 1;

  private static final List<Connection> NOBODY = List.of();

  private final Composition composition;
  private final List<Worker> workers;
  private final String policy;

  /** Workers that serve only short requests: the first ones. */
  private final int reserved;

  /** Those that wait or run, in all. */
  private final int load;

  private final int most;

  /** Whether a request waits in the one queue, by its connection and number. */
  final List<List<Integer>> central = new ArrayList<>();

  /** Likewise of the short requests, where workers are reserved for them. */
  final List<List<Integer>> brief = new ArrayList<>();

  WorkerQueues(Composition composition, int workerCount) {
    this.composition = composition;
    workers = composition.workers;
    policy = composition.topology.requests();
    reserved = Math.min(composition.topology.reserved(), workerCount - 1);
    Model model = composition.model;
    Bounds bounds = composition.bounds;
    most = workerCount * (bounds.queue() + (policy.equals("bounded") ? BOUND : 0));
    load = model.variable("queues_load", 0);
    for (Connection c : composition.connections) {
      List<Integer> places = new ArrayList<>();
      for (int k = 0; k <= bounds.requests(); k++) {
        places.add(model.variable("queues_has" + c.number + k, 0));
      }
      central.add(places);
    }
    for (Connection c : policy.equals("reserved") ? composition.connections : NOBODY) {
      List<Integer> places = new ArrayList<>();
      for (int k = 0; k <= bounds.requests(); k++) {
        places.add(model.variable("queues_short" + c.number + k, 0));
      }
      brief.add(places);
    }
  }

  /** Whether a request waits in a queue that is no worker's. */
  Term holds(int connection, int number) {
    return any(queues().stream().map(each -> is(each.get(connection).get(number), 1)).toList());
  }

  /** Those that are no worker's. */
  List<List<List<Integer>>> queues() {
    return brief.isEmpty() ? List.of(central) : List.of(central, brief);
  }

  private boolean isReserved(Worker worker) {
    return worker.number < reserved;
  }

  /** Long requests too: a reserved worker where no other is left. */
  private Term servesAll(Worker worker) {
    return isReserved(worker)
        ? all(workers.stream().skip(reserved).map(Worker::isStopped).toArray(Term[]::new))
        : YES;
  }

  private static Term someIn(List<List<Integer>> places) {
    return any(places.stream().flatMap(List::stream).map(place -> is(place, 1)).toList());
  }

  private Term allHaveStopped() {
    return all(workers.stream().map(Worker::isStopped).toArray(Term[]::new));
  }

  Term hasRoom() {
    return any(less(load, most), allHaveStopped());
  }

  /** A request waits that a worker may take. */
  Term waitsFor(Worker worker) {
    return policy.equals("reserved")
        ? any(someIn(brief), all(servesAll(worker), someIn(central)))
        : any(someIn(worker.has), waits());
  }

  /** A request waits that whoever has nothing may take. */
  private Term waits() {
    List<Term> terms = new ArrayList<>(List.of(someIn(central)));
    if (policy.equals("stealing")) {
      workers.forEach(worker -> terms.add(someIn(worker.has)));
    }
    return any(terms);
  }

  /** The ways to leave a request that was decoded where a worker takes it. */
  List<Effect.Way> placements(int connection, int number) {
    List<Effect> counted = List.of(set(load, plus(load, 1)));
    List<Effect.Way> ways = new ArrayList<>();
    Term aside = NO;
    if (policy.equals("reserved")) {
      ways.add(
          when(
              not(allHaveStopped()),
              Effect.join(
                  Effect.join(counted, List.of(set(brief.get(connection).get(number), 1))),
                  callFor(true))));
    } else if (!policy.equals("shared")) {
      List<Term> taking = new ArrayList<>();
      for (Worker worker : workers) {
        Term takes = not(worker.isStopped());
        if (policy.equals("bounded")) {
          takes = all(takes, not(someIn(central)), less(worker.load, BOUND));
        }
        taking.add(takes);
        List<Effect> left =
            List.of(
                set(worker.has.get(connection).get(number), 1),
                set(worker.load, plus(worker.load, 1)),
                choice(
                    when(is(worker.parked, 1), call(worker)),
                    when(not(is(worker.parked, 1)), callOne())));
        ways.add(when(takes, Effect.join(counted, left)));
      }
      aside = any(taking);
    }
    List<Effect> left =
        Effect.join(
            List.of(set(central.get(connection).get(number), 1)),
            policy.equals("reserved") ? callFor(false) : callOne());
    ways.add(when(all(not(aside), not(allHaveStopped())), Effect.join(counted, left)));
    return ways;
  }

  /** Who sleeps or is about to is called, if a request waits that it may take. */
  List<Effect> callOne() {
    if (policy.equals("reserved")) {
      return List.of(onlyIf(someIn(central), callFor(false)), onlyIf(someIn(brief), callFor(true)));
    }
    List<Effect.Way> ways = new ArrayList<>();
    List<Term> parked = new ArrayList<>();
    for (Worker worker : workers) {
      ways.add(when(all(waits(), is(worker.parked, 1)), call(worker)));
      parked.add(is(worker.parked, 1));
    }
    ways.add(when(not(all(waits(), any(parked)))));
    return List.of(choice(ways));
  }

  /** Likewise for a request that is short or long; those that are reserved come first. */
  private List<Effect> callFor(boolean isShort) {
    List<Effect.Way> ways = new ArrayList<>();
    Term before = NO;
    for (Worker worker : workers) {
      Term may = all(isShort ? YES : servesAll(worker), is(worker.parked, 1));
      ways.add(when(all(not(before), may), call(worker)));
      before = any(before, may);
    }
    ways.add(when(not(before)));
    return List.of(choice(ways));
  }

  private List<Effect> call(Worker worker) {
    return Effect.join(List.of(set(worker.parked, 0)), worker.mailbox.post(set(worker.called, 1)));
  }

  /** A worker looks for its next request. */
  List<Effect> take(Worker worker) {
    Term own = someIn(worker.has);
    List<Effect> taken = Effect.join(callOne(), worker.machine.next("TAKEN"));
    List<Effect.Way> ways = new ArrayList<>();
    ways.add(when(own, taken));
    for (Connection c : composition.connections) {
      for (int k = 0; k <= composition.bounds.requests(); k++) {
        int here = worker.has.get(c.number).get(k);
        List<Effect> got =
            Effect.join(List.of(set(here, 1), set(worker.load, plus(worker.load, 1))), taken);
        for (List<List<Integer>> queue : queues()) {
          int place = queue.get(c.number).get(k);
          Term may = all(queue == central ? servesAll(worker) : YES, not(own), is(place, 1));
          ways.add(when(may, Effect.join(List.of(set(place, 0)), got)));
        }
        if (policy.equals("stealing")) {
          steals(worker, all(not(own), not(someIn(central))), c.number, k, got, ways);
        }
      }
    }
    Term nothing = not(waitsFor(worker));
    ways.add(when(all(nothing, is(worker.end, 1)), worker.machine.next("TAKEN")));
    ways.add(when(all(nothing, is(worker.end, 0)), worker.machine.next("NOTHING")));
    return List.of(
        worker.mailbox.take(), set(worker.parked, 0), set(worker.called, 0), choice(ways));
  }

  private void steals(
      Worker worker,
      Term may,
      int connection,
      int number,
      List<Effect> got,
      List<Effect.Way> ways) {
    for (Worker other : workers) {
      if (other != worker) {
        int place = other.has.get(connection).get(number);
        List<Effect> given = List.of(set(place, 0), set(other.load, minus(other.load, 1)));
        ways.add(when(all(may, is(place, 1)), Effect.join(given, got)));
      }
    }
  }

  /** It says that it may be called, unless it was, and looks once more. */
  List<Effect> park(Worker worker) {
    return List.of(
        onlyIf(is(worker.called, 0), set(worker.parked, 1)),
        choice(
            when(waitsFor(worker), worker.machine.next("FOUND")),
            when(not(waitsFor(worker)), worker.machine.next("PARKED"))));
  }

  /** A worker has ended a request; where it has room, it gets the next from the one queue. */
  List<Effect> ended(Worker worker) {
    List<Effect> counted = List.of(set(load, minus(load, 1)));
    if (!policy.equals("bounded")) {
      return counted;
    }
    List<Effect.Way> ways = new ArrayList<>();
    for (Connection c : composition.connections) {
      for (int k = 0; k <= composition.bounds.requests(); k++) {
        int place = central.get(c.number).get(k);
        ways.add(
            when(
                all(is(place, 1), less(worker.load, BOUND)),
                set(place, 0),
                set(worker.has.get(c.number).get(k), 1),
                set(worker.load, plus(worker.load, 1))));
      }
    }
    ways.add(when(not(all(someIn(central), less(worker.load, BOUND)))));
    return Effect.join(counted, choice(ways));
  }

  /** A worker that stops leaves what waits to the others; where there are none, it fails. */
  List<Effect> left(Worker worker) {
    List<Effect> effects = new ArrayList<>(List.of(set(worker.parked, 0), set(worker.load, 0)));
    List<Effect> failed = new ArrayList<>();
    for (Connection c : composition.connections) {
      for (int k = 0; k <= composition.bounds.requests(); k++) {
        int own = worker.has.get(c.number).get(k);
        effects.add(onlyIf(is(own, 1), set(own, 0), set(central.get(c.number).get(k), 1)));
        for (List<List<Integer>> queue : queues()) {
          int place = queue.get(c.number).get(k);
          failed.add(
              onlyIf(
                  is(place, 1),
                  set(place, 0),
                  set(load, minus(load, 1)),
                  onlyIf(is(c.overdue, 0), c.replies.get(k).run("ANSWER"))));
        }
      }
    }
    effects.add(choice(when(allHaveStopped(), failed), when(not(allHaveStopped()), callOne())));
    return effects;
  }
}
