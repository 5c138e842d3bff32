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
import static io.quintet.specs.explore.engine.Term.number;
import static io.quintet.specs.explore.engine.Term.plus;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/**
 * A backend: the front's machine for it, both ends of the socket between them, and a process with a
 * loop and a server of its own, which may die or hang. A message is a flag: of those that can wait
 * at once no two are alike, and the order of what is told last, to drain, is kept.
 */
final class Backend {
  private static final List<String> DEADLINES =
      List.of("STARTUP", "HEARTBEAT", "SILENCE", "HANG", "BACKOFF");

  // What a process is at.
  private static final int NO_PROCESS = 0;
  private static final int STARTED = 1;
  private static final int RUNNING = 2;

  /** A loop of a process has said its last word, and has its socket and its mailbox still. */
  private static final int CLOSES = 2;

  // How long a process hangs.
  private static final int FOR_EVER = 1;
  private static final int FOR_A_WHILE = 2;

  private final Composition composition;
  private final Model model;
  private final Loop loop;
  private final Loop front;
  private final String name;
  private final Instance machine;
  private final Instance control;
  private final Instance uplink;
  private final Instance server;
  private final int process;
  private final int hung;
  private final int units;

  /** It was asked whether it lives, and has not answered. */
  private final int asked;

  /** A unit of its backoff is over, and the front has not seen that yet. */
  private final int backedOff;

  /** The pause of its end is over, and it has not seen that yet. */
  private final int paused;

  /** It has ended, and its parent has not been told yet. */
  private final int reaped;

  /** It was killed, and that it has ended was not heard of yet. */
  private final int slain;

  /** It was told to drain or to end. */
  private final int told;

  /** The process took no message, since it lacks a descriptor or cannot. */
  private final int lacking;

  /** It has heard, while it lacked a descriptor, that the front is gone. */
  private final int forsaken;

  /** There may be room for what its end has left in the socket. */
  private final int looks;

  // A message was received by an end, and not delivered yet.
  private final int uplinkHas;
  private final int controlHas;

  /** The front needs not wait for it any more. */
  private final int retired;

  // Whether an end had its event in this turn, where there may be several.
  private final int uplinkFired;
  private final int controlFired;

  private final int beats;
  final int admitted;

  // Mail for the front's loop.
  final int startMail;
  private final int exitMail;
  private final int drainDue;
  private final int abortDue;

  // What waits on sockets: a connection to the front, and messages.
  private final int greeting;
  private final int drainMessage;
  private final int pingMessage;
  private final int answerMessage;

  // Of a server that is followed.

  /** The last that it says, when its loop stops. */
  private final int lastWord;

  /** It has ended, and what its socket still has is read first. */
  private final int exiting;

  Backend(Composition composition, Loop loop, Loop front) {
    this.composition = composition;
    this.model = composition.model;
    this.loop = loop;
    this.front = front;
    name = "process" + loop.number;
    machine = composition.instance(name, "backend", this::act);
    control = instance(name + "_control", "control");
    uplink = instance(name + "_uplink", "control");
    server = composition.instance(name + "_server", "server", this::serverAction);
    process = model.variable(name + "_process", NO_PROCESS);
    hung = model.variable(name + "_hung", 0);
    units = model.variable(name + "_units", 0);
    asked = model.variable(name + "_asked", 0);
    retired = model.variable(name + "_retired", 0);
    told = model.variable(name + "_told", 0);
    backedOff = model.variable(name + "_backedOff", 0);
    paused = model.variable(name + "_paused", 0);
    reaped = model.variable(name + "_reaped", 0);
    slain = model.variable(name + "_slain", 0);
    lacking = model.variable(name + "_lacking", 0);
    forsaken = model.variable(name + "_forsaken", 0);
    looks = model.variable(name + "_looks", 0);
    uplinkHas = model.variable(name + "_uplinkHas", 0);
    controlHas = model.variable(name + "_controlHas", 0);
    beats = model.variable(name + "_beats", composition.bounds.beats());
    admitted = model.variable(name + "_admitted", 0);
    startMail = model.variable(name + "_startMail", 0);
    exitMail = model.variable(name + "_exitMail", 0);
    drainDue = model.variable(name + "_drainDue", 0);
    abortDue = model.variable(name + "_abortDue", 0);
    greeting = model.variable(name + "_greeting", 0);
    drainMessage = model.variable(name + "_drainMessage", 0);
    pingMessage = model.variable(name + "_pingMessage", 0);
    answerMessage = model.variable(name + "_answerMessage", 0);
    boolean follows = composition.follows;
    lastWord = follows ? model.variable(name + "_lastWord", 0) : answerMessage;
    exiting = follows ? model.variable(name + "_exiting", 0) : exitMail;
    uplinkFired = model.variable(name + "_uplinkFired", 0);
    controlFired = model.variable(name + "_controlFired", 0);
  }

  private Instance instance(String name, String id) {
    return composition.instance(name, id, _ -> List.of());
  }

  /** What its server does where something is followed: it tells its loop by mail. */
  private List<Effect> serverAction(String action) {
    if (!composition.follows) {
      return List.of();
    }
    return switch (action) {
      case "delay" -> List.of(server.run("NOW"));
      case "drain" -> loop.mailbox.post(set(loop.drainMail, 1));
      default -> List.of();
    };
  }

  /** The process drains: its loop is told at once, or by its server. */
  private List<Effect> drained() {
    return composition.follows
        ? List.of(onlyIf(server.isAlive(), server.run("DRAIN")))
        : Effect.join(List.of(set(loop.draining, 1)), loop.tells(true));
  }

  int controlNumber() {
    return composition.controlNumber(loop);
  }

  /** The machines of both ends, where each thread may be in the middle of them. */
  Instance uplink() {
    return uplink;
  }

  Instance control() {
    return control;
  }

  /** The front's server starts. */
  List<Effect> begin() {
    if (composition.follows) {
      return List.of(machine.begin(), set(startMail, 1)); // one mail for all
    }
    return Effect.join(List.of(machine.begin()), front.mailbox.post(set(startMail, 1)));
  }

  Term isEnded() {
    return is(retired, 1);
  }

  Term isGone() {
    return is(process, NO_PROCESS);
  }

  /** Whose steps are those of the process. */
  String agent() {
    return loop.name;
  }

  Term hangsForEver() {
    return is(hung, FOR_EVER);
  }

  /** A connection that the front handed over was not taken yet. */
  Term hasHanded() {
    return handed();
  }

  /** Connections go there, or will. */
  Term isAtWork() {
    return all(any(machine.in("ready"), machine.in("asked")), is(admitted, 1));
  }

  /** A process that hangs takes no step. */
  Term goesOn() {
    return is(hung, 0);
  }

  Effect firedNone(boolean ofProcess) {
    return set(ofProcess ? uplinkFired : controlFired, 0);
  }

  /** What is to be done for all backends at once. */
  Term hasDue() {
    return any(drains(), is(abortDue, 1));
  }

  Term hasMail() {
    return any(is(startMail, 1), is(exitMail, 1), drains(), is(abortDue, 1));
  }

  /** It is told to drain behind the last connection that it gets. */
  Term drains() {
    return all(is(drainDue, 1), not(front.listener.machine.isAlive()));
  }

  Term isStarted() {
    return is(startMail, 0);
  }

  List<Effect> tellToDrain() {
    return List.of(onlyIf(machine.isAlive(), set(drainDue, 1)));
  }

  List<Effect> tellToAbort() {
    return List.of(onlyIf(machine.isAlive(), set(abortDue, 1)));
  }

  // What a process does, and what is done to it.

  void commands() {
    List<Effect> begun =
        List.of(
            set(process, RUNNING),
            loop.machine.begin(),
            loop.mailbox.machine.begin(),
            uplink.begin(),
            server.begin(),
            composition.follows ? set(lastWord, 0) : server.run("STARTED"),
            set(greeting, 1));
    model.command(
        composition.follows ? starter() : loop.name, "connects", is(process, STARTED), begun);
    Term lives = not(isGone());
    if (composition.follows) {
      followedCommands();
    }
    if (composition.bounds.faults() > 0) {
      model.command(
          "chance",
          "end of " + name,
          all(lives, not(is(composition.chance.faults, 0))),
          Effect.join(composition.chance.fault(), dies()));
    }
    if (composition.bounds.silent()) {
      model.command(
          "chance",
          name + " hangs",
          all(lives, is(hung, 0), not(is(composition.chance.hangs, 0))),
          set(composition.chance.hangs, minus(composition.chance.hangs, 1)),
          choice(when(YES, set(hung, FOR_EVER)), when(YES, set(hung, FOR_A_WHILE))));
      model.command("thaw", name + " goes on", is(hung, FOR_A_WHILE), set(hung, 0));
    }
    model.command(
        "kernel",
        "tells of the end of " + name,
        is(reaped, 1),
        Effect.join(List.of(set(reaped, 0)), front.mailbox.post(set(exitMail, 1))));
    model.command(
        "clock of " + name,
        "a unit of backoff is over for " + name,
        all(machine.hasDeadline("BACKOFF"), is(backedOff, 0)),
        set(backedOff, 1));
    model.command(
        "clock of " + name,
        "the pause is over for the end of " + name,
        all(uplink.hasDeadline("ACCEPT_PAUSE"), is(paused, 0)),
        set(paused, 1));
    frontCommands();
    uplink.commands(
        model,
        loop.name,
        is(loop.current, composition.uplinkNumber()),
        this::uplinkAction,
        rested(loop, uplink));
    control.commands(
        model,
        front.name,
        is(front.current, composition.controlNumber(loop)),
        this::controlAction,
        rested(front, control));
  }

  /** Who begins and ends the process: none of its loops. */
  private String starter() {
    return "main of " + loop.name;
  }

  /** What others may see in between. */
  private void followedCommands() {
    model.command(starter(), name + " has started", server.in("starting"), server.run("STARTED"));
    model.command(
        loop.name,
        "closes its end",
        is(loop.closed, CLOSES),
        Effect.join(
            List.of(set(loop.closed, 1), onlyIf(uplink.isAlive(), uplinkEnds())),
            loop.mailbox.close()));
    model.command(
        loop.name,
        "tells of its end",
        is(loop.closed, 1),
        set(loop.closed, 0),
        server.run("LOOP_STOPPED"),
        server.run("LOOPS_STOPPED"),
        server.run("ALL_STOPPED"));
    model.command(starter(), name + " exits", all(is(process, RUNNING), server.isEnded()), dies());
    model.command(
        front.name,
        "has seen the end of " + name,
        all(front.isFree(Loop.DELIVERING), is(exiting, 1)),
        set(exiting, 0),
        set(greeting, 0),
        set(slain, 0),
        tell("EXITED"));
  }

  private List<Effect> rested(Loop of, Instance end) {
    return List.of(
        check(Checks.rests(end), ServerRule.RESTS_TO_WAIT, end.name()),
        check(any(not(end.in("full")), is(lacking, 1)), ServerRule.FULL_LACKS_ROOM),
        set(looks, 0),
        set(of.current, 0));
  }

  /** The kernel closes all that a process has, and its parent is told. */
  private List<Effect> dies() {
    List<Effect> effects = new ArrayList<>();
    for (Connection c : composition.connections) {
      effects.add(onlyIf(loop.owns(c), Effect.join(c.end.closed(loop, false), c.cutOff())));
    }
    effects.addAll(lost());
    effects.addAll(new LoopEnd(composition, loop).vanishes());
    effects.add(uplink.end());
    effects.add(server.end());
    for (int variable :
        List.of(
            process,
            hung,
            asked,
            drainMessage,
            pingMessage,
            lacking,
            forsaken,
            looks,
            uplinkHas,
            paused,
            uplinkFired)) {
      effects.add(set(variable, 0));
    }
    effects.add(set(reaped, 1));
    return effects;
  }

  /** Its loop has nothing left to do, and the process ends by itself. */
  List<Effect> ends(boolean orderly) {
    List<Effect> effects = new ArrayList<>();
    if (composition.follows) {
      Term hears = all(uplink.isAlive(), control.isAlive());
      effects.add(set(loop.step, 0));
      effects.add(onlyIf(hears, set(lastWord, 1)));
      effects.add(set(loop.closed, CLOSES));
      return effects;
    }
    effects.addAll(loop.mailbox.close());
    effects.add(onlyIf(uplink.isAlive(), uplinkEnds()));
    if (orderly) {
      for (Connection c : composition.connections) {
        effects.add(check(not(is(c.handoff, loop.number + 1)), ServerRule.HANDED_IS_TAKEN));
      }
    }
    effects.add(server.run("LOOP_STOPPED"));
    effects.add(server.run("LOOPS_STOPPED"));
    effects.add(server.run("ALL_STOPPED"));
    effects.add(check(server.isEnded(), ServerRule.STOPPED_HAS_ENDED));
    effects.addAll(dies());
    return effects;
  }

  private List<Effect> uplinkEnds() {
    return List.of(uplink.run("ABORT"), Checks.ended(uplink));
  }

  // The front's side.

  private void frontCommands() {
    Term delivers = front.isFree(Loop.DELIVERING);
    model.command(
        front.name,
        "start " + name,
        all(delivers, is(startMail, 1)),
        set(startMail, 0),
        tell("START"));
    model.command(
        front.name,
        "exit of " + name,
        all(delivers, is(exitMail, 1)),
        composition.follows ? lastRead() : heardOfEnd());
    model.command(
        front.name,
        "drain " + name,
        composition.follows ? all(is(front.current, 0), drains()) : all(delivers, drains()),
        set(drainDue, 0),
        set(told, 1),
        tell("DRAIN"));
    model.command(
        front.name,
        "abort " + name,
        all(delivers, is(abortDue, 1)),
        set(abortDue, 0),
        closeControl(),
        set(told, 1),
        tell("ABORT"));
    Term expires = front.isFree(Loop.EXPIRING);
    for (String deadline : DEADLINES) {
      model.command(
          front.name,
          deadline + " of " + name,
          all(expires, due(deadline)),
          set(backedOff, 0),
          onlyIf(not(is(beats, 0)), set(beats, minus(beats, 1))),
          check(deadline.equals("SILENCE") ? is(asked, 1) : YES, ServerRule.SILENT_WAS_ASKED),
          tell("AFTER_" + deadline));
    }
  }

  private List<Effect> heardOfEnd() {
    return List.of(set(exitMail, 0), set(greeting, 0), set(slain, 0), tell("EXITED"));
  }

  /** What it has said last is read first. */
  private List<Effect> lastRead() {
    return List.of(
        set(exitMail, 0),
        set(exiting, 1),
        onlyIf(control.isAlive(), fire(front, control, "READABLE")));
  }

  private Term due(String deadline) {
    Term passes =
        switch (deadline) {
          case "BACKOFF" -> is(backedOff, 1);
          case "HEARTBEAT", "SILENCE" -> any(not(is(beats, 0)), not(goesOn()), isCutOff());
          case "HANG" -> any(not(goesOn()), isCutOff());
          default -> not(goesOn());
        };
    return all(machine.hasDeadline(deadline), passes);
  }

  /** It goes on, and nothing can be said to it or by it. */
  private Term isCutOff() {
    return all(is(process, RUNNING), is(greeting, 0), not(control.isAlive()));
  }

  Term anyDue() {
    List<Term> any = new ArrayList<>();
    for (String deadline : DEADLINES) {
      any.add(due(deadline));
    }
    return any(any);
  }

  /** Something waits on one of the front's sockets. */
  Term frontReady() {
    return any(is(greeting, 1), controlReadable(), controlHungUp());
  }

  private Term controlReadable() {
    return all(
        control.waitsFor("EPOLLIN"), hasAnswered(), composition.follows ? YES : not(hasParted()));
  }

  private Term hasAnswered() {
    return any(not(is(answerMessage, 0)), not(is(lastWord, 0)));
  }

  private Term controlHungUp() {
    return all(control.isAlive(), hasParted());
  }

  /** The process has closed its end. */
  private Term hasParted() {
    return not(all(is(process, RUNNING), uplink.isAlive()));
  }

  void frontDispatches(Term may) {
    List<Effect> dispatched = front.fires(controlFired, Loop.ALL_FIRED);
    Term quiet = all(may, is(controlFired, 0));
    model.command(
        front.name,
        "greets " + name,
        all(quiet, is(greeting, 1)),
        Effect.join(
            dispatched,
            set(greeting, 0),
            onlyIf(machine.isAlive(), control.begin()),
            tell("READY")));
    model.command(
        front.name,
        "readable " + name,
        all(quiet, controlReadable()),
        Effect.join(dispatched, fire(front, control, "READABLE")));
    model.command(
        front.name,
        "hang-up of " + name,
        all(quiet, controlHungUp()),
        Effect.join(dispatched, fire(front, control, "HANGUP")));
  }

  private List<Effect> fire(Loop of, Instance end, String event) {
    int number = end == control ? composition.controlNumber(loop) : composition.uplinkNumber();
    return List.of(set(of.current, number), end.next(event));
  }

  private Effect closeControl() {
    return onlyIf(
        control.isAlive(),
        control.run("ABORT"),
        Checks.ended(control),
        control.end(),
        set(lastWord, 0),
        set(answerMessage, 0));
  }

  private List<Effect> act(String action) {
    return switch (action) {
      case "spawn" ->
          List.of(
              check(isGone(), ServerRule.ONE_PROCESS),
              choice(
                  when(YES, set(process, STARTED), machine.run("SPAWNED")),
                  Chance.rationed(YES, composition.chance.limits, machine.run("SPAWN_FAILED"))));
      case "admit" ->
          List.of(
              check(any(control.isAlive(), isGone()), ServerRule.ADMITTED_IS_CONNECTED),
              set(admitted, 1),
              set(front.room, 1));
      case "exclude" -> List.of(set(admitted, 0), ping());
      case "ping" -> List.of(ping());
      case "settle" ->
          List.of(check(machine.in("ready"), ServerRule.SETTLED_IS_READY), set(units, 0));
      case "lose" ->
          List.of(
              check(isGone(), ServerRule.LOST_HAS_ENDED),
              check(machine.in("backingOff"), ServerRule.LOSS_IS_COUNTED),
              set(admitted, 0),
              closeControl(),
              choice(when(is(units, 0), set(units, 1)), when(not(is(units, 0)), set(units, 2))));
      case "countDown" ->
          List.of(
              choice(
                  when(is(units, 2), set(units, 1), machine.run("AGAIN")),
                  when(not(is(units, 2)), machine.run("DUE"))));
      case "tell" ->
          List.of(
              set(admitted, 0),
              choice(
                  when(isSendable(), set(drainMessage, 1), machine.run("TOLD")),
                  when(
                      not(isSendable()),
                      composition.follows ? closeControl() : onlyIf(NO, set(admitted, 0)),
                      machine.run("TOLD")),
                  Chance.rationed(isSendable(), composition.chance.fills, machine.run("UNTOLD"))));
      case "kill" ->
          List.of(
              check(isKilled(), ServerRule.KILLED_IS_WAITED_FOR),
              check(any(is(told, 1), not(goesOn()), isCutOff()), ServerRule.KILLED_HAS_CAUSE),
              set(slain, 1),
              set(admitted, 0),
              onlyIf(not(isGone()), dies()));
      case "retire" ->
          List.of(
              set(retired, 1),
              check(isGone(), ServerRule.DONE_HAS_NO_PROCESS),
              Checks.ended(machine),
              closeControl());
      default -> throw new IllegalStateException("a backend does not " + action);
    };
  }

  private Term isSendable() {
    return all(control.isAlive(), not(hasParted()));
  }

  private Effect ping() {
    return onlyIf(
        YES,
        check(any(machine.in("asked"), machine.in("unresponsive")), ServerRule.ASKED_IS_AWAITED),
        set(asked, 1),
        onlyIf(isSendable(), set(pingMessage, 1)));
  }

  private Term isKilled() {
    return any(machine.in("killed"), machine.in("ending"));
  }

  /** An event for the front's machine, and what holds after each. */
  private Effect tell(String event) {
    return onlyIf(
        machine.isAlive(),
        machine.run(event),
        onlyIf(not(machine.hasDeadline("BACKOFF")), set(backedOff, 0)),
        check(Checks.rests(machine), ServerRule.RESTS_TO_WAIT, name),
        check(any(not(machine.in("backingOff")), not(is(units, 0))), ServerRule.LOSS_IS_COUNTED),
        check(any(not(isKilled()), isGone()), ServerRule.KILLED_IS_WAITED_FOR),
        check(any(is(slain, 0), isKilled(), machine.isEnded()), ServerRule.KILLED_IS_WAITED_FOR),
        check(
            any(
                is(told, 0),
                machine.in("untold"),
                machine.in("draining"),
                machine.in("ending"),
                machine.isEnded()),
            ServerRule.NO_START_BEHIND_DRAIN),
        check(
            any(not(machine.in("ready")), is(admitted, 1), not(isSendable())),
            ServerRule.READY_IS_ADMITTED));
  }

  private List<Effect> controlAction(String action) {
    return switch (action) {
      case "receive" ->
          List.of(
              choice(
                  when(hasAnswered(), set(controlHas, 1), control.next("MESSAGE")),
                  when(all(not(hasAnswered()), not(hasParted())), control.next("WOULD_BLOCK")),
                  when(all(not(hasAnswered()), hasParted()), control.next("END_OF_STREAM")),
                  Chance.rationed(YES, composition.chance.interruptions, control.next("RETRY")),
                  composition.chance.breaking(YES, control.next("BROKEN"))));
      case "deliver" ->
          List.of(
              check(all(hasAnswered(), is(controlHas, 1)), ServerRule.DELIVERED_WAS_SENT),
              set(controlHas, 0),
              composition.follows
                  ? choice(
                      when(
                          not(is(answerMessage, 0)),
                          set(answerMessage, minus(answerMessage, 1)),
                          set(front.room, 1)),
                      when(is(answerMessage, 0), set(lastWord, 0)))
                  : onlyIf(YES, set(answerMessage, 0), set(front.room, 1)),
              set(asked, 0),
              tell("ANSWER"),
              control.next("DELIVERED"));
      case "pause", "forsake" -> List.of(check(number(0), ServerRule.FRONT_HAS_ROOM));
      case "part", "close" ->
          List.of(
              check(number(action.equals("part") ? 1 : 0), ServerRule.PARTING_IS_TOLD),
              Checks.ended(control),
              check(any(hasParted(), is(composition.chance.faulty, 1)), ServerRule.END_FOLLOWS_END),
              set(admitted, 0));
      default -> throw new IllegalStateException("a control socket does not " + action);
    };
  }

  /** A connection is handed to it, if its socket takes it. */
  List<Effect.Way> placements(Connection c, Term here, List<Effect> placed) {
    Term may = all(here, is(admitted, 1), control.isAlive());
    List<Effect> effects = new ArrayList<>(placed);
    effects.add(check(is(c.owner, 0), ServerRule.ONE_OWNER));
    effects.add(check(is(drainMessage, 0), ServerRule.DRAINED_GETS_NONE));
    effects.add(set(c.owner, loop.number + 1));
    effects.add(set(c.handoff, loop.number + 1));
    effects.add(set(loop.owned, plus(loop.owned, 1)));
    Effect leaves = composition.line.leave(front);
    Effect nowhere = front.listener.machine.next("NOWHERE");
    return List.of(
        when(all(may, not(hasParted())), effects),
        when(all(may, hasParted()), leaves, nowhere),
        Chance.rationed(all(may, not(hasParted())), composition.chance.fills, leaves, nowhere));
  }

  // The process's side.

  /** Something waits on the process's socket. */
  Term uplinkReady() {
    return any(all(uplink.waitsFor("EPOLLIN"), hasMessage()), uplinkHearsOfEnd());
  }

  /** One that is full hears of it once. */
  private Term uplinkHearsOfEnd() {
    return all(uplinkHungUp(), any(not(uplink.in("full")), is(forsaken, 0)));
  }

  private Term uplinkHungUp() {
    return all(uplink.isAlive(), not(control.isAlive()), is(greeting, 0));
  }

  private Term hasMessage() {
    return any(handed(), is(drainMessage, 1), is(pingMessage, 1));
  }

  private Term handed() {
    return any(composition.connections.stream().map(c -> is(c.handoff, loop.number + 1)).toList());
  }

  void dispatches(Term may) {
    List<Effect> dispatched = loop.fires(uplinkFired, Loop.ALL_FIRED);
    model.command(
        loop.name,
        "control readable",
        all(
            may,
            is(uplinkFired, 0),
            uplink.waitsFor("EPOLLIN"),
            hasMessage(),
            composition.follows ? YES : not(uplinkHungUp())),
        Effect.join(dispatched, fire(loop, uplink, "READABLE")));
    model.command(
        loop.name,
        "control hang-up",
        all(may, is(uplinkFired, 0), uplinkHearsOfEnd()),
        Effect.join(dispatched, fire(loop, uplink, "HANGUP")));
    cannotBeWaitedFor("control cannot be waited for", all(may, is(uplinkFired, 0)), dispatched);
  }

  /** The front learns of connections that have ended. */
  Effect tellEnded() {
    Effect more = set(answerMessage, plus(answerMessage, 1));
    return onlyIf(
        all(uplink.isAlive(), control.isAlive()),
        composition.follows ? more : set(answerMessage, 1));
  }

  /** A descriptor has become free in the process. */
  List<Effect> roomFreed() {
    return List.of(
        tellEnded(),
        onlyIf(uplink.isAlive(), Effect.join(List.of(set(looks, 1)), fire(loop, uplink, "ROOM"))));
  }

  /** It looks again whether there is room. */
  Term uplinkDue() {
    return all(uplink.hasDeadline("ACCEPT_PAUSE"), is(paused, 1));
  }

  /** What it waits for cannot be changed. */
  private void cannotBeWaitedFor(String name, Term may, List<Effect> more) {
    model.command(
        loop.name,
        name,
        all(may, any(uplink.in("open"), uplink.in("full")), not(is(composition.chance.faults, 0))),
        Effect.join(
            Effect.join(more, set(lacking, 1)),
            Effect.join(composition.chance.fault(), fire(loop, uplink, "BROKEN"))));
  }

  void uplinkDeadline(Term may) {
    cannotBeWaitedFor("control cannot be waited for any more", may, List.of());
    model.command(
        loop.name,
        "end of the control's pause",
        all(may, uplinkDue()),
        Effect.join(List.of(set(looks, 1)), fire(loop, uplink, "AFTER_ACCEPT_PAUSE")));
  }

  private List<Effect> uplinkAction(String action) {
    return switch (action) {
      case "receive" ->
          List.of(
              check(any(is(lacking, 0), is(looks, 1)), ServerRule.FULL_WAITS),
              set(looks, 0),
              set(lacking, 0),
              set(paused, 0),
              choice(
                  when(hasMessage(), set(uplinkHas, 1), uplink.next("MESSAGE")),
                  when(all(not(hasMessage()), not(uplinkHungUp())), uplink.next("WOULD_BLOCK")),
                  when(all(not(hasMessage()), uplinkHungUp()), uplink.next("END_OF_STREAM")),
                  Chance.rationed(
                      handed(), composition.chance.limits, set(lacking, 1), uplink.next("NO_ROOM")),
                  Chance.rationed(YES, composition.chance.interruptions, uplink.next("RETRY")),
                  composition.chance.breaking(YES, set(lacking, 1), uplink.next("BROKEN"))));
      case "pause" -> List.of(tellEnded());
      case "forsake" ->
          Effect.join(
              List.of(check(not(control.isAlive()), ServerRule.END_FOLLOWS_END), set(forsaken, 1)),
              drained());
      case "deliver" ->
          List.of(
              check(is(uplinkHas, 1), ServerRule.DELIVERED_WAS_SENT),
              set(uplinkHas, 0),
              choice(deliveries()),
              uplink.next("DELIVERED"));
      case "part", "close" ->
          Effect.join(
              List.of(check(number(action.equals("part") ? 1 : 0), ServerRule.PARTING_IS_TOLD)),
              parted());
      default -> throw new IllegalStateException("a control socket does not " + action);
    };
  }

  /** What was on its way is closed by the kernel, and the rest of its work is a drain. */
  private List<Effect> parted() {
    List<Effect> effects = new ArrayList<>();
    effects.add(Checks.ended(uplink));
    effects.add(check(any(not(hasMessage()), is(lacking, 1)), ServerRule.PARTING_IS_LAST));
    effects.add(set(lacking, 0));
    effects.add(set(paused, 0));
    effects.add(
        check(
            any(not(control.isAlive()), is(composition.chance.faulty, 1)),
            ServerRule.END_FOLLOWS_END));
    effects.addAll(lost());
    effects.add(set(drainMessage, 0));
    effects.add(set(pingMessage, 0));
    effects.addAll(drained());
    return effects;
  }

  private List<Effect> lost() {
    List<Effect> effects = new ArrayList<>();
    for (Connection c : composition.connections) {
      effects.add(
          onlyIf(
              is(c.handoff, loop.number + 1),
              Effect.join(
                  List.of(
                      set(c.handoff, 0),
                      set(c.owner, 0),
                      set(c.closed, 1),
                      set(loop.owned, minus(loop.owned, 1))),
                  c.cutOff())));
    }
    return effects;
  }

  private List<Effect.Way> deliveries() {
    List<Effect.Way> ways = new ArrayList<>();
    for (Connection c : composition.connections) {
      ways.add(
          when(
              is(c.handoff, loop.number + 1),
              Effect.join(List.of(set(c.handoff, 0)), c.adopted(loop))));
    }
    ways.add(
        when(
            all(is(drainMessage, 1), not(handed())),
            Effect.join(List.of(set(drainMessage, 0)), drained())));
    ways.add(when(is(pingMessage, 1), set(pingMessage, 0), set(answerMessage, 1)));
    ways.add(when(not(hasMessage()), check(number(0), ServerRule.DELIVERED_WAS_SENT)));
    return ways;
  }
}
