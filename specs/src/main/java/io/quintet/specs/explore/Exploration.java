package io.quintet.specs.explore;

import io.quintet.specs.Machine;
import io.quintet.specs.Rule;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import io.quintet.specs.explore.engine.Explorer;
import io.quintet.specs.explore.engine.GeneralRule;
import io.quintet.specs.explore.engine.Model;
import io.quintet.specs.explore.engine.Promela;
import io.quintet.specs.explore.model.Adaptation;
import io.quintet.specs.explore.model.Bounds;
import io.quintet.specs.explore.model.Change;
import io.quintet.specs.explore.model.Composition;
import io.quintet.specs.explore.model.Content;
import io.quintet.specs.explore.model.LayerRun;
import io.quintet.specs.explore.model.ServerRule;
import io.quintet.specs.explore.model.Streamed;
import io.quintet.specs.explore.model.Takeover;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Every state that the machines reach when they are composed as a topology says. Any thread may
 * call; a search takes memory for its states, some hundred bytes each.
 *
 * <p>What must hold is a {@link Rule}. Most of them forbid a step; the others say that something
 * comes, under weak fairness: whatever the clients do, every connection ends, who waits is
 * accepted, every pause ends, and the drain finishes.
 */
public final class Exploration {
  /** The machine of a change. */
  static final String CHANGE = "rearrangement";

  /** The machine of a reply that comes in parts. */
  static final String STREAM = "streamed-reply";

  /** The machine that chooses an arrangement. */
  static final String ADAPTATION = "governor";

  /** The machine of a request's content. */
  static final String CONTENT = "request-content";

  /** What a takeover is called. */
  static final String TAKEOVER = "takeover";

  private Exploration() {}

  /**
   * What a search found.
   *
   * @param topology its id
   * @param bounds name of the bounds
   * @param states how many were reached
   * @param depth steps to the farthest
   * @param seconds how long it took
   * @param complete whether these are all
   * @param violation what rule is broken, empty if none is
   * @param where of what in particular, empty if that is plain
   * @param participants who has a part in the trace
   * @param trace the shortest way to the violation, step by step
   */
  public record Found(
      String topology,
      String bounds,
      int states,
      int depth,
      double seconds,
      boolean complete,
      Optional<Rule> violation,
      String where,
      List<String> participants,
      List<String> trace) {}

  /**
   * All rules.
   *
   * @return those of every model, then those of servers
   */
  public static List<Rule> rules() {
    return Stream.of(GeneralRule.values(), ServerRule.values()).<Rule>flatMap(Stream::of).toList();
  }

  /**
   * The bounds that there are.
   *
   * @return their names
   */
  public static List<String> boundsNames() {
    return Bounds.ALL.stream().map(Bounds::name).toList();
  }

  /**
   * Whether the machines of a topology can be composed: all but backends that accept themselves.
   *
   * @param topology topology
   * @return whether they can
   */
  public static boolean covers(Topology topology) {
    return topology.owns().equals("loop") || topology.accepts().equals("front");
  }

  /**
   * Searches all states within some bounds.
   *
   * @param topology a topology that explorations cover
   * @param bounds name of bounds
   * @param statesMax states after which it gives up, at least 1
   * @return what was found
   */
  public static Found explore(Topology topology, String bounds, int statesMax) {
    Model model = Composition.of(topology, Bounds.named(bounds), Specs::machine);
    return found(topology.id(), bounds, Explorer.explore(model, statesMax));
  }

  /**
   * Searches all states of a server that changes its loops, each with a listener, while clients
   * come.
   *
   * @param olds loops before, at least 1
   * @param news loops after, at least 1
   * @param clients who come, each with one connection
   * @param statesMax states after which it gives up, at least 1
   * @return what was found
   */
  public static Found exploreChange(int olds, int news, int clients, int statesMax) {
    Model model = Change.of(olds, news, clients, Specs.machine(CHANGE));
    String bounds = olds + " to " + news + " loops, " + clients + " clients";
    return found(CHANGE, bounds, Explorer.explore(model, statesMax));
  }

  /**
   * Searches all states of a transport layer whose peer sends what it likes and may be gone at any
   * time.
   *
   * @param layer its machine, see {@link io.quintet.specs.LayerMachine}
   * @param statesMax states after which it gives up, at least 1
   * @return what was found
   * @throws IllegalArgumentException if it is no machine of a layer
   */
  public static Found exploreLayer(Machine layer, int statesMax) {
    return found(layer.id(), "layer", Explorer.explore(LayerRun.of(layer), statesMax));
  }

  /**
   * Searches all states of a reply that comes in parts.
   *
   * @param parts how many its publisher has, at least 1
   * @param statesMax states after which it gives up, at least 1
   * @return what was found
   */
  public static Found exploreStream(int parts, int statesMax) {
    Model model = Streamed.of(parts, Specs::machine);
    return found(STREAM, parts + " parts", Explorer.explore(model, statesMax));
  }

  /**
   * Searches all states of a server that changes its arrangement by itself, while its load changes,
   * somebody else rearranges it, changes fail and a drain comes.
   *
   * @param looks in how many looks on end a rule must hold, at least 1
   * @param coolDown ticks for which there is no change after one
   * @param statesMax states after which it gives up, at least 1
   * @return what was found
   */
  public static Found exploreAdaptation(int looks, int coolDown, int statesMax) {
    Model model = Adaptation.of(looks, coolDown, Specs.machine(ADAPTATION));
    String bounds = looks + " looks, cool-down " + coolDown;
    return found(ADAPTATION, bounds, Explorer.explore(model, statesMax));
  }

  /**
   * Searches all states of a server that one or two others want to follow, of which each may hang
   * or die at any moment.
   *
   * @param listeners how many the server has, 1 or 2
   * @param others who want to follow it, 1 or 2
   * @param troubles calls that may fail, at least 0
   * @param statesMax states after which it gives up, at least 1
   * @return what was found
   */
  public static Found exploreTakeover(int listeners, int others, int troubles, int statesMax) {
    Model model = Takeover.of(listeners, others, troubles, Specs::machine);
    String bounds = listeners + " listeners, " + others + " servers, " + troubles + " errors";
    return found(TAKEOVER, bounds, Explorer.explore(model, statesMax));
  }

  /**
   * Searches all states of the content of a request that is read while it arrives.
   *
   * @param parts in how many parts it arrives, at least 1
   * @param statesMax states after which it gives up, at least 1
   * @return what was found
   */
  public static Found exploreContent(int parts, int statesMax) {
    Model model = Content.of(parts, Specs.machine(CONTENT));
    return found(CONTENT, parts + " parts", Explorer.explore(model, statesMax));
  }

  private static Found found(String of, String bounds, Explorer.Result result) {
    return new Found(
        of,
        bounds,
        result.states(),
        result.depth(),
        result.seconds(),
        result.complete(),
        result.violation(),
        result.where(),
        result.participants(),
        result.trace());
  }

  /**
   * The same model for the checker spin: its assertions are the rules, and the property {@code
   * ends} says that the end comes, under weak fairness.
   *
   * @param topology a topology that explorations cover
   * @param bounds name of bounds
   * @return Promela
   */
  public static String promela(Topology topology, String bounds) {
    return Promela.of(Composition.of(topology, Bounds.named(bounds), Specs::machine));
  }
}
