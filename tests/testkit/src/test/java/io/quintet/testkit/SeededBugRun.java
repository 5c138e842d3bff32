package io.quintet.testkit;

import io.quintet.specs.Specs;
import java.util.List;

/**
 * Simulates with a bug put in and prints how many runs it took to find it, 0 if it was not. A seed
 * that found it before ({@code quintet.kept}) comes first: it is a run like others once the code
 * draws otherwise. Clients speak TLS where {@code quintet.secured} says so, and come while the
 * server is rearranged where {@code quintet.rearranged} does.
 */
final class SeededBugRun {
  private SeededBugRun() {}

  public static void main(String[] arguments) {
    Specs.machineIds().forEach(Specs::machine); // a file that is refused is no bug that is found
    int runs = Integer.parseInt(arguments[0]);
    String[] topologies = List.of(arguments).subList(1, arguments.length).toArray(String[]::new);
    if (Boolean.getBoolean("quintet.secured")) {
      QuintetProperties<?, ?> secured = Shouting.properties().secured(true);
      System.out.println(toViolation(secured, topologies, runs));
      return;
    }
    Long kept = Long.getLong("quintet.kept");
    if (Boolean.getBoolean("quintet.sessions")) {
      if (kept != null
          && toViolation(Chatting.properties().earlyDrains(true).seed(kept), topologies, 1) != 0) {
        System.out.println(1);
        return;
      }
      System.out.println(toViolation(Chatting.properties().earlyDrains(true), topologies, runs));
      return;
    }
    if (kept != null && toViolation(Shouting.properties().seed(kept), topologies, 1) != 0) {
      System.out.println(1);
      return;
    }
    if (Boolean.getBoolean("quintet.rearranged")) {
      System.out.println(toViolation(Shouting.properties().rearranged(true), topologies, runs));
      return;
    }
    int crowded = Math.ceilDiv(runs, 20);
    int streaming = Math.ceilDiv(runs, 4);
    int found = toViolation(Shouting.properties().crowded(true), topologies, crowded);
    int before = crowded;
    if (found == 0) {
      found = after(before, toViolation(Shouting.properties(), topologies, runs));
      before += runs;
    }
    if (found == 0) {
      found = after(before, toViolation(StreamingThrough.properties(), topologies, streaming));
    }
    System.out.println(found);
  }

  private static int toViolation(QuintetProperties<?, ?> properties, String[] where, int runs) {
    return properties.topologies(where).runs(runs).runsToViolation();
  }

  private static int after(int before, int more) {
    return more == 0 ? 0 : before + more;
  }
}
