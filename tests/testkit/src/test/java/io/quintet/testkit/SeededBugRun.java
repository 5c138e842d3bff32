package io.quintet.testkit;

import io.quintet.specs.Specs;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Simulates with a bug put in and prints how many runs it took to find it, 0 if it was not: runs of
 * the service that {@code quintet.service} names, or of several. A seed that found it before
 * ({@code quintet.kept}) comes first: it is a run like others once the code draws otherwise.
 */
final class SeededBugRun {
  private SeededBugRun() {}

  public static void main(String[] arguments) {
    Specs.machineIds().forEach(Specs::machine); // a file that is refused is no bug that is found
    int runs = Integer.parseInt(arguments[0]);
    String[] topologies = List.of(arguments).subList(1, arguments.length).toArray(String[]::new);
    String asked = System.getProperty("quintet.service", "");
    Services first = asked.isEmpty() ? Services.LINES : Services.valueOf(asked);
    Long kept = Long.getLong("quintet.kept");
    if (kept != null && first.under(topologies).seed(kept).runs(1).runsToViolation() != 0) {
      System.out.println(1);
      return;
    }
    System.out.println(
        toViolation(asked.isEmpty() ? several(runs) : Map.of(first, runs), topologies));
  }

  /** In few of them there are many clients, or content that comes in parts. */
  private static Map<Services, Integer> several(int runs) {
    Map<Services, Integer> several = new LinkedHashMap<>();
    several.put(Services.CROWDED_LINES, Math.ceilDiv(runs, 20));
    several.put(Services.LINES, runs);
    several.put(Services.STREAMING_HTTP, Math.ceilDiv(runs, 4));
    return several;
  }

  private static int toViolation(Map<Services, Integer> services, String[] topologies) {
    int before = 0;
    for (Map.Entry<Services, Integer> each : services.entrySet()) {
      int runs = each.getValue();
      int found = each.getKey().under(topologies).runs(runs).runsToViolation();
      if (found != 0) {
        return before + found;
      }
      before += runs;
    }
    return 0;
  }
}
