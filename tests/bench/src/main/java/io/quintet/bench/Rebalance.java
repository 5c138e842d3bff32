package io.quintet.bench;

import io.quintet.Pattern;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What it is worth that a busy loop gives connections away: hot connections that the kernel has
 * hashed onto one loop of several, with and without. In each round slices take turns: without,
 * with, and without once more as the control. The handler waits in place of computing, so that the
 * one processor of the server does not decide.
 */
@Command(
    name = "rebalance",
    description = {
      "Hot connections of one loop, with rebalancing and without;",
      "with --live, how long many connections of one loop take to be spread over four."
    },
    mixinStandardHelpOptions = true)
final class Rebalance implements Callable<Integer> {
  private static final int LOOPS = 4;
  private static final int HOT = 8;
  private static final int PIPELINED = 4;
  private static final long WAIT_NANOS = 300_000;
  private static final long LIVE_NANOS = 20_000;
  private static final long LIVE_DEADLINE_NANOS = 300_000_000_000L;
  private static final double NANOS_A_SECOND = 1e9;
  private static final String EAGER =
      "{ \"everyMillis\": 50, \"busyPercent\": 20, \"gapPercent\": 10, \"looks\": 2,"
          + " \"most\": 100000 }";
  private static final String WITHOUT = "without";
  private static final String WITH = "with rebalance";
  private static final String CONTROL = "without again (control)";

  @Option(names = "--rounds", defaultValue = "5", description = "Default ${DEFAULT-VALUE}.")
  private int roundCount;

  @Option(
      names = "--seconds",
      defaultValue = "2",
      description = "Length of a slice; default ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(
      names = "--settle",
      defaultValue = "2",
      description = "Seconds of load before a slice counts; default ${DEFAULT-VALUE}.")
  private double settle;

  @Option(
      names = "--live",
      defaultValue = "0",
      paramLabel = "CONNECTIONS",
      description = "Spreads so many connections instead, for example 10000.")
  private int live;

  /** What hot connections had in a slice. */
  private record Slice(double rate, Histogram latencies) {
    double p99() {
      return latencies.getValueAtPercentile(99) / 1000.0;
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Bench.moveToCore1();
    System.out.println(Bench.machine());
    if (live > 0) {
      spread();
    } else {
      compare();
    }
    return 0;
  }

  private static Path rebalanced() {
    return Bench.root().resolve("specs/examples/rebalanced.json");
  }

  /** With numbers for many connections of which each does little. */
  private static String eager(Path folder) throws IOException {
    String text = Files.readString(rebalanced());
    int from = text.indexOf('{', text.indexOf("\"rebalance\""));
    String eager = text.substring(0, from) + EAGER + text.substring(text.indexOf('}', from) + 1);
    return Files.writeString(folder.resolve("rebalanced.json"), eager.replace("../schema/", ""))
        .toString();
  }

  private static Subject subject(String topology, int loops, long nanos) throws IOException {
    return new Subject(
        Bench.jvm(HotPeer.class, topology, Integer.toString(loops), Long.toString(nanos)));
  }

  private void compare() throws IOException {
    System.out.printf(
        "%d connections on one loop of %d, %d requests in flight on each, handlers wait %d us;"
            + " %d rounds of %.0f s slices, server on core 0, load on core 1%n%n",
        HOT, LOOPS, PIPELINED, WAIT_NANOS / 1000, roundCount, seconds);
    Map<String, List<Slice>> slices = new LinkedHashMap<>();
    Stream.of(WITHOUT, WITH, CONTROL).forEach(name -> slices.put(name, new ArrayList<>()));
    try (Subject plain = subject(Pattern.REUSEPORT.id(), LOOPS, WAIT_NANOS);
        Subject moving = subject(rebalanced().toString(), LOOPS, WAIT_NANOS)) {
      slice(plain.port());
      slice(moving.port()); // warms up, as the one before
      for (int i = 0; i < roundCount; i++) {
        slices.get(WITHOUT).add(slice(plain.port()));
        slices.get(WITH).add(slice(moving.port()));
        slices.get(CONTROL).add(slice(plain.port()));
      }
    }
    System.out.println(
        "| reuseport | requests/s | of without | p50 us | p99 us | p99, of without |");
    System.out.println("|---|---|---|---|---|---|");
    slices.forEach((name, all) -> System.out.println(row(name, all, slices.get(WITHOUT))));
  }

  private static String row(String name, List<Slice> slices, List<Slice> without) {
    Histogram all = Balance.histogram();
    List<Double> rates = new ArrayList<>();
    List<Double> latencies = new ArrayList<>();
    for (int i = 0; i < slices.size(); i++) {
      all.add(slices.get(i).latencies());
      rates.add(slices.get(i).rate() / without.get(i).rate());
      latencies.add(slices.get(i).p99() / without.get(i).p99());
    }
    boolean first = name.equals(WITHOUT);
    return "| %s | %,.0f | %s | %d | %d | %s |"
        .formatted(
            name,
            Interleaved.middle(slices.stream().map(Slice::rate).toList()),
            first ? "" : Interleaved.spread(rates),
            all.getValueAtPercentile(50) / 1000,
            all.getValueAtPercentile(99) / 1000,
            first ? "" : Interleaved.spread(latencies));
  }

  /** Loads a server by connections that are new, all on the same loop at first. */
  private Slice slice(int port) throws IOException {
    List<HotClient> hot = onOneLoop(port);
    long begin = System.nanoTime() + (long) (settle * NANOS_A_SECOND);
    long end = begin + (long) (seconds * NANOS_A_SECOND);
    List<CompletableFuture<Histogram>> asking = new ArrayList<>();
    for (HotClient client : hot) {
      asking.add(
          CompletableFuture.supplyAsync(
              () -> ask(client, begin, end), run -> Thread.ofPlatform().start(run)));
    }
    Histogram latencies = Balance.histogram();
    asking.forEach(each -> latencies.add(each.join()));
    for (HotClient client : hot) {
      client.close();
    }
    return new Slice(latencies.getTotalCount() / seconds, latencies);
  }

  /** So many connections that the kernel has given to the same loop. */
  private static List<HotClient> onOneLoop(int port) throws IOException {
    Map<String, List<HotClient>> all = new HashMap<>();
    while (true) {
      HotClient client = new HotClient(port);
      List<HotClient> those = all.computeIfAbsent(client.ask(HotPeer.WHO), _ -> new ArrayList<>());
      those.add(client);
      if (those.size() == HOT) {
        for (List<HotClient> others : all.values()) {
          for (HotClient other : others == those ? List.<HotClient>of() : others) {
            other.close();
          }
        }
        return those;
      }
    }
  }

  /** Numbered requests, some at a time; their replies must come in their order. */
  private static Histogram ask(HotClient client, long begin, long end) {
    Histogram latencies = Balance.histogram();
    try {
      long number = 0;
      long sent;
      while ((sent = System.nanoTime()) < end) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < PIPELINED; i++) {
          lines.append(number + i).append('\n');
        }
        client.send(lines.toString());
        for (int i = 0; i < PIPELINED; i++) {
          client.receive(Long.toString(number++));
          long now = System.nanoTime();
          if (sent >= begin && now < end) {
            latencies.recordValue(now - sent);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return latencies;
  }

  /** Many connections of one loop, after three more have come; each is asked again and again. */
  private void spread() throws IOException {
    List<HotClient> clients = new ArrayList<>();
    Path folder = Files.createTempDirectory("rebalance");
    try (Subject subject = subject(eager(folder), 1, LIVE_NANOS);
        HotClient control = new HotClient(subject.port())) {
      for (int i = 0; i < live; i++) {
        clients.add(new HotClient(subject.port()));
      }
      wave(clients, 0);
      System.out.printf("connections of each loop: %s%n", control.ask(HotPeer.OPEN));
      control.ask(HotPeer.RESIZE + LOOPS);
      long began = System.nanoTime();
      int waves = 0;
      String open = control.ask(HotPeer.OPEN);
      while (!isSpread(open)) {
        wave(clients, ++waves);
        open = control.ask(HotPeer.OPEN);
        if (System.nanoTime() - began > LIVE_DEADLINE_NANOS) {
          throw new IOException("the loops have " + open + " connections still");
        }
      }
      double took = (System.nanoTime() - began) / NANOS_A_SECOND;
      wave(clients, ++waves);
      System.out.printf(
          "%,d connections were spread from one loop to four in %.1f s: %s; %d requests of each"
              + " were answered, in order, and none was lost%n",
          live, took, open, waves + 1);
    } finally {
      for (HotClient client : clients) {
        client.close();
      }
      Bench.delete(folder);
    }
  }

  /** Whether no loop has more than half, and none of the connections is missing. */
  private boolean isSpread(String open) {
    List<Integer> counts = Stream.of(open.split(" ")).map(Integer::valueOf).toList();
    return counts.size() == LOOPS && counts.stream().allMatch(count -> count <= live / 2);
  }

  /** Each asks once, all at the same time, and each must be answered. */
  private static void wave(List<HotClient> clients, int wave) throws IOException {
    for (int i = 0; i < clients.size(); i++) {
      clients.get(i).send(wave + " " + i + "\n");
    }
    for (int i = 0; i < clients.size(); i++) {
      clients.get(i).receive(wave + " " + i);
    }
  }
}
