package io.quintet.bench;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How long cheap requests wait when one in ten is a hundred times as long, by the policy that
 * places requests on workers. The handler waits instead of computing, so that few processors do not
 * decide.
 */
@Command(
    name = "balance",
    description = "Latency of cheap requests among dear ones, by the policy of load-balanced.",
    mixinStandardHelpOptions = true)
final class Balance implements Callable<Integer> {
  private static final List<String> POLICIES =
      List.of("round-robin", "least-loaded", "shortest-of-two");
  private static final int WORKERS = 8;
  private static final int CLIENTS = 6;
  private static final long CHEAP_NANOS = 50_000;
  private static final int DEAR = 100;

  @Option(names = "--rounds", defaultValue = "5", description = "Default ${DEFAULT-VALUE}.")
  private int roundCount;

  @Option(
      names = "--seconds",
      defaultValue = "2",
      description = "Length of a slice; default ${DEFAULT-VALUE}.")
  private double seconds;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PolicyRounds measured =
        PolicyRounds.measure(POLICIES, roundCount, this::warmed, (server, _) -> load(server));
    System.out.printf(
        "%d workers, %d clients, one request in ten takes %d times %d us; %d rounds of %.0f s%n%n",
        WORKERS, CLIENTS, DEAR, CHEAP_NANOS / 1000, roundCount, seconds);
    System.out.println("| policy | p50 us | p99 us | p99, of round-robin |");
    System.out.println("|---|---|---|---|");
    for (String policy : POLICIES) {
      System.out.printf(
          "| %s | %d | %d | %s |%n",
          policy,
          measured.all().get(policy).getValueAtPercentile(50) / 1000,
          measured.all().get(policy).getValueAtPercentile(99) / 1000,
          measured.spread(policy));
    }
    return 0;
  }

  /** For latencies in nanoseconds, up to a minute. */
  static Histogram histogram() {
    return new Histogram(60_000_000_000L, 3);
  }

  private Server warmed(String policy) throws InterruptedException {
    Server server = start(policy);
    load(server);
    return server;
  }

  private static Server start(String policy) {
    return Quintet.server(
            Line.codec(),
            line -> {
              Thread.sleep(0, (int) CHEAP_NANOS);
              if (line.equals("dear")) {
                Thread.sleep(DEAR * CHEAP_NANOS / 1_000_000);
              }
              return line;
            })
        .pattern(Pattern.LOAD_BALANCED)
        .option("workers", WORKERS)
        .option("policy", policy)
        .start();
  }

  /** Latencies of the cheap requests, in nanoseconds. */
  private Histogram load(Server server) throws InterruptedException {
    Histogram histogram = histogram();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      long seed = i;
      clients.add(Thread.ofPlatform().start(() -> ask(server.port(), seed, histogram)));
    }
    for (Thread client : clients) {
      client.join();
    }
    return histogram;
  }

  private void ask(int port, long seed, Histogram histogram) {
    SplittableRandom random = new SplittableRandom(seed);
    Histogram own = histogram();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      OutputStream out = socket.getOutputStream();
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      long end = System.nanoTime() + (long) (seconds * 1e9);
      while (System.nanoTime() < end) {
        boolean dear = random.nextInt(10) == 0;
        long began = System.nanoTime();
        out.write((dear ? "dear\n" : "cheap\n").getBytes(StandardCharsets.US_ASCII));
        in.readLine();
        if (!dear) {
          own.recordValue(System.nanoTime() - began);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    synchronized (histogram) {
      histogram.add(own);
    }
  }
}
