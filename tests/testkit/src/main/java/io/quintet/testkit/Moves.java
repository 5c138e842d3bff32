package io.quintet.testkit;

import io.quintet.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** Connections of a server that go from loop to loop. */
final class Moves {
  /** Times that some go, while clients are at it. */
  private static final int TIMES_MAX = 5;

  private static final int STEPS_MAX = 120;

  /** Clients that do nothing while they are watched. */
  private static final int WATCHED_MAX = 4;

  /** Numbers of those clients. */
  private static final int WATCHED = 400;

  private final SimulatedMachine machine;
  private final Choices choices;

  Moves(SimulatedMachine machine, Choices choices) {
    this.machine = machine;
    this.choices = choices;
  }

  /** Some go while clients are at it. */
  void among(Server server, List<SimulatedClient> clients) {
    for (int times = choices.draw(TIMES_MAX); times > 0; times--) {
      int at = machine.steps() + choices.draw(STEPS_MAX);
      Simulation.wait(
          machine,
          () -> machine.steps() >= at || clients.stream().allMatch(SimulatedClient::isDone));
      move(server);
    }
  }

  private void move(Server server) {
    List<String> loops = owners(server);
    if (loops.size() < 2) {
      return;
    }
    int from = choices.draw(loops.size());
    int to = (from + 1 + choices.draw(loops.size() - 1)) % loops.size();
    int most = 1 + choices.draw(4);
    machine.story().tell(most + " connections go from " + loops.get(from) + " to " + loops.get(to));
    try {
      server.move(loops.get(from), loops.get(to), most);
    } catch (IllegalArgumentException gone) {
      machine.story().tell("[a loop has ended]");
    } catch (IllegalStateException late) {
      machine.story().tell("[a loop has not answered]");
    }
    machine.check();
  }

  private static List<String> owners(Server server) {
    return loops(server).map(loop -> loop.get("thread").toString()).toList();
  }

  private static java.util.stream.Stream<Map<?, ?>> loops(Server server) {
    return ((List<?>) server.stats().get("loops"))
        .stream()
            .<Map<?, ?>>map(loop -> (Map<?, ?>) loop)
            .filter(loop -> loop.get("thread").toString().startsWith("quintet-loop"));
  }

  /** Connections that do nothing go from loop to loop: at any time they count, and are found. */
  void watched(Server server, IntFunction<SimulatedClient> silent) {
    boolean undisturbed =
        machine.settings().faults() == Faults.Rates.NONE
            && machine.settings().descriptorsMax() > 64;
    if (!undisturbed
        || !server.topology().owns().equals("loop")
        || owners(server).size() < 2
        || choices.draw(4) != 0) {
      return;
    }
    List<SimulatedClient> clients = new ArrayList<>();
    int count = 1 + choices.draw(WATCHED_MAX);
    for (int i = 0; i < count; i++) {
      clients.add(silent.apply(WATCHED + i));
    }
    Simulation.wait(machine, () -> clients.stream().allMatch(SimulatedClient::isAdopted));
    boolean[] over = new boolean[1];
    machine
        .world()
        .start(
            "mover",
            () -> {
              for (int times = 1 + choices.draw(TIMES_MAX); times > 0; times--) {
                move(server);
              }
              over[0] = true;
            });
    while (!over[0]) {
      int at = machine.steps() + choices.draw(20);
      Simulation.wait(machine, () -> machine.steps() >= at || over[0]);
      int found = server.explain().size();
      long open = open(server);
      boolean there = clients.stream().noneMatch(SimulatedClient::isParted);
      if (there && (found != count || open < count)) {
        machine.violation(
            "of " + count + " connections " + found + " are found and " + open + " count", null);
      }
      machine.check();
    }
    Simulation.wait(machine, () -> clients.stream().allMatch(SimulatedClient::isDone));
  }

  private static long open(Server server) {
    return loops(server).mapToLong(loop -> (Long) loop.get("open")).sum();
  }
}
