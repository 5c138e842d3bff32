package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.specs.Rule;
import io.quintet.specs.SpecReader;
import io.quintet.specs.Specs;
import io.quintet.specs.Topology;
import io.quintet.specs.explore.Exploration;
import io.quintet.specs.explore.Mutants;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each transition of each machine is dropped, retargeted, given a wrong action or both, as a draw
 * says. What the reader refuses is counted apart; of the rest an exploration or the simulation
 * finds each one, or {@code survivors.json} says why none can. {@code -Dquintet.mutants=1} tries
 * every one of a draw, 7 every seventh; those that are said to survive are searched for only so
 * far. 0 tries these alone, and as far as all others. {@code -Dquintet.mutants.draw=2} draws
 * others, and {@code -Dquintet.machines=listener,reply} takes only those of some machines. What
 * each rule found is printed as a table; for that alone, {@code -Dquintet.mutant.runs=0} leaves the
 * simulation out and {@code -Dquintet.mutant.states=60000} searches less far, and survivors are not
 * judged.
 */
class MutantsTest {
  private static final int STRIDE = Integer.getInteger("quintet.mutants", 97);
  private static final int DRAW = Integer.getInteger("quintet.mutants.draw", 1);
  private static final String MACHINES =
      System.getProperty("quintet.machines", String.join(",", Specs.machineIds()));
  private static final double SCORE_MIN = 0.95;
  private static final int RUNS = Integer.getInteger("quintet.mutant.runs", 4_000);
  private static final int STATES_MAX = Integer.getInteger("quintet.mutant.states", 8_000_000);

  /**
   * How far an exploration goes.
   *
   * @param taken states within which it must come to the transition
   * @param most states after which it gives up
   */
  private record Reach(int taken, int most) {}

  /** How far all explorations go before any goes farther. */
  private static final List<Reach> REACHES =
      Stream.of(
              new Reach(30_000, 30_000),
              new Reach(300_000, 300_000),
              new Reach(300_000, 2_000_000),
              new Reach(2_000_000, 2_000_000),
              new Reach(2_000_000, STATES_MAX),
              new Reach(STATES_MAX, STATES_MAX))
          .map(
              reach ->
                  new Reach(
                      Math.min(reach.taken(), STATES_MAX), Math.min(reach.most(), STATES_MAX)))
          .distinct()
          .toList();

  private static final String CONNECTION =
      "single-thread leaving, single-thread requests, single-thread silence, single-thread age,"
          + " single-thread burst, single-thread seats, single-thread pipeline, single-thread"
          + " upheaval, single-thread faults, single-thread clients, single-thread trouble,"
          + " single-thread handshakes, single-thread content, single-thread parts, single-thread"
          + " together, single-thread pair, single-thread limits, single-thread aborts,"
          + " single-thread sessions, single-thread broadcasts, single-thread cuts, single-thread"
          + " upgrades, load-balanced listeners, multi-thread journeys, load-balanced silence,"
          + " load-balanced burst, load-balanced age, load-balanced content, load-balanced"
          + " pipeline, load-balanced rush, load-balanced aborts, load-balanced trouble,"
          + " multi-thread moves, multi-thread ways, multi-thread detours, multi-thread byways,"
          + " multi-thread farewells";

  private static final String LISTENER =
      "single-thread leaving, single-thread takeover, single-thread seats,"
          + " single-thread upheaval, single-thread faults,"
          + " single-thread clients, single-thread shortage, single-thread limits,"
          + " reuseport leaving, shared-listener leaving, shared-listener limits,"
          + " multi-process seats, multi-process standstill, multi-process trouble,"
          + " multi-process shortage, multi-process upheaval, multi-process takeover,"
          + " multi-process together";

  private static final String BACKEND =
      "multi-process seats, multi-process upheaval, multi-process standstill,"
          + " multi-process shortage, multi-process leaving, multi-process trouble,"
          + " multi-process faults, multi-process limits, multi-process silence,"
          + " multi-process together, multi-process rush";

  /** Sessions in place of requests, which runs of WebSockets alone reach. */
  private static final Pattern SESSIONS =
      Pattern.compile(
          "websocket .*|connection (conversing|concluding) .*|connection \\w+"
              + " (WAS_)?(CONVERSING|CONCLUDING) .*");

  /** What comes to the transitions of each machine. */
  private static final Map<String, List<String>> SEARCHES =
      Map.of(
          "connection",
          list(CONNECTION),
          "listener",
          list(LISTENER),
          "backend",
          list(BACKEND),
          "control",
          list(BACKEND),
          "loop",
          list(
              "single-thread requests, single-thread faults, load-balanced requests,"
                  + " reuseport clients, reuseport upheaval, multi-process leaving"),
          "mailbox-wakeup",
          list(
              "single-thread requests, load-balanced requests, reuseport clients,"
                  + " load-balanced faults, multi-process leaving"),
          "reply",
          list(
              "single-thread requests, single-thread parts, single-thread silence,"
                  + " load-balanced requests, load-balanced silence, load-balanced parts"),
          "server",
          list(
              "single-thread leaving, load-balanced upheaval, load-balanced silence,"
                  + " load-balanced faults, single-thread rush,"
                  + " load-balanced aborts, load-balanced leaving, reuseport upheaval,"
                  + " reuseport leaving, reuseport aborts, multi-process upheaval"),
          "worker",
          list(
              "load-balanced upheaval, load-balanced requests, load-balanced faults,"
                  + " load-balanced burst, shared-queue requests, shared-queue faults"),
          "websocket",
          list(
              "single-thread sessions, single-thread broadcasts, single-thread cuts,"
                  + " load-balanced listeners, multi-thread journeys"));

  private static List<String> list(String names) {
    return List.of(names.split(", "));
  }

  /** For each exploration and how far it goes, the transitions that it takes, and when. */
  private static final Map<String, Map<String, Integer>> TAKEN = new ConcurrentHashMap<>();

  /** Why nothing finds a mutant, for those that nothing does. */
  private static final Map<String, String> SURVIVORS = survivors();

  @TempDir private Path folder;

  @Test
  void aMachineWithAWrongTransitionIsFound() throws Exception {
    long began = System.nanoTime();
    List<Mutants.Mutant> drawn = new ArrayList<>();
    for (String id : MACHINES.split(",")) {
      List<Mutants.Mutant> some = STRIDE == 0 ? Mutants.of(id) : Mutants.draw(id, DRAW);
      some.stream()
          .filter(each -> STRIDE != 0 || SURVIVORS.containsKey(each.toString()))
          .forEach(drawn::add);
    }
    List<Mutants.Mutant> taken = drawn.stream().filter(each -> !Mutants.isRefused(each)).toList();
    List<Mutants.Mutant> chosen = new ArrayList<>(some(taken, false));
    chosen.addAll(some(taken, true));
    Map<Mutants.Mutant, Found> tried = tried(chosen);
    List<String> survivors =
        tried.entrySet().stream()
            .filter(found -> found.getValue().by().isEmpty())
            .map(found -> found.getKey().toString())
            .toList();
    double score = 1 - (double) survivors.size() / chosen.size();
    System.out.printf(
        "%d mutants of %s: the reader refuses %d and takes %d; of these %d tried, %d found, %d"
            + " survive, %.3f; by %s, in %d s%n",
        drawn.size(),
        MACHINES,
        drawn.size() - taken.size(),
        taken.size(),
        chosen.size(),
        chosen.size() - survivors.size(),
        survivors.size(),
        score,
        tried.values().stream()
            .filter(found -> !found.by().isEmpty())
            .collect(Collectors.groupingBy(Found::by, TreeMap::new, Collectors.counting())),
        (System.nanoTime() - began) / 1_000_000_000);
    printRules(tried.values());
    survivors.forEach(
        survivor -> System.out.println("survives: " + survivor + ": " + SURVIVORS.get(survivor)));
    if (RUNS == 0) {
      return;
    }
    assertEquals(
        List.of(), survivors.stream().filter(each -> !SURVIVORS.containsKey(each)).toList());
    assertEquals(
        List.of(),
        tried.keySet().stream()
            .map(Mutants.Mutant::toString)
            .filter(each -> SURVIVORS.containsKey(each) && !survivors.contains(each))
            .toList(),
        "said to survive, and found");
    assertTrue(STRIDE == 0 || score >= SCORE_MIN, "the score is " + score);
  }

  /** Every so many of those that are of sessions, or of those that are not. */
  private static List<Mutants.Mutant> some(List<Mutants.Mutant> taken, boolean ofSessions) {
    List<Mutants.Mutant> of =
        taken.stream().filter(each -> isOfSessions(each) == ofSessions).toList();
    return IntStream.range(0, of.size())
        .filter(i -> i % Math.max(STRIDE, 1) == 0)
        .mapToObj(of::get)
        .toList();
  }

  private static boolean isOfSessions(Mutants.Mutant mutant) {
    return SESSIONS.matcher(mutant.toString()).matches();
  }

  private static void printRules(Collection<Found> tried) {
    System.out.println("| rule | of | mutants that it found first | that break it |");
    System.out.println("|---|---|---|---|");
    for (Rule rule : Exploration.rules()) {
      System.out.printf(
          "| %s | %s | %d | %d |%n",
          rule.name(),
          rule.of(),
          tried.stream().filter(found -> found.first().equals(Optional.of(rule))).count(),
          tried.stream().filter(found -> found.broken().contains(rule)).count());
    }
  }

  @Test
  void whatIsSaidToSurviveIsAMutant() {
    List<String> all =
        Specs.machineIds().stream()
            .flatMap(id -> Mutants.of(id).stream())
            .map(Mutants.Mutant::toString)
            .toList();
    assertEquals(
        List.of(), SURVIVORS.keySet().stream().filter(each -> !all.contains(each)).toList());
  }

  private Map<Mutants.Mutant, Found> tried(List<Mutants.Mutant> mutants)
      throws InterruptedException, ExecutionException {
    Map<Mutants.Mutant, Future<Found>> results = new LinkedHashMap<>();
    int threads = Runtime.getRuntime().availableProcessors();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      mutants.forEach(mutant -> results.put(mutant, executor.submit(() -> found(mutant))));
    }
    Map<Mutants.Mutant, Found> found = new LinkedHashMap<>();
    for (Map.Entry<Mutants.Mutant, Future<Found>> result : results.entrySet()) {
      found.put(result.getKey(), result.getValue().get());
    }
    return found;
  }

  /**
   * What finds a mutant.
   *
   * @param by exploration or simulation, empty if nothing does
   * @param first the rule that exploration finds first
   * @param broken all that exploration found
   */
  private record Found(String by, Optional<Rule> first, Set<Rule> broken) {}

  /** What the model finds that a machine has of its own, if it has one. */
  private static Optional<Mutants.Finding> ofItsOwn(Mutants.Mutant mutant) {
    return switch (mutant.machine()) {
      case "rearrangement" -> Optional.of(Mutants.exploreChange(mutant, STATES_MAX));
      case "governor" -> Optional.of(Mutants.exploreAdaptation(mutant, STATES_MAX));
      case "streamed-reply" -> Optional.of(Mutants.exploreStream(mutant, STATES_MAX));
      case "request-content" -> Optional.of(Mutants.exploreContent(mutant, STATES_MAX));
      case "successor", "predecessor" -> Optional.of(Mutants.exploreTakeover(mutant, STATES_MAX));
      default -> Optional.empty();
    };
  }

  private Found found(Mutants.Mutant mutant) throws IOException, InterruptedException {
    Optional<Mutants.Finding> own = ofItsOwn(mutant);
    if (own.flatMap(Mutants.Finding::first).isPresent()) {
      Mutants.Finding finding = own.get();
      return new Found("exploration", finding.first(), finding.broken());
    }
    boolean near = STRIDE != 0 && SURVIVORS.containsKey(mutant.toString());
    Map<String, Integer> done = new HashMap<>();
    for (Reach reach : near ? REACHES.subList(0, 1) : REACHES) {
      for (String search : searches(mutant, reach.taken())) {
        if (done.getOrDefault(search, 0) >= reach.most()) {
          continue;
        }
        String[] names = search.split(" ");
        Mutants.Finding finding =
            Mutants.explore(mutant, topology(names[0]), names[1], reach.most());
        if (finding.first().isPresent()) {
          return new Found("exploration", finding.first(), finding.broken());
        }
        done.put(search, finding.complete() ? Integer.MAX_VALUE : reach.most());
      }
    }
    boolean simulated =
        RUNS > 0 && !near && (isSimulated(mutant, RUNS / 20) || isSimulated(mutant, RUNS));
    return new Found(simulated ? "simulation" : "", Optional.empty(), Set.of());
  }

  /**
   * The explorations that come to a mutant's transition within so many states, those that come to
   * it soon first.
   */
  private static List<String> searches(Mutants.Mutant mutant, int statesMax) {
    Map<String, Integer> taken = new LinkedHashMap<>();
    for (String search : SEARCHES.getOrDefault(mutant.machine(), List.of())) {
      Integer first = taken(search, statesMax).get(mutant.transition());
      if (first != null) {
        taken.put(search, first);
      }
    }
    return taken.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .toList();
  }

  private static Map<String, Integer> taken(String search, int statesMax) {
    String[] names = search.split(" ");
    return TAKEN.computeIfAbsent(
        search + " " + statesMax, _ -> Mutants.taken(topology(names[0]), names[1], statesMax));
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
          case "worker" -> List.of("load-balanced", Shouting.example("shared-queue"));
          default ->
              Stream.concat(Specs.topologyIds().stream(), Stream.of(Arrangements.OWN.topologies()))
                  .toList();
        };
    List<String> properties =
        List.of(
            "-Dquintet.specs=" + own,
            "-Dquintet.service=" + (isOfSessions(mutant) ? "WEBSOCKET" : ""));
    return ChildRun.runsToViolation(properties, "", "", runs, topologies) != 0;
  }

  private static Map<String, String> survivors() {
    try (Reader reader =
        new InputStreamReader(
            MutantsTest.class.getResourceAsStream("survivors.json"), StandardCharsets.UTF_8)) {
      Map<String, String> survivors = new LinkedHashMap<>();
      for (JsonElement group : JsonParser.parseReader(reader).getAsJsonArray()) {
        JsonObject because = group.getAsJsonObject();
        for (JsonElement mutant : because.getAsJsonArray("mutants")) {
          survivors.put(mutant.getAsString(), because.get("because").getAsString());
        }
      }
      return survivors;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
