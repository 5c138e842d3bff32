package io.quintet.testkit;

import java.util.List;

/** Simulates with a bug put in and prints how many runs it took to find it, 0 if it was not. */
final class SeededBugRun {
  private SeededBugRun() {}

  public static void main(String[] arguments) {
    System.out.println(
        Shouting.properties()
            .topologies(List.of(arguments).subList(1, arguments.length).toArray(String[]::new))
            .runs(Integer.parseInt(arguments[0]))
            .seed(1)
            .runsToViolation());
  }
}
