package io.quintet.testkit;

import io.quintet.specs.Specs;
import java.util.List;

/** Simulates with a bug put in and prints how many runs it took to find it, 0 if it was not. */
final class SeededBugRun {
  private SeededBugRun() {}

  public static void main(String[] arguments) {
    Specs.machineIds().forEach(Specs::machine); // a file that is refused is no bug that is found
    int runs = Integer.parseInt(arguments[0]);
    String[] topologies = List.of(arguments).subList(1, arguments.length).toArray(String[]::new);
    int found = Shouting.properties().topologies(topologies).runs(runs).seed(1).runsToViolation();
    if (found == 0) {
      int crowded = Math.ceilDiv(runs, 4);
      int later =
          Shouting.properties()
              .topologies(topologies)
              .crowded(true)
              .runs(crowded)
              .seed(1)
              .runsToViolation();
      found = later == 0 ? 0 : runs + later;
      runs += crowded;
    }
    if (found == 0) {
      int more = Math.ceilDiv(runs, 4);
      int later =
          StreamingThrough.properties().topologies(topologies).runs(more).seed(1).runsToViolation();
      found = later == 0 ? 0 : runs + later;
    }
    System.out.println(found);
  }
}
