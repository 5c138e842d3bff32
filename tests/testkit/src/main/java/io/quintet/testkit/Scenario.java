package io.quintet.testkit;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Codec;
import io.quintet.codec.Line;
import io.quintet.ffi.SocketAddress;
import io.quintet.service.AsyncHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A few clients at a server, small enough that the implementation itself can be run through every
 * order of its threads, and every call that fails, within bounds: nothing of it is a model.
 *
 * @param name what it is called
 * @param topology id or file of the arrangement
 * @param clients what each sends and how it ends
 * @param late whether handlers answer later, in any order
 * @param drains whether the server drains while the clients are at it, or only behind them
 * @param descriptors how many each process may have open
 * @param options options of the server besides those that make it small
 */
record Scenario(
    String name,
    String topology,
    List<Client> clients,
    boolean late,
    boolean drains,
    int descriptors,
    Map<String, Object> options) {
  /** What a client sends, and how it ends. */
  record Client(String bytes, SimulatedClient.End end) {}

  /** How many runs there were, and what was found. */
  record Result(long runs, SimulatedMachine.@Nullable Violation violation, String story) {}

  private static final int PORT = 8080;
  private static final SocketAddress SERVER = new SocketAddress.Inet4(0x7f000001, PORT);
  private static final int BUFFER_BYTES = 64;
  private static final int STEPS_MAX = 20_000;

  /** Handlers that answer when somebody lets them, the last one first where that is chosen. */
  private record Owing(SimulatedMachine machine, Deque<Runnable> answers) implements Turns.Actor {
    @Override
    public boolean canStep() {
      return !answers.isEmpty();
    }

    @Override
    public void step() {
      machine.story().tell("[a handler answers late]");
      Runnable answer =
          machine.choices().kernel(Math.min(answers.size(), 2)) == 0
              ? answers.removeFirst()
              : answers.removeLast();
      answer.run();
    }

    @Override
    public long wakesAt() {
      return Turns.NEVER;
    }

    @Override
    public String toString() {
      return answers.size() + " answers to come";
    }
  }

  /** Runs it in every way within bounds, until one breaks a rule. */
  Result check(EnumeratedChoices.Bounds bounds) {
    long runs = 0;
    EnumeratedChoices choices = new EnumeratedChoices(bounds);
    do {
      choices.begin();
      runs++;
      SimulatedMachine.Violation violation = run(choices, Story.untold());
      if (violation != null) {
        return new Result(runs, violation, story(bounds, choices.path()));
      }
    } while (choices.advance());
    return new Result(runs, null, "");
  }

  /** A run of this way, told line by line. */
  String story(EnumeratedChoices.Bounds bounds, int[] path) {
    EnumeratedChoices again = new EnumeratedChoices(bounds);
    again.begin();
    again.follow(path);
    Story story = Story.told();
    run(again, story);
    return story.text();
  }

  private SimulatedMachine.@Nullable Violation run(EnumeratedChoices choices, Story story) {
    SimulatedMachine.Settings settings =
        new SimulatedMachine.Settings(
            descriptors, BUFFER_BYTES, false, STEPS_MAX, 1, 0, true, Faults.Rates.NONE);
    try {
      SimulatedMachine.run(choices, settings, story, machine -> play(machine, choices));
      return null;
    } catch (SimulatedMachine.Violation violation) {
      return violation;
    }
  }

  private void play(SimulatedMachine machine, EnumeratedChoices choices) {
    ReplyLedger<String, String> replies = new ReplyLedger<>(Line.codec());
    Map<String, Object> given = all();
    Conduct conduct = Conduct.of(machine, given);
    replies.in(machine, conduct);
    machine.story().heardBy(conduct::see);
    Server server =
        replies
            .toldWhichAreShort(builder(machine, replies))
            .options(given)
            .in(machine.world())
            .start();
    machine.check();
    List<SimulatedClient> all = new ArrayList<>();
    for (Client client : clients) {
      byte[] bytes = client.bytes.getBytes(StandardCharsets.US_ASCII);
      Replies expected = Reference.replies(Line.codec(), Scenario::shout, bytes);
      SimulatedClient.Plan plan =
          new SimulatedClient.Plan(
              bytes, expected, client.end, expected.lengthAtLeast(), bytes.length + 1, 0, 0, 0);
      all.add(new SimulatedClient(machine, all.size(), SERVER, plan));
      machine.turns().add(all.getLast());
    }
    choices.open(true);
    if (drains) {
      all.forEach(SimulatedClient::serverDrains);
      server.drainLater();
    }
    Simulation.wait(machine, () -> all.stream().allMatch(SimulatedClient::isDone));
    Simulation.drain(machine, server);
    choices.open(false);
    Simulation.end(machine, replies);
    Simulation.check(machine, all, replies, new Checks());
  }

  private ServerBuilder builder(SimulatedMachine machine, Codec<String, String> codec) {
    ReplyLedger<String, String> replies = (ReplyLedger<String, String>) codec;
    if (!late) {
      return Quintet.server(codec, replies.counted(Scenario::shout));
    }
    Owing owing = new Owing(machine, new ArrayDeque<>());
    machine.turns().add(owing);
    AsyncHandler<String, String> later =
        replies.counted(Scenario::shout, (_, answer) -> owing.answers.add(answer));
    return Quintet.serverLater(codec, later);
  }

  private static String shout(String line) {
    return line.toUpperCase(Locale.ROOT);
  }

  private Map<String, Object> all() {
    Map<String, Object> all = new HashMap<>();
    all.put("topology", topology);
    all.put("port", PORT);
    all.putAll(Sizes.of(topology, 2));
    all.put("backlog", 4);
    all.put("readBufferBytes", 4096);
    all.put("outputBufferBytes", 4096);
    all.put("startupArchive", false);
    all.putAll(options);
    all.keySet().removeIf(option -> Sizes.isUnused(option, Sizes.topology(topology)));
    return all;
  }
}
