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
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.number;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A worker, with a place for each request that it may have. */
final class Worker {
  // What it still has to do for a request that it has answered.
  static final int LOWERS = 1;
  static final int FREES = 2;
  static final int FOUND = 3;
  static final int CLOSED = 4;
  static final int TELLS = 5;

  // What its call of a handler has come to.
  private static final int ANSWERED = 1;
  private static final int NEVER = 2;

  /** It calls the listener of a WebSocket, which has more to hear. */
  private static final int TELLS_ON = 3;

  private final Composition composition;
  private final Model model;
  private final Bounds bounds;
  private final boolean follows;
  private final Chance chance;
  private final List<Connection> connections;
  private final List<Loop> loops;

  final String name;
  final int number;
  final Mailbox mailbox;
  final Instance machine;
  final int asleep;
  final int load;
  final int end;
  final int polled;

  /** It has called a handler, which has answered, or never returns by itself. */
  final int calls;

  /** What is still to be done for a request that it has answered. */
  final int freeing;

  /** It sleeps or is about to, and nobody has called it; somebody has. Only where requests wait. */
  final int parked;

  final int called;

  final List<List<Integer>> has = new ArrayList<>();

  Worker(Composition composition, int number) {
    this.composition = composition;
    model = composition.model;
    bounds = composition.bounds;
    follows = composition.follows;
    chance = composition.chance;
    connections = composition.connections;
    loops = composition.loops;
    this.number = number;
    name = "worker" + number;
    mailbox = new Mailbox(composition, name + "_mailbox", this::isAsleep);
    machine = composition.instance(name, "worker", this::act);
    asleep = model.variable(name + "_asleep", 0);
    load = model.variable(name + "_load", 0);
    end = model.variable(name + "_end", 0);
    polled = model.variable(name + "_polled", 0);
    calls = model.variable(name + "_calls", 0);
    freeing = follows ? model.variable(name + "_freeing", 0) : polled;
    parked = queues() == null ? polled : model.variable(name + "_parked", 0);
    called = queues() == null ? polled : model.variable(name + "_called", 0);
    for (Connection c : connections) {
      List<Integer> places = new ArrayList<>();
      for (int k = 0; k <= bounds.requests(); k++) {
        places.add(model.variable(name + "_has" + c.number + k, 0));
      }
      has.add(places);
    }
  }

  Term isAsleep() {
    return is(asleep, 1);
  }

  private @Nullable WorkerQueues queues() {
    return composition.queues;
  }

  /** Its mailbox is not empty. */
  private Term hasMail() {
    return queues() == null ? any(hasRequest(), is(end, 1)) : any(is(called, 1), is(end, 1));
  }

  /** It sleeps, and nothing wakes it, while a request waits that it may take. */
  Term sleepsThoughSomeWait() {
    return all(
        machine.isAlive(), isAsleep(), is(mailbox.signalled, 0), composition.queues.waitsFor(this));
  }

  Term hasRequest() {
    List<Term> any = new ArrayList<>();
    has.stream().flatMap(List::stream).forEach(place -> any.add(is(place, 1)));
    deliveries().forEach(of -> any.add(of.areWith(this)));
    return any(any);
  }

  /** Calls of the listeners of WebSockets. */
  private List<Deliveries> deliveries() {
    return connections.stream().flatMap(c -> Dialogue.deliveries(c.talk).stream()).toList();
  }

  private List<Effect> act(String action) {
    WorkerQueues queues = queues();
    if (queues != null && action.equals("take")) {
      return queues.take(this);
    }
    return switch (action) {
      case "park" -> queues == null ? List.of(machine.next("PARKED")) : queues.park(this);
      case "take" ->
          List.of(
              mailbox.take(),
              choice(
                  when(any(hasRequest(), is(end, 1)), machine.next("TAKEN")),
                  when(not(any(hasRequest(), is(end, 1))), machine.next("NOTHING"))));
      case "execute" -> List.of(choice(executions()));
      case "poll" ->
          List.of(
              choice(
                  when(is(polled, 1), set(polled, 0), machine.next("POLLED_OUT")),
                  when(follows ? YES : is(polled, 0), set(polled, 1), machine.next("POLL_AGAIN"))));
      case "doze" ->
          List.of(
              mailbox.machine.run("DOZE"),
              choice(
                  when(mailbox.machine.in("asleep"), machine.next("DOZED")),
                  when(not(mailbox.machine.in("asleep")), machine.next("MAIL"))));
      case "sleep" -> List.of(set(asleep, 1));
      case "fail", "stop" -> Effect.join(List.of(Checks.ended(machine)), stopped());
      default -> throw new IllegalStateException("a worker does not " + action);
    };
  }

  private List<Effect.Way> executions() {
    List<Effect.Way> ways = new ArrayList<>();
    for (Connection c : connections) {
      for (int k = 0; k <= bounds.requests(); k++) {
        int place = has.get(c.number).get(k);
        List<Effect> answered = follows ? answeredFirst(c, k, place) : answered(c, k, place);
        ways.add(when(is(place, 1), Effect.join(answered, set(calls, ANSWERED))));
        ways.add(
            Chance.rationed(
                all(is(place, 1), bounds.silent() ? YES : NO),
                chance.hangs,
                set(place, NEVER),
                set(calls, NEVER)));
      }
    }
    for (Deliveries of : deliveries()) {
      ways.add(when(of.areWith(this), tellings(of)));
      ways.add(
          Chance.rationed(
              all(of.areWith(this), bounds.silent() ? YES : NO),
              chance.hangs,
              of.hang(),
              set(calls, NEVER)));
    }
    ways.add(when(all(not(hasRequest()), is(end, 1)), machine.next("LAST")));
    ways.add(when(all(not(hasRequest()), is(end, 0)), machine.next("EXECUTED")));
    return ways;
  }

  private List<Effect> tellings(Deliveries of) {
    return of.made(List.of(set(calls, TELLS_ON)), List.of(set(calls, ANSWERED)));
  }

  private List<Effect> answeredFirst(Connection c, int k, int place) {
    Term wanted = all(is(c.overdue, 0), not(is(c.owner, 0)));
    return List.of(
        set(place, 0),
        choice(
            when(
                wanted,
                c.replies.get(k).run("ANSWER", _ -> List.of()),
                set(freeing, TELLS + c.number)),
            when(not(wanted), set(freeing, LOWERS))));
  }

  /** What an answer takes behind that it is there, step by step. */
  void freeingCommands() {
    for (Connection c : connections) {
      List<Effect> told = Effect.join(List.of(set(freeing, LOWERS)), c.mail(c.replyMail));
      List<Effect> late = new ArrayList<>();
      loops.forEach(
          loop -> late.addAll(loop.owns ? loop.mailbox.post(set(loop.idleMail, 1)) : List.of()));
      model.command(
          name,
          "tells of its answer to " + c.number,
          is(freeing, TELLS + c.number),
          Effect.join(told, onlyIf(is(c.owner, 0), late)));
    }
    model.command(
        name,
        "tells of its end",
        is(freeing, CLOSED),
        Effect.join(List.of(set(freeing, 0)), tellsOfItsEnd()));
    model.command(
        name,
        "lowers its load",
        is(freeing, LOWERS),
        set(freeing, FREES),
        set(load, minus(load, 1)));
    for (Loop loop : loops) {
      Term asks = is(loop.asked, 1);
      model.command(
          name,
          "finds who waits for room",
          is(freeing, FREES),
          choice(when(asks, set(loop.asked, 0), set(freeing, FOUND)), when(not(asks), executed())));
      model.command(
          name,
          "tells of room",
          is(freeing, FOUND),
          Effect.join(executed(), loop.mailbox.post(set(loop.roomMail, 1))));
    }
  }

  private List<Effect> executed() {
    return List.of(set(freeing, 0), set(calls, 0), machine.next("EXECUTED"));
  }

  private List<Effect> answered(Connection c, int k, int place) {
    return List.of(set(place, 0), onlyIf(is(c.overdue, 0), c.replies.get(k).run("ANSWER")));
  }

  /** A handler has answered: only then is there room for another request. */
  private List<Effect> returned() {
    return Effect.join(
        Effect.join(List.of(set(calls, 0), set(load, minus(load, 1))), counted()),
        Effect.join(roomFreed(), machine.next("EXECUTED")));
  }

  private List<Effect> counted() {
    return queues() == null ? List.of() : queues().ended(this);
  }

  Term isStuck() {
    return is(calls, NEVER);
  }

  /** The worker is interrupted, and its handler fails. */
  private List<Effect> interrupted() {
    List<Effect.Way> ways = new ArrayList<>();
    for (Connection c : connections) {
      for (int k = 0; k <= bounds.requests(); k++) {
        int place = has.get(c.number).get(k);
        ways.add(when(is(place, NEVER), answered(c, k, place)));
      }
    }
    List<Effect> answered = List.of(set(calls, ANSWERED));
    List<Effect.Way> all = new ArrayList<>();
    ways.forEach(way -> all.add(when(way.guard(), Effect.join(way.effects(), answered))));
    for (Deliveries of : deliveries()) {
      all.add(when(of.hangWith(this), Effect.join(List.of(of.returns()), tellings(of))));
    }
    return List.of(choice(all));
  }

  private List<Effect> stopped() {
    List<Effect> effects = new ArrayList<>();
    effects.addAll(mailbox.close());
    if (queues() != null) {
      effects.addAll(queues().left(this));
    } else {
      for (Connection c : connections) {
        for (int k = 0; k <= bounds.requests(); k++) {
          int place = has.get(c.number).get(k);
          effects.add(onlyIf(is(place, 1), answered(c, k, place)));
        }
      }
      effects.add(set(load, 0));
    }
    for (Deliveries of : deliveries()) {
      effects.add(onlyIf(any(of.areWith(this), of.hangWith(this)), of.madeHere()));
    }
    effects.addAll(roomFreed());
    effects.addAll(follows ? List.of(set(freeing, CLOSED)) : tellsOfItsEnd());
    return effects;
  }

  /** Where something is followed, others may find it closed before. */
  private List<Effect> tellsOfItsEnd() {
    return List.of(
        composition.server.tellOfEnd("WORKER_STOPPED"),
        set(composition.server.runningWorkers, minus(composition.server.runningWorkers, 1)),
        onlyIf(
            all(is(composition.server.runningLoops, 0), is(composition.server.runningWorkers, 0)),
            composition.server.tell("ALL_STOPPED")));
  }

  /** Loops that asked are told. */
  private List<Effect> roomFreed() {
    List<Effect> effects = new ArrayList<>();
    for (Loop loop : loops) {
      effects.add(
          onlyIf(
              is(loop.asked, 1),
              Effect.join(List.of(set(loop.asked, 0)), loop.mailbox.post(set(loop.roomMail, 1)))));
    }
    return effects;
  }

  /** It takes no requests any more. */
  Term isStopped() {
    return not(mailbox.machine.isAlive());
  }

  // Workers.

  void commands() {
    model.command(
        name,
        "turn",
        all(machine.isAlive(), is(machine.pending, 0), is(asleep, 0), is(calls, 0)),
        machine.next("TURN"));
    model.command(
        name,
        "the handler is interrupted",
        all(isStuck(), is(composition.server.abortTold, 1)),
        interrupted());
    if (follows) {
      freeingCommands();
    } else {
      model.command(name, "a request has ended", is(calls, ANSWERED), returned());
    }
    for (Deliveries of : deliveries()) {
      model.command(
          name, "tells a listener more", all(is(calls, TELLS_ON), of.areWith(this)), tellings(of));
    }
    machine.commands(model, name, is(asleep, 0), this::act, List.of());
    model.command(
        "chance",
        "wait of " + name + " fails",
        all(is(asleep, 1), not(is(chance.faults, 0))),
        Effect.join(
            Effect.join(chance.fault(), set(asleep, 0)),
            Effect.join(mailbox.wake(hasMail()), machine.next("FAILED"))));
    model.command(
        name,
        "wake",
        all(is(asleep, 1), is(mailbox.signalled, 1)),
        Effect.join(
            Effect.join(List.of(set(asleep, 0)), mailbox.wake(hasMail())), machine.next("WOKEN")));
  }
}
