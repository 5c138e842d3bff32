package io.quintet.specs.explore.model;

import static io.quintet.specs.explore.engine.Effect.set;
import static io.quintet.specs.explore.engine.Term.all;
import static io.quintet.specs.explore.engine.Term.any;
import static io.quintet.specs.explore.engine.Term.is;
import static io.quintet.specs.explore.engine.Term.less;
import static io.quintet.specs.explore.engine.Term.not;
import static io.quintet.specs.explore.engine.Term.variable;

import io.quintet.specs.Machine;
import io.quintet.specs.Topology;
import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Term;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The machines composed as a topology says: loops, their listeners and mailboxes, workers, the
 * server that drains them, and clients that send, end their half, reset, or fall silent. A request
 * is two halves, so that a part of one can arrive. Actions report any outcome that their machine
 * declares and the state allows; errors and interruptions are rationed.
 */
public final class Composition {
  private final Function<String, Machine> spec;
  final Topology topology;
  final Bounds bounds;
  public final Model model;

  /** Whether it is to allow all that a server may do, to follow one. */
  final boolean follows;

  final Chance chance;
  final Server server;
  final List<Connection> connections = new ArrayList<>();
  final List<Loop> loops = new ArrayList<>();
  final List<Worker> workers = new ArrayList<>();

  /** Where requests wait that no worker was chosen for; null where one is chosen for each. */
  final @Nullable WorkerQueues queues;

  final List<Backend> backends = new ArrayList<>();

  /** Listeners that wait for a descriptor. */
  final ListenerLine line;

  private int tellings;

  private Composition(
      Topology topology,
      Bounds given,
      Function<String, Machine> spec,
      boolean follows,
      boolean noted) {
    this.model = new Model(noted);
    this.follows = follows;
    this.topology = topology;
    this.spec = spec;
    Arrangement arrangement = Arrangement.of(topology, given, follows);
    bounds = arrangement.bounds();
    chance = new Chance(model, bounds);
    server = new Server(this, arrangement.running(), arrangement.retires(), arrangement.workers());
    for (int i = 0; i < bounds.connections(); i++) {
      connections.add(new Connection(this, i));
    }
    loops(arrangement);
    line = new ListenerLine(this, loops.stream().filter(loop -> loop.listens).toList());
    for (int i = 0; i < arrangement.loops() && arrangement.processes(); i++) {
      Backend backend = new Backend(this, loops.get(i), loops.getLast());
      backends.add(backend);
      loops.get(i).within = backend;
      loops.getLast().children.add(backend);
    }
    queues = topology.queuesRequests() ? new WorkerQueues(this, arrangement.workers()) : null;
    for (int i = 0; i < arrangement.workers(); i++) {
      workers.add(new Worker(this, i));
    }
    commands();
    new Promises(this).declare();
    model.close();
  }

  private void loops(Arrangement arrangement) {
    boolean acceptor = arrangement.acceptor();
    boolean processes = arrangement.processes();
    for (int i = 0; i < arrangement.loops(); i++) {
      String name = (processes ? "backend" : "loop") + i;
      int queue = arrangement.listenerEach() ? i : 0;
      int feeders = acceptor && !processes ? 1 : 0;
      loops.add(new Loop(this, name, new Loop.Role(i, !acceptor, true, queue, feeders)));
    }
    if (acceptor) {
      String name = processes ? "front" : "acceptor";
      loops.add(new Loop(this, name, new Loop.Role(arrangement.loops(), true, false, 0, 0)));
    }
  }

  private void commands() {
    server.commands();
    connections.forEach(c -> new Client(this, c).commands());
    connections.forEach(c -> new Handler(this, c).commands());
    if (converses()) {
      connections.forEach(c -> c.talk.commands());
    }
    if (bounds.shakesHands()) {
      connections.forEach(c -> c.handshakes.commands());
    }
    if (bounds.content()) {
      connections.forEach(c -> new Handler(this, c).contentCommands());
    }
    loops.forEach(loop -> loop.turn.commands());
    workers.forEach(Worker::commands);
    backends.forEach(Backend::commands);
  }

  /** A machine at work. */
  Instance instance(String name, String id, Function<String, List<Effect>> actions) {
    return new Instance(model, name, spec.apply(id), actions);
  }

  /** Somebody else tells it, some time later. */
  List<Effect> telling(Mailbox mailbox, int flag) {
    int due = model.variable("due" + tellings, 0);
    model.command(
        "teller",
        "tell " + tellings++,
        is(due, 1),
        Effect.join(List.of(set(due, 0)), mailbox.post(set(flag, 1))));
    return List.of(set(due, 1));
  }

  /** Whether connections go from loop to loop. */
  boolean moves() {
    return bounds.moves() && !topology.loops().equals("one") && topology.owns().equals("loop");
  }

  /** Whether connections become WebSockets. */
  boolean converses() {
    return bounds.converses() && !topology.queuesRequests();
  }

  /** Whether handlers run on workers. */
  boolean executesElsewhere() {
    return topology.executes().equals("worker");
  }

  /** Some worker has. */
  Term hasRoom() {
    if (queues != null) {
      return queues.hasRoom();
    }
    return any(
        workers.stream()
            .map(worker -> any(less(worker.load, bounds.queue()), worker.isStopped()))
            .toList());
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
  Term over(Term may, List<Term> left) {
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
      all.add(new Middle(is(loop.current, loop.listener.number()), loop.listener.machine));
      if (loop.within != null) {
        all.add(new Middle(is(loop.current, uplinkNumber()), loop.within.uplink()));
      }
      for (Backend child : loop.children) {
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
      counts.put(loop.listener.machine.name() + ".inHand", not(is(loop.inHand, 0)));
    }
    for (Worker worker : workers) {
      counts.put(worker.name + ".load", variable(worker.load));
    }
    return counts;
  }

  /** A backend's end of its control socket. */
  int uplinkNumber() {
    return connections.size() + 2;
  }

  /** The front's end. */
  int controlNumber(Loop of) {
    return connections.size() + 2 + of.number;
  }
}
