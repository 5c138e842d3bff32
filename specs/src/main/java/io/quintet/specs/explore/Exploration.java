package io.quintet.specs.explore;

import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import java.util.List;

/**
 * Every state that the machines reach when they are composed as a topology says. Any thread may
 * call; a search takes memory for its states, some hundred bytes each.
 *
 * <p>Safety: a connection has one owner; an accepted descriptor is closed once; no request that was
 * taken stays without its reply, and none is handled twice; a connection is read to its end, and
 * stays open behind its last reply until its peer ends, within its deadline; no connection that the
 * kernel has queued is lost by a drain; every machine has a transition for what happens to it.
 * Liveness, under weak fairness: whatever the clients do, every connection ends, every pause ends,
 * the drain finishes, and no wake-up is lost.
 */
public final class Exploration {
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
   * @param trace the shortest way to that, step by step
   */
  public record Found(
      String topology,
      String bounds,
      int states,
      int depth,
      double seconds,
      boolean complete,
      String violation,
      List<String> trace) {}

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
    Explorer.Result result = Explorer.explore(model, statesMax);
    return new Found(
        topology.id(),
        bounds,
        result.states(),
        result.depth(),
        result.seconds(),
        result.complete(),
        result.violation(),
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
