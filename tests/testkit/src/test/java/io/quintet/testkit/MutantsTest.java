package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import io.quintet.specs.explore.Mutants;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each transition of each machine is dropped, retargeted or given a wrong action in turn: the
 * reader, an exploration or the simulation finds it, or {@code survivors.json} says why none can.
 * All of them take long; {@code -Dquintet.mutants=1} tries every one, 7 every seventh, 0 those that
 * are said to survive, and {@code -Dquintet.machines=listener,reply} only those of some machines.
 */
class MutantsTest {
  private static final int STRIDE = Integer.getInteger("quintet.mutants", 211);
  private static final String MACHINES =
      System.getProperty("quintet.machines", String.join(",", Specs.machineIds()));
  private static final double SCORE_MIN = 0.95;
  private static final int RUNS = Integer.getInteger("quintet.mutant.runs", 4_000);

  /** Where one connection does; the quick ones first. */
  private static final List<String> QUICK =
      List.of(
          "single-thread requests",
          "single-thread silence",
          "single-thread faults",
          "single-thread clients",
          "single-thread trouble",
          "single-thread content");

  /** What else each machine needs: several connections, loops, workers or processes. */
  private static final Map<String, List<String>> SLOW =
      Map.of(
          "listener",
          List.of(
              "shared-listener limits",
              "multi-process limits",
              "multi-process clients",
              "multi-process faults",
              "multi-process aborts",
              "reuseport limits",
              "reuseport leaving",
              "single-thread limits"),
          "connection",
          List.of(
              "single-thread aborts",
              "load-balanced requests",
              "load-balanced silence",
              "load-balanced rush",
              "load-balanced trouble"),
          "worker",
          List.of("load-balanced requests", "load-balanced faults", "load-balanced aborts"),
          "mailbox-wakeup",
          List.of("load-balanced requests", "reuseport clients"),
          "reply",
          List.of("single-thread parts", "single-thread content", "load-balanced requests"),
          "server",
          List.of(
              "load-balanced faults",
              "load-balanced aborts",
              "load-balanced rush",
              "reuseport clients",
              "reuseport leaving",
              "reuseport aborts"),
          "loop",
          List.of("load-balanced requests", "reuseport clients"),
          "backend",
          List.of(
              "multi-process clients",
              "multi-process limits",
              "multi-process aborts",
              "multi-process faults",
              "multi-process trouble",
              "multi-process silence"),
          "control",
          List.of("multi-process limits", "multi-process aborts", "multi-process faults"));

  @TempDir private Path folder;

  @Test
  void aMachineWithAWrongTransitionIsFound() throws Exception {
    Map<String, String> explained = explained();
    List<Mutants.Mutant> chosen = new ArrayList<>();
    int number = 0;
    for (String id : MACHINES.split(",")) {
      for (Mutants.Mutant mutant : Mutants.of(id)) {
        if (STRIDE == 0 ? explained.containsKey(mutant.toString()) : number++ % STRIDE == 0) {
          chosen.add(mutant);
        }
      }
    }
    Map<String, Integer> finders = new TreeMap<>();
    List<String> survivors = new ArrayList<>();
    for (Map.Entry<Mutants.Mutant, String> found : tried(chosen).entrySet()) {
      finders.merge(found.getValue(), 1, Integer::sum);
      if (found.getValue().isEmpty()) {
        survivors.add(found.getKey().toString());
      }
    }
    double score = 1 - (double) survivors.size() / chosen.size();
    System.out.printf(
        "%d of %d mutants of %s found, %.3f; by %s%n",
        chosen.size() - survivors.size(), chosen.size(), MACHINES, score, finders);
    survivors.forEach(
        survivor -> System.out.println("survives: " + survivor + ": " + explained.get(survivor)));
    assertEquals(
        List.of(), survivors.stream().filter(each -> !explained.containsKey(each)).toList());
    assertTrue(STRIDE == 0 || score >= SCORE_MIN, "the score is " + score);
  }

  @Test
  void whatIsSaidToSurviveIsAMutant() throws IOException {
    List<String> all =
        Specs.machineIds().stream()
            .flatMap(id -> Mutants.of(id).stream())
            .map(Mutants.Mutant::toString)
            .toList();
    assertEquals(
        List.of(), explained().keySet().stream().filter(each -> !all.contains(each)).toList());
  }

  private Map<Mutants.Mutant, String> tried(List<Mutants.Mutant> mutants)
      throws InterruptedException, ExecutionException {
    Map<Mutants.Mutant, Future<String>> results = new LinkedHashMap<>();
    int threads = Runtime.getRuntime().availableProcessors();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      mutants.forEach(mutant -> results.put(mutant, executor.submit(() -> finder(mutant))));
    }
    Map<Mutants.Mutant, String> found = new LinkedHashMap<>();
    for (Map.Entry<Mutants.Mutant, Future<String>> result : results.entrySet()) {
      found.put(result.getKey(), result.getValue().get());
    }
    return found;
  }

  /** What finds a mutant, nothing if nothing does. */
  private String finder(Mutants.Mutant mutant) throws IOException, InterruptedException {
    if (Mutants.isRefused(mutant)) {
      return "reader";
    }
    boolean inProcesses = mutant.machine().equals("backend") || mutant.machine().equals("control");
    if (!inProcesses && explores(mutant, QUICK, 1)) {
      return "exploration";
    }
    if (isSimulated(mutant, RUNS / 20) || isSimulated(mutant, RUNS)) {
      return "simulation";
    }
    if (explores(mutant, SLOW.get(mutant.machine()), 2)) {
      return "exploration";
    }
    System.out.println("survives: " + mutant);
    return "";
  }

  private static boolean explores(Mutants.Mutant mutant, List<String> where, int connections) {
    return where.stream()
        .map(each -> each.split(" "))
        .anyMatch(each -> Mutants.isFound(mutant, topology(each[0]), each[1], connections));
  }

  private static Topology topology(String id) {
    return Specs.topologyIds().contains(id)
        ? Specs.topology(id)
        : (Topology) SpecReader.read(Path.of(Shouting.example(id)));
  }

  private boolean isSimulated(Mutants.Mutant mutant, int runs)
      throws IOException, InterruptedException {
    Path own = Files.createTempDirectory(folder, "mutant");
    Path machines = Files.createDirectories(own.resolve("machines"));
    Files.writeString(machines.resolve(mutant.machine() + ".json"), mutant.text());
    List<String> topologies =
        switch (mutant.machine()) {
          case "backend", "control" -> List.of("multi-process");
          case "worker" -> List.of("load-balanced", Shouting.example("shared-workers"));
          default ->
              Stream.concat(Specs.topologyIds().stream(), Stream.of(Arrangements.OWN.topologies()))
                  .toList();
        };
    return ChildRun.runsToViolation("-Dquintet.specs=" + own, runs, topologies) != 0;
  }

  private static Map<String, String> explained() throws IOException {
    try (Reader reader =
        new InputStreamReader(
            MutantsTest.class.getResourceAsStream("survivors.json"), StandardCharsets.UTF_8)) {
      Map<String, String> explained = new LinkedHashMap<>();
      for (JsonElement group : JsonParser.parseReader(reader).getAsJsonArray()) {
        JsonObject because = group.getAsJsonObject();
        for (JsonElement mutant : because.getAsJsonArray("mutants")) {
          explained.put(mutant.getAsString(), because.get("because").getAsString());
        }
      }
      return explained;
    }
  }
}
