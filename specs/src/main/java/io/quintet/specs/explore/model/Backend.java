package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
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
import java.util.List;

/**
 * A backend: the front's machine for it, both ends of the socket between them, and a process with a
 * loop and a server of its own, which may die or hang. A message is a flag: of those that can wait
 * at once no two are alike, and the order of what is told last, to drain, is kept.
 */
final class Backend {

  // What a process is at.
  static final int NO_PROCESS = 0;

  static final int STARTED = 1;
  static final int RUNNING = 2;

  /** A loop of a process has said its last word, and has its socket and its mailbox still. */
  static final int CLOSES = 2;

  // How long a process hangs.
  static final int FOR_EVER = 1;

  static final int FOR_A_WHILE = 2;

  final Composition composition;
  final Model model;
  final Loop loop;
  final Loop front;
  final String name;
  final Instance machine;
  final Instance control;
  final Instance uplink;
  final Instance server;
  final int process;
  final int hung;
  final int units;

  /** It was asked whether it lives, and has not answered. */
  final int asked;

  /** A unit of its backoff is over, and the front has not seen that yet. */
  final int backedOff;

  /** The pause of its end is over, and it has not seen that yet. */
  final int paused;

  /** It has ended, and its parent has not been told yet. */
  final int reaped;

  /** It was killed, and that it has ended was not heard of yet. */
  final int slain;

  /** It was told to drain or to end. */
  final int told;

  /** The process took no message, since it lacks a descriptor or cannot. */
  final int lacking;

  /** It has heard, while it lacked a descriptor, that the front is gone. */
  final int forsaken;

  /** There may be room for what its end has left in the socket. */
  final int looks;

  // A message was received by an end, and not delivered yet.
  final int uplinkHas;

  final int controlHas;

  /** The front needs not wait for it any more. */
  final int retired;

  // Whether an end had its event in this turn, where there may be several.
  final int uplinkFired;

  final int controlFired;
  final int beats;
  final int admitted;

  // Mail for the front's loop.
  final int startMail;

  final int exitMail;
  final int drainDue;
  final int abortDue;

  // What waits on sockets: a connection to the front, and messages.
  final int greeting;

  final int drainMessage;
  final int pingMessage;
  final int answerMessage;

  // Of a server that is followed.

  /** The last that it says, when its loop stops. */
  final int lastWord;

  /** It has ended, and what its socket still has is read first. */
  final int exiting;

  /** It has closed its socket with messages in it, of which the front hears before all else. */
  final int cut;

  final Process life;
  final Supervision supervision;
  final FrontEnd frontEnd;
  final ProcessEnd processEnd;

  Backend(Composition composition, Loop loop, Loop front) {
    this.composition = composition;
    this.model = composition.model;
    this.loop = loop;
    this.front = front;
    name = "process" + loop.number;
    life = new Process(this);
    supervision = new Supervision(this);
    frontEnd = new FrontEnd(this);
    processEnd = new ProcessEnd(this);
    machine = composition.instance(name, "backend", supervision::act);
    control = instance(name + "_control", "control");
    uplink = instance(name + "_uplink", "control");
    server = composition.instance(name + "_server", "server", life::serverAction);
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
    cut = follows ? model.variable(name + "_cut", 0) : exitMail;
    uplinkFired = model.variable(name + "_uplinkFired", 0);
    controlFired = model.variable(name + "_controlFired", 0);
  }

  private Instance instance(String name, String id) {
    return composition.instance(name, id, _ -> List.of());
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
        composition.follows ? life.starter() : loop.name, "connects", is(process, STARTED), begun);
    Term lives = not(isGone());
    if (composition.follows) {
      life.followedCommands();
    }
    if (composition.bounds.faults() > 0 || composition.follows) {
      Term may = composition.follows ? YES : not(is(composition.chance.faults, 0));
      List<Effect> fault =
          composition.follows
              ? List.of(set(composition.chance.faulty, 1))
              : composition.chance.fault();
      model.command("chance", "end of " + name, all(lives, may), Effect.join(fault, life.dies()));
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
    outside();
    supervision.commands();
    uplink.commands(
        model,
        loop.name,
        is(loop.current, composition.uplinkNumber()),
        processEnd::act,
        rested(loop, uplink));
    control.commands(
        model,
        front.name,
        is(front.current, composition.controlNumber(loop)),
        frontEnd::act,
        rested(front, control));
  }

  /** What the kernel and the clock do. */
  private void outside() {
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
  }

  private List<Effect> rested(Loop of, Instance end) {
    return List.of(
        check(Checks.rests(end), ServerRule.RESTS_TO_WAIT, end.name()),
        check(any(not(end.in("full")), is(lacking, 1)), ServerRule.FULL_LACKS_ROOM),
        set(looks, 0),
        set(of.current, 0));
  }

  /** The process has closed its end. */
  Term hasParted() {
    return not(all(is(process, RUNNING), uplink.isAlive()));
  }

  List<Effect> fire(Loop of, Instance end, String event) {
    int number = end == control ? composition.controlNumber(loop) : composition.uplinkNumber();
    return List.of(set(of.current, number), end.next(event));
  }

  Term isSendable() {
    return all(control.isAlive(), not(hasParted()));
  }

  Term handed() {
    return any(composition.connections.stream().map(c -> is(c.handoff, loop.number + 1)).toList());
  }
}
