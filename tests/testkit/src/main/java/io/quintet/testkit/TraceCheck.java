package io.quintet.testkit;

import io.quintet.specs.Machine;
import io.quintet.specs.Transitions;
import io.quintet.trace.Trace;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Replays recorded transitions against the machines in the specs. One thread. */
public final class TraceCheck {
  private final Map<Object, Trace.Entry> last = new IdentityHashMap<>();
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
    for (Trace.Entry entry : entries) {
      if (entry.afterGap()) {
        last.clear();
      }
      Trace.Entry before = last.put(entry.instance(), entry);
      Machine machine = entry.transitions().machine();
      if (before != null && !before.to().equals(entry.from())) {
        throw wrong(entry, "it was in " + before.to());
      }
      Machine.Transition declared =
          machine.transitions(machine.states().get(entry.from())).get(entry.event());
      if (declared == null || !declared.target().equals(entry.to())) {
        throw wrong(entry, "the machine has " + declared);
      }
      Optional<String> action = declared.action().map(TraceCheck::constant);
      if (!action.equals(entry.action())) {
        throw wrong(entry, "the machine has the action " + action);
      }
      if (before != null && before.action().isPresent()) {
        List<String> outcomes = outcomes(machine, before.action().orElseThrow());
        if (!outcomes.isEmpty() && !outcomes.contains(entry.event())) {
          throw wrong(entry, "the action before may report " + outcomes);
        }
      }
      if (machine.states().get(entry.to()).end()) {
        last.remove(entry.instance());
      }
      checked++;
    }
  }

  /**
   * How much has been replayed.
   *
   * @return transitions
   */
  public long checked() {
    return checked;
  }

  private static List<String> outcomes(Machine machine, String constant) {
    return machine.actions().entrySet().stream()
        .filter(action -> constant(action.getKey()).equals(constant))
        .findFirst()
        .orElseThrow()
        .getValue()
        .outcomes();
  }

  /** As the code spells an action of a file, see {@link Transitions#of}. */
  private static String constant(String action) {
    return action.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
  }

  private static IllegalStateException wrong(Trace.Entry entry, String reason) {
    return new IllegalStateException(entry + " is not in the spec: " + reason);
  }
}
