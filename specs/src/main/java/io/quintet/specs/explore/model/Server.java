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

import io.quintet.specs.Topology;
import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The server: it starts, is told to drain, changes its loops, and ends. */
final class Server {
  private final Composition composition;
  final int drainTold;
  final int stopTold;
  final int abortTold;
  final int drainsLeft;
  final int drainBegun;
  final int added;

  /** The listeners were left to another server, who has what they have queued. */
  final int handedOver;

  final int retires;
  final int runningLoops;
  final int runningWorkers;
  final Instance machine;
  private final Model model;
  private final Bounds bounds;
  private final Topology topology;
  private final Chance chance;
  private final List<Connection> connections;
  private final List<Loop> loops;
  private final List<Worker> workers;
  private final List<Backend> backends;

  Server(Composition composition, int ownLoops, int retires, int workerCount) {
    this.composition = composition;
    model = composition.model;
    bounds = composition.bounds;
    topology = composition.topology;
    chance = composition.chance;
    connections = composition.connections;
    loops = composition.loops;
    workers = composition.workers;
    backends = composition.backends;
    drainTold = model.variable("drainTold", 0);
    stopTold = model.variable("stopTold", 0);
    abortTold = model.variable("abortTold", 0);
    drainsLeft = model.variable("drainsLeft", 2);
    drainBegun = model.variable("drainBegun", 0);
    added = model.variable("added", 0);
    handedOver = model.variable("handedOver", 0);
    this.retires = model.variable("retires", retires);
    runningLoops = model.variable("runningLoops", ownLoops);
    runningWorkers = model.variable("runningWorkers", workerCount);
    machine = composition.instance("server", "server", this::act);
  }

  /** An event of the server, and what must hold after each. */
  Effect tell(String event) {
    return onlyIf(
        YES,
        machine.run(event),
        check(
            any(not(machine.in("aborting")), is(chance.aborted, 1)), ServerRule.NOTHING_CUT_EARLY),
        check(
            any(
                machine.in("starting"),
                machine.in("serving"),
                all(machine.in("stopped"), isUnstarted()),
                is(drainBegun, 1),
                is(chance.faulty, 1)),
            ServerRule.NOTHING_DRAINS_UNASKED),
        check(
            any(
                not(any(machine.in("draining"), machine.in("aborting"), machine.in("releasing"))),
                is(drainTold, 1)),
            ServerRule.DRAIN_IS_TOLD),
        check(any(not(machine.in("draining")), is(abortTold, 0)), ServerRule.ABORTING_GOES_ON));
  }

  private Term isUnstarted() {
    return new Term.All(ownLoops().map(loop -> not(loop.machine.exists())).toList());
  }

  /** Something of the server has failed, and what is left does not go on serving. */
  Effect tellOfEnd(String event) {
    return onlyIf(
        YES, tell(event), check(not(machine.in("serving")), ServerRule.WHAT_SERVES_IS_WHOLE));
  }

  /** Those of the server's own process. */
  Stream<Loop> ownLoops() {
    return loops.stream().filter(loop -> loop.within == null);
  }

  private List<Effect> act(String action) {
    List<Effect> effects = new ArrayList<>();
    switch (action) {
      case "drain" -> {
        effects.add(Checks.once(drainTold, ServerRule.DRAIN_TOLD_ONCE));
        ownLoops().forEach(loop -> effects.addAll(loop.mailbox.tell(loop.drainMail)));
      }
      case "abort" -> {
        effects.add(check(is(chance.aborted, 1), ServerRule.NOTHING_CUT_EARLY));
        effects.add(Checks.once(abortTold, ServerRule.ABORT_TOLD_ONCE));
        ownLoops().forEach(loop -> effects.addAll(loop.mailbox.tell(loop.abortMail)));
      }
      case "stopWorkers" -> {
        effects.add(Checks.once(stopTold, ServerRule.STOP_TOLD_ONCE));
        workers.forEach(worker -> effects.addAll(worker.mailbox.tell(worker.end)));
      }
      case "delay" ->
          effects.add(
              choice(
                  when(
                      YES,
                      machine.run("NOW"),
                      check(machine.in("draining"), ServerRule.NO_DELAY_IS_NONE)),
                  when(bounds.delays() ? YES : NO, machine.run("DELAYED"))));
      case "release" -> effects.add(check(isUnstarted(), ServerRule.RELEASED_IS_UNSTARTED));
      default -> throw new IllegalStateException("a server does not " + action);
    }
    return effects;
  }

  void commands() {
    start();
    drain();
    deadline();
    model.command("files", "a file is closed", is(chance.shortage, 1), set(chance.shortage, 0));
    if (bounds.handsOver()) {
      handOver();
    }
    if (topology.listeners().equals("one-a-loop")) {
      resize();
    }
    if (composition.moves()) {
      loops.stream().filter(loop -> loop.owns).forEach(this::move);
    }
  }

  /** Somebody has a loop give a connection to another one. */
  private void move(Loop loop) {
    model.command(
        "chance",
        "order " + loop.name + " to give",
        all(loop.mailbox.machine.isAlive(), not(is(chance.moves, 0))),
        Effect.join(
            List.of(set(chance.moves, minus(chance.moves, 1))),
            loop.mailbox.post(set(loop.orderMail, 1))));
  }

  private void start() {
    List<Effect> started = new ArrayList<>();
    for (Loop loop : loops) {
      if (loop.within != null) {
        continue; // with its process
      }
      started.add(loop.machine.begin());
      started.add(loop.mailbox.machine.begin());
      if (loop.listens) {
        started.add(loop.listener.machine.begin());
      }
    }
    for (Worker worker : workers) {
      started.add(worker.machine.begin());
      started.add(worker.mailbox.machine.begin());
    }
    backends.forEach(backend -> started.addAll(backend.begin()));
    if (composition.follows && !backends.isEmpty()) {
      started.addAll(loops.getLast().mailbox.post());
    }
    started.add(tell("STARTED"));
    model.command(
        "server",
        "start",
        not(machine.exists()),
        machine.begin(),
        choice(when(YES, started), when(YES, tell("START_FAILED"))));
  }

  private void drain() {
    List<Term> quiet = new ArrayList<>();
    for (Connection c : connections) {
      quiet.add(not(any(is(c.client, Client.AWAY), is(c.client, Client.CONNECTED))));
      quiet.add(any(is(c.client, Client.REFUSED), is(c.closed, 1)));
    }
    Term may = bounds.drainsEarly() ? YES : any(new Term.All(quiet), is(chance.faulty, 1));
    model.command(
        "server",
        "drain",
        all(machine.isAlive(), is(drainsLeft, 2), may),
        set(drainsLeft, 1),
        set(drainBegun, 1),
        tell("DRAIN"));
    model.command(
        "again",
        "drain again",
        all(machine.isAlive(), is(drainsLeft, 1)),
        set(drainsLeft, 0),
        tell("DRAIN"));
    model.command("clock", "drain delay", machine.in("delaying"), tell("AFTER_DRAIN_DELAY"));
  }

  private void deadline() {
    Term stuck =
        any(
            Stream.concat(
                    backends.stream().map(Backend::hangsForEver),
                    workers.stream().map(Worker::isStuck))
                .toList());
    if (bounds.aborts() || !backends.isEmpty() || !workers.isEmpty()) {
      model.command(
          "clock",
          "drain deadline",
          all(
              machine.isAlive(),
              not(machine.in("delaying")),
              is(drainBegun, 1),
              is(chance.aborted, 0),
              bounds.aborts() ? YES : stuck),
          set(chance.aborted, 1),
          tell("AFTER_DRAIN"),
          check(is(abortTold, 1), ServerRule.DEADLINE_IS_TOLD));
    }
  }

  private void handOver() {
    List<Effect> left = new ArrayList<>(List.of(set(handedOver, 1)));
    ownLoops()
        .filter(loop -> loop.listens)
        .forEach(loop -> left.addAll(loop.mailbox.post(set(loop.retireMail, 1))));
    model.command(
        "resize",
        "leave the listeners to another server",
        all(machine.in("serving"), is(handedOver, 0), is(drainBegun, 0)),
        left);
  }

  private void resize() {
    Loop leaving = loops.getLast();
    model.command(
        "resize",
        "retire",
        all(machine.in("serving"), is(retires, 1), is(drainBegun, 0)),
        Effect.join(
            List.of(set(retires, 0), set(leaving.retired, 1)),
            leaving.mailbox.post(set(leaving.retireMail, 1))));
    model.command(
        "resize",
        "add",
        all(machine.in("serving"), is(added, 0)),
        set(added, 1),
        tell("LOOP_ADDED"));
  }
}
