package io.quintet.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.Pattern;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a thousand slow clients do to honest ones, and what clients that never read do to the
 * server's memory. Slices without slow ones, with slow ones at another server on the same core, so
 * that they cost the machine as much, and with slow ones here take turns.
 */
@Command(
    name = "slow",
    description =
        "Latency of honest clients among slow ones; memory held for those that never read.",
    mixinStandardHelpOptions = true)
final class Slow implements Callable<Integer> {
  private static final int HONEST = 64;
  private static final int SLOW = 1_000;
  private static final int DEADLINE_MILLIS = 2_000;

  /** A cut is noticed with the next byte, a second later at most. */
  private static final int DUE_MILLIS = DEADLINE_MILLIS + 1_500;

  private static final int WARM_UPS = 3;
  private static final int WARM_UPS_MAX = 12;

  /** Nanoseconds of compiling in a second of a slice with which it counts as quiet. */
  private static final long COMPILING_MAX = TimeUnit.MILLISECONDS.toNanos(1);

  /** In which a server is done with slow clients that all go at once, as they do not in a slice. */
  private static final int SETTLE_MILLIS = 500;

  private static final int LOAD_SECONDS = 3;
  private static final int NEVER_READING = 64;
  private static final int PERIOD_MICROS = 10_000;
  private static final byte[] LARGE = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] TRICKLE = "GET / HTTP/1.1\r\nHost: a\r\nX: ".getBytes(US_ASCII);

  @Option(names = "--rounds", defaultValue = "3", description = "Default ${DEFAULT-VALUE}.")
  private int roundCount;

  @Option(
      names = "--seconds",
      defaultValue = "5",
      description = "Length of a slice; default ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(names = "--patterns", split = ",", description = "Which of the five; default is all.")
  private List<String> patterns = Pattern.five().stream().map(Pattern::id).toList();

  private String paced;
  private ClosedLoad load;

  @Override
  public Integer call() throws Exception {
    paced = Bench.compiled("paced");
    load = new ClosedLoad();
    Bench.moveToCore1();
    System.out.println(Bench.machine());
    System.out.printf(
        "%d honest clients, each with a request every %d ms; %d slow ones with a byte a second, a"
            + " request may take %d ms; %d rounds of %d s; 99th percentiles of all rounds, ratios"
            + " of these and the median of the rounds'%n%n",
        HONEST, PERIOD_MICROS / 1000, SLOW, DEADLINE_MILLIS, roundCount, seconds);
    System.out.println(
        "| pattern | p99 us, no slow ones | slow ones elsewhere | slow ones here | here to none |"
            + " here to elsewhere | slow ones cut | ms of compiling | KiB for each that never"
            + " reads, watermark 1,024 |");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
    for (String pattern : patterns) {
      row(pattern);
    }
    return 0;
  }

  private void row(String pattern) throws Exception {
    String deadline = "requestTimeoutMillis=" + DEADLINE_MILLIS;
    Histogram alone = Balance.histogram();
    Histogram decoyed = Balance.histogram();
    Histogram beside = Balance.histogram();
    List<Double> toAlone = new ArrayList<>();
    List<Double> toDecoyed = new ArrayList<>();
    Trickling trickling;
    double kibibytes;
    long compiled;
    List<String> command = Bench.jvm(QuintetPeer.class, "http", pattern, deadline);
    try (Subject subject = new Subject(command);
        Subject decoy = new Subject(command)) {
      for (int i = 0; i < WARM_UPS; i++) {
        load(subject);
        load(decoy);
      }
      kibibytes = neverRead(subject); // before so many connections that it has room left over
      for (int i = 0; i < WARM_UPS; i++) {
        slice(subject, new Trickling(subject.port(), 6 * SLOW));
        slice(decoy, new Trickling(decoy.port(), 6 * SLOW));
      }
      trickling = new Trickling(subject.port(), SLOW);
      Trickling elsewhere = new Trickling(decoy.port(), SLOW);
      awaitCompiled(subject, trickling, decoy, elsewhere);
      compiled = compilerNanos(subject, decoy);
      for (int i = 0; i < roundCount; i++) {
        Histogram none = honest(subject.port());
        Histogram there = slice(subject, elsewhere);
        Histogram here = slice(subject, trickling);
        alone.add(none);
        decoyed.add(there);
        beside.add(here);
        toAlone.add(p99(here) / p99(none));
        toDecoyed.add(p99(here) / p99(there));
      }
      compiled = compilerNanos(subject, decoy) - compiled;
    }
    System.out.printf(
        "| %s | %.0f | %.0f | %.0f | %.2f, %s | %.2f, %s | %d of %d | %.0f | %.0f |%n",
        pattern,
        p99(alone),
        p99(decoyed),
        p99(beside),
        p99(beside) / p99(alone),
        Interleaved.spread(toAlone),
        p99(beside) / p99(decoyed),
        Interleaved.spread(toDecoyed),
        trickling.cut,
        trickling.due,
        compiled / 1e6,
        kibibytes);
  }

  /**
   * Requests that come as fast as they are answered. The compiler, which runs on the core of the
   * server, is done with what is measured after far more requests, and slow clients, than there
   * will be then.
   */
  private void load(Subject subject) throws IOException, InterruptedException {
    load.run(subject, "http", HONEST, 1, LOAD_SECONDS);
  }

  /**
   * Rounds until the compilers of both servers are as good as idle in one. A compilation holds the
   * core for milliseconds at a time, so that a few of them are the 99th percentile.
   */
  private void awaitCompiled(
      Subject subject, Trickling trickling, Subject decoy, Trickling elsewhere)
      throws IOException, InterruptedException {
    long share = Long.MAX_VALUE;
    for (int i = 0; i < WARM_UPS_MAX && share > COMPILING_MAX * seconds; i++) {
      long before = compilerNanos(subject, decoy);
      slice(subject, elsewhere);
      slice(subject, trickling);
      share = (compilerNanos(subject, decoy) - before) / 2;
    }
  }

  private static long compilerNanos(Subject subject, Subject decoy) throws IOException {
    return subject.compilerNanos() + decoy.compilerNanos();
  }

  private static double p99(Histogram nanos) {
    return nanos.getValueAtPercentile(99) / 1000.0;
  }

  private Histogram slice(Subject subject, Trickling trickling)
      throws IOException, InterruptedException {
    trickling.start();
    Histogram latencies = honest(subject.port());
    trickling.stop();
    TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
    return latencies;
  }

  /** Latencies in nanoseconds. */
  private Histogram honest(int port) throws IOException, InterruptedException {
    Histogram latencies = Balance.histogram();
    Process clients =
        new ProcessBuilder(
                paced,
                Integer.toString(port),
                Integer.toString(HONEST),
                Integer.toString(PERIOD_MICROS),
                Integer.toString(seconds))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader lines = clients.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        latencies.recordValue(Long.parseLong(line));
      }
    }
    if (clients.waitFor() != 0) {
      throw new IOException("the honest clients ended with " + clients.exitValue());
    }
    return latencies;
  }

  /** The slow clients: one byte a second each, until they are cut. */
  private static final class Trickling {
    private final int port;
    private final int clients;
    private volatile boolean on;
    private Thread thread;
    private int cut;
    private int due;

    Trickling(int port, int clients) {
      this.port = port;
      this.clients = clients;
    }

    void start() {
      on = true;
      thread = Thread.ofPlatform().start(this::trickle);
    }

    /** One of them, which does something once a second. */
    private final class Drop {
      private SocketChannel channel;
      private long began;
      private int sent;

      void open() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        channel = SocketChannel.open(new InetSocketAddress(loopback, port));
        channel.configureBlocking(false);
        began = System.nanoTime();
        due++;
        send();
      }

      private void send() throws IOException {
        channel.write(ByteBuffer.wrap(TRICKLE, sent++ % TRICKLE.length, 1));
      }

      /** Looks whether it was cut, and comes again then. */
      void next(ByteBuffer answer) throws IOException {
        if (channel == null) {
          open();
        } else if (channel.read(answer.clear()) == 0) {
          send();
        } else {
          cut++;
          channel.close();
          sent = 0;
          open();
        }
      }
    }

    /** Each has its own moment of the second. */
    private void trickle() {
      List<Drop> drops = new ArrayList<>();
      ByteBuffer answer = ByteBuffer.allocate(1024);
      long began = System.nanoTime();
      try {
        for (long step = 0; on; step++) {
          long at = began + step * TimeUnit.SECONDS.toNanos(1) / clients;
          TimeUnit.NANOSECONDS.sleep(at - System.nanoTime());
          if (step < clients) {
            drops.add(new Drop());
          }
          drops.get((int) (step % clients)).next(answer);
        }
        for (Drop drop : drops) {
          drop.channel.close();
          due -= System.nanoTime() - drop.began < TimeUnit.MILLISECONDS.toNanos(DUE_MILLIS) ? 1 : 0;
        }
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    void stop() throws InterruptedException {
      on = false;
      thread.join();
    }
  }

  /**
   * Growth of the server's memory for each client that asks and does not read, in KiB: what a
   * second lot of them adds, so that what the first brings with it, code and all, does not count.
   */
  private static double neverRead(Subject subject) throws Exception {
    List<SocketChannel> channels = new ArrayList<>();
    try {
      ask(subject, channels);
      long before = subject.residentBytes();
      ask(subject, channels);
      return (subject.residentBytes() - before) / 1024.0 / NEVER_READING;
    } finally {
      for (SocketChannel channel : channels) {
        channel.close();
      }
    }
  }

  private static void ask(Subject subject, List<SocketChannel> channels) throws Exception {
    ByteBuffer many = ByteBuffer.allocate(200 * LARGE.length);
    while (many.hasRemaining()) {
      many.put(LARGE);
    }
    for (int i = 0; i < NEVER_READING; i++) {
      SocketChannel channel =
          SocketChannel.open(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), subject.port()));
      channels.add(channel);
      channel.configureBlocking(false);
      channel.write(many.duplicate().flip());
    }
    TimeUnit.SECONDS.sleep(3); // the time in which it could grow
  }
}
