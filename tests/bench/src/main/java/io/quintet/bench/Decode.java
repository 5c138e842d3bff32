package io.quintet.bench;

import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** HTTP requests a second out of bytes, by JMH. */
@Command(
    name = "decode",
    description = "How fast HTTP requests are decoded, Quintet beside Netty (JMH).",
    mixinStandardHelpOptions = true)
final class Decode implements Callable<Integer> {
  @Option(
      names = "--forks",
      defaultValue = "5",
      description = "JVMs for each row; default ${DEFAULT-VALUE}.")
  private int forks;

  @Override
  public Integer call() throws IOException, RunnerException {
    Collection<RunResult> results = Jmh.run(forks, DecodeBenchmark.class);
    Map<String, RunResult> byName = new TreeMap<>();
    for (RunResult result : results) {
      byName.put(request(result) + " " + result.getPrimaryResult().getLabel(), result);
    }
    System.out.println(Bench.machine());
    System.out.printf("%n| request | bytes | decoder | ns a request | GB a second | to Netty |%n");
    System.out.println("|---|---|---|---|---|---|");
    for (RunResult result : byName.values()) {
      String request = request(result);
      int bytes = DecodeBenchmark.Request.valueOf(request).bytes.length;
      double nanos = result.getPrimaryResult().getScore();
      double netty = byName.get(request + " netty").getPrimaryResult().getScore();
      System.out.printf(
          "| %s | %d | %s | %.0f (± %.0f) | %.2f | %.2f |%n",
          request.toLowerCase(java.util.Locale.ROOT),
          bytes,
          result.getPrimaryResult().getLabel(),
          nanos,
          result.getPrimaryResult().getScoreError(),
          bytes / nanos,
          netty / nanos);
    }
    return 0;
  }

  private static String request(RunResult result) {
    return result.getParams().getParam("request");
  }
}
