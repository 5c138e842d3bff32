package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Term.NO;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.not;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a run comes to, and which of its steps are one for all others. */
final class Promises {
  private final Composition composition;
  private final Model model;
  private final boolean follows;
  private final List<Connection> connections;
  private final List<Loop> loops;
  private final List<Worker> workers;
  private final List<Backend> backends;

  Promises(Composition composition) {
    this.composition = composition;
    model = composition.model;
    follows = composition.follows;
    connections = composition.connections;
    loops = composition.loops;
    workers = composition.workers;
    backends = composition.backends;
  }

  void declare() {
    List<Term> over = new ArrayList<>();
    over.add(composition.server.machine.isEnded());
    for (Connection c : connections) {
      over.add(follows ? YES : not(any(is(c.client, Client.AWAY), is(c.client, Client.CONNECTED))));
    }
    backends.forEach(backend -> over.add(backend.isGone()));
    Term end = new Term.All(over);
    model.done(end);
    model.response(ServerRule.END_COMES, Term.not(end), Set.of("chance"));
    if (follows) {
      timePasses();
    } else {
      oneStepEach();
    }
    for (Backend backend : backends) {
      model.halted(backend.agent(), not(backend.goesOn()));
    }
    responses();
    if (connections.size() == 2 && !follows) {
      twins(connections.getFirst(), connections.getLast());
    }
  }

  /** What is one step for all others. */
  private void oneStepEach() {
    for (Loop loop : loops) {
      model.inTheMiddle(loop.name, not(is(loop.current, Loop.NONE)));
    }
    for (Worker worker : workers) {
      // Between the last look and the announcement of the sleep, somebody may place a request.
      model.inTheMiddle(
          worker.name,
          not(
              any(
                  is(worker.machine.pending, 0),
                  worker.machine.isAbout("PARKED"),
                  composition.queues == null ? NO : worker.machine.isAbout("POLLED_OUT"))));
    }
  }

  /** The clock moves where nobody can go on: then who sleeps may wake for that. */
  private void timePasses() {
    List<Term> sleeps = new ArrayList<>();
    List<Effect> late = new ArrayList<>();
    for (Loop loop : loops) {
      Term wakes = any(is(loop.mailbox.signalled, 1), loop.readyBesideGreetings());
      sleeps.add(any(not(loop.machine.isAlive()), all(loop.isAsleep(), not(wakes))));
      late.add(set(loop.late, 1));
    }
    for (Worker worker : workers) {
      sleeps.add(
          any(
              not(worker.machine.isAlive()),
              all(worker.isAsleep(), is(worker.mailbox.signalled, 0))));
    }
    model.command("time", "passes", new Term.All(sleeps), late);
  }

  /** Which of two connections is which makes no difference. */
  private void twins(Connection one, Connection other) {
    connections.forEach(c -> model.goesOnAs("client" + c.number, Client.CLIENTS));
    for (int i = 0; one.first + i < one.behind; i++) {
      model.twins(one.first + i, other.first + i);
    }
    for (Worker worker : workers) {
      for (int k = 0; k <= composition.bounds.requests(); k++) {
        model.twins(worker.has.getFirst().get(k), worker.has.getLast().get(k));
      }
    }
    for (int k = 0; k <= composition.bounds.requests() && composition.queues != null; k++) {
      for (List<List<Integer>> queue : composition.queues.queues()) {
        model.twins(queue.getFirst().get(k), queue.getLast().get(k));
      }
    }
    for (Loop loop : loops) {
      model.namesTwin(loop.current);
      model.namesTwin(loop.outer);
      model.namesTwin(loop.inHand);
    }
  }

  /** What is waited for comes, whatever those do who need not do anything. */
  private void responses() {
    Set<String> idle =
        new HashSet<>(Set.of("server", "again", "resize", "chance", "handlers", Client.CLIENTS));
    connections.forEach(c -> idle.add("client" + c.number));
    Term serves =
        all(composition.server.machine.in("serving"), is(composition.server.drainBegun, 0));
    backendResponses(serves, idle);
    if (composition.bounds.silent()) {
      Term waits = any(connections.stream().map(Connection::awaitsForEver).toList());
      model.response(ServerRule.ANSWERED_IN_TIME, waits, idle);
    }
    if (composition.converses()) {
      for (Connection c : connections) {
        model.response(ServerRule.HELD_BACK_IS_TAKEN, c.talk.rest.hasLeft(), idle);
        for (Deliveries of : Dialogue.deliveries(c.talk)) {
          model.response(ServerRule.LISTENER_IS_TOLD, of.areDue(), idle);
        }
      }
    }
    for (Worker worker : composition.queues == null ? List.<Worker>of() : workers) {
      model.response(ServerRule.WAITING_IS_TAKEN, worker.sleepsThoughSomeWait(), idle);
    }
    for (Loop loop : loops) {
      if (loop.listens) {
        Term goesOn = all(serves, loop.listener.machine.isAlive(), is(loop.retired, 0));
        model.response(ServerRule.WHO_WAITS_IS_ACCEPTED, all(goesOn, loop.hasQueued()), idle);
        model.response(
            ServerRule.PAUSES_END, all(loop.listener.machine.isAlive(), is(loop.lacking, 1)), idle);
        model.response(
            ServerRule.ACCEPTED_IS_PLACED,
            all(loop.listener.machine.isAlive(), not(is(loop.inHand, 0))),
            idle);
      }
    }
  }

  private void backendResponses(Term serves, Set<String> idle) {
    for (Backend backend : backends) {
      model.response(ServerRule.BACKENDS_COME_BACK, all(serves, not(backend.isAtWork())), idle);
      model.response(ServerRule.HANDED_IS_TAKEN, all(serves, backend.hasHanded()), idle);
    }
  }
}
