package io.quintet.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/**
 * CPU time a request and requests a second beside a reference, interleaved. In each round every
 * server is started anew and warmed up, then all are loaded in turn, over and over. The reference
 * stands at both ends of a turn: the others are compared with the mean of the two, which are
 * neighbours in time, and the two with each other as the control, whose distance from 1 is noise.
 */
final class Interleaved {
  /**
   * What is asked of a server.
   *
   * @param title name in the table
   * @param protocol echo, http, or close: HTTP with a connection for each request
   * @param depth requests in flight on a connection
   */
  record Work(String title, String protocol, int depth) {
    /** What a server speaks for it. */
    String spoken() {
      return protocol.equals("close") ? "http" : protocol;
    }
  }

  private static final String CONTROL = " again (control)";

  /** One slice of load on one server. */
  private record Slice(double cpuNanosARequest, double requestsASecond) {}

  /** A server's figures, as ratios to the C reference, and its CPU time a request. */
  private record Ratios(double cpu, double rate, double cpuNanos) {}

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Fresh processes of every server; default ${DEFAULT-VALUE}.")
  private int roundCount;

  @Option(
      names = "--turns",
      defaultValue = "10",
      description = "Turns of every server in a round; default ${DEFAULT-VALUE}.")
  private int turns;

  @Option(
      names = "--seconds",
      defaultValue = "0.5",
      description = "Length of a slice; default ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(
      names = "--warm-up",
      defaultValue = "6",
      description = "Seconds of load before a server is measured; default ${DEFAULT-VALUE}.")
  private double warmUp;

  @Option(
      names = "--connections",
      defaultValue = "64",
      description = "Connections; default ${DEFAULT-VALUE}.")
  private int connections;

  private String reference = "";
  private ClosedLoad load;

  /** Says what is measured where, and begins the table. */
  void begin() throws IOException, InterruptedException {
    load = new ClosedLoad();
    System.out.println(Bench.machine());
    System.out.printf(
        "%d connections, %d rounds of %d turns of %.1f s, servers on core 0, load on core 1%n%n",
        connections, roundCount, turns, seconds);
    System.out.println(
        "| work | server | CPU a request, of the first | requests a second, of the first"
            + " | ns CPU |");
    System.out.println("|---|---|---|---|---|");
  }

  /**
   * Measures servers and prints their rows.
   *
   * @param work what they do
   * @param commands how each is started, by its name; the first is the reference
   * @return processor time a request in each round, as ratios to the reference; the control is last
   */
  Map<String, List<Double>> measure(Work work, Map<String, List<String>> commands)
      throws IOException, InterruptedException {
    reference = commands.keySet().iterator().next();
    Map<String, List<String>> all = new LinkedHashMap<>(commands);
    all.put(reference + CONTROL, commands.get(reference));
    Map<String, List<Ratios>> rounds = new LinkedHashMap<>();
    for (int i = 0; i < roundCount; i++) {
      round(work, all)
          .forEach((name, of) -> rounds.computeIfAbsent(name, _ -> new ArrayList<>()).add(of));
    }
    rounds.forEach((name, of) -> System.out.println(row(work, name, of)));
    Map<String, List<Double>> ratios = new LinkedHashMap<>();
    rounds.forEach((name, of) -> ratios.put(name, of.stream().map(Ratios::cpu).toList()));
    return ratios;
  }

  /** The median ratios of every server over the turns of one round. */
  private Map<String, Ratios> round(Work work, Map<String, List<String>> commands)
      throws IOException, InterruptedException {
    Map<String, Subject> subjects = new LinkedHashMap<>();
    Map<String, List<Ratios>> taken = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, List<String>> command : commands.entrySet()) {
        Subject subject = new Subject(command.getValue());
        subjects.put(command.getKey(), subject);
        warmUp(work, subject);
      }
      for (int i = 0; i < turns; i++) {
        Map<String, Slice> turn = new LinkedHashMap<>();
        for (Map.Entry<String, Subject> subject : subjects.entrySet()) {
          turn.put(subject.getKey(), slice(work, subject.getValue(), seconds));
        }
        turn.forEach(
            (name, slice) ->
                taken.computeIfAbsent(name, _ -> new ArrayList<>()).add(ratios(name, slice, turn)));
      }
    } finally {
      subjects.values().forEach(Subject::close);
    }
    Map<String, Ratios> medians = new LinkedHashMap<>();
    taken.forEach((name, all) -> medians.put(name, median(all)));
    return medians;
  }

  /** In slices like those measured, since the end of a load is code that must be compiled too. */
  private void warmUp(Work work, Subject subject) throws IOException, InterruptedException {
    for (double done = 0; done < warmUp; done += seconds) {
      slice(work, subject, seconds);
    }
  }

  private Ratios ratios(String name, Slice slice, Map<String, Slice> turn) {
    Slice first = turn.get(reference);
    Slice last = name.startsWith(reference) ? first : turn.get(reference + CONTROL);
    return new Ratios(
        2 * slice.cpuNanosARequest() / (first.cpuNanosARequest() + last.cpuNanosARequest()),
        2 * slice.requestsASecond() / (first.requestsASecond() + last.requestsASecond()),
        slice.cpuNanosARequest());
  }

  private static Ratios median(List<Ratios> all) {
    return new Ratios(
        middle(all.stream().map(Ratios::cpu).toList()),
        middle(all.stream().map(Ratios::rate).toList()),
        middle(all.stream().map(Ratios::cpuNanos).toList()));
  }

  private Slice slice(Work work, Subject subject, double length)
      throws IOException, InterruptedException {
    long before = subject.cpuNanos();
    ClosedLoad.Done done = load.run(subject, work.protocol, connections, work.depth, length);
    long cpu = subject.cpuNanos() - before;
    return new Slice(cpu / done.requests(), done.requests() / done.seconds());
  }

  private static String row(Work work, String name, List<Ratios> rounds) {
    return "| %s | %s | %s | %s | %.0f |"
        .formatted(
            work.title,
            name,
            spread(rounds.stream().map(Ratios::cpu).toList()),
            spread(rounds.stream().map(Ratios::rate).toList()),
            median(rounds).cpuNanos());
  }

  /** The median, and the least and the most of the rounds. */
  static String spread(List<Double> ratios) {
    List<Double> sorted = ratios.stream().sorted().toList();
    return "%.2f (%.2f–%.2f)".formatted(middle(ratios), sorted.getFirst(), sorted.getLast());
  }

  static double middle(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }
}
