package io.quintet.cli;

import io.quintet.ffi.SocketAddress;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quintet load}: asks a server and tells how fast it answers. */
@Command(
    name = "load",
    description = "Loads a server and tells its throughput and latencies.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "With --rate the loop is open: a latency counts from the time at which its request should",
      "have been sent, so that a server that stops for a while is seen to. Without it the loop is",
      "closed: each connection asks again when it has its reply."
    })
final class LoadCommand implements Callable<Integer> {
  private static final double NANOS = 1e9;
  private static final double BUSY_MAX = 0.9;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "URL",
      description =
          "http://HOST:PORT/PATH, https://…, resp://HOST:PORT, memcached://…, line://… or echo://….")
  private URI url;

  @Option(names = "--connections", defaultValue = "64", description = "Default ${DEFAULT-VALUE}.")
  private int connections;

  @Option(
      names = "--pipeline",
      defaultValue = "1",
      description = "Requests in flight on each connection; default ${DEFAULT-VALUE}.")
  private int pipeline;

  @Option(
      names = "--rate",
      defaultValue = "0",
      description = "Requests a second of an open loop; default a closed loop.")
  private double rate;

  @Option(names = "--poisson", description = "Times of an open loop are random, and not even.")
  private boolean poisson;

  @Option(names = "--churn", description = "Each request has a connection of its own (http).")
  private boolean churn;

  @Option(
      names = "--tls",
      description = "Secures connections, as https does; certificates are not checked.")
  private boolean tls;

  @Option(
      names = "--body",
      defaultValue = "0",
      description = "Bytes sent with each request (http, echo); default ${DEFAULT-VALUE}.")
  private int body;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "How long it measures; default ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(
      names = "--warm-up",
      defaultValue = "2",
      description = "Seconds before it does; default ${DEFAULT-VALUE}.")
  private double warmUp;

  @Option(
      names = "--threads",
      defaultValue = "1",
      description = "Loops that share the connections; default ${DEFAULT-VALUE}.")
  private int threads;

  @Option(names = "--json", paramLabel = "FILE", description = "Writes the figures as JSON.")
  private Path json;

  @Option(
      names = "--hgrm",
      paramLabel = "FILE",
      description = "Writes the distribution of latencies in microseconds, as HdrHistogram plots.")
  private Path hgrm;

  @Override
  public Integer call() throws IOException {
    check("--connections", connections, 1, 1_000_000);
    check("--pipeline", pipeline, 1, 4096);
    check("--threads", threads, 1, Math.min(connections, 1024));
    check("--body", body, 0, 100_000);
    checkFile("--json", json);
    checkFile("--hgrm", hgrm);
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String target = url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    Talk talk = Talk.of(url, List.of(new Talk.Part(1, target)), body, churn);
    if (url.getHost() == null || url.getPort() < 0) {
      throw new IllegalArgumentException("the URL " + url + " names no host and port");
    }
    LoadLoop.Plan plan =
        new LoadLoop.Plan(
            SocketAddress.inet(url.getHost().replace("%25", "%"), url.getPort()),
            talk,
            Math.ceilDiv(connections, threads),
            pipeline,
            0,
            rate / threads,
            poisson,
            churn,
            tls || url.getScheme().equals("https") ? engines() : null);
    LoadLoop.Result result = measure(plan);
    print(result);
    write(result);
    if (result.hasEnded()) {
      PrintWriter err = spec.commandLine().getErr();
      err.printf("quintet: %s; the figures are those until then%n", result.ended);
      err.flush();
    }
    return result.errors == 0 && !result.hasEnded() ? 0 : Main.FAILED;
  }

  private Supplier<SSLEngine> engines() {
    boolean http = String.valueOf(url.getScheme()).startsWith("http");
    return ClientTls.engines(
        url.getHost(), url.getPort(), http ? List.of("http/1.1") : List.<String>of());
  }

  /** That a file can be written is known before the figures are. */
  static void checkFile(String option, @Nullable Path file) {
    if (file == null) {
      return;
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isWritable(folder) || Files.isDirectory(file)) {
      throw new IllegalArgumentException(
          "option %s is %s; valid is a file in a folder that can be written"
              .formatted(option, file));
    }
  }

  static void check(String option, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          "option %s is %s; valid are %s to %s"
              .formatted(option, number(value), number(least), number(most)));
    }
  }

  /** Whole ones without a point. */
  private static String number(double value) {
    return value == Math.rint(value) ? "%.0f".formatted(value) : Double.toString(value);
  }

  private LoadLoop.Result measure(LoadLoop.Plan plan) {
    List<LoadLoop> loops = new ArrayList<>();
    PrintWriter err = spec.commandLine().getErr();
    try (Progress progress = new Progress("quintet load", (int) Math.ceil(seconds), err)) {
      progress.begin("warming up");
      for (int i = 0; i < threads; i++) {
        loops.add(new LoadLoop(plan, i));
      }
      LoadLoop.Result all = new LoadLoop.Result();
      all.ended = slice(loops, warmUp).ended;
      double left = seconds;
      while (left > 0 && !all.hasEnded()) {
        double part = Math.min(left, 1);
        LoadLoop.Result slice = slice(loops, part);
        all.addLater(slice);
        left -= part;
        progress.done();
        progress.begin(
            "%,.0f a second, p99 %s, %.0f s left"
                .formatted(slice.rate(), micros(slice.latencies.getValueAtPercentile(99)), left));
      }
      all.waitedNanos /= threads;
      return all;
    } finally {
      loops.forEach(LoadLoop::close);
    }
  }

  private static LoadLoop.Result slice(List<LoadLoop> loops, double seconds) {
    List<CompletableFuture<LoadLoop.Result>> running =
        loops.stream()
            .map(
                loop ->
                    CompletableFuture.supplyAsync(
                        () -> loop.run((long) (seconds * NANOS)),
                        work -> Thread.ofPlatform().name("quintet-load").start(work)))
            .toList();
    LoadLoop.Result all = new LoadLoop.Result();
    try {
      running.forEach(each -> all.addBeside(each.join()));
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
    return all;
  }

  static String micros(long nanos) {
    return nanos < 10_000_000
        ? "%,d us".formatted(nanos / 1000)
        : "%,d ms".formatted(nanos / 1_000_000);
  }

  private void print(LoadLoop.Result result) {
    PrintWriter out = spec.commandLine().getOut();
    Histogram all = result.latencies;
    out.printf(
        "%d connections, %d in flight on each, %s, %.1f s%n",
        connections,
        pipeline,
        rate == 0 ? "closed loop" : "%,.0f a second asked for".formatted(rate),
        result.nanos / NANOS);
    out.printf("%,.0f requests a second, %,d errors%n", result.rate(), result.errors);
    out.printf(
        "latency p50 %s, p90 %s, p99 %s, p99.9 %s, max %s%n",
        micros(all.getValueAtPercentile(50)),
        micros(all.getValueAtPercentile(90)),
        micros(all.getValueAtPercentile(99)),
        micros(all.getValueAtPercentile(99.9)),
        micros(all.getMaxValue()));
    if (result.busy() > BUSY_MAX) {
      out.printf(
          "The generator was at work %.0f %% of the time: it may be what these figures show.%n",
          100 * result.busy());
    }
    if (rate > 0 && result.rate() < 0.98 * rate) {
      out.printf("Fewer requests were answered than were asked for.%n");
    }
    out.flush();
  }

  private void write(LoadLoop.Result result) throws IOException {
    if (json != null) {
      Map<String, Object> figures = new LinkedHashMap<>();
      figures.put("url", url.toString());
      figures.put("connections", connections);
      figures.put("pipeline", pipeline);
      figures.put("rateAskedFor", rate);
      figures.put("requestsASecond", result.rate());
      figures.put("errors", result.errors);
      figures.put("generatorBusy", result.busy());
      JsonReport.putPercentiles(figures, result.latencies);
      JsonReport.write(json, figures);
    }
    if (hgrm != null) {
      try (PrintStream out = new PrintStream(Files.newOutputStream(hgrm))) {
        result.latencies.outputPercentileDistribution(out, 1000.0);
      }
    }
  }
}
