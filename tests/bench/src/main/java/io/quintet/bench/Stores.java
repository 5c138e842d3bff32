package io.quintet.bench;

import io.quintet.Pattern;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The store of {@code quintet serve} beside redis-server, by redis-benchmark. */
@Command(
    name = "stores",
    description = "GET and SET a second of the store beside redis-server, by redis-benchmark.",
    mixinStandardHelpOptions = true)
final class Stores implements Callable<Integer> {
  private static final String REDIS = "redis-server";
  private static final String CONTROL = REDIS + " again (control)";

  @Option(names = "--rounds", defaultValue = "7", description = "Default ${DEFAULT-VALUE}.")
  private int roundCount;

  @Option(
      names = "--requests",
      defaultValue = "1000000",
      description = "Requests of each run; default ${DEFAULT-VALUE}.")
  private int requests;

  @Option(
      names = "--pipeline",
      defaultValue = "16",
      description = "Requests in flight on a connection; default ${DEFAULT-VALUE}.")
  private int pipeline;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Map<String, List<String>> commands = new LinkedHashMap<>();
    List<String> redis =
        List.of(REDIS, "--port", "PORT", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no");
    commands.put(REDIS, redis);
    List<String> quintet = new ArrayList<>(Bench.jvm("io.quintet.cli.Main"));
    quintet.addAll(List.of("serve", "--protocol", "resp", "--port", "PORT"));
    quintet.addAll(List.of("--pattern", Pattern.SINGLE_THREAD.id()));
    commands.put("Quintet single-thread", quintet);
    commands.put(CONTROL, redis);
    System.out.println(Bench.machine());
    System.out.printf(
        "50 connections, %d in flight on each, %d rounds of %d requests, servers on core 0, load on"
            + " core 1%n%n",
        pipeline, roundCount, requests);
    System.out.println("| command | server | requests a second, of redis-server |");
    System.out.println("|---|---|---|");
    for (String command : List.of("get", "set")) {
      measure(command, commands);
    }
    return 0;
  }

  private void measure(String command, Map<String, List<String>> commands)
      throws IOException, InterruptedException {
    Map<String, List<Double>> ratios = new LinkedHashMap<>();
    for (int i = 0; i < roundCount; i++) {
      Map<String, Daemon> stores = new LinkedHashMap<>();
      Map<String, Double> rates = new LinkedHashMap<>();
      try {
        for (Map.Entry<String, List<String>> each : commands.entrySet()) {
          stores.put(each.getKey(), new Daemon(each.getValue()));
          load(stores.get(each.getKey()), command); // what is compiled, and what is in caches
        }
        for (Map.Entry<String, Daemon> store : stores.entrySet()) {
          rates.put(store.getKey(), load(store.getValue(), command));
        }
      } finally {
        stores.values().forEach(Daemon::close);
      }
      rates.forEach(
          (name, rate) ->
              ratios.computeIfAbsent(name, _ -> new ArrayList<>()).add(rate / rates.get(REDIS)));
    }
    ratios.forEach(
        (name, of) ->
            System.out.printf("| %s | %s | %s |%n", command, name, Interleaved.spread(of)));
  }

  /** Requests a second. */
  private double load(Daemon store, String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                "taskset",
                "-c",
                "1",
                "timeout",
                "60",
                "redis-benchmark",
                "-p",
                Integer.toString(store.port()),
                "-P",
                Integer.toString(pipeline),
                "-n",
                Integer.toString(requests),
                "-r",
                "10000",
                "-t",
                command,
                "--csv")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> lines = process.inputReader().lines().toList();
    if (process.waitFor() != 0 || lines.size() < 2) {
      throw new IOException("redis-benchmark failed: " + lines);
    }
    return Double.parseDouble(lines.getLast().split(",")[1].replace("\"", ""));
  }
}
