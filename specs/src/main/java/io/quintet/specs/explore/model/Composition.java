package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.check;
import static io.quintet.specs.explore.engine.Effect.choice;
import static io.quintet.specs.explore.engine.Effect.onlyIf;
import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Effect.when;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.less;
import static io.quintet.specs.explore.engine.Term.minus;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.number;
import static io.quintet.specs.explore.engine.Term.plus;
import static io.quintet.specs.explore.engine.Term.variable;

import io.quintet.specs.Machine;
import io.quintet.specs.Topology;
import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The machines composed as a topology says: loops, their listeners and mailboxes, workers, the
 * server that drains them, and clients that send, end their half, reset, or fall silent. A request
 * is two halves, so that a part of one can arrive. Actions report any outcome that their machine
 * declares and the state allows; errors and interruptions are rationed.
 */
public final class Composition {
  private static final Term YES = number(1);
  private static final Term NO = number(0);
  private static final int NONE = 0;

  // What a client is doing.
  private static final int AWAY = 0;
  private static final int CONNECTED = 1;
  private static final int HALF_CLOSED = 2;
  private static final int SILENT = 3;
  private static final int RESET = 4;
  private static final int REFUSED = 5;

  /** Its half had ended before: that is read first, as bytes are that came before a reset. */
  private static final int ENDED_AND_RESET = 6;

  // What a multi-step action of a loop is at.
  static final int DELIVERING = 1;
  static final int EXPIRING = 2;
  private static final int AWAITING = 3;
  private static final int ASLEEP = 4;
  private static final int DISPATCHING = 5;
  private static final int RESUMING = 6;
  private static final int FLUSHING = 7;

  // Why a request is refused.
  private static final int MALFORMED = 1;
  private static final int TOO_LATE = 2;
  private static final int UNANSWERED = 3;
  private static final int TOLD = 4;

  // How far a part of a request has come.
  private static final int IN_TIME = 1;
  private static final int ANEW = 2;

  // What a worker still has to do for a request that it has answered.
  private static final int LOWERS = 1;
  private static final int FREES = 2;
  private static final int FOUND = 3;
  private static final int CLOSED = 4;
  private static final int TELLS = 5;

  // A handler whose answer had its effect before it is seen, without mail or with it.
  private static final int SEEN_LATER = 2;
  private static final int TOLD_LATER = 3;

  // How far our half of a connection has come.
  private static final int ENDED = 1;
  private static final int LINGERS = 2;

  // Whose turn comes again: with this resumption, or with the one behind it.
  private static final int YIELDS = 1;
  private static final int RESUMES = 2;

  // What a worker's call of a handler has come to.
  private static final int ANSWERED = 1;
  private static final int NEVER = 2;

  // Which events of a source were fired in this turn.
  private static final int WRITABLE_FIRED = 1;
  static final int ALL_FIRED = 2;

  /**
   * Who sends. Since each client does so much and no more, that one of them goes on when one can is
   * as much as that each does.
   */
  private static final String CLIENTS = "clients";

  /** Actions of a connection that make a call which signals interrupt. */
  private static final List<String> INTERRUPTIBLE =
      List.of("read", "discard", "flush", "relieve", "answer");

  /** Deadlines of a connection. */
  private static final List<String> DEADLINES =
      List.of("FIRST_BYTE", "IDLE", "REQUEST", "HANDLER", "WRITE_STALL", "LINGER", "PARTING");

  /** Those behind which nothing is waited for. */
  private static final Set<String> LAST_DEADLINES = Set.of("FIRST_BYTE", "WRITE_STALL", "LINGER");

  /** A connection and its client. */
  final class Connection {
    final int number;

    /** The first of its variables, and the one behind its last. */
    final int first;

    final int behind;
    final Instance machine;
    final int client;
    final int sent;
    final int arrived;
    final int held;
    final int decoded;
    final int encoded;
    final int waiting;
    final int last;
    final int out;
    final int full;
    final int owner;
    final int accepted;
    final int closed;
    final int queued;
    final int late;
    final int yielded;
    final int dirty;

    /** Bytes came fast enough once before. */
    final int judged;

    /** What the handlers owe was answered in their place. */
    final int overdue;

    final int crowded;
    final int handoff;
    final int replyMail;
    final int drainDue;
    final int abortDue;

    /** A request that was decoded and not handled yet. */
    final int unhandled;

    /** Reading has stopped at the high watermark. */
    final int stopped;

    /** The kind of call that was interrupted, to be made again. */
    final int interrupted;

    /** Why it may be refused. */
    final int refusal;

    /** A handler of its requests never answers. */
    final int mute;

    /** A reply of it came in two parts. */
    final int parted;

    /** The second half of a request that was given has not been decoded. */
    final int body;

    /** That half is asked for, or to be dropped. */
    final int wanted;

    /** Its handler answers once it has that half, or knows that it will not come. */
    final int needed;

    /** It does not speak TLS as it should, and cannot be told anything any more. */
    final int insecure;

    /** It is waited for no longer: others linger, or the server drains and it was idle. */
    final int hurried;

    /** Whether the time for its request runs, or would begin anew where it goes back to that. */
    final int timed;

    /** Our half has ended, and others were looked at that linger. */
    final int half;

    /** Nothing but its end may follow. */
    final int over;

    /** Bytes of it were dropped since it rested. */
    final int dropped;

    /** What events it had in this turn, where there may be several. */
    final int fired;

    /** Another mail of a reply has come behind the first. */
    final int moreMail;

    final List<Instance> replies = new ArrayList<>();

    /** For each reply, whether its handler runs elsewhere than on a worker. */
    final List<Integer> running = new ArrayList<>();

    Connection(int number) {
      this.number = number;
      first = model.names().size();
      String name = "c" + number;
      machine = new Instance(model, name, spec.apply("connection"), _ -> List.of());
      client = model.variable(name + "_client", AWAY);
      model.naming(
          client,
          List.of(
              "away", "connected", "half-closed", "silent", "reset", "refused", "ended, reset"));
      sent = model.variable(name + "_sent", 0);
      arrived = model.variable(name + "_arrived", 0);
      held = model.variable(name + "_held", 0);
      decoded = model.variable(name + "_decoded", 0);
      encoded = model.variable(name + "_encoded", 0);
      waiting = model.variable(name + "_waiting", 0);
      last = model.variable(name + "_last", 0);
      out = model.variable(name + "_out", 0);
      full = model.variable(name + "_full", 0);
      owner = model.variable(name + "_owner", 0);
      accepted = model.variable(name + "_accepted", 0);
      closed = model.variable(name + "_closed", 0);
      queued = model.variable(name + "_queued", 0);
      late = model.variable(name + "_late", 0);
      yielded = model.variable(name + "_yielded", 0);
      dirty = model.variable(name + "_dirty", 0);
      judged = model.variable(name + "_judged", 0);
      overdue = model.variable(name + "_overdue", 0);
      crowded = model.variable(name + "_crowded", 0);
      handoff = model.variable(name + "_handoff", 0);
      replyMail = model.variable(name + "_replyMail", 0);
      drainDue = model.variable(name + "_drainDue", 0);
      abortDue = model.variable(name + "_abortDue", 0);
      unhandled = model.variable(name + "_unhandled", 0);
      stopped = model.variable(name + "_stopped", 0);
      interrupted = model.variable(name + "_interrupted", 0);
      refusal = model.variable(name + "_refusal", 0);
      mute = model.variable(name + "_mute", 0);
      parted = model.variable(name + "_parted", 0);
      body = model.variable(name + "_body", 0);
      wanted = model.variable(name + "_wanted", 0);
      needed = model.variable(name + "_needed", 0);
      insecure = model.variable(name + "_insecure", 0);
      hurried = model.variable(name + "_hurried", 0);
      timed = model.variable(name + "_timed", 0);
      half = model.variable(name + "_half", 0);
      over = model.variable(name + "_over", 0);
      dropped = model.variable(name + "_dropped", 0);
      fired = model.variable(name + "_fired", 0);
      moreMail = follows ? model.variable(name + "_moreMail", 0) : fired;
      for (int k = 0; k <= bounds.requests(); k++) {
        running.add(model.variable(name + "_running" + k, 0));
        replies.add(
            new Instance(
                model, name + "_reply" + k, spec.apply("reply"), _ -> postToOwner(replyMail)));
      }
      behind = model.names().size();
    }

    /** Its reply is there: mail for whoever owns it. */
    private List<Effect> postToOwner(int flag) {
      List<Effect> effects = new ArrayList<>();
      if (workers.isEmpty()) {
        for (Loop loop : loops) {
          effects.add(check(not(is(loop.current, number + 1)), ServerRule.NO_MAIL_TO_ONESELF));
        }
      }
      return Effect.join(effects, List.of(mail(flag)));
    }

    /** Mail for whoever owns it, of whatever thread. */
    private Effect mail(int flag) {
      List<Effect.Way> ways = new ArrayList<>();
      List<Term> owned = new ArrayList<>();
      for (Loop loop : loops) {
        owned.add(is(owner, loop.number + 1));
        Effect leaves =
            follows
                ? choice(when(is(flag, 0), set(flag, 1)), when(not(is(flag, 0)), set(moreMail, 1)))
                : set(flag, 1);
        ways.add(when(is(owner, loop.number + 1), post(loop.mailbox, leaves)));
      }
      ways.add(when(not(any(owned))));
      return choice(ways);
    }

    /** So does one whose mail is seen later. */
    Effect answeredBehind(int reply) {
      return onlyIf(
          YES,
          replies.get(reply).run("ANSWER", _ -> List.of()),
          set(running.get(reply), TOLD_LATER));
    }

    /** Another thread answers, whatever the loop is at. */
    Effect answeredElsewhere(int reply) {
      return replies.get(reply).run("ANSWER", _ -> List.of(mail(replyMail)));
    }

    /** Its process is gone. */
    List<Effect> cutOff() {
      List<Effect> effects = new ArrayList<>();
      if (!follows) { // a client that is followed may try to go on
        effects.add(
            onlyIf(any(is(client, CONNECTED), is(client, HALF_CLOSED)), set(client, RESET)));
      }
      running.forEach(runs -> effects.add(set(runs, 0)));
      return effects;
    }

    Term isReset() {
      return any(is(client, RESET), is(client, ENDED_AND_RESET));
    }

    Term hasEnded() {
      return is(client, HALF_CLOSED);
    }

    Term isHungUp() {
      return any(isReset(), all(hasEnded(), any(machine.in("lingering"), machine.in("departed"))));
    }

    Term readable() {
      return all(
          machine.waitsFor("EPOLLIN"), not(isHungUp()), any(not(is(arrived, 0)), hasEnded()));
    }

    Term writable() {
      return all(machine.waitsFor("EPOLLOUT"), not(isHungUp()), not(is(full, 1)));
    }

    /** Events of one wait may be fired when more has happened. */
    Term wasReadable() {
      return all(machine.waitsFor("EPOLLIN"), any(not(is(arrived, 0)), hasEnded(), isReset()));
    }

    Term wasWritable() {
      return all(machine.waitsFor("EPOLLOUT"), not(is(full, 1)));
    }

    Term ready() {
      return all(machine.isAlive(), any(readable(), writable(), isHungUp()));
    }

    /** It owes as many replies as it may: one, or two where workers make them and none drains. */
    Term isSaturated(Loop loop) {
      Term owed =
          workers.isEmpty()
              ? owes()
              : new Term.Binary(
                  Term.Operator.EQUAL,
                  variable(decoded),
                  new Term.Binary(Term.Operator.PLUS, variable(encoded), number(2)));
      return all(any(owed, all(owes(), is(loop.draining, 1))), is(body, 0));
    }

    /** Nothing is owed, and part of a request has come or is still to come. */
    Term isInside() {
      return all(not(owes()), any(not(is(held, 0)), is(body, 1)));
    }

    /** The rest of a request that is handled has not come. */
    Term isStarving() {
      return all(is(body, 1), is(held, 0), owes());
    }

    /** No content will come, or none is decoded any more. */
    List<Effect> endContent() {
      return List.of(set(body, 0), set(wanted, 0), set(needed, 0));
    }

    Term owes() {
      return not(new Term.Binary(Term.Operator.EQUAL, variable(decoded), variable(encoded)));
    }

    /** A silent client will do nothing more: what runs is the clock. */
    Term due(String deadline) {
      Term nothing =
          switch (deadline) {
            case "WRITE_STALL" -> is(full, 1);
            case "HANDLER" -> owes();
            default -> any(is(arrived, 0), not(machine.waitsFor("EPOLLIN")));
          };
      Term still =
          switch (deadline) {
            case "PARTING" -> not(hasEnded());
            case "HANDLER" -> any(is(client, SILENT), neverAnswers());
            default -> is(client, SILENT);
          };
      return all(machine.hasDeadline(deadline), still, nothing);
    }

    /** Some handler of it does not, or keeps the worker that it waits for. */
    private Term neverAnswers() {
      List<Term> any = new ArrayList<>(List.of(is(mute, 1)));
      workers.forEach(worker -> any.add(worker.isStuck()));
      return any(any);
    }

    /** It rests until a handler answers that never will. */
    Term awaitsForEver() {
      List<Term> any = new ArrayList<>();
      for (String state : List.of("awaiting", "saturated", "crowded", "finishing")) {
        any.add(machine.in(state));
      }
      return all(any(any), owes(), neverAnswers());
    }

    Term anyDue() {
      List<Term> any = new ArrayList<>();
      for (String deadline : DEADLINES) {
        any.add(due(deadline));
      }
      return any(any);
    }
  }

  /** An eventfd and the machine that says when it is written. */
  final class Mailbox {
    final int signalled;
    final Instance machine;

    Mailbox(String name, java.util.function.Supplier<Term> asleep) {
      signalled = model.variable(name + "_signalled", 0);
      machine =
          new Instance(
              model,
              name,
              spec.apply("mailbox-wakeup"),
              _ ->
                  List.of(
                      check(all(asleep.get(), is(signalled, 0)), ServerRule.ONE_WAKE_UP_A_SLEEP),
                      set(signalled, 1)));
    }

    /** The mail is taken out, if there is some. */
    Effect take() {
      return onlyIf(
          machine.in("loaded"),
          machine.run("TAKE"),
          check(machine.in("awake"), ServerRule.TAKEN_IS_AWAKE));
    }

    List<Effect> close() {
      return List.of(
          machine.run("CLOSE"), check(machine.isEnded(), ServerRule.CLOSED_MAILBOX_STAYS_CLOSED));
    }

    List<Effect> wake(Term hasMail) {
      return List.of(
          set(signalled, 0),
          machine.run("WAKE"),
          check(any(not(machine.in("loaded")), hasMail), ServerRule.LOADED_HAS_MAIL));
    }
  }

  /** A loop with its listener, if it has one. */
  final class Loop {
    final int number;
    final String name;
    final Instance machine;
    final Mailbox mailbox;
    final Instance listener;
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

    /** The backend that this loop is in, if it is in one. */
    @Nullable BackendModel within;

    /** The backends that this loop has started. */
    final List<BackendModel> children = new ArrayList<>();

    Loop(String name, int number, boolean listens, boolean owns, int queue, int feeding) {
      this.name = name;
      this.number = number;
      this.listens = listens;
      this.owns = owns;
      this.queue = queue;
      mailbox = new Mailbox(name + "_mailbox", this::isAsleep);
      machine = new Instance(model, name, spec.apply("loop"), this::act);
      listener = new Instance(model, name + "_listener", spec.apply("listener"), _ -> List.of());
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
      feeders = model.variable(name + "_feeders", feeding);
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
      late = follows ? model.variable(name + "_late", 0) : lacking;
      stale = follows ? model.variable(name + "_stale", 0) : lacking;
      listed = follows ? model.variable(name + "_listed", 0) : lacking;
      asking = follows ? model.variable(name + "_asking", 0) : asked;
      gone = follows ? model.variable(name + "_gone", 0) : lacking;
      idleMail = follows ? model.variable(name + "_idleMail", 0) : lacking;
      closed = follows ? model.variable(name + "_closed", 0) : lacking;
    }

    Term isAsleep() {
      return is(step, ASLEEP);
    }

    Term isFree(int at) {
      return all(is(step, at), is(current, NONE));
    }

    Term hasQueued() {
      return any(connections.stream().map(connection -> is(connection.queued, queue + 1)).toList());
    }

    Term listenerReady() {
      return listens ? all(listener.waitsFor("EPOLLIN"), hasQueued()) : NO;
    }

    /** A pause passes, unless what shows at once has shown before. */
    Term pauseDue() {
      return listens
          ? all(
              listener.hasDeadline("ACCEPT_PAUSE"),
              is(elapsed, 1),
              not(listenerReady()),
              is(paused, 0))
          : NO;
    }

    Term owns(Connection connection) {
      return all(is(connection.owner, number + 1), is(connection.handoff, 0));
    }

    Term anyOf(Function<Connection, Term> of) {
      return any(connections.stream().map(c -> all(owns(c), of.apply(c))).toList());
    }

    Term ready() {
      List<Term> any = new ArrayList<>(List.of(listenerReady(), anyOf(Connection::ready)));
      children.forEach(child -> any.add(child.frontReady()));
      if (within != null) {
        any.add(within.uplinkReady());
      }
      return any(any);
    }

    Term timerDue() {
      List<Term> any = new ArrayList<>(List.of(pauseDue(), anyOf(Connection::anyDue)));
      children.forEach(child -> any.add(child.anyDue()));
      if (within != null) {
        any.add(within.uplinkDue());
      }
      return any(any);
    }

    Term isEmpty() {
      return all(
          any(is(draining, 1), is(retired, 1)),
          is(feeders, 0),
          is(owned, 0),
          new Term.All(children.stream().map(BackendModel::isEnded).toList()),
          listens ? not(listener.isAlive()) : YES);
    }

    Term mayAdmit() {
      return all(waitsForRoom(), hasRoom());
    }

    Term waitsForRoom() {
      return any(anyOf(c -> is(c.crowded, 1)), follows ? is(gone, 1) : NO);
    }

    /** Whatever others do meanwhile. */
    Term isBusyByItself() {
      return anyOf(c -> any(is(c.yielded, 1), is(c.dirty, 1)));
    }

    Term isBusy() {
      List<Term> any =
          new ArrayList<>(
              List.of(hasResumable(), anyOf(c -> is(c.dirty, 1)), isEmpty(), is(left, 1)));
      any.add(follows && within != null ? is(freed, 1) : NO);
      children.forEach(child -> any.add(child.drains()));
      return any(any);
    }

    /** The actions of the loop's own machine: most of them take several steps. */
    private List<Effect> act(String action) {
      return switch (action) {
        case "deliver" ->
            List.of(
                check(
                    any(not(hasPosted()), mailbox.machine.in("loaded"), is(left, 1)),
                    ServerRule.MAIL_LOADS),
                onlyIf(is(left, 0), mailbox.take()),
                atOnce(hasMail(), DELIVERING, "DELIVERED"));
        case "expire" -> List.of(atOnce(timerDue(), EXPIRING, "EXPIRED"));
        case "await" -> List.of(set(step, AWAITING));
        case "dispatch" -> List.of(set(step, DISPATCHING), set(dispatched, 0));
        case "resume" -> Effect.join(resumables(), atOnce(hasResumable(), RESUMING, "RESUMED"));
        case "flush" ->
            List.of(
                choice(
                    when(hasFlushable(), set(step, FLUSHING)),
                    when(not(hasFlushable()), flushed())));
        case "fail" -> Effect.join(List.of(ended(machine)), failed());
        case "stop" -> Effect.join(List.of(ended(machine)), stopped(true));
        default -> throw new IllegalStateException("a loop does not " + action);
      };
    }

    /** Who yields while others are resumed waits for the next turn. */
    private List<Effect> resumables() {
      return connections.stream()
          .map(c -> onlyIf(all(owns(c), is(c.yielded, YIELDS)), set(c.yielded, RESUMES)))
          .toList();
    }

    /** A step that has nothing to do, which nobody else could notice, is over at once. */
    private Effect atOnce(Term something, int at, String over) {
      return choice(when(something, set(step, at)), when(not(something), machine.run(over)));
    }

    /** Mail of others, and not what it has left for itself. */
    private Term hasPosted() {
      List<Term> any = new ArrayList<>();
      for (int flag : List.of(drainMail, abortMail, retireMail, feederMail, roomMail, turnMail)) {
        any.add(is(flag, 1));
      }
      return any(any);
    }

    Term hasMail() {
      List<Term> any = new ArrayList<>(List.of(hasPosted()));
      any.add(is(listenerDrainDue, 1));
      any.add(is(listenerAbortDue, 1));
      any.add(is(telling, 1));
      any.add(follows ? is(idleMail, 1) : NO);
      children.forEach(child -> any.add(child.hasMail()));
      for (Connection c : connections) {
        any.add(within == null ? is(c.handoff, number + 1) : NO);
        any.add(all(owns(c), any(is(c.replyMail, 1), is(c.drainDue, 1), is(c.abortDue, 1))));
      }
      return any(any);
    }

    /** An event is fired: where there are several in a turn, no more of its kind. */
    List<Effect> fires(int fired, int how) {
      Effect one = set(dispatched, plus(dispatched, 1));
      return bounds.events() == 1 ? List.of(one) : List.of(one, set(fired, how));
    }

    private List<Effect> firedNone() {
      List<Effect> effects = new ArrayList<>(List.of(set(dispatched, 0), set(listenerFired, 0)));
      connections.forEach(c -> effects.add(onlyIf(owns(c), set(c.fired, 0))));
      children.forEach(child -> effects.add(child.firedNone(false)));
      if (within != null) {
        effects.add(within.firedNone(true));
      }
      return effects;
    }

    private Term hasFlushable() {
      return any(anyOf(c -> any(is(c.dirty, 1), is(c.hurried, 1))), is(freed, 1), is(room, 1));
    }

    /** The turn ends. */
    private List<Effect> flushed() {
      return List.of(
          follows ? choice(when(YES, set(listed, 0)), when(is(listed, 1))) : set(step, 0),
          set(step, 0),
          choice(
              when(isEmpty(), machine.run("EMPTY")), when(not(isEmpty()), machine.run("FLUSHED"))));
    }

    Term hasResumable() {
      return any(anyOf(c -> not(is(c.yielded, 0))), mayAdmit());
    }

    private List<Effect> failed() {
      List<Effect> effects = new ArrayList<>();
      for (Connection c : connections) {
        effects.add(onlyIf(owns(c), closed(c, this, false)));
      }
      if (listens) {
        effects.add(onlyIf(listener.isAlive(), listenerClosed(this, false)));
      }
      effects.addAll(stopped(false));
      return effects;
    }

    /** Nothing is left of it, since its process is gone. */
    List<Effect> vanishes() {
      List<Effect> effects = new ArrayList<>();
      effects.add(machine.end());
      effects.add(mailbox.machine.end());
      if (follows) {
        List.of(late, stale, listed, asking, gone, idleMail, closed)
            .forEach(variable -> effects.add(set(variable, 0)));
      }
      for (int variable :
          List.of(
              mailbox.signalled,
              step,
              current,
              outer,
              again,
              dispatched,
              budget,
              owned,
              freed,
              draining,
              room,
              listenerFired,
              left)) {
        effects.add(set(variable, 0));
      }
      return effects;
    }

    private List<Effect> stopped(boolean orderly) {
      if (within != null) {
        return within.ends(orderly);
      }
      List<Effect> effects = new ArrayList<>();
      effects.add(set(step, 0));
      for (Connection c : connections) {
        effects.add(
            onlyIf(
                is(c.handoff, number + 1),
                List.of(set(c.handoff, 0), set(c.owner, 0), set(c.closed, 1))));
      }
      effects.add(set(drainMail, 0));
      effects.add(set(abortMail, 0));
      effects.add(set(roomMail, 0));
      effects.add(set(turnMail, 0));
      effects.add(set(left, 0));
      effects.addAll(mailbox.close());
      effects.addAll(follows ? List.of(set(closed, 1)) : tellsOfItsEnd());
      return effects;
    }

    /** Where something is followed, others may find it closed before. */
    List<Effect> tellsOfItsEnd() {
      List<Effect> effects = new ArrayList<>();
      effects.add(
          choice(
              when(is(retired, 1), tellServer("LOOP_RETIRED")),
              when(is(retired, 0), tellServerOfEnd("LOOP_STOPPED"))));
      effects.add(set(runningLoops, minus(runningLoops, 1)));
      effects.add(
          onlyIf(
              is(runningLoops, 0),
              tellServer("LOOPS_STOPPED"),
              onlyIf(is(runningWorkers, 0), tellServer("ALL_STOPPED"))));
      return effects;
    }
  }

  /** A worker, with a place for each request that it may have. */
  private final class Worker {
    final String name;
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

    final List<List<Integer>> has = new ArrayList<>();

    Worker(int number) {
      name = "worker" + number;
      mailbox = new Mailbox(name + "_mailbox", this::isAsleep);
      machine = new Instance(model, name, spec.apply("worker"), this::act);
      asleep = model.variable(name + "_asleep", 0);
      load = model.variable(name + "_load", 0);
      end = model.variable(name + "_end", 0);
      polled = model.variable(name + "_polled", 0);
      calls = model.variable(name + "_calls", 0);
      freeing = follows ? model.variable(name + "_freeing", 0) : polled;
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

    Term hasRequest() {
      return any(has.stream().flatMap(List::stream).map(place -> is(place, 1)).toList());
    }

    private List<Effect> act(String action) {
      return switch (action) {
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
                    when(
                        follows ? YES : is(polled, 0),
                        set(polled, 1),
                        machine.next("POLL_AGAIN"))));
        case "doze" ->
            List.of(
                mailbox.machine.run("DOZE"),
                choice(
                    when(mailbox.machine.in("asleep"), machine.next("DOZED")),
                    when(not(mailbox.machine.in("asleep")), machine.next("MAIL"))));
        case "sleep" -> List.of(set(asleep, 1));
        case "fail", "stop" -> Effect.join(List.of(ended(machine)), stopped());
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
              rationed(
                  all(is(place, 1), bounds.silent() ? YES : NO),
                  hangs,
                  set(place, NEVER),
                  set(calls, NEVER)));
        }
      }
      ways.add(when(all(not(hasRequest()), is(end, 1)), machine.next("LAST")));
      ways.add(when(all(not(hasRequest()), is(end, 0)), machine.next("EXECUTED")));
      return ways;
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
            loop -> late.addAll(loop.owns ? post(loop.mailbox, set(loop.idleMail, 1)) : List.of()));
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
            choice(
                when(asks, set(loop.asked, 0), set(freeing, FOUND)), when(not(asks), executed())));
        model.command(
            name,
            "tells of room",
            is(freeing, FOUND),
            Effect.join(executed(), post(loop.mailbox, set(loop.roomMail, 1))));
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
          Effect.join(List.of(set(calls, 0), set(load, minus(load, 1))), roomFreed()),
          machine.next("EXECUTED"));
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
      return List.of(choice(ways), set(calls, ANSWERED));
    }

    private List<Effect> stopped() {
      List<Effect> effects = new ArrayList<>();
      for (Connection c : connections) {
        for (int k = 0; k <= bounds.requests(); k++) {
          int place = has.get(c.number).get(k);
          effects.add(onlyIf(is(place, 1), answered(c, k, place)));
        }
      }
      effects.add(set(load, 0));
      effects.addAll(mailbox.close());
      effects.addAll(roomFreed());
      effects.addAll(follows ? List.of(set(freeing, CLOSED)) : tellsOfItsEnd());
      return effects;
    }

    /** Where something is followed, others may find it closed before. */
    private List<Effect> tellsOfItsEnd() {
      return List.of(
          tellServerOfEnd("WORKER_STOPPED"),
          set(runningWorkers, minus(runningWorkers, 1)),
          onlyIf(all(is(runningLoops, 0), is(runningWorkers, 0)), tellServer("ALL_STOPPED")));
    }
  }

  final Function<String, Machine> spec;
  private final Topology topology;
  final Bounds bounds;
  public final Model model;

  /** Whether it is to allow all that a server may do, to follow one. */
  final boolean follows;

  private int tellings;

  final List<Connection> connections = new ArrayList<>();
  private final List<Loop> loops = new ArrayList<>();
  private final List<Worker> workers = new ArrayList<>();
  private final List<BackendModel> backends = new ArrayList<>();
  private final Instance server;
  private final LineModel line;
  private final int runningLoops;
  private final int runningWorkers;
  final int faults;
  final int faulty;
  final int interruptions;
  final int limits;

  /** No descriptor is left, until a connection closes or another file of the process does. */
  private final int shortage;

  final int fills;
  private final int resets;
  private final int malformed;
  final int aborted;
  final int hangs;
  private final int drainTold;
  private final int stopTold;
  private final int abortTold;
  private final int drainsLeft;
  private final int drainBegun;
  private final int added;
  private final int retires;

  /** The listeners were left to another server, who has what they have queued. */
  private final int handedOver;

  private Composition(
      Topology topology,
      Bounds given,
      Function<String, Machine> spec,
      boolean follows,
      boolean noted) {
    this.model = new Model(noted);
    this.follows = follows;
    this.topology = topology;
    boolean processes = topology.owns().equals("backend");
    boolean executes = topology.executes().equals("worker");
    boolean oneThread = topology.loops().equals("one") && !executes && !processes;
    Bounds fewer = processes ? given.withProcesses() : given.withThreads();
    this.bounds = oneThread || follows ? given : fewer;
    this.spec = spec;
    int count = topology.loops().equals("one") && !processes ? 1 : bounds.loops();
    boolean acceptor = topology.accepts().equals("acceptor") || processes;
    int workerCount = executes ? bounds.workers() : 0;
    faults = model.variable("faults", bounds.faults());
    faulty = model.variable("faulty", 0);
    interruptions = model.variable("interruptions", bounds.interruptions());
    limits = model.variable("limits", bounds.limits());
    shortage = model.variable("shortage", 0);
    fills = model.variable("fills", bounds.fills());
    resets = model.variable("resets", bounds.resets());
    malformed = model.variable("malformed", bounds.malformed());
    aborted = model.variable("aborted", 0);
    hangs = model.variable("hangs", bounds.silent() ? 1 : 0);
    drainTold = model.variable("drainTold", 0);
    stopTold = model.variable("stopTold", 0);
    abortTold = model.variable("abortTold", 0);
    drainsLeft = model.variable("drainsLeft", 2);
    drainBegun = model.variable("drainBegun", 0);
    added = model.variable("added", 0);
    handedOver = model.variable("handedOver", 0);
    retires =
        model.variable("retires", topology.listeners().equals("one-a-loop") && count > 1 ? 1 : 0);
    runningLoops = model.variable("runningLoops", processes ? 1 : count + (acceptor ? 1 : 0));
    runningWorkers = model.variable("runningWorkers", workerCount);
    server = new Instance(model, "server", spec.apply("server"), this::serverAction);
    for (int i = 0; i < bounds.connections(); i++) {
      connections.add(new Connection(i));
    }
    boolean each = topology.listeners().equals("one-a-loop");
    for (int i = 0; i < count; i++) {
      String name = (processes ? "backend" : "loop") + i;
      loops.add(new Loop(name, i, !acceptor, true, each ? i : 0, acceptor && !processes ? 1 : 0));
    }
    if (acceptor) {
      loops.add(new Loop(processes ? "front" : "acceptor", count, true, false, 0, 0));
    }
    line = new LineModel(this, loops.stream().filter(loop -> loop.listens).toList());
    for (int i = 0; i < count && processes; i++) {
      BackendModel backend = new BackendModel(this, loops.get(i), loops.getLast());
      backends.add(backend);
      loops.get(i).within = backend;
      loops.getLast().children.add(backend);
    }
    for (int i = 0; i < workerCount; i++) {
      workers.add(new Worker(i));
    }
    serverCommands();
    connections.forEach(this::clientCommands);
    connections.forEach(this::handlerCommands);
    if (bounds.content()) {
      connections.forEach(this::contentCommands);
    }
    loops.forEach(this::loopCommands);
    workers.forEach(this::workerCommands);
    backends.forEach(BackendModel::commands);
    List<Term> over = new ArrayList<>();
    over.add(server.isEnded());
    for (Connection c : connections) {
      over.add(follows ? YES : not(any(is(c.client, AWAY), is(c.client, CONNECTED))));
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
    for (BackendModel backend : backends) {
      model.halted(backend.agent(), not(backend.goesOn()));
    }
    responses();
    if (connections.size() == 2 && !follows) {
      twins(connections.getFirst(), connections.getLast());
    }
    model.close();
  }

  /** What is one step for all others. */
  private void oneStepEach() {
    for (Loop loop : loops) {
      model.inTheMiddle(loop.name, not(is(loop.current, NONE)));
    }
    for (Worker worker : workers) {
      // Between the last look and the announcement of the sleep, somebody may place a request.
      model.inTheMiddle(
          worker.name,
          not(any(is(worker.machine.pending, 0), worker.machine.isAbout("POLLED_OUT"))));
    }
  }

  /** The clock moves where nobody can go on: then who sleeps may wake for that. */
  private void timePasses() {
    List<Term> sleeps = new ArrayList<>();
    List<Effect> late = new ArrayList<>();
    for (Loop loop : loops) {
      Term wakes = any(is(loop.mailbox.signalled, 1), loop.ready());
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
    connections.forEach(c -> model.goesOnAs("client" + c.number, CLIENTS));
    for (int i = 0; one.first + i < one.behind; i++) {
      model.twins(one.first + i, other.first + i);
    }
    for (Worker worker : workers) {
      for (int k = 0; k <= bounds.requests(); k++) {
        model.twins(worker.has.getFirst().get(k), worker.has.getLast().get(k));
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
        new HashSet<>(Set.of("server", "again", "resize", "chance", "handlers", CLIENTS));
    connections.forEach(c -> idle.add("client" + c.number));
    Term serves = all(server.in("serving"), is(drainBegun, 0));
    backendResponses(serves, idle);
    if (bounds.silent()) {
      Term waits = any(connections.stream().map(Connection::awaitsForEver).toList());
      model.response(ServerRule.ANSWERED_IN_TIME, waits, idle);
    }
    for (Loop loop : loops) {
      if (loop.listens) {
        Term goesOn = all(serves, loop.listener.isAlive(), is(loop.retired, 0));
        model.response(ServerRule.WHO_WAITS_IS_ACCEPTED, all(goesOn, loop.hasQueued()), idle);
        model.response(
            ServerRule.PAUSES_END, all(loop.listener.isAlive(), is(loop.lacking, 1)), idle);
        model.response(
            ServerRule.ACCEPTED_IS_PLACED,
            all(loop.listener.isAlive(), not(is(loop.inHand, 0))),
            idle);
      }
    }
  }

  private void backendResponses(Term serves, Set<String> idle) {
    for (BackendModel backend : backends) {
      model.response(ServerRule.BACKENDS_COME_BACK, all(serves, not(backend.isAtWork())), idle);
      model.response(ServerRule.HANDED_IS_TAKEN, all(serves, backend.hasHanded()), idle);
    }
  }

  /** Listeners that wait for a descriptor. */
  LineModel line() {
    return line;
  }

  /** A topology's machines as a model. */
  public static Model of(Topology topology, Bounds bounds, Function<String, Machine> spec) {
    return new Composition(topology, bounds, spec, false, false).model;
  }

  /** The same, which says what transitions it takes. */
  public static Model noted(Topology topology, Bounds bounds, Function<String, Machine> spec) {
    return new Composition(topology, bounds, spec, false, true).model;
  }

  /**
   * The same for following a server. Where the explored model makes several things one step, or has
   * one where a server may have several, each order of them is allowed: all agents go on in the
   * middle of each other's work, a dispatch has any number of events, and a step of the turn may
   * leave to the next turn what came meanwhile.
   */
  public static Composition following(
      Topology topology, Bounds bounds, Function<String, Machine> spec) {
    return new Composition(topology, bounds, spec, true, true);
  }

  /** The end of a step of a loop's turn, where nothing is left. */
  private Term over(Term may, List<Term> left) {
    return follows ? may : all(may, not(any(left)));
  }

  /** A machine that a thread runs where something holds. */
  public record Middle(Term where, Instance machine) {}

  /** For each thread of a server, what it may be in the middle of. */
  public Map<String, List<Middle>> middles() {
    Map<String, List<Middle>> middles = new HashMap<>();
    for (Loop loop : loops) {
      List<Middle> all = new ArrayList<>();
      for (Connection c : connections) {
        all.add(new Middle(is(loop.current, c.number + 1), c.machine));
      }
      all.add(new Middle(is(loop.current, listenerNumber()), loop.listener));
      if (loop.within != null) {
        all.add(new Middle(is(loop.current, uplinkNumber()), loop.within.uplink()));
      }
      for (BackendModel child : loop.children) {
        all.add(new Middle(is(loop.current, child.controlNumber()), child.control()));
      }
      middles.put(loop.name, all);
    }
    for (Worker worker : workers) {
      Term takes = not(is(worker.machine.pending, 0));
      middles.put(worker.name, List.of(new Middle(takes, worker.machine)));
    }
    return middles;
  }

  /** What a server counts, in the model's variables, by participant and name. */
  public Map<String, Term> counts() {
    Map<String, Term> counts = new HashMap<>();
    for (Connection c : connections) {
      String name = c.machine.name();
      counts.put(
          name + ".owed",
          new Term.Binary(Term.Operator.MINUS, variable(c.decoded), variable(c.encoded)));
      counts.put(name + ".held", variable(c.held));
      counts.put(name + ".yielded", not(is(c.yielded, 0)));
      counts.put(name + ".dirty", variable(c.dirty));
    }
    for (Loop loop : loops) {
      counts.put(loop.name + ".owned", variable(loop.owned));
      counts.put(loop.name + ".draining", variable(loop.draining));
      counts.put(loop.name + ".feeders", variable(loop.feeders));
      counts.put(loop.listener.name() + ".inHand", not(is(loop.inHand, 0)));
    }
    for (Worker worker : workers) {
      counts.put(worker.name + ".load", variable(worker.load));
    }
    return counts;
  }

  /** An event of the server, and what must hold after each. */
  private Effect tellServer(String event) {
    return onlyIf(
        YES,
        server.run(event),
        check(any(not(server.in("aborting")), is(aborted, 1)), ServerRule.NOTHING_CUT_EARLY),
        check(
            any(
                server.in("starting"),
                server.in("serving"),
                all(server.in("stopped"), isUnstarted()),
                is(drainBegun, 1),
                is(faulty, 1)),
            ServerRule.NOTHING_DRAINS_UNASKED),
        check(
            any(
                not(any(server.in("draining"), server.in("aborting"), server.in("releasing"))),
                is(drainTold, 1)),
            ServerRule.DRAIN_IS_TOLD),
        check(any(not(server.in("draining")), is(abortTold, 0)), ServerRule.ABORTING_GOES_ON));
  }

  private Term isUnstarted() {
    return new Term.All(ownLoops().map(loop -> not(loop.machine.exists())).toList());
  }

  /** Something of the server has failed, and what is left does not go on serving. */
  private Effect tellServerOfEnd(String event) {
    return onlyIf(
        YES, tellServer(event), check(not(server.in("serving")), ServerRule.WHAT_SERVES_IS_WHOLE));
  }

  private static Effect once(int told, ServerRule rule) {
    return onlyIf(YES, check(is(told, 0), rule), set(told, 1));
  }

  static Effect ended(Instance machine) {
    return check(machine.isEnded(), ServerRule.CLOSED_IS_FINAL);
  }

  // Mail and room.

  List<Effect> post(Mailbox mailbox, Effect... leaves) {
    return List.of(
        onlyIf(
            mailbox.machine.isAlive(),
            Effect.join(
                List.of(leaves),
                mailbox.machine.run("POST"),
                check(mailbox.machine.in("loaded"), ServerRule.MAIL_LOADS))));
  }

  /** One of several that are told the same; where something is followed, one after the other. */
  private List<Effect> tell(Mailbox mailbox, int flag) {
    if (!follows) {
      return post(mailbox, set(flag, 1));
    }
    int due = model.variable("due" + tellings, 0);
    model.command(
        "teller",
        "tell " + tellings++,
        is(due, 1),
        Effect.join(List.of(set(due, 0)), post(mailbox, set(flag, 1))));
    return List.of(set(due, 1));
  }

  private Term hasRoom() {
    return any(
        workers.stream()
            .map(worker -> any(less(worker.load, bounds.queue()), isStopped(worker)))
            .toList());
  }

  private static Term isStopped(Worker worker) {
    return not(worker.mailbox.machine.isAlive());
  }

  /** Loops that asked are told. */
  private List<Effect> roomFreed() {
    List<Effect> effects = new ArrayList<>();
    for (Loop loop : loops) {
      effects.add(
          onlyIf(
              is(loop.asked, 1),
              Effect.join(List.of(set(loop.asked, 0)), post(loop.mailbox, set(loop.roomMail, 1)))));
    }
    return effects;
  }

  // The server.

  /** Those of the server's own process. */
  private Stream<Loop> ownLoops() {
    return loops.stream().filter(loop -> loop.within == null);
  }

  private List<Effect> serverAction(String action) {
    List<Effect> effects = new ArrayList<>();
    switch (action) {
      case "drain" -> {
        effects.add(once(drainTold, ServerRule.DRAIN_TOLD_ONCE));
        ownLoops().forEach(loop -> effects.addAll(tell(loop.mailbox, loop.drainMail)));
      }
      case "abort" -> {
        effects.add(check(is(aborted, 1), ServerRule.NOTHING_CUT_EARLY));
        effects.add(once(abortTold, ServerRule.ABORT_TOLD_ONCE));
        ownLoops().forEach(loop -> effects.addAll(tell(loop.mailbox, loop.abortMail)));
      }
      case "stopWorkers" -> {
        effects.add(once(stopTold, ServerRule.STOP_TOLD_ONCE));
        workers.forEach(worker -> effects.addAll(tell(worker.mailbox, worker.end)));
      }
      case "delay" ->
          effects.add(
              choice(
                  when(
                      YES,
                      server.run("NOW"),
                      check(server.in("draining"), ServerRule.NO_DELAY_IS_NONE)),
                  when(bounds.delays() ? YES : NO, server.run("DELAYED"))));
      case "release" -> effects.add(check(isUnstarted(), ServerRule.RELEASED_IS_UNSTARTED));
      default -> throw new IllegalStateException("a server does not " + action);
    }
    return effects;
  }

  private void serverCommands() {
    List<Effect> started = new ArrayList<>();
    for (Loop loop : loops) {
      if (loop.within != null) {
        continue; // with its process
      }
      started.add(loop.machine.begin());
      started.add(loop.mailbox.machine.begin());
      if (loop.listens) {
        started.add(loop.listener.begin());
      }
    }
    for (Worker worker : workers) {
      started.add(worker.machine.begin());
      started.add(worker.mailbox.machine.begin());
    }
    backends.forEach(backend -> started.addAll(backend.begin()));
    if (follows && !backends.isEmpty()) {
      started.addAll(post(loops.getLast().mailbox));
    }
    started.add(tellServer("STARTED"));
    model.command(
        "server",
        "start",
        not(server.exists()),
        server.begin(),
        choice(when(YES, started), when(YES, tellServer("START_FAILED"))));
    List<Term> quiet = new ArrayList<>();
    for (Connection c : connections) {
      quiet.add(not(any(is(c.client, AWAY), is(c.client, CONNECTED))));
      quiet.add(any(is(c.client, REFUSED), is(c.closed, 1)));
    }
    Term may = bounds.drainsEarly() ? YES : any(new Term.All(quiet), is(faulty, 1));
    model.command(
        "server",
        "drain",
        all(server.isAlive(), is(drainsLeft, 2), may),
        set(drainsLeft, 1),
        set(drainBegun, 1),
        tellServer("DRAIN"));
    model.command(
        "again",
        "drain again",
        all(server.isAlive(), is(drainsLeft, 1), bounds.repeats() ? YES : NO),
        set(drainsLeft, 0),
        tellServer("DRAIN"));
    model.command("clock", "drain delay", server.in("delaying"), tellServer("AFTER_DRAIN_DELAY"));
    Term hangs =
        any(
            Stream.concat(
                    backends.stream().map(BackendModel::hangsForEver),
                    workers.stream().map(Worker::isStuck))
                .toList());
    if (bounds.aborts() || !backends.isEmpty() || !workers.isEmpty()) {
      model.command(
          "clock",
          "drain deadline",
          all(
              server.isAlive(),
              not(server.in("delaying")),
              is(drainBegun, 1),
              is(aborted, 0),
              bounds.aborts() ? YES : hangs),
          set(aborted, 1),
          tellServer("AFTER_DRAIN"),
          check(is(abortTold, 1), ServerRule.DEADLINE_IS_TOLD));
    }
    model.command("files", "a file is closed", is(shortage, 1), set(shortage, 0));
    if (bounds.handsOver()) {
      List<Effect> left = new ArrayList<>(List.of(set(handedOver, 1)));
      ownLoops()
          .filter(loop -> loop.listens)
          .forEach(loop -> left.addAll(post(loop.mailbox, set(loop.retireMail, 1))));
      model.command(
          "resize",
          "leave the listeners to another server",
          all(server.in("serving"), is(handedOver, 0), is(drainBegun, 0)),
          left);
    }
    if (topology.listeners().equals("one-a-loop")) {
      Loop leaving = loops.getLast();
      model.command(
          "resize",
          "retire",
          all(server.in("serving"), is(retires, 1), is(drainBegun, 0)),
          Effect.join(
              List.of(set(retires, 0), set(leaving.retired, 1)),
              post(leaving.mailbox, set(leaving.retireMail, 1))));
      model.command(
          "resize",
          "add",
          all(server.in("serving"), is(added, 0), bounds.repeats() ? YES : NO),
          set(added, 1),
          tellServer("LOOP_ADDED"));
    }
  }

  // Clients and handlers.

  private void clientCommands(Connection c) {
    String agent = "client" + c.number;
    List<Term> open = new ArrayList<>();
    int queues = 1 + loops.stream().mapToInt(loop -> loop.queue).max().orElse(0);
    for (int queue = 0; queue < queues; queue++) {
      Term listening = listening(queue);
      open.add(listening);
      model.command(
          agent,
          "connect to " + queue,
          all(is(c.client, AWAY), listening),
          set(c.client, CONNECTED),
          set(c.queued, queue + 1),
          set(
              c.late,
              any(is(drainBegun, 1), any(loops.stream().map(l -> is(l.retired, 1)).toList()))));
    }
    model.command(
        agent,
        "refused",
        all(is(c.client, AWAY), server.exists(), not(any(open))),
        set(c.client, REFUSED));
    int some = bounds.whole() ? 2 : 1;
    model.command(
        agent,
        bounds.whole() ? "send a request" : "send half a request",
        all(is(c.client, CONNECTED), less(c.sent, 2 * bounds.requests())),
        set(c.sent, plus(c.sent, some)),
        onlyIf(is(c.closed, 0), set(c.arrived, plus(c.arrived, some))));
    model.command(agent, "end its half", is(c.client, CONNECTED), set(c.client, HALF_CLOSED));
    if (bounds.silent()) {
      model.command(agent, "fall silent", is(c.client, CONNECTED), set(c.client, SILENT));
    }
    model.command(
        "chance",
        "reset of " + c.number,
        all(any(is(c.client, CONNECTED), is(c.client, HALF_CLOSED)), not(is(resets, 0))),
        set(resets, minus(resets, 1)),
        choice(
            when(is(c.client, CONNECTED), set(c.client, RESET)),
            when(is(c.client, HALF_CLOSED), set(c.client, ENDED_AND_RESET))));
    model.command(
        agent,
        "read replies",
        all(is(c.full, 1), any(is(c.client, CONNECTED), is(c.client, HALF_CLOSED))),
        set(c.full, 2));
  }

  private Term listening(int queue) {
    List<Term> any = new ArrayList<>();
    for (Loop loop : loops) {
      if (loop.listens && loop.queue == queue) {
        boolean leaves = topology.listeners().equals("one-a-loop") && loop == loops.getLast();
        // New connections are steered away before a loop is retired.
        any.add(all(loop.listener.isAlive(), leaves ? is(loop.retired, 0) : YES));
      }
    }
    return any(any);
  }

  private void handlerCommands(Connection c) {
    for (int k = 0; k <= bounds.requests(); k++) {
      model.command(
          "handlers",
          "answer late " + c.number + k,
          all(is(c.running.get(k), 1), is(c.needed, 0)),
          set(c.running.get(k), 0),
          c.answeredElsewhere(k));
      if (follows) {
        model.command(
            "handlers",
            "answer late, as was seen " + c.number + k,
            any(is(c.running.get(k), SEEN_LATER), is(c.running.get(k), TOLD_LATER)),
            onlyIf(is(c.running.get(k), TOLD_LATER), c.mail(c.replyMail)),
            set(c.running.get(k), 0));
      }
      if (bounds.silent()) {
        model.command(
            "chance",
            "never answer " + c.number + k,
            all(is(c.running.get(k), 1), is(c.mute, 0)),
            set(c.running.get(k), 0),
            set(c.mute, 1));
      }
    }
  }

  /** A handler asks for the rest of its request; that is mail for whoever owns the connection. */
  private void contentCommands(Connection c) {
    model.command(
        "handlers",
        "want content " + c.number,
        all(is(c.body, 1), is(c.wanted, 0), c.owes(), is(c.closed, 0)),
        Effect.join(List.of(set(c.wanted, 1)), c.postToOwner(c.replyMail)));
  }

  // Loops.

  private void loopCommands(Loop loop) {
    Instance machine = loop.machine;
    model.command(
        loop.name,
        "turn",
        all(machine.isAlive(), is(loop.step, 0), is(loop.current, NONE)),
        machine.run("TURN"));
    if (follows && loop.within == null) {
      model.command(
          loop.name,
          "tells of its end",
          is(loop.closed, 1),
          Effect.join(List.of(set(loop.closed, 0)), loop.tellsOfItsEnd()));
    }
    deliveries(loop);
    deadlines(loop);
    waits(loop);
    dispatches(loop);
    resumptions(loop);
    flushes(loop);
    for (Connection c : connections) {
      if (loop.owns) {
        c.machine.commands(
            model,
            loop.name,
            all(
                is(loop.current, c.number + 1),
                is(c.owner, loop.number + 1),
                follows ? is(loop.asking, 0) : YES,
                new Term.All(c.running.stream().map(runs -> less(runs, SEEN_LATER)).toList())),
            action -> connectionAction(c, loop, action),
            rested(c, loop));
      }
    }
    if (loop.listens) {
      model.command(
          "clock of " + loop.name,
          "a unit of the pause is over for " + loop.name,
          all(loop.listener.hasDeadline("ACCEPT_PAUSE"), is(loop.elapsed, 0)),
          set(loop.elapsed, 1));
      loop.listener.commands(
          model,
          loop.name,
          is(loop.current, listenerNumber()),
          action -> listenerAction(loop, action),
          listenerRested(loop));
    }
  }

  /** A listener's state at rest says whether it waits for a descriptor. */
  private List<Effect> listenerRested(Loop loop) {
    Instance listener = loop.listener;
    Term drains = any(listener.in("probing"), listener.in("stalled"), listener.in("holding"));
    return List.of(
        check(rests(listener), ServerRule.RESTS_TO_WAIT, listener.name()),
        check(any(is(loop.failing, 0), not(listener.isAlive())), ServerRule.FAILURE_IS_THE_END),
        check(is(loop.vain, 0), ServerRule.PAUSE_IS_COUNTED),
        check(any(is(loop.called, 0), not(listener.isAlive())), ServerRule.TURN_IS_TAKEN),
        set(loop.called, 0),
        check(
            any(
                is(loop.inHand, 0),
                listener.in("waiting"),
                listener.in("holding"),
                not(listener.isAlive())),
            ServerRule.ACCEPTED_IS_PLACED),
        check(
            any(
                not(listener.isAlive()),
                all(drains, is(loop.listenerTold, 1)),
                all(not(drains), is(loop.listenerTold, 0))),
            ServerRule.DRAINING_GOES_ON),
        check(
            any(not(listener.in("listening")), all(is(loop.lacking, 0), not(line.has(loop)))),
            ServerRule.LISTENING_WAITS_FOR_NONE),
        check(
            any(
                not(any(listener.in("paused"), listener.in("probing"), listener.in("stalled"))),
                line.has(loop)),
            ServerRule.PAUSED_STANDS_IN_LINE),
        check(
            any(
                not(listener.in("stalled")),
                loop.hasQueued(),
                topology.listeners().equals("shared") ? YES : NO),
            ServerRule.STALLED_HAS_QUEUED),
        onlyIf(not(listener.hasDeadline("ACCEPT_PAUSE")), set(loop.elapsed, 0)),
        set(loop.current, NONE),
        set(loop.failing, 0));
  }

  /** A machine that comes to rest waits there for something, or is gone. */
  static Term rests(Instance machine) {
    return any(not(machine.exists()), machine.rests());
  }

  private int listenerNumber() {
    return connections.size() + 1;
  }

  /** A backend's end of its control socket. */
  int uplinkNumber() {
    return connections.size() + 2;
  }

  /** The front's end. */
  int controlNumber(Loop of) {
    return connections.size() + 2 + of.number;
  }

  /** A draining loop tells a connection that comes to rest once more. */
  private List<Effect> rested(Connection c, Loop loop) {
    Term repeats = all(is(loop.draining, 1), is(loop.again, 0), c.machine.isAlive());
    Term clear = all(not(c.owes()), is(c.out, 0), is(c.full, 0), is(c.held, 0), is(c.body, 0));
    return List.of(
        check(is(c.unhandled, 0), ServerRule.DECODED_IS_HANDLED),
        check(is(c.interrupted, 0), ServerRule.INTERRUPTED_IS_REPEATED),
        check(rests(c.machine), ServerRule.RESTS_TO_WAIT, c.machine.name()),
        check(any(is(c.over, 0), not(c.machine.isAlive())), ServerRule.END_IS_AT_ONCE),
        check(any(is(c.refusal, 0), is(c.refusal, TOLD)), ServerRule.REFUSED_IS_TOLD),
        check(
            any(
                is(c.last, 0),
                c.machine.in("finishing"),
                c.machine.in("emptying"),
                c.machine.in("lingering"),
                not(c.machine.isAlive())),
            ServerRule.NOTHING_FOLLOWS_LAST),
        check(
            any(
                is(c.half, 0),
                c.machine.in("departed"),
                c.machine.in("lingering"),
                not(c.machine.isAlive())),
            ServerRule.NOTHING_FOLLOWS_HALF),
        check(any(not(isForgotten(c)), isBehind(c)), ServerRule.READY_IS_ENCODED),
        check(
            not(all(c.machine.in("partial"), is(c.timed, ANEW))),
            ServerRule.TIME_COUNTS_FROM_FIRST_BYTE),
        choice(
            when(c.machine.in("partial"), set(c.timed, IN_TIME)),
            when(c.machine.in("yielded")),
            when(not(any(c.machine.in("partial"), c.machine.in("yielded"))), set(c.timed, 0))),
        onlyIf(c.machine.in("congested"), set(c.stopped, 1)),
        set(c.dropped, 0),
        meaning(c, "fresh", clear),
        meaning(c, "idle", clear),
        meaning(c, "departing", all(clear, is(loop.draining, 1))),
        meaning(c, "partial", all(any(c.isInside(), c.isStarving()), is(c.out, 0), is(c.full, 0))),
        meaning(c, "awaiting", all(c.owes(), is(c.out, 0), is(c.full, 0))),
        meaning(c, "saturated", all(c.owes(), is(c.out, 0), is(c.full, 0))),
        meaning(
            c,
            "finishing",
            all(
                c.owes(),
                any(is(c.last, 1), not(is(c.client, CONNECTED))),
                is(c.out, 0),
                is(c.full, 0))),
        meaning(c, "blocked", all(not(is(c.full, 0)), is(c.out, 0))),
        meaning(c, "congested", all(not(is(c.full, 0)), is(c.out, 0))),
        meaning(c, "emptying", all(not(is(c.full, 0)), is(c.out, 0))),
        meaning(c, "yielded", not(is(c.yielded, 0))),
        meaning(c, "crowded", any(is(c.crowded, 1), is(c.waiting, 0))),
        meaning(c, "lingering", all(is(c.held, 0), is(c.half, LINGERS))),
        meaning(c, "departed", all(clear, is(loop.draining, 1), is(c.half, ENDED))),
        choice(
            when(repeats, set(loop.again, 1), c.machine.next("DRAIN")),
            when(not(repeats), Effect.join(List.of(set(loop.again, 0)), goesOn(loop)))));
  }

  /** What was interrupted goes on. */
  private static List<Effect> goesOn(Loop loop) {
    return List.of(set(loop.current, variable(loop.outer)), set(loop.outer, NONE));
  }

  /** The next reply is there, and nobody is about to tell of it. */
  private Term isForgotten(Connection c) {
    List<Term> tells = new ArrayList<>();
    if (follows) {
      workers.forEach(worker -> tells.add(is(worker.freeing, TELLS + c.number)));
    }
    return all(isReady(c), is(c.dirty, 0), is(c.replyMail, 0), not(any(tells)));
  }

  /** The next reply that is owed is there. */
  private Term isReady(Connection c) {
    List<Term> ready = new ArrayList<>();
    for (int k = 0; k <= bounds.requests(); k++) {
      ready.add(all(is(c.encoded, k), c.replies.get(k).takes("ENCODE")));
    }
    return all(c.owes(), any(ready));
  }

  /** It comes to its replies by itself, or sends none any more. */
  private static Term isBehind(Connection c) {
    return any(
        c.machine.in("yielded"),
        all(is(c.last, 1), c.machine.in("lingering")),
        not(c.machine.isAlive()));
  }

  /** A state at rest says how things are. */
  private static Effect meaning(Connection c, String state, Term holds) {
    return check(
        any(not(c.machine.in(state)), holds), ServerRule.valueOf(state.toUpperCase(Locale.ROOT)));
  }

  private List<Effect> fire(Connection c, Loop loop, String event) {
    return List.of(set(loop.current, c.number + 1), set(loop.budget, 1), c.machine.next(event));
  }

  private List<Effect> fireListener(Loop loop, String event) {
    return List.of(set(loop.current, listenerNumber()), loop.listener.next(event));
  }

  private void deliveries(Loop loop) {
    Term may = loop.isFree(DELIVERING);
    List<Term> left = new ArrayList<>();
    IntFunction<Term> mail =
        flag -> {
          left.add(is(flag, 1));
          return all(may, is(flag, 1));
        };
    // Of several mails for the front, its order to start its backends is the first.
    Term started = new Term.All(loop.children.stream().map(BackendModel::isStarted).toList());
    model.command(
        loop.name,
        "told to drain",
        all(mail.apply(loop.drainMail), started),
        Effect.join(List.of(set(loop.drainMail, 0), set(loop.draining, 1)), due(loop, true)));
    model.command(
        loop.name,
        "told to abort",
        all(mail.apply(loop.abortMail), started),
        Effect.join(List.of(set(loop.abortMail, 0), set(loop.draining, 1)), due(loop, false)));
    model.command(
        loop.name,
        "told to retire",
        mail.apply(loop.retireMail),
        set(loop.retireMail, 0),
        onlyIf(loop.listener.isAlive(), set(loop.listenerDrainDue, 1)));
    model.command(
        loop.name,
        "feeder ended",
        mail.apply(loop.feederMail),
        set(loop.feederMail, 0),
        set(loop.feeders, 0));
    model.command(
        loop.name,
        "told of room",
        mail.apply(loop.roomMail),
        set(loop.roomMail, 0),
        onlyIf(loop.waitsForRoom(), set(loop.asking, 1)));
    if (loop.listens) {
      model.command(
          loop.name,
          "turn of the listener",
          mail.apply(loop.turnMail),
          set(loop.turnMail, 0),
          onlyIf(
              line.hasTurn(loop),
              Effect.join(List.of(set(loop.called, 1), refill(loop)), fireListener(loop, "TURN"))));
      model.command(
          loop.name,
          "drain listener",
          mail.apply(loop.listenerDrainDue),
          Effect.join(
              // A drain has no budget.
              List.of(
                  set(loop.listenerDrainDue, 0),
                  set(loop.acceptBudget, connections.size() + 1 + bounds.interruptions())),
              onlyIf(
                  loop.listener.isAlive(),
                  Effect.join(List.of(set(loop.listenerTold, 1)), fireListener(loop, "DRAIN")))));
      model.command(
          loop.name,
          "drain connections",
          all(mail.apply(loop.telling), is(loop.listenerDrainDue, 0)),
          Effect.join(List.of(set(loop.telling, 0)), connectionsDue(loop, true)));
      model.command(
          loop.name,
          "abort listener",
          mail.apply(loop.listenerAbortDue),
          set(loop.listenerAbortDue, 0),
          onlyIf(
              loop.listener.isAlive(),
              Effect.join(List.of(set(loop.listenerTold, 2)), fireListener(loop, "ABORT"))));
    }
    loop.children.forEach(child -> left.add(child.hasMail()));
    for (Connection c : connections) {
      if (loop.within == null) {
        left.add(is(c.handoff, loop.number + 1));
        model.command(
            loop.name,
            "adopt " + c.number,
            all(may, is(c.handoff, loop.number + 1)),
            Effect.join(List.of(set(c.handoff, 0)), adopted(c, loop)));
      }
      flagged(loop, may, left, c, c.replyMail, "reply for", replyDelivered(c));
      flagged(loop, may, left, c, c.drainDue, "drain", fire(c, loop, "DRAIN"));
      flagged(
          loop,
          may,
          left,
          c,
          c.abortDue,
          "abort",
          Effect.join(List.of(set(c.over, 1)), fire(c, loop, "ABORT")));
    }
    List<Effect> rest =
        follows ? List.of(set(loop.left, 0), set(loop.idleMail, 0)) : List.of(set(loop.left, 0));
    model.command(
        loop.name,
        "delivered",
        follows ? all(may, is(loop.asking, 0)) : over(may, left),
        Effect.join(rest, loop.machine.run("DELIVERED")));
    if (bounds.leavesMail()) {
      // What one mail brings about for all connections is done before the next one.
      List<Term> dues = new ArrayList<>();
      dues.add(is(loop.listenerDrainDue, 1));
      dues.add(is(loop.listenerAbortDue, 1));
      dues.add(is(loop.telling, 1));
      loop.children.forEach(child -> dues.add(child.hasDue()));
      for (Connection c : connections) {
        dues.add(all(loop.owns(c), any(is(c.drainDue, 1), is(c.abortDue, 1))));
      }
      model.command(
          loop.name,
          "delivered as much as a turn may",
          all(may, any(left), not(any(dues)), is(loop.left, 0)),
          set(loop.left, 1),
          loop.machine.run("DELIVERED"));
    }
  }

  private List<Effect> replyDelivered(Connection c) {
    return follows
        ? List.of(
            set(c.dirty, 1), onlyIf(is(c.moreMail, 1), set(c.replyMail, 1), set(c.moreMail, 0)))
        : List.of(set(c.dirty, 1));
  }

  private void flagged(
      Loop loop,
      Term may,
      List<Term> left,
      Connection c,
      int flag,
      String name,
      List<Effect> effects) {
    Term here = all(is(flag, 1), loop.owns(c));
    left.add(here);
    model.command(
        loop.name,
        name + " " + c.number,
        all(may, here),
        set(flag, 0),
        onlyIf(c.machine.isAlive(), effects));
  }

  List<Effect> due(Loop loop, boolean drain) {
    List<Effect> effects = new ArrayList<>();
    for (BackendModel child : loop.children) {
      effects.addAll(drain ? child.tellToDrain() : child.tellToAbort());
    }
    if (loop.listens) {
      int flag = drain ? loop.listenerDrainDue : loop.listenerAbortDue;
      effects.add(onlyIf(loop.listener.isAlive(), set(flag, 1)));
    }
    return Effect.join(
        effects,
        drain && loop.listens && (loop.owns || !follows)
            ? List.of(set(loop.telling, 1))
            : connectionsDue(loop, drain));
  }

  private List<Effect> connectionsDue(Loop loop, boolean drain) {
    return connections.stream()
        .map(c -> onlyIf(loop.owns(c), set(drain ? c.drainDue : c.abortDue, 1)))
        .toList();
  }

  /** It is told to drain at once where its loop drains, in the middle of what brought it here. */
  List<Effect> adopted(Connection c, Loop loop) {
    return Effect.join(begun(c), onlyIf(is(loop.draining, 1), meanwhile(c, loop, "DRAIN")));
  }

  /** In the middle of what the loop is at. */
  private List<Effect> meanwhile(Connection c, Loop loop, String event) {
    return Effect.join(List.of(set(loop.outer, variable(loop.current))), fire(c, loop, event));
  }

  private static List<Effect> begun(Connection c) {
    return List.of(check(not(c.machine.isAlive()), ServerRule.ONE_OWNER), c.machine.begin());
  }

  private static int refusal(String deadline) {
    return switch (deadline) {
      case "REQUEST" -> TOO_LATE;
      case "HANDLER" -> UNANSWERED;
      default -> 0;
    };
  }

  private void deadlines(Loop loop) {
    Term may = loop.isFree(EXPIRING);
    for (Connection c : connections) {
      for (String deadline : DEADLINES) {
        boolean last = LAST_DEADLINES.contains(deadline);
        Term ends = last ? c.machine.endsBy("AFTER_" + deadline) : YES;
        model.command(
            loop.name,
            deadline + " of " + c.number,
            all(may, loop.owns(c), c.due(deadline)),
            Effect.join(
                List.of(
                    check(ends, ServerRule.DEADLINES_END),
                    set(c.refusal, refusal(deadline)),
                    set(c.over, last ? 1 : 0),
                    onlyIf(c.machine.in("departed"), set(c.hurried, 2), set(c.over, 1))),
                fire(c, loop, "AFTER_" + deadline)));
      }
    }
    if (loop.listens) {
      model.command(
          loop.name,
          "end of pause",
          all(may, loop.pauseDue()),
          Effect.join(
              List.of(refill(loop), set(loop.paused, 1), set(loop.elapsed, 0)),
              fireListener(loop, "AFTER_ACCEPT_PAUSE")));
      for (String event : List.of("LIMIT", "FAILED", "HANGUP")) {
        model.command(
            loop.name,
            "listener " + event,
            all(may, loop.listener.isAlive(), loop.listener.rests(), not(is(faults, 0))),
            Effect.join(
                Effect.join(fault(), event.equals("LIMIT") ? limited(loop) : set(loop.failing, 1)),
                fireListener(loop, event)));
      }
    }
    if (loop.within != null) {
      loop.within.uplinkDeadline(may);
    }
    model.command(
        loop.name,
        "expired",
        over(may, List.of(loop.timerDue())),
        set(loop.paused, 0),
        loop.machine.run("EXPIRED"));
  }

  /** Who listens can still pause where the kernel has no memory for it. */
  private static Effect limited(Loop loop) {
    return choice(
        when(loop.listener.in("listening"), set(loop.vain, 1)),
        when(not(loop.listener.in("listening")), set(loop.failing, 1)));
  }

  List<Effect> fault() {
    return List.of(set(faults, minus(faults, 1)), set(faulty, 1));
  }

  private void waits(Loop loop) {
    Instance mailbox = loop.mailbox.machine;
    List<Effect> slept = new ArrayList<>();
    slept.add(mailbox.run("DOZE"));
    slept.add(
        choice(
            when(mailbox.in("asleep"), set(loop.step, ASLEEP)),
            when(not(mailbox.in("asleep")), polled(loop))));
    model.command(
        loop.name,
        "wait",
        loop.isFree(AWAITING),
        choice(
            when(follows ? any(loop.isBusy(), is(loop.listed, 1)) : loop.isBusy(), polled(loop)),
            when(not(follows ? loop.isBusyByItself() : loop.isBusy()), slept)));
    model.command(
        loop.name,
        "wake",
        all(
            is(loop.step, ASLEEP),
            any(
                is(loop.mailbox.signalled, 1),
                loop.ready(),
                loop.timerDue(),
                follows ? any(is(loop.late, 1), is(loop.stale, 1)) : NO)),
        Effect.join(
            follows ? wakesLater(loop) : List.of(),
            Effect.join(loop.mailbox.wake(loop.hasMail()), polled(loop))));
  }

  private List<Effect> wakesLater(Loop loop) {
    Term signalled = is(loop.mailbox.signalled, 1);
    Term other = any(loop.ready(), loop.timerDue(), is(loop.late, 1));
    return List.of(
        choice(
            when(signalled, set(loop.stale, 1)),
            when(all(not(signalled), other)),
            when(all(not(signalled), not(other)), set(loop.stale, 0))),
        set(loop.late, 0));
  }

  private List<Effect> polled(Loop loop) {
    return List.of(
        choice(
            // Where something is followed, an eventfd is an event too.
            when(follows ? YES : loop.ready(), loop.machine.run("EVENTS")),
            when(not(loop.ready()), loop.machine.run("QUIET")),
            breaking(loop.owns ? YES : NO, loop.machine.run("FAILED"))));
  }

  /** As many events a turn as the bounds say, whichever; each source has one, or one each way. */
  private void dispatches(Loop loop) {
    Term may =
        all(loop.isFree(DISPATCHING), follows ? YES : less(loop.dispatched, bounds.events()));
    for (Connection c : connections) {
      Term none = is(c.fired, 0);
      Term some = not(is(c.fired, ALL_FIRED));
      event(loop, c, all(may, none), "HANGUP", c.isHungUp());
      event(loop, c, all(may, none), "WRITABLE", follows ? c.wasWritable() : c.writable());
      event(loop, c, all(may, some), "READABLE", follows ? c.wasReadable() : c.readable());
    }
    if (loop.listens) {
      model.command(
          loop.name,
          "listener readable",
          all(may, is(loop.listenerFired, 0), loop.listenerReady()),
          Effect.join(
              Effect.join(loop.fires(loop.listenerFired, ALL_FIRED), refill(loop)),
              fireListener(loop, "READABLE")));
    }
    loop.children.forEach(child -> child.frontDispatches(may));
    if (loop.within != null) {
      loop.within.dispatches(may);
    }
    model.command(
        loop.name,
        "dispatched",
        all(
            loop.isFree(DISPATCHING),
            follows ? YES : any(not(is(loop.dispatched, 0)), not(loop.ready()))),
        Effect.join(loop.firedNone(), loop.machine.run("DISPATCHED")));
  }

  private Effect refill(Loop loop) {
    return onlyIf(less(loop.acceptBudget, 1), set(loop.acceptBudget, 1));
  }

  private void event(Loop loop, Connection c, Term may, String event, Term where) {
    model.command(
        loop.name,
        event + " of " + c.number,
        all(may, loop.owns(c), c.machine.isAlive(), where),
        Effect.join(
            loop.fires(c.fired, event.equals("WRITABLE") ? WRITABLE_FIRED : ALL_FIRED),
            fire(c, loop, event)));
  }

  private void resumptions(Loop loop) {
    Term may = loop.isFree(RESUMING);
    List<Term> left = new ArrayList<>();
    for (Connection c : connections) {
      Term resumes = all(is(c.yielded, RESUMES), loop.owns(c));
      left.add(resumes);
      model.command(
          loop.name,
          "resume " + c.number,
          all(may, resumes),
          set(c.yielded, 0),
          onlyIf(c.machine.isAlive(), fire(c, loop, "RESUME")));
      // All that wait try where one has room: those that find none in the end are crowded again.
      Term admits = all(is(c.crowded, 1), loop.owns(c), follows ? YES : hasRoom());
      left.add(admits);
      model.command(
          loop.name,
          "room for " + c.number,
          all(may, admits),
          set(c.crowded, 0),
          onlyIf(c.machine.isAlive(), fire(c, loop, "ROOM")));
    }
    if (follows) {
      model.command(
          loop.name, "asks for room", is(loop.asking, 1), set(loop.asking, 0), set(loop.asked, 1));
      model.command(
          loop.name, "room for who has ended", all(may, loop.mayAdmit()), set(loop.gone, 0));
    }
    model.command(loop.name, "resumed", over(may, left), loop.machine.run("RESUMED"));
  }

  private void flushes(Loop loop) {
    Term may = loop.isFree(FLUSHING);
    List<Term> left = new ArrayList<>();
    for (Connection c : connections) {
      flagged(loop, may, left, c, c.dirty, "reply ready", fire(c, loop, "REPLY_READY"));
      Term surplus = all(is(c.hurried, 1), loop.owns(c));
      left.add(surplus);
      model.command(
          loop.name,
          "too many linger beside " + c.number,
          all(may, surplus),
          Effect.join(List.of(set(c.hurried, 2), set(c.over, 1)), fire(c, loop, "SURPLUS")));
    }
    if (loop.within != null) {
      left.add(is(loop.freed, 1));
      model.command(
          loop.name,
          "descriptor free",
          all(may, is(loop.freed, 1)),
          set(loop.freed, 0),
          onlyIf(YES, loop.within.roomFreed()));
    }
    if (!loop.children.isEmpty()) {
      left.add(is(loop.room, 1));
      model.command(
          loop.name,
          "room of a backend",
          all(may, is(loop.room, 1)),
          set(loop.room, 0),
          onlyIf(
              loop.listener.isAlive(),
              Effect.join(List.of(refill(loop)), fireListener(loop, "ROOM"))));
    }
    model.command(loop.name, "flushed", over(may, left), loop.flushed());
  }

  // A listener's actions.

  private List<Effect> listenerAction(Loop loop, String action) {
    Instance listener = loop.listener;
    return switch (action) {
      case "accept" ->
          List.of(
              set(loop.pauseAgain, 0),
              set(loop.called, 0),
              set(loop.lacking, 0),
              choice(acceptances(loop)));
      case "place" -> List.of(choice(placements(loop)));
      case "shed" -> List.of(choice(sheddings(loop)));
      case "yieldPlace" ->
          List.of(
              choice(
                  when(YES, listener.next("YIELDED")),
                  rationed(
                      topology.listeners().equals("shared") ? YES : NO,
                      limits,
                      set(loop.vain, 1),
                      listener.next("LIMIT"))));
      case "queue" ->
          List.of(
              check(is(loop.lacking, 1), ServerRule.QUEUES_IN_NEED),
              check(is(loop.called, 0), ServerRule.TURN_IS_TAKEN),
              line.join(loop));
      case "pause" ->
          List.of(
              check(is(loop.vain, 1), ServerRule.PAUSE_IS_COUNTED),
              set(loop.vain, 0),
              line.stand(loop));
      case "countDown" ->
          List.of(
              choice(
                  when(is(loop.pauseAgain, 0), set(loop.pauseAgain, 1), listener.next("AGAIN")),
                  when(YES, set(loop.pauseAgain, 0), listener.next("DUE"))));
      case "fail" ->
          Effect.join(
              List.of(
                  ended(listener), check(is(loop.failing, 1), ServerRule.WORKING_DOES_NOT_FAIL)),
              listenerClosed(loop, false));
      case "close" ->
          Effect.join(
              List.of(
                  ended(listener),
                  check(is(loop.failing, 0), ServerRule.FAILURE_IS_REPORTED),
                  check(not(is(loop.listenerTold, 0)), ServerRule.CLOSED_IS_TOLD)),
              listenerClosed(loop, true));
      default -> throw new IllegalStateException("a listener does not " + action);
    };
  }

  private List<Effect.Way> acceptances(Loop loop) {
    Instance listener = loop.listener;
    Term may = all(not(is(loop.acceptBudget, 0)), line.isTurnOf(loop));
    List<Effect.Way> ways = new ArrayList<>();
    ways.add(
        when(
            is(loop.acceptBudget, 0),
            set(loop.acceptBudget, 1),
            line.leave(loop),
            listener.next("BUDGET_SPENT")));
    ways.add(
        when(
            all(not(is(loop.acceptBudget, 0)), not(line.isTurnOf(loop))),
            set(loop.lacking, 1),
            listener.next("OTHERS_FIRST")));
    Effect begin = line.begin(loop);
    Term able = all(may, is(shortage, 0));
    Term unable = all(may, is(shortage, 1));
    ways.add(
        when(
            all(able, not(loop.hasQueued())),
            begin,
            line.leave(loop),
            listener.next("WOULD_BLOCK")));
    for (Connection c : connections) {
      ways.add(
          when(
              all(able, is(c.queued, loop.queue + 1)),
              begin,
              check(is(loop.inHand, 0), ServerRule.ACCEPTED_IS_PLACED),
              line.accepted(loop),
              set(c.queued, 0),
              set(c.late, 0),
              set(c.accepted, 1),
              set(loop.inHand, c.number + 1),
              set(loop.acceptBudget, minus(loop.acceptBudget, 1)),
              listener.next("ACCEPTED")));
    }
    // It counts, lest those who give up in the queue keep a loop for as long as they like.
    Effect counts = set(loop.acceptBudget, minus(loop.acceptBudget, 1));
    ways.add(rationed(may, interruptions, begin, counts, listener.next("RETRY")));
    // Linux says that no descriptor is left before it looks whether a connection waits.
    for (String outcome : List.of("LIMIT", "OVERFLOW")) {
      List<Effect> lacks = List.of(begin, set(loop.lacking, 1), listener.next(outcome));
      ways.add(when(unable, lacks));
      ways.add(
          rationed(
              able, limits, Effect.join(List.of(set(shortage, 1)), lacks).toArray(Effect[]::new)));
    }
    ways.add(breaking(may, begin, set(loop.failing, 1), listener.next("FAILED")));
    return ways;
  }

  /** A connection is accepted and closed at once, if one waits. */
  private List<Effect.Way> sheddings(Loop loop) {
    Instance listener = loop.listener;
    List<Effect.Way> ways = new ArrayList<>();
    for (Connection c : connections) {
      ways.add(
          when(
              is(c.queued, loop.queue + 1),
              set(c.queued, 0),
              set(c.late, 0),
              set(c.closed, 1),
              onlyIf(any(is(c.client, CONNECTED), is(c.client, SILENT)), set(c.client, RESET)),
              listener.next("SHED")));
    }
    ways.add(
        when(
            not(loop.hasQueued()),
            line.leave(loop),
            set(loop.lacking, 0),
            listener.next("WOULD_BLOCK")));
    ways.add(rationed(YES, limits, listener.next("LIMIT")));
    return ways;
  }

  /** What happens so many times at most. */
  static Effect.Way rationed(Term guard, int ration, Effect... effects) {
    return when(
        all(guard, not(is(ration, 0))),
        Effect.join(List.of(set(ration, minus(ration, 1))), effects));
  }

  /** An error after which nothing goes well. */
  Effect.Way breaking(Term guard, Effect... effects) {
    return when(all(guard, not(is(faults, 0))), Effect.join(fault(), effects));
  }

  private List<Effect.Way> placements(Loop loop) {
    List<Effect.Way> ways = new ArrayList<>();
    for (Connection c : connections) {
      Term here = is(loop.inHand, c.number + 1);
      List<Effect> placed = List.of(set(loop.inHand, 0), loop.listener.next("PLACED"));
      if (loop.owns) {
        List<Effect> effects = new ArrayList<>(placed);
        effects.add(check(is(c.owner, 0), ServerRule.ONE_OWNER));
        effects.add(set(c.owner, loop.number + 1));
        effects.add(set(loop.owned, plus(loop.owned, 1)));
        ways.add(when(here, Effect.join(effects, adopted(c, loop))));
        List<Effect> excess =
            Effect.join(
                Effect.join(effects, begun(c)),
                Effect.join(List.of(set(c.refusal, MALFORMED)), meanwhile(c, loop, "EXCESS")));
        ways.add(rationed(here, malformed, excess.toArray(Effect[]::new)));
        continue;
      }
      List<Term> closed = new ArrayList<>();
      for (BackendModel child : loop.children) {
        closed.add(is(child.admitted, 0));
        ways.addAll(child.placements(c, here, placed));
      }
      for (Loop target : loops) {
        if (target.owns && target.within == null) {
          Term open = target.mailbox.machine.isAlive();
          closed.add(not(open));
          List<Effect> effects = new ArrayList<>(placed);
          effects.add(check(is(c.owner, 0), ServerRule.ONE_OWNER));
          effects.add(set(c.owner, target.number + 1));
          effects.add(set(target.owned, plus(target.owned, 1)));
          effects.addAll(post(target.mailbox, set(c.handoff, target.number + 1)));
          ways.add(when(all(here, open), effects));
        }
      }
      // Loops that have stopped take nothing any more; a backend, or the one that follows it, may.
      String none = loop.children.isEmpty() ? "NOBODY" : "NOWHERE";
      ways.add(when(all(here, new Term.All(closed)), line.leave(loop), loop.listener.next(none)));
    }
    ways.add(
        when(is(loop.inHand, 0), check(NO, ServerRule.ONE_OWNER), loop.listener.next("PLACED")));
    return ways;
  }

  /** Those that the kernel has queued are reset with the last listener that could accept them. */
  private List<Effect> listenerClosed(Loop loop, boolean orderly) {
    List<Effect> effects =
        new ArrayList<>(List.of(line.leave(loop), set(loop.lacking, 0), set(loop.acceptBudget, 0)));
    List<Term> others = new ArrayList<>();
    for (Loop other : loops) {
      if (other != loop && other.listens && other.queue == loop.queue) {
        others.add(other.listener.isAlive());
      }
    }
    for (Connection c : connections) {
      Term waits = all(is(c.queued, loop.queue + 1), not(any(others)));
      effects.add(
          onlyIf(
              waits,
              orderly
                  ? check(
                      any(is(c.late, 1), is(aborted, 1), is(faulty, 1), is(handedOver, 1)),
                      ServerRule.QUEUED_IS_NOT_LOST)
                  : set(faulty, 1),
              set(c.queued, 0),
              set(c.late, 0),
              onlyIf(is(c.client, CONNECTED), set(c.client, RESET))));
      effects.add(
          onlyIf(is(loop.inHand, c.number + 1), List.of(set(loop.inHand, 0), set(c.closed, 1))));
    }
    if (!loop.owns) {
      for (Loop target : loops) {
        if (target.owns && target.within == null) {
          effects.addAll(tell(target.mailbox, target.feederMail));
        }
      }
    }
    return effects;
  }

  // A connection's actions.

  private List<Effect> connectionAction(Connection c, Loop loop, String action) {
    Instance machine = c.machine;
    List<Effect> effects = new ArrayList<>();
    int call = INTERRUPTIBLE.indexOf(action) + 1;
    effects.add(
        check(
            any(is(c.interrupted, 0), is(c.interrupted, call)),
            ServerRule.INTERRUPTED_IS_REPEATED));
    effects.add(set(c.interrupted, 0));
    effects.add(
        onlyIf(
            all(is(c.timed, IN_TIME), not(any(machine.in("partial"), machine.in("judging")))),
            set(c.timed, ANEW)));
    effects.addAll(
        switch (action) {
          case "read" ->
              List.of(
                  check(
                      any(not(is(c.arrived, 0)), c.hasEnded(), c.isReset(), machine.in("parting")),
                      ServerRule.READ_IS_READABLE),
                  choice(received(c, "RECEIVED", call)));
          case "discard" ->
              List.of(
                  check(is(c.dropped, 0), ServerRule.DISCARDS_ONCE),
                  choice(received(c, "DISCARDED", call)));
          case "decode" -> List.of(choice(decodings(c, loop)));
          case "handle" ->
              List.of(
                  check(is(c.unhandled, 1), ServerRule.HANDLED_ONCE),
                  set(c.unhandled, 0),
                  choice(handlings(c, loop)));
          case "place" ->
              List.of(
                  check(any(not(is(c.waiting, 0)), is(c.overdue, 1)), ServerRule.PLACED_WAITED),
                  choice(requestPlacements(c, loop)));
          case "reply" -> replied(c, loop, machine.next("REPLIED"));
          case "answer" ->
              Effect.join(
                  encodings(c),
                  choice(when(YES, choice(flushings(c, call, "AGAIN"))), lastReplied(c, loop)));
          case "refuse" -> refused(c, MALFORMED);
          case "judge" ->
              List.of(
                  choice(
                      when(
                          is(c.judged, 0),
                          set(c.judged, 1),
                          set(c.refusal, 0),
                          machine.next("ENOUGH")),
                      when(YES, machine.next("LATE"))));
          case "giveUp" -> gaveUp(c);
          case "refuseLate" -> refused(c, TOO_LATE);
          case "flush" ->
              Effect.join(
                  List.of(
                      check(
                          any(is(c.stopped, 0), machine.in("ending")),
                          ServerRule.READING_RESUMES_LOW)),
                  choice(flushings(c, call, "RETRY")));
          case "relieve" ->
              List.of(
                  check(is(c.stopped, 1), ServerRule.READING_STOPS_HIGH),
                  choice(flushings(c, call, "RETRY")));
          case "yieldTurn" ->
              List.of(
                  check(not(is(c.held, 0)), ServerRule.YIELDS_WITH_MORE), set(c.yielded, YIELDS));
          case "endOutput" ->
              List.of(
                  check(is(c.half, 0), ServerRule.HALF_ENDS_ONCE),
                  set(c.held, 0),
                  choice(
                      when(not(c.isReset()), set(c.half, ENDED), machine.next("ENDED")),
                      rationed(
                          all(not(c.isReset()), is(c.full, 0), backends.isEmpty() ? YES : NO),
                          fills,
                          set(c.full, 1),
                          machine.next("BLOCKED")),
                      when(c.isReset(), broken(c))));
          case "linger" ->
              Effect.join(
                  List.of(check(is(c.half, ENDED), ServerRule.LINGERS_ONCE), set(c.half, LINGERS)),
                  mayHurry(c, loop));
          case "close" -> closed(c, loop, true);
          default -> throw new IllegalStateException("a connection does not " + action);
        });
    return effects;
  }

  /** One more lingers, which may be too many: another one has lingered longer. */
  private List<Effect> mayHurry(Connection c, Loop loop) {
    List<Effect> effects = new ArrayList<>();
    for (Connection other : connections) {
      if (other != c) {
        Term lingers = all(loop.owns(other), other.machine.in("lingering"));
        effects.add(
            choice(when(all(lingers, is(other.hurried, 0)), set(other.hurried, 1)), when(YES)));
      }
    }
    return effects;
  }

  private static Effect broken(Connection c) {
    return onlyIf(YES, set(c.over, 1), c.machine.next("BROKEN"));
  }

  private List<Effect.Way> received(Connection c, String some, int call) {
    Instance machine = c.machine;
    Term open = not(c.isReset());
    Term empty = is(c.arrived, 0);
    boolean keeps = some.equals("RECEIVED");
    Term all = new Term.Binary(Term.Operator.PLUS, variable(c.held), variable(c.arrived));
    return List.of(
        when(all(is(c.client, RESET), empty), broken(c)),
        when(
            not(empty),
            set(c.held, keeps ? all : variable(c.held)),
            set(c.dropped, keeps ? 0 : 1),
            set(c.arrived, 0),
            machine.next(some)),
        when(
            all(empty, any(c.hasEnded(), is(c.client, ENDED_AND_RESET))),
            Effect.join(c.endContent(), machine.next("END_OF_STREAM"))),
        when(all(open, empty, not(c.hasEnded())), machine.next("WOULD_BLOCK")),
        rationed(
            all(open, not(empty), keeps && backends.isEmpty() ? YES : NO),
            malformed,
            Effect.join(
                    c.endContent(),
                    set(c.arrived, 0),
                    set(c.last, 1),
                    set(c.insecure, 1),
                    machine.next("INSECURE"))
                .toArray(Effect[]::new)),
        // Of a request of which a part is there, less than the rest comes.
        rationed(
            all(open, not(empty), is(c.held, 1), keeps ? YES : NO),
            interruptions,
            machine.next(some)),
        // select(2): what was said to be readable may block nevertheless.
        rationed(follows ? YES : open, interruptions, machine.next("WOULD_BLOCK")),
        interruption(YES, c, call, "RETRY"),
        breaking(YES, broken(c)));
  }

  private Effect.Way interruption(Term guard, Connection c, int call, String again) {
    return rationed(guard, interruptions, set(c.interrupted, call), c.machine.next(again));
  }

  /** What has come is content of a request that was given, or a request. */
  private List<Effect.Way> decodings(Connection c, Loop loop) {
    Term content = all(is(c.body, 1), not(is(c.held, 0)));
    List<Effect.Way> ways = new ArrayList<>();
    for (Effect.Way way : requestDecodings(c, loop)) {
      ways.add(when(all(not(content), way.guard()), way.effects()));
    }
    ways.add(when(all(content, is(c.wanted, 0)), c.machine.next("SATURATED")));
    ways.add(
        when(
            all(content, is(c.wanted, 1)),
            Effect.join(
                List.of(set(c.held, minus(c.held, 1)), set(c.timed, 0)),
                Effect.join(c.endContent(), choice(requestDecodings(c, loop))))));
    return ways;
  }

  private List<Effect.Way> requestDecodings(Connection c, Loop loop) {
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
        rationed(whole, malformed, set(c.refusal, MALFORMED), machine.next("MALFORMED")));
  }

  private List<Effect.Way> handlings(Connection c, Loop loop) {
    List<Effect.Way> ways = new ArrayList<>();
    for (int k = 0; k <= bounds.requests(); k++) {
      Term here = is(c.decoded, k);
      Instance reply = c.replies.get(k);
      List<Effect> begun = List.of(set(c.decoded, k + 1), reply.begin());
      if (!workers.isEmpty()) {
        ways.add(
            when(
                here,
                Effect.join(begun, set(c.waiting, k + 1), choice(requestPlacements(c, loop)))));
        continue;
      }
      ways.add(
          when(
              all(here, not(c.owes())),
              set(c.decoded, k + 1),
              set(c.encoded, k + 1),
              set(c.out, 1),
              dropped(c).getFirst(),
              choice(
                  when(YES, c.machine.next("REPLIED")),
                  when(
                      any(is(c.last, 1), is(loop.draining, 1), bounds.ages() ? YES : NO),
                      set(c.last, 1),
                      c.machine.next("LAST_REPLIED")))));
      if (bounds.lateHandlers()) {
        ways.add(
            when(
                here,
                Effect.join(
                    Effect.join(begun, reply.run("RETURN"), set(c.running.get(k), 1)),
                    replied(c, loop, c.machine.next("LATER")))));
        begun = Effect.join(begun, set(c.running.get(k), follows ? SEEN_LATER : 0));
        ways.add(
            when(
                here,
                Effect.join(
                    Effect.join(begun, reply.run("ANSWER"), reply.run("RETURN")),
                    replied(c, loop, c.machine.next("LATER")))));
        // Another thread answers between the handler's return and the look at what is ready.
        begun = Effect.join(begun, reply.run("RETURN"));
        ways.add(
            when(
                here,
                Effect.join(
                    Effect.join(begun, follows ? c.answeredBehind(k) : c.answeredElsewhere(k)),
                    replied(c, loop, c.machine.next("LATER")))));
      }
    }
    return ways;
  }

  private List<Effect.Way> requestPlacements(Connection c, Loop loop) {
    List<Effect.Way> ways = new ArrayList<>();
    ways.add(when(is(c.waiting, 0), c.machine.next("LATER")));
    for (int k = 0; k <= bounds.requests() && !workers.isEmpty(); k++) {
      Term here = is(c.waiting, k + 1);
      Instance reply = c.replies.get(k);
      for (Worker worker : workers) {
        int place = worker.has.get(c.number).get(k);
        List<Effect> effects = new ArrayList<>();
        effects.add(set(c.waiting, 0));
        effects.add(reply.run("RETURN"));
        effects.add(
            choice(
                when(
                    not(isStopped(worker)),
                    Effect.join(
                        List.of(
                            check(is(place, 0), ServerRule.HANDLED_ONCE),
                            set(worker.load, plus(worker.load, 1))),
                        post(worker.mailbox, set(place, 1)))),
                when(isStopped(worker), reply.run("ANSWER"))));
        effects.add(c.machine.next("LATER"));
        ways.add(
            when(all(here, any(less(worker.load, bounds.queue()), isStopped(worker))), effects));
      }
      ways.add(
          when(
              all(here, not(hasRoom())),
              set(c.crowded, 1),
              onlyIf(not(isToldOfRoom(loop)), set(loop.asking, 1)),
              c.machine.next("CROWDED")));
    }
    if (workers.isEmpty()) {
      ways.add(when(not(is(c.waiting, 0)), c.machine.next("LATER")));
    }
    return ways;
  }

  /** It asked for room, and will hear of some. */
  private Term isToldOfRoom(Loop loop) {
    List<Term> told = new ArrayList<>(List.of(is(loop.roomMail, 1)));
    if (follows) {
      workers.forEach(worker -> told.add(is(worker.freeing, FOUND)));
    }
    return any(told);
  }

  /**
   * The replies at the front that are ready are encoded, as far as request order allows. Of one
   * that comes in parts somebody owes the second once the first is encoded.
   */
  private List<Effect> encodings(Connection c) {
    List<Effect> effects = new ArrayList<>();
    for (int k = 0; k <= bounds.requests(); k++) {
      Instance reply = c.replies.get(k);
      Term ready = all(is(c.encoded, k), c.owes(), reply.takes("ENCODE"));
      List<Effect.Way> ways = new ArrayList<>();
      ways.add(when(ready, reply.run("ENCODE"), set(c.encoded, k + 1), set(c.out, 1)));
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
    effects.addAll(dropped(c));
    return effects;
  }

  /** What a handler has not read when it is answered is dropped. */
  private List<Effect> dropped(Connection c) {
    return List.of(onlyIf(all(is(c.body, 1), not(c.owes())), set(c.wanted, 1), set(c.needed, 0)));
  }

  private List<Effect> replied(Connection c, Loop loop, Effect otherwise) {
    return Effect.join(encodings(c), choice(when(YES, otherwise), lastReplied(c, loop)));
  }

  /** A reply that was encoded may say that it is the last; what is owed behind it is forgotten. */
  private Effect.Way lastReplied(Connection c, Loop loop) {
    Term says = any(is(loop.draining, 1), bounds.lasts() || bounds.ages() ? YES : NO);
    List<Effect> effects = new ArrayList<>();
    effects.add(onlyIf(c.owes(), forgotten(c)));
    effects.add(set(c.last, 1));
    effects.addAll(c.endContent());
    effects.add(c.machine.next("LAST_REPLIED"));
    return when(
        all(is(c.out, 1), not(is(c.encoded, 0)), any(says, all(is(c.last, 1), not(c.owes())))),
        effects);
  }

  private List<Effect> forgotten(Connection c) {
    List<Effect> effects = new ArrayList<>(abandoned(c));
    effects.add(set(c.encoded, variable(c.decoded)));
    return effects;
  }

  /** What handlers answer from now on goes nowhere. */
  private List<Effect> abandoned(Connection c) {
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
  private List<Effect> gaveUp(Connection c) {
    List<Effect> effects = new ArrayList<>();
    effects.add(check(c.owes(), ServerRule.GIVEN_UP_WAS_OWED));
    effects.add(check(is(c.refusal, UNANSWERED), ServerRule.REFUSAL_SAYS_WHY));
    effects.add(set(c.refusal, TOLD));
    effects.addAll(c.endContent());
    effects.add(set(c.last, 1));
    effects.addAll(abandoned(c));
    effects.addAll(encodings(c));
    effects.add(check(not(c.owes()), ServerRule.GIVEN_UP_IS_OWED_NO_MORE));
    effects.add(c.machine.next("REFUSED"));
    return effects;
  }

  private List<Effect> refused(Connection c, int why) {
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
    effects.add(check(not(is(c.refusal, TOLD)), ServerRule.REFUSAL_IS_LAST));
    effects.add(check(is(c.refusal, why), ServerRule.REFUSAL_SAYS_WHY));
    effects.add(set(c.refusal, TOLD));
    effects.addAll(c.endContent());
    effects.add(set(c.last, 1));
    effects.add(choice(ways));
    effects.addAll(encodings(c));
    effects.add(c.machine.next("REFUSED"));
    return effects;
  }

  private List<Effect.Way> flushings(Connection c, int call, String again) {
    Instance machine = c.machine;
    Term nothing = all(is(c.out, 0), is(c.full, 0));
    Term something = not(nothing);
    return List.of(
        when(nothing, left(c)),
        when(all(something, c.isReset()), broken(c)),
        when(
            all(something, not(c.isReset()), not(is(c.full, 1))),
            Effect.join(List.of(set(c.out, 0), set(c.full, 0)), left(c))),
        when(
            all(something, not(c.isReset()), is(c.full, 1)),
            Effect.join(List.of(set(c.out, 0)), left(c))),
        when(
            all(something, mayFill(c), not(is(fills, 0))),
            Effect.join(
                List.of(set(fills, minus(fills, 1)), set(c.out, 0), set(c.full, 1)), left(c))),
        interruption(something, c, call, again),
        breaking(something, broken(c)));
  }

  /** Where something is followed, again and again, and whatever its peer has done. */
  private Term mayFill(Connection c) {
    return follows ? not(is(c.full, 1)) : all(not(c.isReset()), is(c.full, 0));
  }

  private List<Effect> left(Connection c) {
    Instance machine = c.machine;
    Term empty = is(c.full, 0);
    Effect goesOn = set(c.stopped, 0);
    return List.of(
        onlyIf(all(empty, isReady(c)), set(c.dirty, 1)),
        choice(
            when(not(empty), goesOn, machine.next("BLOCKED")),
            when(not(empty), machine.next("CONGESTED")),
            when(all(empty, c.isStarving()), goesOn, machine.next("HOLDING")),
            when(all(empty, c.owes(), not(c.isStarving())), goesOn, machine.next("OWING")),
            when(all(empty, c.isInside()), goesOn, machine.next("HOLDING")),
            when(all(empty, not(c.owes()), not(c.isInside())), goesOn, machine.next("CLEAR"))));
  }

  /** The descriptor is closed, and the rules are looked at. */
  List<Effect> closed(Connection c, Loop loop, boolean orderly) {
    List<Effect> effects = new ArrayList<>();
    effects.add(check(is(c.closed, 0), ServerRule.CLOSED_ONCE));
    effects.add(check(is(c.accepted, 1), ServerRule.CLOSED_ONCE));
    if (orderly) {
      Term excused = any(c.isReset(), is(c.client, SILENT), is(faulty, 1), is(aborted, 1));
      effects.add(
          check(
              any(
                  excused,
                  is(c.insecure, 1),
                  all(
                      not(c.owes()),
                      is(c.out, 0),
                      is(c.full, 0),
                      is(c.waiting, 0),
                      is(c.unhandled, 0))),
              ServerRule.TAKEN_IS_ANSWERED));
      effects.add(
          check(
              any(
                  excused,
                  is(c.hurried, 2),
                  is(c.last, 1),
                  all(c.hasEnded(), is(c.arrived, 0), less(c.held, 2))),
              ServerRule.READ_TO_ITS_END));
      effects.add(
          check(
              any(excused, is(c.hurried, 2), is(c.encoded, 0), all(c.hasEnded(), is(c.arrived, 0))),
              ServerRule.OPEN_BEHIND_LAST_REPLY));
    }
    if (orderly) {
      effects.add(check(c.machine.isEnded(), ServerRule.CLOSED_ONCE));
    }
    if (follows) {
      effects.add(onlyIf(is(c.crowded, 1), set(loop.gone, 1)));
      effects.add(set(c.moreMail, 0));
      effects.add(onlyIf(any(is(c.dirty, 1), not(is(c.yielded, 0))), set(loop.listed, 1)));
    }
    effects.add(set(c.closed, 1));
    effects.add(set(c.owner, 0));
    effects.add(c.machine.end());
    for (int flag :
        List.of(
            c.arrived,
            c.held,
            c.waiting,
            c.out,
            c.full,
            c.yielded,
            c.dirty,
            c.judged,
            c.crowded,
            c.replyMail,
            c.drainDue,
            c.abortDue,
            c.unhandled,
            c.stopped,
            c.interrupted,
            c.refusal,
            c.body,
            c.wanted,
            c.needed,
            c.insecure,
            c.hurried,
            c.timed,
            c.half,
            c.over,
            c.dropped,
            c.fired)) {
      effects.add(set(flag, 0));
    }
    effects.add(set(loop.owned, minus(loop.owned, 1)));
    if (loop.within == null) {
      effects.add(set(shortage, 0));
      effects.add(line.freed());
    } else {
      effects.add(set(loop.freed, 1));
    }
    effects.add(set(loop.again, 0));
    return effects;
  }

  // Workers.

  private void workerCommands(Worker worker) {
    Instance machine = worker.machine;
    model.command(
        worker.name,
        "turn",
        all(machine.isAlive(), is(machine.pending, 0), is(worker.asleep, 0), is(worker.calls, 0)),
        machine.next("TURN"));
    model.command(
        worker.name,
        "the handler is interrupted",
        all(worker.isStuck(), is(abortTold, 1)),
        worker.interrupted());
    if (follows) {
      worker.freeingCommands();
    } else {
      model.command(
          worker.name, "a request has ended", is(worker.calls, ANSWERED), worker.returned());
    }
    machine.commands(model, worker.name, is(worker.asleep, 0), worker::act, List.of());
    model.command(
        "chance",
        "wait of " + worker.name + " fails",
        all(is(worker.asleep, 1), not(is(faults, 0))),
        Effect.join(
            Effect.join(fault(), set(worker.asleep, 0)),
            Effect.join(
                worker.mailbox.wake(any(worker.hasRequest(), is(worker.end, 1))),
                machine.next("FAILED"))));
    model.command(
        worker.name,
        "wake",
        all(is(worker.asleep, 1), is(worker.mailbox.signalled, 1)),
        Effect.join(
            Effect.join(
                List.of(set(worker.asleep, 0)),
                worker.mailbox.wake(any(worker.hasRequest(), is(worker.end, 1)))),
            machine.next("WOKEN")));
  }
}
