package io.quintet.specs.explore;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.specs.Machine;
import io.quintet.specs.Rule;
import io.quintet.specs.SpecException;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import io.quintet.specs.explore.engine.Explorer;
import io.quintet.specs.explore.engine.GeneralRule;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.model.Adaptation;
import io.quintet.specs.explore.model.Bounds;
import io.quintet.specs.explore.model.Change;
import io.quintet.specs.explore.model.Composition;
import io.quintet.specs.explore.model.Content;
import io.quintet.specs.explore.model.Streamed;
import io.quintet.specs.explore.model.Takeover;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Machines with one transition wrong: dropped, led to another state, with another action, or both.
 * What finds them finds the mistakes that one makes in a machine. Any thread may call.
 */
public final class Mutants {
  /** Stands for no action. */
  private static final String NOTHING = "nothing";

  private static final String AFTER = "AFTER_";

  private Mutants() {}

  /**
   * A machine with something wrong.
   *
   * @param machine id of the machine
   * @param state state of the transition
   * @param event its event
   * @param target where it leads instead, empty if that is not changed
   * @param action what it does instead, {@code nothing} perhaps, empty if that is not changed
   * @param dropped whether it is not there at all
   */
  public record Mutant(
      String machine,
      String state,
      String event,
      Optional<String> target,
      Optional<String> action,
      boolean dropped) {
    /**
     * The machine's file with that change.
     *
     * @return the whole file
     */
    public String text() {
      JsonObject whole = JsonParser.parseString(Specs.text(machine)).getAsJsonObject();
      change(whole);
      return whole.toString();
    }

    void change(JsonObject whole) {
      JsonObject declared = whole.getAsJsonObject("states").getAsJsonObject(state);
      boolean timed = event.startsWith(AFTER);
      String key = timed ? event.substring(AFTER.length()) : event;
      JsonObject transitions = declared.getAsJsonObject(timed ? "after" : "on");
      if (dropped) {
        transitions.remove(key);
      }
      JsonObject wrong = dropped ? new JsonObject() : transitions.getAsJsonObject(key);
      target.ifPresent(to -> wrong.addProperty("target", to));
      action.ifPresent(does -> wrong.addProperty("actions", does));
      if (action.equals(Optional.of(NOTHING))) {
        wrong.remove("actions");
      }
    }

    /**
     * The transition that is wrong.
     *
     * @return its machine, its state and its event
     */
    public String transition() {
      return machine + " " + state + " " + event;
    }

    @Override
    public String toString() {
      String to = target.map(of -> " to " + of).orElse("");
      String does = action.map(of -> " does " + of).orElse("");
      return transition() + (dropped ? " dropped" : to + does);
    }
  }

  /**
   * What exploration found.
   *
   * @param first the rule with the shortest way to its violation, empty if none was broken
   * @param broken that and others that are broken beside it
   * @param complete whether all states were reached
   */
  public record Finding(Optional<Rule> first, Set<Rule> broken, boolean complete) {}

  /**
   * Every mutant of a machine.
   *
   * @param id id of a machine
   * @return its mutants, in the order of the file
   */
  public static List<Mutant> of(String id) {
    List<Mutant> mutants = new ArrayList<>();
    each(
        id,
        (state, event, targets, actions) -> {
          Wrong wrong = new Wrong(id, state, event);
          mutants.add(wrong.dropped());
          targets.forEach(target -> mutants.add(wrong.with(target, null)));
          actions.forEach(action -> mutants.add(wrong.with(null, action)));
          targets.forEach(
              target -> actions.forEach(action -> mutants.add(wrong.with(target, action))));
        });
    return mutants;
  }

  /**
   * A draw of the mutants of a machine, of each transition the one where it is dropped and one of
   * each other kind. The same number draws the same ones.
   *
   * @param id id of a machine
   * @param number which draw
   * @return mutants, in the order of the file
   */
  public static List<Mutant> draw(String id, int number) {
    List<Mutant> mutants = new ArrayList<>();
    each(
        id,
        (state, event, targets, actions) -> {
          SplittableRandom chance =
              new SplittableRandom(List.of(id, state, event, number).hashCode());
          Wrong wrong = new Wrong(id, state, event);
          mutants.add(wrong.dropped());
          String target = targets.isEmpty() ? null : one(targets, chance);
          String action = actions.isEmpty() ? null : one(actions, chance);
          if (target != null) {
            mutants.add(wrong.with(target, null));
          }
          if (action != null) {
            mutants.add(wrong.with(null, action));
          }
          if (target != null && action != null) {
            mutants.add(wrong.with(one(targets, chance), one(actions, chance)));
          }
        });
    return mutants;
  }

  private static String one(List<String> of, SplittableRandom chance) {
    return of.get(chance.nextInt(of.size()));
  }

  /** A transition that may be wrong. */
  private record Wrong(String machine, String state, String event) {
    Mutant dropped() {
      return new Mutant(machine, state, event, Optional.empty(), Optional.empty(), true);
    }

    Mutant with(@Nullable String target, @Nullable String action) {
      return new Mutant(
          machine, state, event, Optional.ofNullable(target), Optional.ofNullable(action), false);
    }
  }

  /** Takes a transition with the targets and actions that are not its own. */
  private interface Visitor {
    void visit(String state, String event, List<String> targets, List<String> actions);
  }

  private static void each(String id, Visitor visitor) {
    Machine machine = Specs.machine(id);
    List<String> does = new ArrayList<>(machine.actions().keySet());
    does.add(NOTHING);
    machine
        .states()
        .forEach(
            (state, declared) ->
                machine
                    .transitions(declared)
                    .forEach(
                        (event, right) ->
                            visitor.visit(
                                state,
                                event,
                                without(machine.states().keySet(), right.target()),
                                without(does, right.action().orElse(NOTHING)))));
  }

  private static List<String> without(Collection<String> all, String one) {
    return all.stream().filter(each -> !each.equals(one)).toList();
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
   * The transitions that the machines take as they are shipped.
   *
   * @param topology a topology that explorations cover
   * @param bounds name of bounds
   * @param statesMax states after which it gives up
   * @return for each, by {@link Mutant#transition}, how many states were reached when it was first
   *     taken
   */
  public static Map<String, Integer> taken(Topology topology, String bounds, int statesMax) {
    return Explorer.taken(
        Composition.noted(topology, Bounds.named(bounds), Specs::machine), statesMax);
  }

  /**
   * Explores where a mutant takes its machine's place.
   *
   * @param mutant a mutant that is not refused
   * @param topology a topology that explorations cover
   * @param bounds name of bounds
   * @param statesMax states after which it gives up
   * @return what rules are broken
   */
  public static Finding explore(Mutant mutant, Topology topology, String bounds, int statesMax) {
    return explore(read(mutant), topology, Bounds.named(bounds), statesMax);
  }

  static Finding explore(Machine machine, Topology topology, Bounds bounds, int statesMax) {
    return explore(
        () ->
            Composition.of(
                topology, bounds, id -> id.equals(machine.id()) ? machine : Specs.machine(id)),
        statesMax);
  }

  /**
   * Explores changes of a server by a mutant of {@code rearrangement}: to more loops and to fewer.
   *
   * @param mutant a mutant of that machine that is not refused
   * @param statesMax states after which it gives up
   * @return what rules are broken
   */
  public static Finding exploreChange(Mutant mutant, int statesMax) {
    Finding more = explore(() -> Change.of(1, 3, 1, read(mutant)), statesMax);
    return more.first().isPresent()
        ? more
        : explore(() -> Change.of(2, 1, 2, read(mutant)), statesMax);
  }

  /**
   * Explores a reply that comes in parts by a mutant of {@code streamed-reply} or {@code reply}.
   *
   * @param mutant a mutant of one of these machines that is not refused
   * @param statesMax states after which it gives up
   * @return what rules are broken
   */
  public static Finding exploreStream(Mutant mutant, int statesMax) {
    Machine machine = read(mutant);
    return explore(
        () -> Streamed.of(2, id -> id.equals(machine.id()) ? machine : Specs.machine(id)),
        statesMax);
  }

  /**
   * Explores a server that changes by itself with a mutant of {@code governor}.
   *
   * @param mutant a mutant of that machine that is not refused
   * @param statesMax states after which it gives up
   * @return what rules are broken
   */
  public static Finding exploreAdaptation(Mutant mutant, int statesMax) {
    return exploreAdaptation(read(mutant), statesMax);
  }

  static Finding exploreAdaptation(Machine machine, int statesMax) {
    return explore(() -> Adaptation.of(2, 3, machine), statesMax);
  }

  /**
   * Explores a takeover by a mutant of {@code successor} or {@code predecessor}: of two listeners,
   * with two errors, and by two servers.
   *
   * @param mutant a mutant of one of these machines that is not refused
   * @param statesMax states after which it gives up
   * @return what rules are broken
   */
  public static Finding exploreTakeover(Mutant mutant, int statesMax) {
    return exploreTakeover(read(mutant), statesMax);
  }

  static Finding exploreTakeover(Machine machine, int statesMax) {
    Function<String, Machine> specs = id -> id.equals(machine.id()) ? machine : Specs.machine(id);
    Finding found = explore(() -> Takeover.of(2, 1, 1, specs), statesMax);
    if (found.first().isEmpty()) {
      found = explore(() -> Takeover.of(1, 1, 2, specs), statesMax);
    }
    return found.first().isPresent()
        ? found
        : explore(() -> Takeover.of(1, 2, 0, specs), statesMax);
  }

  /**
   * Explores the content of a request by a mutant of {@code request-content}.
   *
   * @param mutant a mutant of that machine that is not refused
   * @param statesMax states after which it gives up
   * @return what rules are broken
   */
  public static Finding exploreContent(Mutant mutant, int statesMax) {
    return exploreContent(read(mutant), statesMax);
  }

  static Finding exploreContent(Machine machine, int statesMax) {
    return explore(() -> Content.of(2, machine), statesMax);
  }

  /** What does not end shows where the model is made. */
  private static Finding explore(Supplier<Model> model, int statesMax) {
    try {
      Explorer.Result result = Explorer.exploreAll(model.get(), statesMax);
      return new Finding(result.violation(), Set.copyOf(result.broken()), result.complete());
    } catch (StackOverflowError endless) {
      return new Finding(
          Optional.of(GeneralRule.ACTIONS_END), Set.of(GeneralRule.ACTIONS_END), true);
    }
  }

  private static Machine read(Mutant mutant) {
    return SpecReader.machine(mutant.machine() + ".json", new StringReader(mutant.text()));
  }
}
