package io.quintet.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.Pattern;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
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

  private static final int NEVER_READING = 64;
  private static final long PACE_NANOS = 10_000_000;
  private static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] LARGE = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] TRICKLE = "GET / HTTP/1.1\r\nHost: a\r\nX: ".getBytes(US_ASCII);

  @Option(names = "--rounds", defaultValue = "3", description = "Default ${DEFAULT-VALUE}.")
  private int roundCount;

  @Option(
      names = "--seconds",
      defaultValue = "5",
      description = "Length of a slice; default ${DEFAULT-VALUE}.")
  private int seconds;

  @Override
  public Integer call() throws Exception {
    Bench.moveToCore1();
    System.out.println(Bench.machine());
    System.out.printf(
        "%d honest clients, each with a request every %d ms; %d slow ones with a byte a second, a"
            + " request may take %d ms; %d rounds of %d s%n%n",
        HONEST, PACE_NANOS / 1_000_000, SLOW, DEADLINE_MILLIS, roundCount, seconds);
    System.out.println(
        "| pattern | p99 us, no slow ones | slow ones elsewhere | slow ones here | here to"
            + " elsewhere | slow ones cut | KiB for each that never reads, watermark 1,024 |");
    System.out.println("|---|---|---|---|---|---|---|");
    for (Pattern pattern : Pattern.values()) {
      row(pattern.id());
    }
    return 0;
  }

  private void row(String pattern) throws Exception {
    String deadline = "requestTimeoutMillis=" + DEADLINE_MILLIS;
    List<Double> ratios = new ArrayList<>();
    Histogram alone = Balance.histogram();
    Histogram decoyed = Balance.histogram();
    Histogram beside = Balance.histogram();
    Trickling trickling;
    double kibibytes;
    List<String> command = Bench.jvm(QuintetPeer.class, "http", pattern, deadline);
    try (Subject subject = new Subject(command);
        Subject decoy = new Subject(command)) {
      trickling = new Trickling(subject.port());
      Trickling elsewhere = new Trickling(decoy.port());
      slice(subject, trickling); // warms up
      slice(subject, elsewhere);
      for (int i = 0; i < roundCount; i++) {
        alone.add(honest(subject.port()));
        Histogram without = slice(subject, elsewhere);
        Histogram with = slice(subject, trickling);
        decoyed.add(without);
        beside.add(with);
        ratios.add(with.getValueAtPercentile(99) / (double) without.getValueAtPercentile(99));
      }
      kibibytes = neverRead(subject);
    }
    System.out.printf(
        "| %s | %d | %d | %d | %s | %d of %d | %.0f |%n",
        pattern,
        alone.getValueAtPercentile(99) / 1000,
        decoyed.getValueAtPercentile(99) / 1000,
        beside.getValueAtPercentile(99) / 1000,
        Interleaved.spread(ratios),
        trickling.cut,
        trickling.due,
        kibibytes);
  }

  private Histogram slice(Subject subject, Trickling trickling) throws InterruptedException {
    trickling.start();
    Histogram latencies = honest(subject.port());
    trickling.stop();
    return latencies;
  }

  /** Latencies in nanoseconds. */
  private Histogram honest(int port) throws InterruptedException {
    Histogram all = Balance.histogram();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < HONEST; i++) {
      clients.add(Thread.ofPlatform().start(() -> ask(port, all)));
    }
    for (Thread client : clients) {
      client.join();
    }
    return all;
  }

  private void ask(int port, Histogram all) {
    Histogram own = Balance.histogram();
    byte[] reply = new byte[4096];
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      while (System.nanoTime() < end) {
        long began = System.nanoTime();
        socket.getOutputStream().write(REQUEST);
        if (socket.getInputStream().read(reply) < 0) {
          throw new IOException("an honest client was cut");
        }
        long took = System.nanoTime() - began;
        own.recordValue(took);
        TimeUnit.NANOSECONDS.sleep(Math.max(PACE_NANOS - took, 0));
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
    synchronized (all) {
      all.add(own);
    }
  }

  /** The slow clients: one byte a second each, until they are cut. */
  private static final class Trickling {
    private final int port;
    private volatile boolean on;
    private Thread thread;
    private int cut;
    private int due;

    Trickling(int port) {
      this.port = port;
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
          long at = began + step * TimeUnit.SECONDS.toNanos(1) / SLOW;
          TimeUnit.NANOSECONDS.sleep(at - System.nanoTime());
          if (step < SLOW) {
            drops.add(new Drop());
          }
          drops.get((int) (step % SLOW)).next(answer);
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

  /** Growth of the server's memory for each client that asks and does not read, in KiB. */
  private static double neverRead(Subject subject) throws Exception {
    long before = subject.residentBytes();
    List<SocketChannel> channels = new ArrayList<>();
    try {
      ByteBuffer many = ByteBuffer.allocate(200 * LARGE.length);
      while (many.hasRemaining()) {
        many.put(LARGE);
      }
      for (int i = 0; i < NEVER_READING; i++) {
        SocketChannel channel =
            SocketChannel.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), subject.port()));
        channel.configureBlocking(false);
        channel.write(many.duplicate().flip());
        channels.add(channel);
      }
      TimeUnit.SECONDS.sleep(3); // the time in which it could grow
      return (subject.residentBytes() - before) / 1024.0 / NEVER_READING;
    } finally {
      for (SocketChannel channel : channels) {
        channel.close();
      }
    }
  }
}
