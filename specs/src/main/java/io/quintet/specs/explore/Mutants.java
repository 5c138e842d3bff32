package io.quintet.specs.explore;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.specs.Machine;
import io.quintet.specs.SpecException;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Machines with one transition wrong: dropped, led to another state, or with another action. A
 * mutant is caught where the file is refused, or where an exploration finds a rule broken.
 */
public final class Mutants {
  private static final int STATES_MAX = 300_000;

  /** What mutants are tried on, the quick ones first. */
  private static final List<List<String>> TRIED =
      List.of(
          List.of("single-thread", "requests"),
          List.of("single-thread", "clients"),
          List.of("load-balanced", "requests"),
          List.of("single-thread", "silence"),
          List.of("single-thread", "faults"),
          List.of("single-thread", "limits"),
          List.of("single-thread", "trouble"),
          List.of("single-thread", "aborts"),
          List.of("load-balanced", "clients"),
          List.of("load-balanced", "silence"),
          List.of("load-balanced", "faults"),
          List.of("reuseport", "requests"),
          List.of("load-balanced", "trouble"));

  private Mutants() {}

  /**
   * A machine with something wrong.
   *
   * @param machine id of the machine
   * @param state state of the transition
   * @param event its event
   * @param change what was done to it
   * @param caughtBy what caught it, empty if nothing did
   */
  public record Mutant(
      String machine, String state, String event, String change, String caughtBy) {}

  /**
   * Tries every mutant of a machine.
   *
   * @param id id of a machine that explorations compose
   * @param tried told of each
   */
  public static void tryAll(String id, Consumer<Mutant> tried) {
    String text = Specs.text(id);
    Machine machine = Specs.machine(id);
    for (Map.Entry<String, Machine.State> state : machine.states().entrySet()) {
      for (String event : state.getValue().on().keySet()) {
        tryTransition(machine, text, state.getKey(), "on", event, tried);
      }
      for (String event : state.getValue().after().keySet()) {
        tryTransition(machine, text, state.getKey(), "after", event, tried);
      }
    }
  }

  private static void tryTransition(
      Machine machine,
      String text,
      String state,
      String kind,
      String event,
      Consumer<Mutant> tried) {
    List<String> states = new ArrayList<>(machine.states().keySet());
    List<String> actions = new ArrayList<>(machine.actions().keySet());
    JsonObject whole = JsonParser.parseString(text).getAsJsonObject();
    JsonObject transitions =
        whole.getAsJsonObject("states").getAsJsonObject(state).getAsJsonObject(kind);
    JsonObject right = transitions.getAsJsonObject(event).deepCopy();

    transitions.remove(event);
    tried.accept(caught(machine.id(), state, event, "dropped", whole.toString()));

    JsonObject elsewhere = right.deepCopy();
    String target = right.get("target").getAsString();
    String other = states.get((states.indexOf(target) + 1) % states.size());
    elsewhere.addProperty("target", other);
    transitions.add(event, elsewhere);
    tried.accept(caught(machine.id(), state, event, "to " + other, whole.toString()));

    JsonObject wrong = right.deepCopy();
    String change;
    if (right.has("actions")) {
      String action = right.get("actions").getAsString();
      change = actions.get((actions.indexOf(action) + 1) % actions.size());
      wrong.addProperty("actions", change);
    } else {
      change = actions.getFirst();
      wrong.addProperty("actions", change);
    }
    transitions.add(event, wrong);
    tried.accept(caught(machine.id(), state, event, "does " + change, whole.toString()));
  }

  private static Mutant caught(String id, String state, String event, String change, String text) {
    Machine mutant;
    try {
      mutant = SpecReader.machine(id + ".json", new StringReader(text));
    } catch (SpecException refused) {
      return new Mutant(id, state, event, change, "the reader");
    }
    for (List<String> on : TRIED) {
      Bounds bounds =
          Bounds.ALL.stream()
              .filter(each -> each.name().equals(on.getLast()))
              .findFirst()
              .orElseThrow()
              .withOneConnection();
      try {
        Model model =
            Composition.of(
                Specs.topology(on.getFirst()),
                bounds,
                name -> name.equals(id) ? mutant : Specs.machine(name));
        if (!Explorer.explore(model, STATES_MAX).violation().isEmpty()) {
          return new Mutant(id, state, event, change, String.join(" ", on));
        }
      } catch (IllegalStateException | StackOverflowError outOfStep) {
        // An action that a machine performs without end, or a choice that has no way out.
        return new Mutant(id, state, event, change, "composition for " + String.join(" ", on));
      }
    }
    return new Mutant(id, state, event, change, "");
  }
}
