package io.quintet.testkit;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Codec;
import io.quintet.ffi.LinuxException;
import io.quintet.ffi.SocketAddress;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Handler;
import io.quintet.specs.Topology;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One run: a server under some arrangement, its clients, and what goes wrong around them, all drawn
 * from one sequence of choices.
 *
 * @param <Q> request
 * @param <R> reply
 */
final class Simulation<Q, R> {
  /**
   * What is run.
   *
   * @param codec protocol
   * @param handler the user's code, which answers the same to the same
   * @param streams gives what a client sends
   * @param topologies ids or files, one of which is drawn
   * @param faults whether calls fail, backends die, and threads stand still
   * @param drains whether the server may drain while clients are at it
   * @param crowded whether many clients come, and few of them find a descriptor
   * @param secured whether clients speak TLS
   * @param rearranged whether the server is rearranged as its clients come
   */
  record Subject<Q, R>(
      Codec<Q, R> codec,
      Handler<Q, R> handler,
      Streams streams,
      List<String> topologies,
      boolean faults,
      boolean drains,
      boolean crowded,
      boolean secured,
      boolean rearranged) {}

  /** What clients send. */
  @FunctionalInterface
  interface Streams {
    byte[] next(Choices choices);
  }

  private static final int STEPS_MAX = 60_000;
  private static final int CLIENTS_MAX = 6;

  /** What others do meanwhile where a handler waits a little. */
  private static final int HELD_STEPS_MAX = 100;

  /** Clients where descriptors are few, so that many of them wait. */
  private static final int CROWD_MAX = 24;

  private static final SocketAddress LOCAL =
      new SocketAddress.UnixAbstract(SimulatedMachine.LOCAL_NAME);

  private static final byte[] NOTHING = {};

  /** What a server can be rearranged as. */
  private static final List<String> ONE_PROCESS =
      List.of("single-thread", "multi-thread", "load-balanced", "reuseport");

  /** In names of threads that are no loop's. */
  private static final List<String> ELSEWHERE = List.of("worker", "reserved", "virtual");

  private static final long MILLI = 1_000_000L;

  /** Limits and deadlines that a server may be given. */
  private enum Restraint {
    NONE,
    /** Few connections; those that are too many are refused or shed. */
    FEW,
    /** Handlers are not waited for long, and connections end young. */
    HASTE
  }

  /** Records are so much longer than what they say. */
  private static final int RECORD_FACTOR = 16;

  /** Two records of TLS. */
  private static final int READ_BUFFER_SECURED = 40_000;

  private static final long HASTE_MILLIS = 10_000;
  private static final int BLOCK_MILLIS_MAX = 2_000;
  private static final int WORK_MILLIS_MAX = 20;

  /** Number of the client that holds a drain up, and for how long it does before. */
  private static final int HOLDER = 300;

  private static final int HOLDING_MILLIS_MAX = 2_000;

  private final Subject<Q, R> subject;
  private final ReplyLedger<Q, R> replies;
  private final Choices choices;

  /** Where one server takes over from another. */
  private static final String TAKEOVER = "/takeover";

  private final Extras extras;
  private final Choices aside;
  private SocketAddress where = LOCAL;
  private boolean isLocal;

  /** How many loops the server has since they were changed; 0 if they were not. */
  private int loops;

  /** Whether some thread of it may have been exchanged. */
  private boolean rearranged;

  /** Whether loops that are busier than others give connections away. */
  private boolean rebalanced;

  /** Tasks that were given to owners, and those of them that have run. */
  private long tasksGiven;

  private long tasksRun;
  private Restraint restraint = Restraint.NONE;

  private final Checks checks;

  /** Holds replies in parts against the explored model. */
  private final StreamWatch streams = new StreamWatch();

  /** Where handlers run at first. */
  private String executes = "";

  /** The clients that are told what changes. */
  private List<SimulatedClient> told = List.of();

  /** The user's code in this run. */
  private Handler<Q, R> handler;

  /** Where that gives back what comes by WebSockets. */
  private @Nullable Echoing echoing;

  private Simulation(Subject<Q, R> subject, Choices choices, Checks checks) {
    this.subject = subject;
    this.handler = subject.handler;
    this.checks = checks;
    this.replies = new ReplyLedger<>(subject.codec);
    this.choices = choices;
    this.aside = choices.aside();
    this.extras = Extras.of(aside);
    if (extras.mixed()) {
      replies.mix();
    }
  }

  /**
   * Runs it once.
   *
   * @param checks counts how its clients are checked
   * @throws SimulatedMachine.Violation if a rule was broken
   */
  static <Q, R> void run(Subject<Q, R> subject, Choices choices, Story story, Checks checks) {
    Simulation<Q, R> simulation = new Simulation<>(subject, choices, checks);
    SimulatedMachine.run(choices, simulation.settings(), story, simulation::play);
  }

  private SimulatedMachine.Settings settings() {
    boolean faults = subject.faults && choices.draw(4) != 0;
    boolean few = subject.crowded || subject.faults && choices.once(8);
    int descriptors = few ? (subject.crowded ? 8 : 4) + choices.draw(12) : 1024;
    int[] every = {0, 400, 100, 25};
    int[] seldom = {0, 0, 800, 200};
    int[] hardly = {0, 0, 0, 3_000};
    Faults.Rates rates =
        faults
            ? new Faults.Rates(
                every[choices.draw(4)], seldom[choices.draw(4)], hardly[choices.draw(4)])
            : Faults.Rates.NONE;
    int[] switches = {0, 20, 5, 1};
    int[] buffers = {4096, 256, 64, 16};
    int[] cuts = {0, 10, 3, 1};
    return new SimulatedMachine.Settings(
        descriptors,
        buffers[choices.draw(4)] * (subject.secured ? RECORD_FACTOR : 1),
        choices.draw(2) == 1,
        STEPS_MAX,
        switches[choices.draw(4)],
        cuts[choices.draw(4)],
        true,
        rates);
  }

  /** Handlers that owe their answer. */
  private static final class Owing implements Turns.Actor {
    private final SimulatedMachine machine;
    private final long delayNanos;
    private final Deque<Runnable> answers = new ArrayDeque<>();
    private long answersAt = Turns.NEVER;

    Owing(SimulatedMachine machine, long delayNanos) {
      this.machine = machine;
      this.delayNanos = delayNanos;
    }

    void owe(Runnable answer) {
      if (answers.isEmpty()) {
        answersAt = machine.nanos() + delayNanos;
      }
      answers.add(answer);
    }

    @Override
    public boolean canStep() {
      return !answers.isEmpty() && machine.nanos() >= answersAt;
    }

    /** The first or the last one answers, so that replies become ready in another order. */
    @Override
    public void step() {
      Runnable answer =
          machine.choices().draw(2) == 0 ? answers.removeFirst() : answers.removeLast();
      machine.story().tell("[a handler answers late]");
      answer.run();
    }

    @Override
    public long wakesAt() {
      return answers.isEmpty() ? Turns.NEVER : answersAt;
    }
  }

  private void play(SimulatedMachine machine) {
    Restraint[] restraints = Restraint.values();
    restraint = choices.once(3) ? restraints[choices.draw(restraints.length)] : Restraint.NONE;
    if (subject.secured && restraint == Restraint.FEW) {
      restraint = Restraint.NONE; // nobody can be refused before the handshake
    }
    if (subject.handler instanceof Echoing given) {
      echoing = given.in(machine);
      handler = handlerOf(echoing);
    }
    machine.sheds = restraint == Restraint.FEW;
    machine.packetsMax = extras.packetsMax();
    ServerBuilder builder = replies.toldWhichAreShort(builder(machine));
    Map<String, Object> options = options();
    rebalanced = Sizes.topology(options.get("topology").toString()).rebalance().isPresent();
    Conduct conduct = watch(machine, options);
    builder = builder.options(options).in(machine.world());
    if (subject.secured) {
      builder = builder.tls(peer -> machine.secured(SecureLayer.serverSide(), peer.address()));
    }
    boolean followed = options.containsKey("takeover");
    if (followed) {
      machine.faults().onlyPassing();
    }
    Server server;
    try {
      server = builder.start();
    } catch (LinuxException | IllegalStateException refused) {
      machine.check();
      require(
          machine,
          machine.isStruck() || machine.settings().descriptorsMax() < 64,
          "the start failed: " + refused);
      end(machine, replies);
      return;
    }
    Server first = server;
    executes = server.topology().executes();
    where = isLocal ? LOCAL : new SocketAddress.Inet4(0x7f000001, server.port());
    balance(machine, server);
    Moves moves = new Moves(machine, aside);
    if (restraint == Restraint.NONE && !followed) {
      moves.watched(server, number -> silent(machine, number));
    }
    Forks forks = new Forks(machine, subject.faults ? choices.draw(8) : 0);
    machine.turns().add(forks);
    boolean room = machine.first().open() + 2 <= machine.settings().descriptorsMax();
    List<SimulatedClient> clients = room ? clients(machine) : new ArrayList<>();
    told = clients;
    if (subject.rearranged) {
      welcome(machine, server, clients);
    }
    if (followed) {
      server = followed(machine, server, builder, clients);
    } else {
      moves.among(server, clients);
      meddle(machine, server, clients);
      moves.among(server, clients);
    }
    wait(machine, () -> clients.stream().allMatch(SimulatedClient::isDone));
    forks.stop();
    wait(machine, () -> !forks.isHolding());
    if (server != first) {
      await(machine, first);
    }
    boolean quiet = new Quiet(machine, server, replies, server == first, rearranged).check();
    if (quiet) {
      if (server == first) {
        requireRearranged(machine, server);
      }
      clients.addAll(probe(machine, options));
    }
    if (quiet && mayBeCut(machine)) {
      clients.add(drainBeside(machine, server, conduct));
    } else {
      drain(machine, server);
    }
    end(machine, replies);
    require(
        machine,
        machine.hasKilled() || tasksGiven == tasksRun,
        tasksGiven + " tasks were given to owners, and " + tasksRun + " have run");
    streams.divergence().ifPresent(differs -> machine.violation(differs, null));
    checks.streamed(streams.steps());
    check(machine, clients, replies, checks);
    if (echoing != null) {
      judge(machine, echoing, clients);
    }
  }

  /** Whether listeners of WebSockets were told what clients sent, and of the end. */
  private static void judge(
      SimulatedMachine machine, Echoing echoing, List<SimulatedClient> clients) {
    if (!machine.hasKilled()) {
      echoing.end();
    }
    clients.forEach(client -> echoing.check(client.ownPort(), client.messages()));
    machine.check();
  }

  /** It is of the types of the subject's, which it was made from. */
  @SuppressWarnings("unchecked")
  private Handler<Q, R> handlerOf(Handler<?, ?> same) {
    return (Handler<Q, R>) same;
  }

  /** Where only so many connections may be, as many can be again when all have ended. */
  private List<SimulatedClient> probe(SimulatedMachine machine, Map<String, Object> options) {
    int most =
        Math.max(
            (int) options.getOrDefault("connectionsMax", 0),
            (int) options.getOrDefault("peerConnectionsMax", 0));
    if (machine.settings().descriptorsMax() < 64) {
      return List.of();
    }
    List<SimulatedClient> probes = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      probes.add(silent(machine, 200 + i));
      probes.getLast().mayBeShed();
    }
    wait(machine, () -> probes.stream().allMatch(SimulatedClient::isDone));
    return probes;
  }

  /** A client that connects and waits until the server has enough of it. */
  private SimulatedClient silent(SimulatedMachine machine, int number) {
    SimulatedClient.Plan plan =
        new SimulatedClient.Plan(NOTHING, Replies.NONE, SimulatedClient.End.SILENT, 0, 1, 0, 0, 0);
    SimulatedClient client = new SimulatedClient(machine, number, where, plan);
    machine.turns().add(client);
    return client;
  }

  /** Whether the last drain has a client that holds it up until its deadline. */
  private boolean mayBeCut(SimulatedMachine machine) {
    return extras.cutMillis() > 0
        && restraint == Restraint.NONE
        && !extras.blocks()
        && !subject.secured
        && machine.settings().descriptorsMax() >= 64;
  }

  /** A part of a request has come when the server drains: the drain ends at its deadline. */
  private SimulatedClient drainBeside(SimulatedMachine machine, Server server, Conduct conduct) {
    byte[] stream = subject.streams.next(aside);
    byte[] part = Arrays.copyOf(stream, aside.draw(stream.length + 1));
    Replies right = Reference.replies(subject.codec, subject.handler, part);
    Introduction header =
        isProxied()
            ? Introduction.drawn(aside, SimulatedClient.ownPort(HOLDER))
            : new Introduction(NOTHING, "");
    SimulatedClient.Plan plan =
        new SimulatedClient.Plan(
            header.with(part),
            right.behind(header.bytes().length),
            SimulatedClient.End.SILENT,
            0,
            64,
            0,
            0,
            0);
    SimulatedClient holder = new SimulatedClient(machine, HOLDER, where, plan);
    holder.isSaidToBe(header.host());
    holder.allow(Replies.Allowance.CUT, Replies.Allowance.EARLY_END, Replies.Allowance.FAILURE);
    holder.allow(Replies.Allowance.ELSEWHERE);
    machine.turns().add(holder);
    pass(machine, 1 + aside.draw(HOLDING_MILLIS_MAX));
    if (aside.draw(2) == 1) {
      machine.story().tell("the server begins to drain");
      holder.serverDrains();
      server.drainLater();
      pass(machine, 1 + aside.draw(HOLDING_MILLIS_MAX));
    }
    holder.serverDrains();
    machine.story().tell("the server drains within " + extras.cutMillis() + " ms");
    conduct.drainsWithin(extras.cutMillis());
    long began = machine.nanos();
    boolean inTime = server.drainWithin(extras.cutMillis());
    machine.check();
    long took = machine.nanos() - began;
    long least = extras.cutMillis() * MILLI;
    long most = least + extras.drainDelayMillis() * MILLI;
    require(machine, inTime || took >= least, "the drain was cut after " + took / MILLI + " ms");
    require(
        machine,
        took <= most + Conduct.slackNanos(most),
        "the drain was over after " + took / MILLI + " ms");
    wait(machine, holder::isDone);
    return holder;
  }

  private static void pass(SimulatedMachine machine, long millis) {
    machine.turns().waitFor(() -> false, machine.nanos() + millis * MILLI);
    machine.check();
  }

  /** What the server does is held against its options. */
  private Conduct watch(SimulatedMachine machine, Map<String, Object> options) {
    Conduct conduct = Conduct.of(machine, options);
    replies.in(machine, conduct);
    machine
        .story()
        .heardBy(
            entries -> {
              conduct.see(entries);
              streams.see(entries);
            });
    machine.story().arranged(String.valueOf(options.get("topology")));
    machine.highWatermark = (int) options.get("highWatermarkBytes");
    machine.lowWatermark = (int) options.get("lowWatermarkBytes");
    int bound = (int) options.getOrDefault("bufferBytesMax", 0);
    machine.bufferBytesMax = bound == 0 ? Long.MAX_VALUE : bound;
    return conduct;
  }

  /** Drains it, which must be over before its deadline. */
  static void drain(SimulatedMachine machine, Server server) {
    machine.story().tell("the server drains");
    boolean inTime = server.drain();
    machine.check();
    require(machine, inTime, "the drain was cut at its deadline");
  }

  /** Whether every client got what it should have, after all that happened. */
  static void check(
      SimulatedMachine machine,
      List<SimulatedClient> clients,
      ReplyLedger<?, ?> replies,
      Checks checks) {
    for (SimulatedClient client : clients) {
      client.checkHost(replies.host(client.ownPort()));
      checks.count(client.check(replies.taken(client.ownPort())));
    }
    machine.check();
  }

  /** Connections that only wait are spread evenly where that is the policy. */
  private void balance(SimulatedMachine machine, Server server) {
    boolean undisturbed =
        machine.settings().faults() == Faults.Rates.NONE
            && machine.settings().descriptorsMax() > CLIENTS_MAX * 8;
    boolean even = server.topology().connections().equals("least-connections");
    if (restraint != Restraint.NONE
        || !even
        || !undisturbed
        || !server.topology().owns().equals("loop")
        || choices.draw(2) == 0) {
      return;
    }
    int count = 2 + choices.draw(CLIENTS_MAX);
    List<SimulatedClient> silent = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      silent.add(silent(machine, 100 + i));
    }
    wait(machine, () -> machine.accepted == count && open(server).getSum() == count);
    LongSummaryStatistics open = open(server);
    require(
        machine,
        open.getMax() - open.getMin() <= 1,
        "of " + count + " connections the loops have " + open.getMin() + " to " + open.getMax());
    wait(machine, () -> silent.stream().allMatch(SimulatedClient::isDone));
  }

  /** What each loop that owns connections has. */
  private static LongSummaryStatistics open(Server server) {
    return ((List<?>) server.stats().get("loops"))
        .stream()
            .map(Map.class::cast)
            .filter(loop -> loop.get("thread").toString().startsWith("quintet-loop"))
            .mapToLong(loop -> (Long) loop.get("open"))
            .summaryStatistics();
  }

  private ServerBuilder builder(SimulatedMachine machine) {
    if (choices.draw(4) != 3) {
      Handler<Q, R> working = working(machine);
      return Quintet.server(
          replies,
          replies.counted(
              subject.rearranged ? holding(machine, working) : blocking(machine, working)));
    }
    boolean late = restraint == Restraint.HASTE && choices.draw(2) == 1;
    Owing owing = new Owing(machine, late ? 2 * HASTE_MILLIS * MILLI : 0);
    machine.turns().add(owing);
    AsyncHandler<Q, R> later =
        replies.counted(
            working(machine),
            (reply, answer) ->
                owing.owe(extras.tasks() ? () -> runOn(reply.owner(), machine, answer) : answer));
    return Quintet.serverLater(replies, later);
  }

  /** A handler that takes time where loops are to be busy, so that connections leave them. */
  private Handler<Q, R> working(SimulatedMachine machine) {
    return request -> {
      if (rebalanced) {
        machine.work(aside.draw(WORK_MILLIS_MAX) * MILLI);
      }
      return handler.handle(request);
    };
  }

  /** A handler that waits a little, on a loop too, so that clients are queued meanwhile. */
  private Handler<Q, R> holding(SimulatedMachine machine, Handler<Q, R> given) {
    return request -> {
      if (aside.once(2)) {
        int at = machine.steps() + aside.draw(HELD_STEPS_MAX);
        machine.turns().waitFor(() -> machine.steps() >= at, machine.nanos() + MILLI / 4);
      }
      return given.handle(request);
    };
  }

  /** A handler that may wait, where it runs on a thread that is no loop's. */
  private Handler<Q, R> blocking(SimulatedMachine machine, Handler<Q, R> given) {
    if (!extras.blocks()) {
      return given;
    }
    int most = restraint == Restraint.HASTE ? 2 * (int) HASTE_MILLIS : BLOCK_MILLIS_MAX;
    return request -> {
      String thread = machine.turns().current().name;
      boolean elsewhere = ELSEWHERE.stream().anyMatch(thread::contains);
      if (elsewhere && aside.once(3)) {
        machine.story().tell("[a handler waits]");
        machine.turns().waitFor(() -> false, machine.nanos() + aside.draw(most) * MILLI);
      }
      return given.handle(request);
    };
  }

  /** A task runs once, on a thread of a loop, whatever becomes of that. */
  private void runOn(Executor owner, SimulatedMachine machine, Runnable task) {
    tasksGiven++;
    try {
      owner.execute(
          () -> {
            tasksRun++;
            String thread = machine.turns().current().name;
            if (!thread.startsWith("quintet-loop") && !thread.startsWith("quintet-backend")) {
              machine.violation("a task of an owner runs on " + thread, null);
            }
            task.run();
          });
    } catch (RejectedExecutionException stopped) {
      tasksRun++;
      task.run();
    }
  }

  private Map<String, Object> options() {
    Map<String, Object> options = new HashMap<>();
    options.put("topology", subject.topologies.get(choices.draw(subject.topologies.size())));
    options.put("loops", 1 + choices.draw(3));
    options.put("workers", 1 + choices.draw(3));
    options.put("backends", 1 + choices.draw(2));
    options.put("workerQueueMax", 1 + choices.draw(3));
    options.put("backlog", 1 + choices.draw(4));
    options.put("acceptBudget", 1 + choices.draw(4));
    options.put("requestBudget", 1 + choices.draw(4));
    options.put("mailBudget", extras.mailBudget());
    options.put("proxyProtocol", isProxied());
    options.put("drainDelayMillis", extras.drainDelayMillis());
    options.put("bufferBytesMax", extras.bufferBytesMax());
    options.put("idleTimeoutMillis", extras.idleMillis());
    options.put("pipelineMax", 1 + choices.draw(4));
    options.put("readBufferBytes", subject.secured ? READ_BUFFER_SECURED : 4096);
    options.put("outputBufferBytes", 4096);
    int high = 1 << choices.draw(10);
    options.put("highWatermarkBytes", high);
    options.put("lowWatermarkBytes", high / 2);
    options.put("port", 8080);
    options.put("lingerTimeoutMillis", 20_000);
    options.put("backendStartMillis", 60_000);
    // Longer than clients may take that wait, one behind the other, for a descriptor.
    options.put("drainTimeoutMillis", CROWD_MAX * 120_000);
    options.put("backendHangMillis", 20_000);
    Topology topology = Sizes.topology(options.get("topology").toString());
    options.keySet().removeIf(option -> Sizes.isUnused(option, topology));
    options.put("startupArchive", false);
    boolean each = topology.listeners().startsWith("one-a-");
    isLocal = extras.local() && !each;
    if (isLocal) {
      options.put("host", "unix:@" + SimulatedMachine.LOCAL_NAME);
    }
    if (extras.followed() && !topology.listeners().equals("one-a-backend")) {
      options.put("takeover", TAKEOVER);
    }
    options.put("handlerTimeoutMillis", 0); // so that nothing hides who waits for ever
    switch (restraint) {
      case NONE -> {
        // as they are
      }
      case FEW -> {
        options.put(
            choices.draw(2) == 0 ? "connectionsMax" : "peerConnectionsMax", 1 + choices.draw(3));
        options.put("whenFull", "shed");
      }
      case HASTE -> {
        options.put("handlerTimeoutMillis", HASTE_MILLIS);
        options.put("connectionAgeMillis", 1 + choices.draw(1_000));
        if (!topology.executes().equals("loop")) {
          options.put("queueTimeoutMillis", extras.queueMillis());
          replies.waitsFor(extras.queueMillis() * MILLI);
        }
      }
    }
    return options;
  }

  private List<SimulatedClient> clients(SimulatedMachine machine) {
    List<SimulatedClient> clients = new ArrayList<>();
    SimulatedClient.End[] ends = SimulatedClient.End.values();
    boolean few = machine.settings().descriptorsMax() < 64;
    int count = 1 + choices.draw(few ? CROWD_MAX : CLIENTS_MAX);
    for (int i = 0; i < count; i++) {
      byte[] stream = subject.streams.next(choices);
      SimulatedClient.End end = ends[choices.draw(ends.length)];
      boolean whole = end == SimulatedClient.End.HALF_CLOSE || end == SimulatedClient.End.CLOSE;
      int part = whole ? stream.length : choices.draw(stream.length + 1);
      byte[] sent = Arrays.copyOf(stream, part);
      Replies right = Reference.replies(subject.codec, subject.handler, sent);
      int most = right.lengthAtLeast();
      Introduction header =
          isProxied()
              ? Introduction.drawn(aside, SimulatedClient.ownPort(i))
              : new Introduction(NOTHING, "");
      SimulatedClient client =
          new SimulatedClient(
              machine,
              i,
              where,
              new SimulatedClient.Plan(
                  header.with(sent),
                  right.behind(header.bytes().length),
                  end,
                  whole ? most : choices.draw(most + 1),
                  1 + choices.draw(64),
                  choices.draw(4) == 3 ? 50 * MILLI : 0,
                  choices.draw(2) == 0 ? 0 : choices.draw(200_000),
                  rest(few)));
      client.isSaidToBe(header.host());
      if (!executes.equals("loop")) {
        client.allow(Replies.Allowance.ELSEWHERE);
      }
      if (subject.secured) {
        client.speaksTls();
      }
      switch (restraint) {
        case NONE -> {
          // it gets what it asks for
        }
        case FEW -> {
          client.allow(Replies.Allowance.EXCESS);
          client.mayBeShed();
        }
        case HASTE -> client.allow(Replies.Allowance.AGED, Replies.Allowance.FAILURE);
      }
      clients.add(client);
      if (!subject.rearranged) {
        machine.turns().add(client);
      }
    }
    return clients;
  }

  /** The header comes before the handshake, which clients here do not do. */
  private boolean isProxied() {
    return extras.proxied() && !subject.secured;
  }

  /** None where clients wait for one another. */
  private long rest(boolean crowded) {
    return extras.paused() && !crowded ? aside.draw(Extras.PAUSE_MILLIS_MAX) * MILLI : 0;
  }

  /**
   * Another server takes the listeners over while this one serves, and this one drains: nobody is
   * refused, and what was taken is answered.
   *
   * @return who serves then
   */
  private Server followed(
      SimulatedMachine machine,
      Server server,
      ServerBuilder builder,
      List<SimulatedClient> clients) {
    int at = machine.steps() + aside.draw(aside.draw(2) == 0 ? 60 : 400);
    wait(
        machine, () -> machine.steps() >= at || clients.stream().allMatch(SimulatedClient::isDone));
    if (server.topology().listeners().equals("one-a-loop") && aside.draw(2) == 0) {
      resize(machine, server, 1 + aside.draw(3));
    }
    if (server.topology().owns().equals("loop") && aside.draw(2) == 0) {
      rearrange(machine, server, aside);
    }
    machine.story().tell("another server takes over");
    clients.forEach(SimulatedClient::serverIsFollowed);
    try {
      return builder.in(machine.anotherWorld()).start();
    } catch (LinuxException | IllegalStateException refused) {
      machine.check();
      require(
          machine,
          machine.settings().descriptorsMax() < 64,
          "the next server failed to start: " + refused);
      require(machine, !server.isTakenOver(), "no server is left: " + refused);
      return server;
    }
  }

  /** Clients come while the server is rearranged, also to listeners that are used no more. */
  private void welcome(SimulatedMachine machine, Server server, List<SimulatedClient> clients) {
    if (!server.topology().backends().equals("none")) {
      clients.forEach(machine.turns()::add);
      return;
    }
    boolean[] over = new boolean[1];
    machine
        .world()
        .start(
            "changer",
            () -> {
              for (int times = 1 + aside.draw(3); times > 0; times--) {
                rearrange(machine, server, aside);
              }
              over[0] = true;
            });
    for (SimulatedClient client : clients) {
      int at = machine.steps() + aside.draw(40);
      wait(machine, () -> machine.steps() >= at || over[0]);
      machine.turns().add(client);
    }
    wait(machine, () -> over[0]);
  }

  /** What happens to a server while it serves. */
  private void meddle(SimulatedMachine machine, Server server, List<SimulatedClient> clients) {
    int times = subject.faults ? choices.draw(3) : 0;
    boolean drains = subject.drains && choices.once(8);
    boolean processes = !server.topology().backends().equals("none");
    for (int i = 0; i < times; i++) {
      int at = machine.steps() + choices.draw(choices.draw(2) == 0 ? 60 : 400);
      wait(
          machine,
          () -> machine.steps() >= at || clients.stream().allMatch(SimulatedClient::isDone));
      if (drains && i == times - 1) {
        drainEarly(machine, server, clients);
        return;
      }
      if (processes) {
        List<SimulatedProcess> backends = new ArrayList<>(machine.processes());
        backends.remove(machine.first());
        backends.removeIf(backend -> backend.onExit().isDone());
        if (!backends.isEmpty()) {
          SimulatedProcess backend = backends.get(choices.draw(backends.size()));
          if (choices.draw(2) == 0) {
            machine.kill(backend);
          } else {
            machine.freeze(backend, (1 + choices.draw(40)) * 1_000 * MILLI);
          }
        }
      } else if (machine.settings().descriptorsMax() > 64) {
        if (resizes(server) && choices.draw(2) == 0) {
          resize(machine, server, 1 + choices.draw(3));
        } else {
          rearrange(machine, server, choices);
        }
      }
    }
  }

  /** Requests that have not been answered yet may find no server any more. */
  private void drainEarly(SimulatedMachine machine, Server server, List<SimulatedClient> clients) {
    machine.story().tell("the server drains early");
    server.drainLater();
    long end = machine.nanos() + (extras.drainDelayMillis() - 1) * MILLI;
    if (extras.drainDelayMillis() > 0) {
      machine.turns().waitFor(() -> clients.stream().allMatch(SimulatedClient::isDone), end);
      machine.check();
    }
    clients.forEach(SimulatedClient::serverDrains);
  }

  private static boolean resizes(Server server) {
    return server.topology().listeners().equals("one-a-loop");
  }

  /** To another pattern of one process, or to another one of a user's. */
  private void rearrange(SimulatedMachine machine, Server server, Choices from) {
    List<String> all = new ArrayList<>(ONE_PROCESS);
    subject.topologies.stream().filter(id -> id.endsWith(".json")).forEach(all::add);
    rearranged = true;
    String id = all.get(from.draw(all.size()));
    Topology target = Sizes.topology(id);
    Map<String, Object> counts = new HashMap<>();
    target.counts().forEach(count -> counts.put(count, 1 + from.draw(3)));
    if (isLocal && target.listeners().equals("one-a-loop")) {
      return;
    }
    StringBuilder as = new StringBuilder("the server is rearranged as " + target.id());
    counts.forEach((name, count) -> as.append(", ").append(count).append(' ').append(name));
    machine.story().tell(as.toString());
    if (!target.executes().equals("loop")) {
      told.forEach(client -> client.allow(Replies.Allowance.ELSEWHERE));
    }
    try {
      server.rearrange(id, counts);
      loops = (int) counts.getOrDefault("loops", 1) + (target.accepts().equals("acceptor") ? 1 : 0);
    } catch (IllegalStateException refused) {
      machine.check();
      require(
          machine,
          machine.isStruck() || machine.settings().descriptorsMax() < 64,
          "the rearrangement failed: " + refused);
    }
  }

  /** Loops that were exchanged have ended with their connections. */
  private void requireRearranged(SimulatedMachine machine, Server server) {
    int there = ((List<?>) server.stats().get("loops")).size();
    require(machine, loops == 0 || there == loops, there + " loops are there of " + loops);
  }

  private void resize(SimulatedMachine machine, Server server, int count) {
    machine.story().tell("the server gets " + count + " loops");
    try {
      server.resize(count);
      loops = count;
    } catch (LinuxException | IllegalStateException refused) {
      loops = 0; // some of them may be there
      machine.check();
      require(
          machine,
          machine.isStruck() || machine.settings().descriptorsMax() < 64,
          "resize failed: " + refused);
    }
  }

  private static void await(SimulatedMachine machine, Server server) {
    try {
      server.awaitStopped();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts it", e);
    }
    machine.check();
  }

  static void wait(SimulatedMachine machine, BooleanSupplier condition) {
    if (!condition.getAsBoolean()) {
      machine.turns().waitFor(condition, Turns.NEVER);
    }
    machine.check();
  }

  /** Nothing is left open, of whatever process, and no reply is left. */
  static void end(SimulatedMachine machine, ReplyLedger<?, ?> replies) {
    wait(machine, machine.turns()::isAlone);
    for (SimulatedProcess process : machine.processes()) {
      require(
          machine,
          process.open() == 0,
          process.open()
              + " descriptors of process "
              + process.id
              + " are left open: "
              + process.descriptions());
    }
    require(
        machine,
        machine.accepted == machine.closed,
        machine.accepted + " connections were accepted and " + machine.closed + " closed");
    // A process that is killed takes with it what its handlers gave.
    require(machine, machine.hasKilled() || replies.isBalanced(), replies.toString());
  }

  private static void require(SimulatedMachine machine, boolean holds, String what) {
    if (!holds) {
      machine.violation(what, null);
    }
    machine.check();
  }
}
