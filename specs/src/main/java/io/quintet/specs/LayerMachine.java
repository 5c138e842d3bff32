package io.quintet.specs;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the machine of a transport layer has in common with those of others, so that it can be run
 * and explored whatever it does. Any thread.
 *
 * <p>Where it rests it waits for {@code RECEIVED}, bytes of the peer, or for {@code COMPUTED}, the
 * end of a step that another thread computes; and it takes {@code LOST}, its connection is gone.
 * The final state {@code admitted} lets the protocol begin, any other one ends the connection.
 */
public final class LayerMachine {
  /** Bytes have come of which it was not told, or some are left behind those that it took. */
  public static final String RECEIVED = "RECEIVED";

  /** The step that another thread computes is over. */
  public static final String COMPUTED = "COMPUTED";

  /** The connection is gone. */
  public static final String LOST = "LOST";

  /** The final state from which the connection goes on. */
  public static final String ADMITTED = "admitted";

  private LayerMachine() {}

  /**
   * Refuses a machine that is none of a layer.
   *
   * @param machine a machine
   * @throws IllegalArgumentException in one sentence that names the state and what it lacks
   */
  public static void require(Machine machine) {
    Machine.State admitted = machine.states().get(ADMITTED);
    if (admitted == null || !admitted.end()) {
      throw refused(machine, "it has no final state \"" + ADMITTED + "\"");
    }
    Set<String> reported =
        Set.copyOf(
            machine.actions().values().stream().flatMap(a -> a.outcomes().stream()).toList());
    for (String event : List.of(RECEIVED, COMPUTED, LOST)) {
      if (reported.contains(event)) {
        throw refused(machine, "an action reports " + event + ", which comes from outside");
      }
    }
    for (String name : machine.rests()) {
      Machine.State state = machine.states().get(name);
      if (!state.end()) {
        requireWaits(machine, name, state);
      }
      if (!state.after().isEmpty()) {
        throw refused(machine, "\"" + name + "\" has a deadline, which is the connection's");
      }
    }
    if (!machine.states().get(machine.initial()).on().containsKey(RECEIVED)) {
      throw refused(machine, "its first state takes no " + RECEIVED);
    }
  }

  private static void requireWaits(Machine machine, String name, Machine.State state) {
    long waits = Stream.of(RECEIVED, COMPUTED).filter(state.on()::containsKey).count();
    if (waits != 1) {
      throw refused(
          machine,
          "\"%s\" takes %s of %s and %s; valid is one"
              .formatted(name, waits == 0 ? "none" : "both", RECEIVED, COMPUTED));
    }
    Machine.Transition lost = state.on().get(LOST);
    boolean ends =
        lost != null
            && lost.action().isEmpty()
            && machine.states().get(lost.target()).end()
            && !lost.target().equals(ADMITTED);
    if (!ends) {
      throw refused(
          machine,
          "\"%s\" has no %s that leads, without an action, to a final state but \"%s\""
              .formatted(name, LOST, ADMITTED));
    }
  }

  private static IllegalArgumentException refused(Machine machine, String why) {
    return new IllegalArgumentException(
        "machine " + machine.id() + " is none of a transport layer: " + why);
  }
}
