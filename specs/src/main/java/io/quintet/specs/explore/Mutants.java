package io.quintet.specs.explore;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.specs.Machine;
import io.quintet.specs.SpecException;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Machines with one transition wrong: dropped, led to another state, or with another action. What
 * finds them all finds the mistakes that one makes in a machine. Any thread may call.
 */
public final class Mutants {
  private static final int STATES_MAX = 1_600_000;

  private Mutants() {}

  /**
   * A machine with something wrong.
   *
   * @param machine id of the machine
   * @param state state of the transition
   * @param event its event
   * @param change what was done to it
   * @param text the whole file
   */
  public record Mutant(String machine, String state, String event, String change, String text) {
    @Override
    public String toString() {
      return machine + " " + state + " " + event + " " + change;
    }
  }

  /**
   * Every mutant of a machine, three for each transition.
   *
   * @param id id of a machine
   * @return its mutants, in the order of the file
   */
  public static List<Mutant> of(String id) {
    Machine machine = Specs.machine(id);
    List<Mutant> mutants = new ArrayList<>();
    for (Map.Entry<String, Machine.State> state : machine.states().entrySet()) {
      for (String event : state.getValue().on().keySet()) {
        mutate(machine, state.getKey(), "on", event, mutants);
      }
      for (String event : state.getValue().after().keySet()) {
        mutate(machine, state.getKey(), "after", event, mutants);
      }
    }
    return mutants;
  }

  private static void mutate(
      Machine machine, String state, String kind, String event, List<Mutant> mutants) {
    List<String> states = new ArrayList<>(machine.states().keySet());
    List<String> actions = new ArrayList<>(machine.actions().keySet());
    String id = machine.id();
    String named = kind.equals("after") ? "AFTER_" + event : event;
    JsonObject whole = JsonParser.parseString(Specs.text(id)).getAsJsonObject();
    JsonObject transitions =
        whole.getAsJsonObject("states").getAsJsonObject(state).getAsJsonObject(kind);
    JsonObject right = transitions.getAsJsonObject(event).deepCopy();

    transitions.remove(event);
    mutants.add(new Mutant(id, state, named, "dropped", whole.toString()));

    String target = after(right.get("target").getAsString(), states);
    JsonObject elsewhere = right.deepCopy();
    elsewhere.addProperty("target", target);
    transitions.add(event, elsewhere);
    mutants.add(new Mutant(id, state, named, "to " + target, whole.toString()));

    String action =
        right.has("actions")
            ? after(right.get("actions").getAsString(), actions)
            : actions.getFirst();
    JsonObject otherwise = right.deepCopy();
    if (actions.size() == 1 && right.has("actions")) {
      otherwise.remove("actions");
      action = "nothing";
    } else {
      otherwise.addProperty("actions", action);
    }
    transitions.add(event, otherwise);
    mutants.add(new Mutant(id, state, named, "does " + action, whole.toString()));
  }

  private static String after(String one, List<String> all) {
    return all.get((all.indexOf(one) + 1) % all.size());
  }

  /**
   * Whether a mutant's file is refused when it is read.
   *
   * @param mutant mutant
   * @return whether it is
   */
  public static boolean isRefused(Mutant mutant) {
    try {
      read(mutant);
      return false;
    } catch (SpecException refused) {
      return true;
    }
  }

  /**
   * Whether an exploration finds a rule broken where a mutant takes its machine's place.
   *
   * @param mutant a mutant that is not refused
   * @param topology a topology that explorations cover
   * @param bounds name of bounds
   * @param connections of these bounds, at most
   * @return whether it does
   */
  public static boolean isFound(Mutant mutant, Topology topology, String bounds, int connections) {
    Machine machine = read(mutant);
    Bounds given = Bounds.named(bounds);
    try {
      Model model =
          Composition.of(
              topology,
              connections == 1 ? given.withOneConnection() : given,
              name -> name.equals(mutant.machine()) ? machine : Specs.machine(name));
      return !Explorer.explore(model, STATES_MAX).violation().isEmpty();
    } catch (IllegalStateException | StackOverflowError outOfStep) {
      // An action that is performed without end, or a choice that has no way out.
      return true;
    }
  }

  private static Machine read(Mutant mutant) {
    return SpecReader.machine(mutant.machine() + ".json", new StringReader(mutant.text()));
  }
}
