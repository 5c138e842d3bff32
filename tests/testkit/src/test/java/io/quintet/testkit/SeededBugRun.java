package io.quintet.testkit;

import io.quintet.specs.Specs;
import java.util.List;

/** Simulates with a bug put in and prints how many runs it took to find it, 0 if it was not. */
final class SeededBugRun {
  private SeededBugRun() {}

  public static void main(String[] arguments) {
    Specs.machineIds().forEach(Specs::machine); // a file that is refused is no bug that is found
    System.out.println(
        Shouting.properties()
            .topologies(List.of(arguments).subList(1, arguments.length).toArray(String[]::new))
            .runs(Integer.parseInt(arguments[0]))
            .seed(1)
            .runsToViolation());
  }
}
