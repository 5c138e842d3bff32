package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Term.NO;
import static io.quintet.specs.explore.engine.Term.YES;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.number;
import static io.quintet.specs.explore.engine.Term.plus;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A loop: its variables, and what can be said of it. */
final class Loop {
  /**
   * What a loop is there for.
   *
   * @param number its number, by which its connections know it
   * @param listens whether it has a listener
   * @param owns whether it owns connections
   * @param queue the queue of the kernel that its listener accepts from
   * @param feeders loops that hand connections to it
   */
  record Role(int number, boolean listens, boolean owns, int queue, int feeders) {}

  // What a multi-step action of a loop is at.
  static final int DELIVERING = 1;
  static final int EXPIRING = 2;
  static final int AWAITING = 3;
  static final int ASLEEP = 4;
  static final int DISPATCHING = 5;
  static final int RESUMING = 6;
  static final int FLUSHING = 7;

  /** No machine is in the middle of something. */
  static final int NONE = 0;

  // Which events of a source were fired in this turn.
  static final int WRITABLE_FIRED = 1;
  static final int ALL_FIRED = 2;

  private final Composition composition;
  final Turn turn;

  final int number;
  final String name;
  final Instance machine;
  final Mailbox mailbox;
  final Listener listener;
  final boolean listens;
  final boolean owns;
  final int queue;
  final int step;
  final int current;

  /** What goes on when that has come to rest. */
  final int outer;

  final int again;
  final int dispatched;
  final int budget;
  final int acceptBudget;
  final int inHand;
  final int owned;
  final int freed;
  final int draining;
  final int retired;
  final int feeders;
  final int drainMail;
  final int abortMail;
  final int retireMail;
  final int feederMail;
  final int roomMail;
  final int asked;
  final int listenerDrainDue;
  final int listenerAbortDue;

  /** Its connections are to be told to drain, behind those that its listener still accepts. */
  final int telling;

  final int room;
  final int paused;

  /** It is its listener's turn to accept with a descriptor that was freed. */
  final int turnMail;

  /** Its listener found no descriptor, or others that wait for one. */
  final int lacking;

  /** Time has passed while it slept. */
  final int late;

  /** Its eventfd may have been written when its wait was over, and ends the next one then. */
  final int stale;

  /** Mail for a connection that has ended. */
  final int idleMail;

  /** It takes no mail any more, and has not told the server of its end. */
  final int closed;

  /** A connection has ended that it was to resume or to flush, and stands in its lists. */
  final int listed;

  /** It is about to ask for room. */
  final int asking;

  /** A connection has ended that waited for room, and waits until there is some. */
  final int gone;

  /** Whether a listener's pause has gone on after its first unit. */
  final int pauseAgain;

  final int failing;

  /** A unit of its listener's pause is over, and it has not seen that yet. */
  final int elapsed;

  /** Its listener looked for a descriptor in vain, which makes a pause. */
  final int vain;

  /** Its listener was told to drain. */
  final int listenerTold;

  /** Its listener had its event in this turn, where there may be several. */
  final int listenerFired;

  /** Its listener was told that it is its turn, and has not looked for a descriptor yet. */
  final int called;

  /** Mail was left over by the turn before. */
  final int left;

  /** It was told to give a connection away, and the mail that tells it so. */
  final int order;

  final int orderMail;

  /** The backend that this loop is in, if it is in one. */
  @Nullable Backend within;

  /** The backends that this loop has started. */
  final List<Backend> children = new ArrayList<>();

  Loop(Composition composition, String name, Role role) {
    this.composition = composition;
    Model model = composition.model;
    this.name = name;
    number = role.number();
    listens = role.listens();
    owns = role.owns();
    queue = role.queue();
    turn = new Turn(composition, this);
    mailbox = new Mailbox(composition, name + "_mailbox", this::isAsleep);
    machine = composition.instance(name, "loop", turn::act);
    listener = new Listener(composition, this, name + "_listener");
    step = model.variable(name + "_step", 0);
    current = model.variable(name + "_current", 0);
    outer = model.variable(name + "_outer", 0);
    again = model.variable(name + "_again", 0);
    dispatched = model.variable(name + "_dispatched", 0);
    budget = model.variable(name + "_budget", 0);
    acceptBudget = model.variable(name + "_acceptBudget", 0);
    inHand = model.variable(name + "_inHand", 0);
    owned = model.variable(name + "_owned", 0);
    freed = model.variable(name + "_freed", 0);
    draining = model.variable(name + "_draining", 0);
    retired = model.variable(name + "_retired", 0);
    feeders = model.variable(name + "_feeders", role.feeders());
    drainMail = model.variable(name + "_drainMail", 0);
    abortMail = model.variable(name + "_abortMail", 0);
    retireMail = model.variable(name + "_retireMail", 0);
    feederMail = model.variable(name + "_feederMail", 0);
    roomMail = model.variable(name + "_roomMail", 0);
    asked = model.variable(name + "_asked", 0);
    listenerDrainDue = model.variable(name + "_listenerDrainDue", 0);
    listenerAbortDue = model.variable(name + "_listenerAbortDue", 0);
    telling = model.variable(name + "_telling", 0);
    room = model.variable(name + "_room", 0);
    paused = model.variable(name + "_paused", 0);
    pauseAgain = model.variable(name + "_pauseAgain", 0);
    failing = model.variable(name + "_failing", 0);
    elapsed = model.variable(name + "_elapsed", 0);
    vain = model.variable(name + "_vain", 0);
    listenerTold = model.variable(name + "_listenerTold", 0);
    turnMail = model.variable(name + "_turnMail", 0);
    lacking = model.variable(name + "_lacking", 0);
    listenerFired = model.variable(name + "_listenerFired", 0);
    left = model.variable(name + "_left", 0);
    called = model.variable(name + "_called", 0);
    order = composition.moves() ? model.variable(name + "_order", 0) : lacking;
    orderMail = composition.moves() ? model.variable(name + "_orderMail", 0) : lacking;
    late = composition.follows ? model.variable(name + "_late", 0) : lacking;
    stale = composition.follows ? model.variable(name + "_stale", 0) : lacking;
    listed = composition.follows ? model.variable(name + "_listed", 0) : lacking;
    asking = composition.follows ? model.variable(name + "_asking", 0) : asked;
    gone = composition.follows ? model.variable(name + "_gone", 0) : lacking;
    idleMail = composition.follows ? model.variable(name + "_idleMail", 0) : lacking;
    closed = composition.follows ? model.variable(name + "_closed", 0) : lacking;
  }

  Term isAsleep() {
    return is(step, ASLEEP);
  }

  Term isFree(int at) {
    return all(is(step, at), is(current, NONE));
  }

  Term hasQueued() {
    return any(
        composition.connections.stream()
            .map(connection -> is(connection.queued, queue + 1))
            .toList());
  }

  Term listenerReady() {
    return listens ? all(listener.machine.waitsFor("EPOLLIN"), hasQueued()) : NO;
  }

  /** A pause passes, unless what shows at once has shown before. */
  Term pauseDue() {
    return listens
        ? all(
            listener.machine.hasDeadline("ACCEPT_PAUSE"),
            is(elapsed, 1),
            not(listenerReady()),
            is(paused, 0))
        : NO;
  }

  Term owns(Connection connection) {
    return all(is(connection.owner, number + 1), is(connection.handoff, 0));
  }

  /** It owns it, and that is not on its way here: it hears of a drain when it has come. */
  private Term has(Connection connection) {
    return connection.movement == null
        ? owns(connection)
        : all(owns(connection), not(connection.machine.in("moving")));
  }

  Term anyOf(Function<Connection, Term> of) {
    return any(composition.connections.stream().map(c -> all(owns(c), of.apply(c))).toList());
  }

  Term ready() {
    List<Term> any = new ArrayList<>(List.of(readyBesideGreetings()));
    children.forEach(child -> any.add(child.frontEnd.isGreeting()));
    return any(any);
  }

  /** Who is paused in accepting its backends is ready only for all else. */
  Term readyBesideGreetings() {
    List<Term> any = new ArrayList<>(List.of(listenerReady(), anyOf(Connection::ready)));
    children.forEach(child -> any.add(child.frontEnd.ready()));
    if (within != null) {
      any.add(within.processEnd.ready());
    }
    return any(any);
  }

  Term timerDue() {
    List<Term> any = new ArrayList<>(List.of(pauseDue(), anyOf(Connection::anyDue)));
    children.forEach(child -> any.add(child.supervision.anyDue()));
    if (within != null) {
      any.add(within.processEnd.due());
    }
    return any(any);
  }

  Term isEmpty() {
    return all(
        any(is(draining, 1), is(retired, 1)),
        is(feeders, 0),
        is(owned, 0),
        not(anyMovement(this)),
        new Term.All(children.stream().map(Backend::isEnded).toList()),
        listens ? not(listener.machine.isAlive()) : YES);
  }

  /** A connection that it has given away has not come elsewhere. */
  private Term anyMovement(Loop loop) {
    return any(
        composition.connections.stream()
            .filter(c -> c.movement != null)
            .map(c -> c.movement.isUnderwayFrom(loop))
            .toList());
  }

  Term mayAdmit() {
    return all(waitsForRoom(), composition.hasRoom());
  }

  Term waitsForRoom() {
    return any(anyOf(c -> is(c.crowded, 1)), composition.follows ? is(gone, 1) : NO);
  }

  /** Whatever others do meanwhile. */
  Term isBusyByItself() {
    return anyOf(c -> any(is(c.yielded, 1), is(c.dirty, 1)));
  }

  Term isBusy() {
    List<Term> any =
        new ArrayList<>(
            List.of(hasResumable(), anyOf(c -> is(c.dirty, 1)), isEmpty(), is(left, 1)));
    any.add(composition.follows && within != null ? is(freed, 1) : NO);
    children.forEach(child -> any.add(child.drains()));
    return any(any);
  }

  /** Mail of others, and not what it has left for itself. */
  Term hasPosted() {
    List<Term> any = new ArrayList<>();
    for (int flag : List.of(drainMail, abortMail, retireMail, feederMail, roomMail, turnMail)) {
      any.add(is(flag, 1));
    }
    any.add(composition.moves() ? is(orderMail, 1) : NO);
    return any(any);
  }

  Term hasMail() {
    List<Term> any = new ArrayList<>(List.of(hasPosted()));
    any.add(is(listenerDrainDue, 1));
    any.add(is(listenerAbortDue, 1));
    any.add(is(telling, 1));
    any.add(composition.follows ? is(idleMail, 1) : NO);
    children.forEach(child -> any.add(child.hasMail()));
    for (Connection c : composition.connections) {
      any.add(within == null ? is(c.handoff, number + 1) : NO);
      any.add(
          all(
              owns(c),
              any(
                  is(c.replyMail, 1),
                  is(c.handshakes.computedMail, 1),
                  is(c.drainDue, 1),
                  is(c.abortDue, 1))));
      any.add(c.movement != null && owns ? c.movement.hasMail(this) : NO);
    }
    return any(any);
  }

  /** An event is fired: where there are several in a turn, no more of its kind. */
  List<Effect> fires(int fired, int how) {
    Effect one = set(dispatched, plus(dispatched, 1));
    return composition.bounds.events() == 1 ? List.of(one) : List.of(one, set(fired, how));
  }

  List<Effect> firedNone() {
    List<Effect> effects = new ArrayList<>(List.of(set(dispatched, 0), set(listenerFired, 0)));
    composition.connections.forEach(c -> effects.add(onlyIf(owns(c), set(c.fired, 0))));
    children.forEach(child -> effects.add(child.firedNone(false)));
    if (within != null) {
      effects.add(within.firedNone(true));
    }
    return effects;
  }

  Term hasFlushable() {
    return any(anyOf(c -> any(is(c.dirty, 1), is(c.hurried, 1))), is(freed, 1), is(room, 1));
  }

  Term hasResumable() {
    return any(
        anyOf(c -> not(is(c.yielded, 0))), mayAdmit(), composition.moves() ? is(order, 1) : NO);
  }

  /** All that it has is told to drain, or to end. */
  List<Effect> tells(boolean drain) {
    List<Effect> effects = new ArrayList<>();
    for (Backend child : children) {
      effects.addAll(drain ? child.tellToDrain() : child.tellToAbort());
    }
    if (listens) {
      int flag = drain ? listenerDrainDue : listenerAbortDue;
      effects.add(onlyIf(listener.machine.isAlive(), set(flag, 1)));
    }
    return Effect.join(
        effects,
        drain && listens && (owns || !composition.follows)
            ? List.of(set(telling, 1))
            : tellsConnections(drain));
  }

  List<Effect> tellsConnections(boolean drain) {
    return composition.connections.stream()
        .map(c -> onlyIf(drain ? has(c) : owns(c), set(drain ? c.drainDue : c.abortDue, 1)))
        .toList();
  }
}
