package io.quintet.testkit;

import io.quintet.specs.Machine;
import io.quintet.specs.Transitions;
import io.quintet.trace.Trace;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Replays recorded transitions against the machines in the specs. One thread. */
public final class TraceCheck {
  /**
   * A machine as recorded transitions spell it.
   *
   * @param transitions by state and event
   * @param constants the actions' names in the code, see {@link Transitions#of}
   * @param outcomes what an action may report, by its name in the code
   */
  private record Spelled(
      Map<String, Map<String, Machine.Transition>> transitions,
      Map<String, String> constants,
      Map<String, List<String>> outcomes) {

    static Spelled of(Transitions<?, ?> table) {
      Machine machine = table.machine();
      Spelled spelled = new Spelled(new HashMap<>(), new HashMap<>(), new HashMap<>());
      machine
          .states()
          .forEach((name, state) -> spelled.transitions.put(name, machine.transitions(state)));
      machine
          .actions()
          .forEach(
              (name, action) -> {
                String constant = name.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
                spelled.constants.put(name, constant);
                spelled.outcomes.put(constant, action.outcomes());
              });
      return spelled;
    }
  }

  private final Map<Object, Trace.Entry> last = new IdentityHashMap<>();
  private final Map<Transitions<?, ?>, Spelled> machines = new IdentityHashMap<>();
  private final Map<String, Long> counts = new TreeMap<>();
  private long checked;

  /** Nothing seen yet. */
  public TraceCheck() {}

  /**
   * Replays transitions, the oldest first. An instance may begin in the middle, since a ring drops
   * what is too old.
   *
   * @param entries as {@link Trace#takeAll} gives them
   * @throws IllegalStateException for the first transition that the machine does not have
   */
  public void replay(List<Trace.Entry> entries) {
    int gaps = (int) entries.stream().filter(Trace.Entry::afterGap).count();
    for (Trace.Entry entry : entries) {
      if (entry.afterGap()) {
        last.clear();
        gaps--;
      }
      if (entry.to().equals(Trace.BROKEN)) {
        throw wrong(entry, "the invariant of " + entry.from() + " does not hold");
      }
      // what another thread did before its gap is missing
      boolean incomplete = entry.shared() && gaps > 0;
      Trace.Entry before = incomplete ? null : last.put(entry.instance(), entry);
      Spelled machine = machines.computeIfAbsent(entry.transitions(), Spelled::of);
      if (before != null && !before.to().equals(entry.from())) {
        throw wrong(entry, "it was in " + before.to());
      }
      Machine.Transition declared = machine.transitions.get(entry.from()).get(entry.event());
      if (declared == null || !declared.target().equals(entry.to())) {
        throw wrong(entry, "the machine has " + declared);
      }
      Optional<String> action = declared.action().map(machine.constants::get);
      if (!action.equals(entry.action())) {
        throw wrong(entry, "the machine has the action " + action);
      }
      if (before != null && before.action().isPresent()) {
        List<String> outcomes = machine.outcomes.get(before.action().orElseThrow());
        if (!outcomes.isEmpty() && !outcomes.contains(entry.event())) {
          throw wrong(entry, "the action before may report " + outcomes);
        }
      }
      if (entry.transitions().machine().states().get(entry.to()).end()) {
        last.remove(entry.instance());
      }
      checked++;
      counts.merge(entry.transitions().machine().id(), 1L, Long::sum);
    }
  }

  /**
   * How much of a machine has been replayed.
   *
   * @param machine its id
   * @return transitions
   */
  public long checked(String machine) {
    return counts.getOrDefault(machine, 0L);
  }

  /**
   * How much has been replayed.
   *
   * @return transitions
   */
  public long checked() {
    return checked;
  }

  private static IllegalStateException wrong(Trace.Entry entry, String reason) {
    return new IllegalStateException(entry + " is not in the spec: " + reason);
  }
}
