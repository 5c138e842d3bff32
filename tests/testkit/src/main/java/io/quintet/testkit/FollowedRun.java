package io.quintet.testkit;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Line;
import io.quintet.ffi.SocketAddress;
import io.quintet.service.AsyncHandler;
import io.quintet.specs.explore.ModelReplay;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A small run of a server of which all is seen that a model has: a few clients, whose requests are
 * two bytes each, and budgets of one. What is left to chance is drawn.
 */
final class FollowedRun {
  /** What a run has at most. */
  record Shape(
      String topology,
      int clients,
      int requests,
      int count,
      boolean late,
      boolean faults,
      boolean kills,
      boolean moves) {

    /** One in which no process is killed, and no connection moves. */
    Shape(String topology, int clients, int requests, int count, boolean late, boolean faults) {
      this(topology, clients, requests, count, late, faults, false, false);
    }
  }

  /** Calls that fail, where some do: of the others the model has no errors. */
  private static final Set<String> FAILING = Set.of("recv", "send", "accept4");

  /** Those where several listeners wait for a descriptor: a turn that passes on is left out. */
  private static final Set<String> FAILING_BESIDE = Set.of("recv", "send");

  private static final int TROUBLES = 30;

  /** So many that the model's backoff is long enough. */
  private static final int KILLS_MAX = 2;

  /** Longer than any run, so that no backend is asked whether it lives. */
  private static final int SILENCE_MILLIS = 3_600_000;

  private static final int PORT = 8080;
  private static final int STEPS_MAX = 20_000;
  private static final int DESCRIPTORS = 64;
  private static final int BUFFER_BYTES = 64;

  private final Shape shape;
  private final Choices choices;
  private final ModelTrace trace;

  private FollowedRun(Shape shape, Choices choices) {
    this.shape = shape;
    this.choices = choices;
    boolean alone = shape.topology.equals("single-thread");
    List<String> own = List.of("owed", "held", "yielded", "dirty", "draining", "inHand");
    List<String> shared = new ArrayList<>(own);
    shared.addAll(List.of("owned", "feeders", "load"));
    this.trace = new ModelTrace(alone ? shared : own);
  }

  /** How much of everything the model has that follows such a run. */
  static ModelReplay.Size size(Shape shape) {
    return new ModelReplay.Size(
        shape.clients,
        shape.requests,
        shape.count,
        shape.count,
        1,
        shape.faults ? TROUBLES : 0,
        shape.late,
        false,
        false,
        shape.moves);
  }

  /** What was seen of a run. */
  static List<ModelReplay.Seen> of(Shape shape, Choices choices, Story story) {
    FollowedRun run = new FollowedRun(shape, choices);
    int[] switches = {0, 20, 5, 2};
    SimulatedMachine.Settings settings =
        new SimulatedMachine.Settings(
            DESCRIPTORS,
            BUFFER_BYTES,
            false,
            STEPS_MAX,
            switches[choices.draw(4)],
            0,
            true,
            shape.faults ? new Faults.Rates(20, 50, 0) : Faults.Rates.NONE);
    SimulatedMachine.run(choices, settings, story, run::play);
    return run.trace.seen();
  }

  /** Handlers that answer when somebody lets them, the first or the last of them. */
  private record Owing(SimulatedMachine machine, Deque<Runnable> answers) implements Turns.Actor {
    @Override
    public boolean canStep() {
      return !answers.isEmpty();
    }

    @Override
    public void step() {
      machine.story().tell("[a handler answers late]");
      boolean first = machine.choices().draw(2) == 0;
      machine.witness().answersLate();
      (first ? answers.removeFirst() : answers.removeLast()).run();
    }

    @Override
    public long wakesAt() {
      return Turns.NEVER;
    }
  }

  private void play(SimulatedMachine machine) {
    machine.witness(trace);
    machine.faults().only(Set.of());
    ReplyLedger<String, String> replies = new ReplyLedger<>(Line.codec());
    Server server =
        replies
            .toldWhichAreShort(builder(machine, replies))
            .options(options())
            .in(machine.world())
            .start();
    machine.check();
    boolean beside = shape.topology.equals("reuseport") || shape.kills;
    machine.faults().only(beside ? FAILING_BESIDE : FAILING);
    List<SimulatedClient> clients = new ArrayList<>();
    int count = 1 + choices.draw(shape.clients);
    for (int i = 0; i < count; i++) {
      clients.add(client(machine, i));
      machine.turns().add(clients.getLast());
    }
    if (shape.kills) {
      for (int left = choices.draw(KILLS_MAX + 1); left > 0; left--) {
        await(machine, clients);
        kill(machine);
      }
    }
    if (shape.moves) {
      await(machine, clients);
      int from = choices.draw(2);
      server.move("quintet-loop-" + from, "quintet-loop-" + (1 - from), 1);
    }
    if (choices.draw(4) == 3) {
      await(machine, clients);
      clients.forEach(SimulatedClient::serverDrains);
      server.drainLater();
    }
    Simulation.wait(machine, () -> clients.stream().allMatch(SimulatedClient::isDone));
    Simulation.drain(machine, server);
    Simulation.end(machine, replies);
    Simulation.check(machine, clients, replies, new Checks());
  }

  /** So many steps later, or once all clients are done. */
  private void await(SimulatedMachine machine, List<SimulatedClient> clients) {
    int at = machine.steps() + choices.draw(60);
    Simulation.wait(
        machine, () -> machine.steps() >= at || clients.stream().allMatch(SimulatedClient::isDone));
  }

  private void kill(SimulatedMachine machine) {
    List<SimulatedProcess> backends = new ArrayList<>(machine.processes());
    backends.remove(machine.first());
    backends.removeIf(backend -> backend.onExit().isDone());
    if (!backends.isEmpty()) {
      machine.kill(backends.get(choices.draw(backends.size())));
    }
  }

  private SimulatedClient client(SimulatedMachine machine, int number) {
    String whole = "a\nb\n".substring(0, 2 * (1 + choices.draw(shape.requests)));
    SimulatedClient.End[] ends = {
      SimulatedClient.End.HALF_CLOSE, SimulatedClient.End.CLOSE, SimulatedClient.End.RESET
    };
    SimulatedClient.End end = ends[choices.draw(3)];
    int length =
        end == SimulatedClient.End.HALF_CLOSE ? whole.length() : choices.draw(whole.length() + 1);
    byte[] bytes = whole.substring(0, length).getBytes(StandardCharsets.US_ASCII);
    Replies expected = Reference.replies(Line.codec(), FollowedRun::shout, bytes);
    SimulatedClient.Plan plan =
        new SimulatedClient.Plan(
            bytes,
            expected,
            end,
            end == SimulatedClient.End.RESET
                ? choices.draw(expected.lengthAtLeast() + 1)
                : expected.lengthAtLeast(),
            1 + choices.draw(4),
            0,
            0,
            0);
    SocketAddress server = new SocketAddress.Inet4(0x7f000001, PORT);
    return new SimulatedClient(machine, number, server, plan);
  }

  private ServerBuilder builder(SimulatedMachine machine, ReplyLedger<String, String> replies) {
    if (!shape.late) {
      return Quintet.server(replies, replies.counted(FollowedRun::shout));
    }
    Owing owing = new Owing(machine, new ArrayDeque<>());
    machine.turns().add(owing);
    AsyncHandler<String, String> later =
        replies.counted(FollowedRun::shout, (_, answer) -> owing.answers.add(answer));
    return Quintet.serverLater(replies, later);
  }

  private static String shout(String line) {
    return line.toUpperCase(Locale.ROOT);
  }

  private Map<String, Object> options() {
    Map<String, Object> all = new HashMap<>();
    all.put("topology", shape.topology);
    all.put("port", PORT);
    all.putAll(Sizes.of(shape.topology, shape.count));
    all.put("backlog", 4);
    all.put("readBufferBytes", 4096);
    all.put("outputBufferBytes", 4096);
    all.put("acceptBudget", 1);
    all.put("requestBudget", 1);
    all.put("pipelineMax", shape.topology.equals("load-balanced") ? 2 : 1);
    all.put("workerQueueMax", 1);
    all.put("startupArchive", false);
    if (shape.topology.equals("multi-process")) {
      all.put("backendSilenceMillis", SILENCE_MILLIS);
    }
    all.keySet().removeIf(option -> Sizes.isUnused(option, Sizes.topology(shape.topology)));
    return all;
  }
}
