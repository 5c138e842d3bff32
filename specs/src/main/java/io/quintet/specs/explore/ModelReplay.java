package io.quintet.specs.explore;

import static io.quintet.specs.explore.model.May.ABORT;
import static io.quintet.specs.explore.model.May.ANSWER_LATE;
import static io.quintet.specs.explore.model.May.DRAIN_EARLY;
import static io.quintet.specs.explore.model.May.FALL_SILENT;
import static io.quintet.specs.explore.model.May.MOVE;

import io.quintet.specs.Machine;
import io.quintet.specs.Rule;
import io.quintet.specs.Topology;
import io.quintet.specs.explore.engine.Effect;
import io.quintet.specs.explore.engine.Instance;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Program;
import io.quintet.specs.explore.engine.Step;
import io.quintet.specs.explore.engine.Term;
import io.quintet.specs.explore.model.Bounds;
import io.quintet.specs.explore.model.Composition;
import io.quintet.specs.explore.model.May;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Follows on the model of a topology what a server did, and finds where the two differ: each
 * transition that a machine of the server took is one that the model's machine can take there, with
 * the effects that the model gives to the actions before it, and what the server counts is what the
 * model has.
 *
 * <p>What cannot be seen of a server is guessed: all states of the model that agree with what was
 * seen so far are kept. What is seen of an action is its beginning; it takes effect until the next
 * thing is seen of its thread. Not for several threads at once.
 */
public final class ModelReplay {
  /**
   * How much of everything the model has: as much as the server that is followed.
   *
   * @param connections clients, each with one connection
   * @param requests requests of each, of two bytes
   * @param loops loops or backends, where there are several
   * @param workers workers, where there are some
   * @param queue requests that may wait or run on one worker
   * @param troubles errors, interrupted calls, missing descriptors, full sockets, of each so many
   * @param late whether handlers answer after they return
   * @param silent whether clients may fall silent, so that deadlines pass
   * @param cut whether the deadline of the drain may pass
   * @param moves whether a connection may go from one loop to another
   */
  public record Size(
      int connections,
      int requests,
      int loops,
      int workers,
      int queue,
      int troubles,
      boolean late,
      boolean silent,
      boolean cut,
      boolean moves) {
    private Bounds bounds() {
      Set<May> may = new HashSet<>(Set.of(DRAIN_EARLY));
      if (late) {
        may.add(ANSWER_LATE);
      }
      if (silent) {
        may.add(FALL_SILENT);
      }
      if (cut) {
        may.add(ABORT);
      }
      if (moves) {
        may.add(MOVE);
      }
      return new Bounds(
          "replay",
          connections,
          requests,
          loops,
          workers,
          queue,
          troubles,
          troubles,
          troubles,
          troubles,
          connections,
          troubles,
          may);
    }
  }

  /** Something that was seen. */
  public sealed interface Seen {}

  /**
   * A machine of the server takes an event.
   *
   * @param thread on which
   * @param participant the machine's name in the model, such as {@code c0} or {@code
   *     loop1_listener}
   * @param from state in which it is
   * @param event event
   * @param counts what it counts before it does, by the name in the model's {@link #counts}
   */
  public record Taken(
      String thread, String participant, String from, String event, Map<String, Integer> counts)
      implements Seen {
    private String note() {
      return participant + " " + from + " " + event;
    }

    @Override
    public String toString() {
      return "%-20s %-16s %-12s %-12s %s"
          .formatted(thread, participant, from, event, counts.isEmpty() ? "" : counts);
    }
  }

  /**
   * Something that is no machine's: a client acts, or time passes.
   *
   * @param agent who, such as {@code client0}
   * @param act beginning of the name of the model's command
   */
  public record Act(String agent, String act) implements Seen {
    @Override
    public String toString() {
      return "%-20s %s".formatted("[" + agent + "]", act);
    }
  }

  /**
   * A thread goes on, and the one before waits. What a thread does it does while it runs.
   *
   * @param thread which one
   */
  public record Runs(String thread) implements Seen {
    @Override
    public String toString() {
      return "%-20s goes on".formatted(thread);
    }
  }

  /**
   * A process is killed, in the middle of whatever its threads do.
   *
   * @param threads those that it has
   * @param act beginning of the name of the model's command
   */
  public record Killed(List<String> threads, String act) implements Seen {
    @Override
    public String toString() {
      return "%-20s %s".formatted("[kill]", act);
    }
  }

  /**
   * What came of it.
   *
   * @param steps what was seen and found in the model
   * @param most states that the model could be in at once, at most
   * @param divergence where the server did what the model does not allow; empty if nowhere
   */
  public record Result(int steps, int most, Optional<String> divergence) {}

  /** States beyond which a guess is given up. */
  private static final int STATES_MAX = 20_000;

  private static final int TOLD_MAX = 60;

  /** With what a step of the model may begin, and does not go on. */
  private static final Set<String> BEGINNINGS = Set.of("TURN", "EVENTS", "QUIET", "FAILED");

  private final Model model;
  private final Program program;
  private final int variables;
  private final Map<String, Term> counts;
  private final List<Model.Command> commands;

  /** Commands that only what was seen may bring about. */
  private final boolean[] isAct;

  /** Commands that nothing of a server corresponds to. */
  private final boolean[] isLeftOut;

  /** Agents that are threads of the server. */
  private final Set<String> threadAgents;

  /** For each of those, what it is in the middle of. */
  private final Map<String, List<Composition.Middle>> middles;

  private final long[] enabled;

  // Of one replay.
  private List<List<Taken>> threads = List.of();
  private List<String> threadNames = List.of();

  /** For each thread, whether the record of it ends where its process is killed. */
  private boolean[] isKilled = {};

  /** Where those stand that go on. */
  private final Map<String, Integer> going = new HashMap<>();

  private int[] seen = {};
  private String running = "";
  private int most;

  private ModelReplay(Composition composition) {
    model = composition.model;
    counts = composition.counts();
    middles = composition.middles();
    threadAgents = middles.keySet();
    program = new Program(model);
    variables = model.names().size();
    commands = model.commands();
    isAct = new boolean[commands.size()];
    isLeftOut = new boolean[commands.size()];
    for (int i = 0; i < isAct.length; i++) {
      Model.Command command = commands.get(i);
      isAct[i] =
          command.agent().equals("time")
              || command.name().startsWith("reset of")
              || command.name().startsWith("end of process")
              || command.name().startsWith("answer late")
              || command.agent().startsWith("client") && !command.name().equals("read replies");
      isLeftOut[i] = command.agent().equals("resize") || command.name().startsWith("never answer");
    }
    enabled = new long[program.words()];
  }

  /**
   * Of a topology's machines.
   *
   * @param topology a topology that explorations cover
   * @param size how much of everything
   * @param machines a machine by its id
   * @return follows any number of runs, one after the other
   */
  public static ModelReplay of(Topology topology, Size size, Function<String, Machine> machines) {
    Composition composition = Composition.following(topology, size.bounds(), machines);
    return new ModelReplay(composition);
  }

  /**
   * The same, of a model that is wrong: an effect is left out of it. For tests that a replay
   * notices that.
   *
   * @param topology a topology that explorations cover
   * @param size how much of everything
   * @param machines a machine by its id
   * @param command what the name of the commands contains that lack it
   * @param variable variable that they leave as it is
   * @return follows runs
   */
  public static ModelReplay lacking(
      Topology topology,
      Size size,
      Function<String, Machine> machines,
      String command,
      String variable) {
    Composition composition = Composition.following(topology, size.bounds(), machines);
    composition.model.forget(command, variable);
    return new ModelReplay(composition);
  }

  /**
   * What can be compared.
   *
   * @return names, each of a participant and what it counts
   */
  public Set<String> counts() {
    return new TreeSet<>(counts.keySet());
  }

  /** A state of the model, and how far each thread has come. */
  private record Place(byte[] state, int[] done) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Place(byte[] otherState, int[] otherDone)
          && Arrays.equals(state, otherState)
          && Arrays.equals(done, otherDone);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(state) + Arrays.hashCode(done);
    }
  }

  /** Where a command leads to, and which events machines take on the way. */
  private record Way(byte[] state, List<String> taken) {}

  /** Runs a command. */
  private final class Ways implements Step.Runner {
    private final List<Way> all = new ArrayList<>();
    private List<String> taken = new ArrayList<>();

    @Override
    public void branch(@Nullable Step way, byte[] state) {
      List<String> before = taken;
      taken = new ArrayList<>(before);
      byte[] copy = state.clone();
      Step step = way;
      while (step != null && step != Step.Stop.STOP) {
        step = step.perform(copy, this);
      }
      if (step == null) {
        all.add(new Way(copy, taken));
      }
      taken = before;
    }

    @Override
    public void breaks(Rule rule, String where, byte[] state) {
      // no way on
    }

    @Override
    public void takes(Effect.Note note) {
      if (isSeen(note.taken())) {
        taken.add(note.taken());
      }
    }
  }

  /** Of the places of replies nothing is seen. */
  private static boolean isSeen(String note) {
    return !note.substring(0, note.indexOf(' ')).contains("_reply");
  }

  private List<Way> ways(int command, byte[] state) {
    Ways ways = new Ways();
    ways.branch(program.step(command), state);
    return ways.all;
  }

  /**
   * Follows a run from its start to its end.
   *
   * @param run what was seen, in order
   * @return what came of it
   */
  public Result replay(List<Seen> run) {
    part(run);
    seen = new int[threads.size()];
    most = 0;
    running = "";
    byte[] initial = Arrays.copyOf(model.initial(), variables + 7 & ~7);
    Set<Place> places = closed(List.of(new Place(initial, new int[threads.size()])));
    for (int at = 0; at < run.size(); at++) {
      Set<Place> next = after(run.get(at), places);
      if (next.isEmpty()) {
        return new Result(at, most, Optional.of(divergence(run, at, places)));
      }
      if (next.size() > STATES_MAX) {
        return new Result(
            at,
            most,
            Optional.of(next.size() + " states agree with " + run.get(at) + differing(next)));
      }
      places = next;
      most = Math.max(most, places.size());
    }
    Set<Place> last = places;
    if (last.stream().noneMatch(this::isWhole)) {
      return new Result(run.size(), most, Optional.of(divergence(run, run.size(), places)));
    }
    return new Result(run.size(), most, Optional.empty());
  }

  /** By threads; one of a process that follows one that was killed is another one. */
  private void part(List<Seen> run) {
    List<List<Taken>> all = new ArrayList<>();
    List<String> names = new ArrayList<>();
    Set<Integer> killed = new HashSet<>();
    Map<String, Integer> current = new HashMap<>();
    for (Seen each : run) {
      List<String> of =
          switch (each) {
            case Taken taken -> List.of(taken.thread());
            case Killed(List<String> those, String _) -> those;
            case Act _, Runs _ -> List.of();
          };
      for (String name : of) {
        int thread = current.computeIfAbsent(name, _ -> all.size());
        if (thread == all.size()) {
          all.add(new ArrayList<>());
          names.add(name);
        }
        if (each instanceof Taken taken) {
          all.get(thread).add(taken);
        } else {
          killed.add(current.remove(name));
        }
      }
    }
    threads = List.copyOf(all);
    threadNames = List.copyOf(names);
    isKilled = new boolean[all.size()];
    killed.forEach(thread -> isKilled[thread] = true);
    going.clear();
    for (int thread = all.size() - 1; thread >= 0; thread--) {
      going.put(names.get(thread), thread);
    }
  }

  /** All that was seen has been done, and the end has come. */
  private boolean isWhole(Place place) {
    for (int thread = 0; thread < seen.length; thread++) {
      if (place.done[thread] != threads.get(thread).size()) {
        return false;
      }
    }
    return model.done().of(place.state) != 0;
  }

  private Set<Place> after(Seen what, Set<Place> places) {
    List<Place> next = new ArrayList<>();
    switch (what) {
      case Act act -> {
        for (Place place : places) {
          acted(act, place, next);
        }
      }
      case Killed(List<String> killed, String act) -> {
        for (Place place : places) {
          acted(new Act("chance", act), place, next);
        }
        for (String thread : killed) {
          next.replaceAll(place -> forgotten(thread, place));
          goOn(thread);
        }
      }
      case Runs(String thread) -> {
        running = thread;
        next.addAll(places);
      }
      case Taken taken -> {
        int thread = going.get(taken.thread());
        seen[thread]++;
        for (Place place : places) {
          if (isInTime(place, thread)) {
            next.add(place);
          }
        }
      }
    }
    Set<Place> then = closed(next);
    if (what instanceof Taken taken && isDone(taken)) {
      int thread = going.get(taken.thread());
      then.removeIf(place -> place.done[thread] < seen[thread]);
    }
    return then;
  }

  /** What was seen of a thread, and had no effect, has none any more. */
  private Place forgotten(String name, Place place) {
    Integer thread = going.get(name);
    if (thread == null || !isKilled[thread]) {
      return place;
    }
    int[] done = place.done.clone();
    done[thread] = threads.get(thread).size();
    return new Place(place.state, done);
  }

  /** The thread of the process that follows is next. */
  private void goOn(String name) {
    Integer killed = going.get(name);
    for (int thread = threads.size() - 1; killed != null && thread > killed; thread--) {
      if (threadNames.get(thread).equals(name)) {
        going.put(name, thread);
      }
    }
  }

  /** Whether it was done when it was seen: mailboxes tell of what has happened. */
  private static boolean isDone(Taken taken) {
    return isOfMailbox(taken)
        || taken.participant().endsWith("_server") && taken.event().equals("STARTED");
  }

  /** All but the last was done, unless that is one step of the model with the last. */
  private boolean isInTime(Place place, int thread) {
    int done = place.done[thread];
    if (done >= seen[thread] - 1) {
      return true;
    }
    for (int i = done; i < seen[thread]; i++) {
      Taken taken = threads.get(thread).get(i);
      boolean follows =
          isOfLoop(taken) && !BEGINNINGS.contains(taken.event())
              || taken.participant().endsWith("server")
              || isOfMailbox(taken);
      if (i > done && !follows) {
        return false;
      }
    }
    return true;
  }

  private void acted(Act act, Place place, List<Place> into) {
    for (int command = 0; command < isAct.length; command++) {
      if (isAct[command]
          && commands.get(command).agent().equals(act.agent())
          && commands.get(command).name().startsWith(act.act())
          && program.isEnabled(command, place.state)) {
        for (Way way : ways(command, place.state)) {
          Place next = next(act.agent(), place, way, 1);
          if (next != null) {
            into.add(next);
          }
        }
      }
    }
  }

  /** With all that may have happened unseen, or that was seen to begin. */
  private Set<Place> closed(Collection<Place> from) {
    Set<Place> all = new LinkedHashSet<>(from);
    Deque<Place> left = new ArrayDeque<>(all);
    while (!left.isEmpty() && all.size() <= STATES_MAX) {
      Place place = left.pop();
      program.enabled(place.state, enabled);
      long[] now = enabled.clone();
      for (int word = 0; word < now.length; word++) {
        for (long bits = now[word]; bits != 0; bits &= bits - 1) {
          int command = (word << 6) + Long.numberOfTrailingZeros(bits);
          if (!isAct[command] && !isLeftOut[command] && mayRun(commands.get(command).agent())) {
            for (Way way : ways(command, place.state)) {
              Place next = next(commands.get(command).agent(), place, way, 0);
              if (next != null && isHopeful(next) && all.add(next)) {
                left.push(next);
              }
            }
          }
        }
      }
    }
    return all;
  }

  /** Whether an agent's steps are those of the thread that runs, or of none in particular. */
  private boolean mayRun(String agent) {
    return switch (agent) {
      case "server", "again", "clock" -> !threadAgents.contains(running);
      default -> agent.equals(running) || !threadAgents.contains(agent);
    };
  }

  /** Whether a thread may take an agent's steps. */
  private boolean isOf(String thread, String agent) {
    return threadAgents.contains(agent)
        ? agent.equals(thread)
        : !threadAgents.contains(thread)
            || agent.equals("teller") && !thread.startsWith("worker")
            || agent.equals("kernel");
  }

  /** Where a way leads to if the events that machines take on it are those that were seen next. */
  private @Nullable Place next(String agent, Place place, Way way, int ahead) {
    if (way.taken.isEmpty()) {
      return new Place(way.state, place.done);
    }
    for (int thread : going.values()) {
      List<Taken> those = threads.get(thread);
      int done = place.done[thread];
      int whole = done + way.taken.size();
      // One that is killed may be in the middle of what the model makes one step.
      int then = isKilled[thread] && done < those.size() ? Math.min(whole, those.size()) : whole;
      if (then <= those.size()
          && isOf(threadNames.get(thread), agent)
          && then >= seen[thread]
          && (done < seen[thread] + ahead || done == seen[thread] && isOutcome(those.get(done)))
          && isNext(way.taken.subList(0, then - done), those, done)
          && counts(those.get(done), place.state)) {
        int[] further = place.done.clone();
        further[thread] = then;
        return new Place(way.state, further);
      }
    }
    return null;
  }

  /** What a thread is in the middle of is what is seen of it next. */
  private boolean isHopeful(Place place) {
    for (int thread : going.values()) {
      List<Taken> those = threads.get(thread);
      int done = place.done[thread];
      while (done < those.size() && isOfMailbox(those.get(done))) {
        done++;
      }
      for (Composition.Middle middle : middles.getOrDefault(threadNames.get(thread), List.of())) {
        if (middle.where().of(place.state) != 0
            && !(isKilled[thread] && done == those.size())
            && (done == those.size() || !isAbout(middle.machine(), place, those.get(done)))) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isAbout(Instance machine, Place place, Taken taken) {
    return machine.name().equals(taken.participant())
        && machine.isAbout(place.state, taken.from(), taken.event());
  }

  /** A step of a loop's turn is seen when it is over. */
  private boolean isOutcome(Taken taken) {
    return isOfLoop(taken) && !taken.event().equals("TURN");
  }

  private static boolean isOfMailbox(Taken taken) {
    return taken.participant().endsWith("_mailbox");
  }

  private boolean isOfLoop(Taken taken) {
    return counts.containsKey(taken.participant() + ".draining");
  }

  private static boolean isNext(List<String> taken, List<Taken> those, int done) {
    for (int i = 0; i < taken.size(); i++) {
      if (!taken.get(i).equals(those.get(done + i).note())) {
        return false;
      }
    }
    return true;
  }

  private boolean counts(Taken taken, byte[] state) {
    for (Map.Entry<String, Integer> each : taken.counts().entrySet()) {
      Term term = counts.get(taken.participant() + "." + each.getKey());
      if (term != null && term.of(state) != each.getValue()) {
        return false;
      }
    }
    return true;
  }

  // What is said of a divergence.

  /** In what places differ. */
  private String differing(Set<Place> places) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < variables; i++) {
      int index = i;
      List<Integer> values =
          places.stream().map(place -> (int) place.state[index]).distinct().toList();
      if (values.size() > 1) {
        text.append(", ").append(model.names().get(i)).append(' ').append(values);
      }
    }
    for (int i = 0; i < seen.length; i++) {
      int index = i;
      text.append("\n").append(threadNames.get(i)).append(" done ");
      text.append(
          places.stream().map(place -> place.done[index] - seen[index]).distinct().toList());
    }
    return text.toString();
  }

  private String divergence(List<Seen> run, int at, Set<Place> places) {
    StringBuilder text = new StringBuilder("the model does not allow what was seen:\n");
    for (int i = Math.max(at - TOLD_MAX, 0); i < at; i++) {
      text.append("  ").append(run.get(i)).append('\n');
    }
    if (at < run.size()) {
      text.append("? ").append(run.get(at)).append('\n');
    } else {
      text.append("? the end\n");
    }
    int shown = 0;
    Set<String> allowed = new TreeSet<>();
    for (Place place : places) {
      for (int thread = 0; thread < seen.length; thread++) {
        if (place.done[thread] < seen[thread]) {
          allowed.add("not done: " + threads.get(thread).get(place.done[thread]));
        }
      }
      program.enabled(place.state, enabled);
      long[] now = enabled.clone();
      for (int word = 0; word < now.length; word++) {
        for (long bits = now[word]; bits != 0; bits &= bits - 1) {
          int command = (word << 6) + Long.numberOfTrailingZeros(bits);
          for (Way way : ways(command, place.state)) {
            if (!way.taken.isEmpty()) {
              allowed.add("allowed: " + String.join(", ", way.taken));
            }
          }
        }
      }
    }
    allowed.forEach(each -> text.append(each).append('\n'));
    text.append(places.size()).append(" states agree with what was before, such as\n");
    for (Place place : places) {
      if (shown++ == 3) {
        break;
      }
      text.append("  ").append(model.difference(model.initial(), place.state)).append('\n');
    }
    return text.toString();
  }
}
