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
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.number;
import static io.quintet.specs.explore.engine.Term.variable;

import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A connection and what its client has done. */
final class Connection {
  // How far a part of a request has come.
  static final int IN_TIME = 1;
  static final int ANEW = 2;

  // How far our half has come.
  static final int ENDED = 1;
  static final int LINGERS = 2;

  // Whose turn comes again: with this resumption, or with the one behind it.
  static final int YIELDS = 1;
  static final int RESUMES = 2;

  final ConnectionActions actions;
  final Input input;
  final Handshakes handshakes;
  final Requests requests;
  final Replies answers;
  final Output output;
  final ConnectionRest rest = new ConnectionRest(this);
  final ConnectionEnd end;
  private final Composition composition;

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

  /** What it carries behind its first request, where that is messages. */
  final @Nullable Dialogue talk;

  /** Its way to another loop, where it may go. */
  final @Nullable Movement movement;

  final List<Instance> replies = new ArrayList<>();

  /** For each reply, whether its handler runs elsewhere than on a worker. */
  final List<Integer> running = new ArrayList<>();

  Connection(Composition composition, int number) {
    this.composition = composition;
    Model model = composition.model;
    actions = new ConnectionActions(composition, this);
    input = new Input(composition, this);
    requests = new Requests(composition, this);
    answers = new Replies(composition, this);
    output = new Output(composition, this);
    end = new ConnectionEnd(composition, this);
    this.number = number;
    first = model.names().size();
    String name = "c" + number;
    machine = composition.instance(name, "connection", _ -> List.of());
    client = model.variable(name + "_client", Client.AWAY);
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
    handshakes = new Handshakes(composition, this, name);
    half = model.variable(name + "_half", 0);
    over = model.variable(name + "_over", 0);
    dropped = model.variable(name + "_dropped", 0);
    fired = model.variable(name + "_fired", 0);
    moreMail = composition.follows ? model.variable(name + "_moreMail", 0) : fired;
    movement = composition.moves() ? new Movement(composition, this, name) : null;
    talk = composition.converses() ? new Dialogue(composition, this, name) : null;
    replies(name);
    behind = model.names().size();
  }

  private void replies(String name) {
    for (int k = 0; k <= composition.bounds.requests(); k++) {
      running.add(composition.model.variable(name + "_running" + k, 0));
      replies.add(composition.instance(name + "_reply" + k, "reply", _ -> postToOwner(replyMail)));
    }
  }

  /** Its reply is there: mail for whoever owns it. */
  List<Effect> postToOwner(int flag) {
    List<Effect> effects = new ArrayList<>();
    if (composition.workers.isEmpty()) {
      for (Loop loop : composition.loops) {
        effects.add(check(not(is(loop.current, number + 1)), ServerRule.NO_MAIL_TO_ONESELF));
      }
    }
    return Effect.join(effects, List.of(mail(flag)));
  }

  /** Mail for whoever owns it, of whatever thread. */
  Effect mail(int flag) {
    List<Effect.Way> ways = new ArrayList<>();
    List<Term> owned = new ArrayList<>();
    for (Loop loop : composition.loops) {
      owned.add(is(owner, loop.number + 1));
      Effect leaves =
          composition.follows
              ? choice(when(is(flag, 0), set(flag, 1)), when(not(is(flag, 0)), set(moreMail, 1)))
              : set(flag, 1);
      ways.add(when(is(owner, loop.number + 1), loop.mailbox.post(leaves)));
    }
    ways.add(when(not(any(owned))));
    return choice(ways);
  }

  /** So does one whose mail is seen later. */
  Effect answeredBehind(int reply) {
    return onlyIf(
        YES,
        replies.get(reply).run("ANSWER", _ -> List.of()),
        set(running.get(reply), Handler.TOLD_LATER));
  }

  /** Another thread answers, whatever the loop is at. */
  Effect answeredElsewhere(int reply) {
    return replies.get(reply).run("ANSWER", _ -> List.of(mail(replyMail)));
  }

  /** Its process is gone. */
  List<Effect> cutOff() {
    List<Effect> effects = new ArrayList<>();
    if (!composition.follows) { // a client that is followed may try to go on
      effects.add(
          onlyIf(
              any(is(client, Client.CONNECTED), is(client, Client.HALF_CLOSED)),
              set(client, Client.RESET)));
    }
    running.forEach(runs -> effects.add(set(runs, 0)));
    return effects;
  }

  Term isReset() {
    return any(is(client, Client.RESET), is(client, Client.ENDED_AND_RESET));
  }

  Term hasEnded() {
    return is(client, Client.HALF_CLOSED);
  }

  Term isHungUp() {
    return any(isReset(), all(hasEnded(), any(machine.in("lingering"), machine.in("departed"))));
  }

  Term readable() {
    return all(machine.waitsFor("EPOLLIN"), not(isHungUp()), any(not(is(arrived, 0)), hasEnded()));
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
        composition.workers.isEmpty() || talk != null // what follows may be messages
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

  /** Whether messages come in place of requests. */
  Term converses() {
    return talk == null ? NO : talk.isActive();
  }

  Term owes() {
    return not(new Term.Binary(Term.Operator.EQUAL, variable(decoded), variable(encoded)));
  }

  /** A silent client will do nothing more: what runs is the clock. */
  Term due(String deadline) {
    Term nothing =
        switch (deadline) {
          case "WRITE_STALL" -> is(full, 1);
          case "HANDLER" -> any(owes(), converses());
          default -> any(is(arrived, 0), not(machine.waitsFor("EPOLLIN")));
        };
    Term still =
        switch (deadline) {
          case "PARTING" -> not(hasEnded());
          case "HANDLER" -> any(is(client, Client.SILENT), neverAnswers());
          default -> is(client, Client.SILENT);
        };
    return all(machine.hasDeadline(deadline), still, nothing);
  }

  /** Some handler of it does not, or keeps the worker that it waits for. */
  private Term neverAnswers() {
    List<Term> any = new ArrayList<>(List.of(is(mute, 1)));
    composition.workers.forEach(worker -> any.add(worker.isStuck()));
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

  /** Its loop drains, or another one, of which it may have come. */
  Term drains(Loop loop) {
    return movement == null
        ? is(loop.draining, 1)
        : any(composition.loops.stream().map(each -> is(each.draining, 1)).toList());
  }

  Term anyDue() {
    List<Term> any = new ArrayList<>();
    for (String deadline : Expiry.DEADLINES) {
      any.add(due(deadline));
    }
    return any(any);
  }

  List<Effect> fire(Loop loop, String event) {
    return List.of(set(loop.current, number + 1), set(loop.budget, 1), machine.next(event));
  }

  List<Effect> begun() {
    return List.of(
        check(not(machine.isAlive()), ServerRule.ONE_OWNER), machine.begin(), handshakes.begun());
  }

  /** It is told to drain at once where its loop drains, in the middle of what brought it here. */
  List<Effect> adopted(Loop loop) {
    return Effect.join(begun(), onlyIf(is(loop.draining, 1), meanwhile(loop, "DRAIN")));
  }

  /** In the middle of what the loop is at. */
  List<Effect> meanwhile(Loop loop, String event) {
    return Effect.join(List.of(set(loop.outer, variable(loop.current))), fire(loop, event));
  }

  Effect broken() {
    return onlyIf(YES, set(over, 1), machine.next("BROKEN"));
  }
}
