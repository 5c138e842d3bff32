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

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;

/** How the front starts, asks, ends and replaces the process of a backend. */
final class Supervision {
  private static final List<String> DEADLINES =
      List.of("STARTUP", "HEARTBEAT", "SILENCE", "HANG", "BACKOFF");

  private final Backend backend;
  private final Composition composition;
  private final Model model;
  private final Loop front;
  private final String name;

  Supervision(Backend backend) {
    this.backend = backend;
    composition = backend.composition;
    model = backend.model;
    front = backend.front;
    name = backend.name;
  }

  // The front's side.

  void commands() {
    Term delivers = front.isFree(Loop.DELIVERING);
    model.command(
        front.name,
        "start " + name,
        all(delivers, is(backend.startMail, 1)),
        set(backend.startMail, 0),
        tell("START"));
    model.command(
        front.name,
        "exit of " + name,
        all(delivers, is(backend.exitMail, 1)),
        composition.follows ? lastRead() : heardOfEnd());
    model.command(
        front.name,
        "drain " + name,
        composition.follows
            ? all(is(front.current, 0), backend.drains())
            : all(delivers, backend.drains()),
        set(backend.drainDue, 0),
        set(backend.told, 1),
        tell("DRAIN"));
    model.command(
        front.name,
        "abort " + name,
        all(delivers, is(backend.abortDue, 1)),
        set(backend.abortDue, 0),
        backend.frontEnd.close(),
        set(backend.told, 1),
        tell("ABORT"));
    Term expires = front.isFree(Loop.EXPIRING);
    for (String deadline : DEADLINES) {
      model.command(
          front.name,
          deadline + " of " + name,
          all(expires, due(deadline)),
          set(backend.backedOff, 0),
          onlyIf(not(is(backend.beats, 0)), set(backend.beats, minus(backend.beats, 1))),
          check(
              deadline.equals("SILENCE") ? is(backend.asked, 1) : YES, ServerRule.SILENT_WAS_ASKED),
          tell("AFTER_" + deadline));
    }
  }

  List<Effect> heardOfEnd() {
    return List.of(
        set(backend.exitMail, 0), set(backend.greeting, 0), set(backend.slain, 0), tell("EXITED"));
  }

  /** What it has said last is read first. */
  List<Effect> lastRead() {
    return List.of(
        set(backend.exitMail, 0),
        set(backend.exiting, 1),
        onlyIf(backend.control.isAlive(), backend.fire(front, backend.control, "READABLE")));
  }

  Term due(String deadline) {
    Term passes =
        switch (deadline) {
          case "BACKOFF" -> is(backend.backedOff, 1);
          case "HEARTBEAT", "SILENCE" ->
              any(not(is(backend.beats, 0)), not(backend.goesOn()), isCutOff());
          case "HANG" -> any(not(backend.goesOn()), isCutOff());
          default -> not(backend.goesOn());
        };
    return all(backend.machine.hasDeadline(deadline), passes);
  }

  /** It goes on, and nothing can be said to it or by it. */
  Term isCutOff() {
    return all(
        is(backend.process, Backend.RUNNING),
        is(backend.greeting, 0),
        not(backend.control.isAlive()));
  }

  Term anyDue() {
    List<Term> any = new ArrayList<>();
    for (String deadline : DEADLINES) {
      any.add(due(deadline));
    }
    return any(any);
  }

  List<Effect> act(String action) {
    return switch (action) {
      case "spawn" ->
          List.of(
              check(backend.isGone(), ServerRule.ONE_PROCESS),
              choice(
                  when(YES, set(backend.process, Backend.STARTED), backend.machine.run("SPAWNED")),
                  Chance.rationed(
                      YES, composition.chance.limits, backend.machine.run("SPAWN_FAILED"))));
      case "admit" ->
          List.of(
              check(
                  any(backend.control.isAlive(), backend.isGone()),
                  ServerRule.ADMITTED_IS_CONNECTED),
              set(backend.admitted, 1),
              set(front.room, 1));
      case "exclude" -> List.of(set(backend.admitted, 0), ping());
      case "ping" -> List.of(ping());
      case "settle" ->
          List.of(
              check(backend.machine.in("ready"), ServerRule.SETTLED_IS_READY),
              set(backend.units, 0));
      case "lose" -> lose();
      case "countDown" ->
          List.of(
              choice(
                  when(is(backend.units, 2), set(backend.units, 1), backend.machine.run("AGAIN")),
                  when(not(is(backend.units, 2)), backend.machine.run("DUE"))));
      case "tell" -> tell();
      case "kill" -> kill();
      case "retire" ->
          List.of(
              set(backend.retired, 1),
              check(backend.isGone(), ServerRule.DONE_HAS_NO_PROCESS),
              Checks.ended(backend.machine),
              backend.frontEnd.close());
      default -> throw new IllegalStateException("a backend does not " + action);
    };
  }

  /** Its process is gone: the next one waits longer each time. */
  private List<Effect> lose() {
    return List.of(
        check(backend.isGone(), ServerRule.LOST_HAS_ENDED),
        check(backend.machine.in("backingOff"), ServerRule.LOSS_IS_COUNTED),
        set(backend.admitted, 0),
        backend.frontEnd.close(),
        choice(
            when(is(backend.units, 0), set(backend.units, 1)),
            when(not(is(backend.units, 0)), set(backend.units, 2))));
  }

  /** It gets no more connections, and is told to drain. */
  private List<Effect> tell() {
    return List.of(
        set(backend.admitted, 0),
        choice(
            when(backend.isSendable(), set(backend.drainMessage, 1), backend.machine.run("TOLD")),
            when(
                not(backend.isSendable()),
                composition.follows
                    ? backend.frontEnd.close()
                    : onlyIf(NO, set(backend.admitted, 0)),
                backend.machine.run("TOLD")),
            Chance.rationed(
                backend.isSendable(), composition.chance.fills, backend.machine.run("UNTOLD"))));
  }

  /** Its process ends at once. */
  private List<Effect> kill() {
    return List.of(
        check(isKilled(), ServerRule.KILLED_IS_WAITED_FOR),
        check(
            any(is(backend.told, 1), not(backend.goesOn()), isCutOff()),
            ServerRule.KILLED_HAS_CAUSE),
        set(backend.slain, 1),
        set(backend.admitted, 0),
        onlyIf(not(backend.isGone()), backend.life.dies()));
  }

  private Effect ping() {
    return onlyIf(
        YES,
        check(
            any(backend.machine.in("asked"), backend.machine.in("unresponsive")),
            ServerRule.ASKED_IS_AWAITED),
        set(backend.asked, 1),
        onlyIf(backend.isSendable(), set(backend.pingMessage, 1)));
  }

  Term isKilled() {
    return any(backend.machine.in("killed"), backend.machine.in("ending"));
  }

  /** An event for the front's machine, and what holds after each. */
  Effect tell(String event) {
    return onlyIf(
        backend.machine.isAlive(),
        backend.machine.run(event),
        onlyIf(not(backend.machine.hasDeadline("BACKOFF")), set(backend.backedOff, 0)),
        check(Checks.rests(backend.machine), ServerRule.RESTS_TO_WAIT, name),
        check(
            any(not(backend.machine.in("backingOff")), not(is(backend.units, 0))),
            ServerRule.LOSS_IS_COUNTED),
        check(any(not(isKilled()), backend.isGone()), ServerRule.KILLED_IS_WAITED_FOR),
        check(
            any(is(backend.slain, 0), isKilled(), backend.machine.isEnded()),
            ServerRule.KILLED_IS_WAITED_FOR),
        check(
            any(
                is(backend.told, 0),
                backend.machine.in("untold"),
                backend.machine.in("draining"),
                backend.machine.in("ending"),
                backend.machine.isEnded()),
            ServerRule.NO_START_BEHIND_DRAIN),
        check(
            any(
                not(backend.machine.in("ready")),
                is(backend.admitted, 1),
                not(backend.isSendable())),
            ServerRule.READY_IS_ADMITTED));
  }
}
