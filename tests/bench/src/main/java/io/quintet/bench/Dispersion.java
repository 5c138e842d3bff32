package io.quintet.bench;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How much longer requests take than they run, where one in two hundred runs a hundred times as
 * long, by where they wait. They arrive by chance at a given part of what the workers can do; the
 * handlers sleep, so that few processors do not decide. Beside it stand queues of no cost, computed
 * request by request.
 */
@Command(
    name = "dispersion",
    description = "Slowdown of requests of very unequal length, by the policy of load-balanced.",
    mixinStandardHelpOptions = true)
final class Dispersion implements Callable<Integer> {
  private static final List<String> POLICIES =
      List.of(
          "round-robin",
          "least-loaded",
          "shared",
          "bounded 1",
          "bounded 2",
          "bounded 4",
          "stealing");
  private static final int LONG = 100;
  private static final int ONE_IN = 200;
  private static final int COMPUTED = 2_000_000;
  private static final double CENT = 100;

  @Option(names = "--workers", defaultValue = "8", description = "Default ${DEFAULT-VALUE}.")
  private int workers;

  @Option(
      names = "--load",
      defaultValue = "0.7",
      description = "Part of what the workers can do; default ${DEFAULT-VALUE}.")
  private double load;

  @Option(
      names = "--micros",
      defaultValue = "4000",
      description = "How long a short request runs; default ${DEFAULT-VALUE}.")
  private int micros;

  @Option(names = "--rounds", defaultValue = "5", description = "Default ${DEFAULT-VALUE}.")
  private int roundCount;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "Length of a slice; default ${DEFAULT-VALUE}.")
  private double seconds;

  @Override
  public Integer call() throws IOException, InterruptedException {
    report(
        PolicyRounds.measure(
            POLICIES, roundCount, this::start, (server, round) -> load(server.port(), round)));
    return 0;
  }

  private void report(PolicyRounds measured) {
    System.out.printf(
        "%d workers at %.2f of what they can do; one request in %d takes %d times %d us; %d rounds"
            + " of %.0f s%n%n",
        workers, load, ONE_IN, LONG, micros, roundCount, seconds);
    System.out.println("| requests wait | p50 | p99 | p99.9 slowdown | p99, of round-robin |");
    System.out.println("|---|---|---|---|---|");
    measured.all().forEach((policy, h) -> row(policy, h, measured.spread(policy)));
    row("M/G/" + workers + ", computed", computed(true), "");
    row("round-robin, computed", computed(false), "");
  }

  private static void row(String name, Histogram h, String ratio) {
    System.out.printf(
        "| %s | %.1f | %.1f | %.1f | %s |%n",
        name,
        h.getValueAtPercentile(50) / CENT,
        h.getValueAtPercentile(99) / CENT,
        h.getValueAtPercentile(99.9) / CENT,
        ratio);
  }

  /** For hundredths of a request's own length. */
  private static Histogram slowdowns() {
    return new Histogram(100_000_000L, 3);
  }

  private Server start(String policy) throws IOException {
    String[] words = policy.split(" ");
    Path example =
        Path.of(System.getProperty("quintet.bench"), "../../specs/examples/bounded-queues.json");
    Path file = Files.createTempFile("dispersion", ".json");
    try {
      String bound = words.length > 1 ? words[1] : "1";
      Files.writeString(
          file, Files.readString(example).replace("\"bound\": 2", "\"bound\": " + bound));
      return Quintet.server(
              Line.codec(),
              line -> {
                Thread.sleep(Integer.parseInt(line) / 1000, Integer.parseInt(line) % 1000 * 1000);
                return line;
              })
          .option("topology", file.toString())
          .option("policy", words[0])
          .option("workers", workers)
          .start();
    } finally {
      Files.delete(file);
    }
  }

  private double meanGapNanos() {
    double mean = micros * 1e3 * (ONE_IN - 1 + LONG) / ONE_IN;
    return mean / workers / load;
  }

  private static double gap(SplittableRandom random, double mean) {
    return -Math.log(1 - random.nextDouble()) * mean;
  }

  private int length(SplittableRandom random) {
    return random.nextInt(ONE_IN) == 0 ? micros * LONG : micros;
  }

  /** The same requests for each policy. */
  private Histogram load(int port, long seed) throws InterruptedException {
    SplittableRandom random = new SplittableRandom(seed);
    Histogram histogram = slowdowns();
    Queue<Socket> free = new ConcurrentLinkedQueue<>();
    double at = System.nanoTime();
    double end = at + seconds * 1e9;
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (at += gap(random, meanGapNanos()); at < end; at += gap(random, meanGapNanos())) {
        long due = (long) at;
        int length = length(random);
        long wait = due - System.nanoTime();
        if (wait > 0) {
          LockSupport.parkNanos(wait);
        }
        clients.execute(() -> ask(port, free, due, length, histogram));
      }
    }
    for (Socket socket : free) {
      close(socket);
    }
    return histogram;
  }

  /** Each request has a connection to itself, so that no reply waits for another one. */
  private static void ask(int port, Queue<Socket> free, long due, int length, Histogram histogram) {
    try {
      Socket known = free.poll();
      Socket socket = known == null ? new Socket(InetAddress.getLoopbackAddress(), port) : known;
      socket.setTcpNoDelay(true);
      byte[] request = (length + "\n").getBytes(StandardCharsets.US_ASCII);
      socket.getOutputStream().write(request);
      if (socket.getInputStream().readNBytes(request.length).length < request.length) {
        throw new IllegalStateException("the server ended a connection");
      }
      long hundredths = Math.round((System.nanoTime() - due) / (length * 10.0));
      synchronized (histogram) {
        histogram.recordValue(hundredths);
      }
      free.add(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Queues of no cost: one for all workers, or one for each, which are chosen in turn. */
  private Histogram computed(boolean shared) {
    SplittableRandom random = new SplittableRandom(1);
    Histogram histogram = slowdowns();
    PriorityQueue<Double> free = new PriorityQueue<>();
    double[] each = new double[workers];
    Arrays.stream(each).forEach(free::add);
    double at = 0;
    for (int i = 0; i < COMPUTED; i++) {
      at += gap(random, meanGapNanos());
      double nanos = length(random) * 1e3;
      double begins = Math.max(at, shared ? free.remove() : each[i % workers]);
      if (shared) {
        free.add(begins + nanos);
      } else {
        each[i % workers] = begins + nanos;
      }
      histogram.recordValue(Math.round((begins + nanos - at) / nanos * CENT));
    }
    return histogram;
  }
}
