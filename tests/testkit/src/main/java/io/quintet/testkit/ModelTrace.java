package io.quintet.testkit;

import io.quintet.specs.explore.ModelReplay;
import io.quintet.trace.Counted;
import io.quintet.trace.Trace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is seen of a run, in the words of the explored model. */
final class ModelTrace implements Witness {
  private final List<ModelReplay.Seen> seen = new ArrayList<>();

  /** What is counted where it is compared; what threads share is not while others go on. */
  private final List<String> compared;

  private final Map<Object, String> names = new HashMap<>();

  /** Numbers of the backends whose processes were started, in that order. */
  private final List<Integer> spawned = new ArrayList<>();

  /** For each worker, transitions that it took since it looked for a request the last time. */
  private final Map<String, List<ModelReplay.Taken>> polls = new HashMap<>();

  ModelTrace(List<String> compared) {
    this.compared = compared;
  }

  List<ModelReplay.Seen> seen() {
    return seen;
  }

  @Override
  public void transition(Turns.Task task, boolean acts, Trace.Entry entry) {
    if (task.process.dead) {
      return; // what its threads do is unwind
    }
    if (entry.transitions().machine().id().endsWith("reply")) {
      return; // the model does not say which request of the run its reply stands for
    }
    Map<String, Integer> counts = new HashMap<>();
    if (entry.instance() instanceof Counted counted) {
      counted.count((name, number) -> counts.put(name, number));
    }
    if (counts.getOrDefault("forClients", 1) == 0) {
      return;
    }
    String participant = participant(task, entry, counts);
    counts.keySet().retainAll(compared);
    ModelReplay.Taken taken =
        new ModelReplay.Taken(
            acts ? "handlers" : agent(task.name),
            participant,
            entry.from(),
            entry.event(),
            Map.copyOf(counts));
    seen.add(taken);
    if (entry.event().equals("POLL_AGAIN")) {
      shorten(taken.thread());
    }
  }

  /** A worker that has looked in vain looks again, some hundred times: once is enough. */
  private void shorten(String thread) {
    List<ModelReplay.Taken> last = new ArrayList<>();
    for (int i = seen.size() - 1; i >= 0 && last.size() < 6; i--) {
      if (seen.get(i) instanceof ModelReplay.Taken taken && taken.thread().equals(thread)) {
        last.add(taken);
      }
    }
    if (last.size() == 6 && last.subList(0, 3).equals(last.subList(3, 6))) {
      for (ModelReplay.Taken taken : last.subList(0, 3)) {
        seen.remove(seen.lastIndexOf(taken));
      }
    }
  }

  private String participant(Turns.Task task, Trace.Entry entry, Map<String, Integer> counts) {
    String id = entry.transitions().machine().id();
    return switch (id) {
      case "connection" ->
          names.computeIfAbsent(
              entry.instance(), _ -> "c" + client(task.process, counts.get("fd")));
      case "listener" -> agent(task.name) + "_listener";
      case "server" -> isBackend(task.process) ? name(task.process) + "_server" : "server";
      case "backend" -> backend(entry, counts.get("number"));
      case "control" ->
          names.computeIfAbsent(entry.instance(), _ -> control(task.process, counts.get("fd")));
      case "mailbox-wakeup" -> agent(entry.instance().toString()) + "_mailbox";
      default -> agent(task.name);
    };
  }

  private String backend(Trace.Entry entry, int number) {
    if (entry.action().filter("SPAWN"::equals).isPresent()) {
      spawned.add(number);
    }
    return "process" + number;
  }

  /** Which end of which socket it is. */
  private String control(SimulatedProcess process, int fd) {
    if (isBackend(process)) {
      return name(process) + "_uplink";
    }
    if (process.at(fd) instanceof PacketSocket socket) {
      return name(socket.peer().process()) + "_control";
    }
    throw new IllegalStateException("fd " + fd + " is no control socket");
  }

  private static boolean isBackend(SimulatedProcess process) {
    return process.id != SimulatedMachine.FIRST_PROCESS;
  }

  private String name(SimulatedProcess backend) {
    return name(backend.id);
  }

  /** Processes have their numbers in the order in which they are started. */
  private String name(int process) {
    return "process" + spawned.get(process - SimulatedMachine.FIRST_PROCESS - 1);
  }

  private static int client(SimulatedProcess process, int fd) {
    if (process.at(fd) instanceof StreamSocket socket && socket.client() != null) {
      return socket.client().number();
    }
    throw new IllegalStateException("fd " + fd + " is no client's");
  }

  /** A thread's name in the model. */
  private static String agent(String thread) {
    return switch (thread) {
      case "quintet-acceptor-0" -> "acceptor";
      case "quintet-front-0" -> "front";
      default -> thread.replaceFirst("^quintet-(loop|worker|backend)-", "$1");
    };
  }

  private void act(String agent, String what) {
    seen.add(new ModelReplay.Act(agent, what));
  }

  @Override
  public void runs(Turns.Task task) {
    seen.add(new ModelReplay.Runs(agent(task.name)));
  }

  @Override
  public void answersLate() {
    act("handlers", "answer late");
  }

  @Override
  public void connects(int client) {
    act("client" + client, "connect to");
  }

  @Override
  public void isRefused(int client) {
    act("client" + client, "refused");
  }

  @Override
  public void sends(int client, int bytes) {
    for (int i = 0; i < bytes; i++) {
      act("client" + client, "send half a request");
    }
  }

  @Override
  public void ends(int client, SimulatedClient.End end) {
    if (end == SimulatedClient.End.RESET) {
      act("chance", "reset of " + client);
    } else {
      act("client" + client, "end its half");
    }
  }

  @Override
  public void kills(SimulatedProcess process) {
    String name = name(process);
    List<String> threads = List.of(name.replace("process", "backend"), "main of " + process.id);
    seen.add(new ModelReplay.Killed(threads, "end of " + name));
  }

  @Override
  public void timePasses() {
    act("time", "passes");
  }
}
