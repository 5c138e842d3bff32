package io.quintet.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.Pattern;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What many TLS handshakes do to the requests of a connection that is there already, on the same
 * loop. In each round slices take turns: without handshakes, with them at another server on the
 * same core, so that they cost the machine as much, with them here, and without once more as the
 * control.
 */
@Command(
    name = "storm",
    description = "Latency of requests beside TLS handshakes on the same loop.",
    mixinStandardHelpOptions = true)
final class Storm implements Callable<Integer> {
  private static final byte[] GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII);
  private static final String PASSWORD = "secret";
  private static final long PERIOD_NANOS = 1_000_000;
  private static final int CLIENTS = 8;
  private static final int WARM_UPS_MAX = 8;

  /** Nanoseconds of compiling in a second of a slice with which it counts as quiet. */
  private static final long COMPILING_MAX = TimeUnit.MILLISECONDS.toNanos(10);

  /** How the names of a server's threads begin, of which Linux keeps 15 characters. */
  private static final String LOOP = "quintet-loop";

  private static final String HANDSHAKES = "quintet-handsha";
  private static final String SHAKING = "shaking";

  /** The shortest and the longest turns that Linux takes, sched_setattr(2). */
  private static final long TURN_NANOS_MIN = 100_000;

  private static final long TURN_NANOS_MAX = 100_000_000;
  private static final int DEADLINE_MILLIS = 30_000;
  private static final String NONE = "none";
  private static final String ELSEWHERE = "at another server";
  private static final String HERE = "here";
  private static final String CONTROL = "none again (control)";

  @Option(names = "--rounds", defaultValue = "5", description = "Default ${DEFAULT-VALUE}.")
  private int roundCount;

  @Option(
      names = "--seconds",
      defaultValue = "3",
      description = "Length of a slice; default ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(
      names = "--rate",
      defaultValue = "200",
      description = "Handshakes a second; default ${DEFAULT-VALUE}.")
  private int rate;

  @Option(
      names = "--key",
      defaultValue = "EC",
      description =
          "The server's key: EC on secp256r1, as most sites have, EC384 or RSA; default"
              + " ${DEFAULT-VALUE}.")
  private ServerKey key;

  /** Kinds of keys, as keytool makes them. */
  private enum ServerKey {
    EC("EC", "-groupname", "secp256r1"),
    EC384("EC", "-groupname", "secp384r1"),
    RSA("RSA", "-keysize", "2048");

    private final List<String> arguments;

    ServerKey(String... arguments) {
      this.arguments = List.of(arguments);
    }
  }

  @Option(
      names = "--servers",
      split = ",",
      defaultValue = "AS_THEY_ARE",
      description =
          "How the servers' threads share their core; of several each has its slices in each round:"
              + " ${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
  private List<Sharing> sharings = List.of();

  /**
   * How threads of a server share a core: the loops' turns, and the share and turns of handshakes.
   */
  private enum Sharing {
    AS_THEY_ARE(0, 0, 0),
    EQUAL(0, 0, 0),
    SHORT_LOOPS(TURN_NANOS_MIN, 0, 0),
    LONG_HANDSHAKES(0, 0, TURN_NANOS_MAX),
    NICE_5(0, 5, 0),
    SHORT_LOOPS_NICE_5(TURN_NANOS_MIN, 5, 0),
    NICE_10(0, 10, 0),
    NICE_19(0, 19, 0),
    IDLE(0, 0, 0);

    private final long loopTurn;
    private final int nice;
    private final long turn;

    Sharing(long loopTurn, int nice, long turn) {
      this.loopTurn = loopTurn;
      this.nice = nice;
      this.turn = turn;
    }

    /** Once handshakes were made, so that their threads are there. */
    void give(Subject server) throws IOException {
      if (this != AS_THEY_ARE) {
        Scheduling.share(server.pid(), LOOP, 0, loopTurn);
        Scheduling.share(server.pid(), HANDSHAKES, nice, turn);
      }
      if (this == IDLE) {
        Scheduling.idle(server.pid(), HANDSHAKES);
      }
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /** What was measured of one sharing. */
  private static final class Figures {
    private final Map<String, Histogram> latencies = new LinkedHashMap<>();

    /** 99th percentiles of the rounds, as ratios to those without handshakes. */
    private final Map<String, List<Double>> toNone = new LinkedHashMap<>();

    private final List<Double> toElsewhere = new ArrayList<>();

    void add(Map<String, Histogram> slices) {
      double none = p99(slices.get(NONE));
      slices.forEach(
          (name, slice) -> {
            latencies.computeIfAbsent(name, _ -> Balance.histogram()).add(slice);
            toNone.computeIfAbsent(name, _ -> new ArrayList<>()).add(p99(slice) / none);
          });
      toElsewhere.add(p99(slices.get(HERE)) / p99(slices.get(ELSEWHERE)));
    }

    void print(Sharing sharing) {
      latencies.forEach(
          (name, all) ->
              System.out.printf(
                  "| %s | %s | %.0f | %.0f | %.0f | %s |%n",
                  sharing,
                  name,
                  all.getValueAtPercentile(50) / 1000.0,
                  all.getValueAtPercentile(90) / 1000.0,
                  p99(all),
                  name.equals(NONE) ? "" : Interleaved.spread(toNone.get(name))));
    }
  }

  private final Map<Sharing, Figures> figures = new LinkedHashMap<>();
  private final List<Double> rates = new ArrayList<>();
  private final AtomicInteger names = new AtomicInteger();
  private final SSLContext context = context();

  @Override
  public Integer call() throws Exception {
    Path folder = Files.createTempDirectory("storm");
    try {
      Path store = folder.resolve("store.p12");
      makeStore(store);
      List<String> command =
          Bench.jvm(
              QuintetPeer.class,
              "http",
              Pattern.SINGLE_THREAD.id(),
              "tlsCertificate=" + store,
              "tlsPassword=" + PASSWORD);
      Bench.moveToCore1();
      try (Subject subject = new Subject(command);
          Subject decoy = new Subject(command)) {
        warmUp(subject, decoy);
        rates.clear();
        for (int i = 0; i < roundCount; i++) {
          for (Sharing sharing : sharings) {
            sharing.give(subject);
            sharing.give(decoy);
            round(subject, decoy, figures.computeIfAbsent(sharing, _ -> new Figures()));
          }
        }
      }
    } finally {
      Bench.delete(folder);
    }
    print();
    return 0;
  }

  /** Until the compilers of both servers are as good as idle, or it has lasted long enough. */
  private void warmUp(Subject subject, Subject decoy) throws Exception {
    boolean compiles = true;
    for (int i = 0; i < WARM_UPS_MAX && compiles; i++) {
      long before = subject.compilerNanos() + decoy.compilerNanos();
      stormed(subject, decoy);
      stormed(subject, subject);
      long took = subject.compilerNanos() + decoy.compilerNanos() - before;
      compiles = took > COMPILING_MAX * seconds;
    }
  }

  private static SSLContext context() {
    try {
      SSLContext made = SSLContext.getInstance("TLSv1.3");
      made.init(null, new TrustManager[] {new TrustAll()}, new SecureRandom());
      return made;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK speaks TLS 1.3", e);
    }
  }

  private void round(Subject subject, Subject decoy, Figures into) throws Exception {
    Map<String, Histogram> slices = new LinkedHashMap<>();
    slices.put(NONE, asked(subject.port()));
    slices.put(ELSEWHERE, stormed(subject, decoy));
    slices.put(HERE, stormed(subject, subject));
    slices.put(CONTROL, asked(subject.port()));
    into.add(slices);
  }

  private void print() throws IOException {
    System.out.println(Bench.machine());
    System.out.printf(
        "one connection with 1,000 requests a second, and %.0f handshakes a second with a key %s;"
            + " %d rounds of %.0f s slices, servers on core 0, load on core 1%n%n",
        Interleaved.middle(rates), String.join(" ", key.arguments), roundCount, seconds);
    System.out.println("| servers | handshakes | p50 us | p90 us | p99 us | p99, of none |");
    System.out.println("|---|---|---|---|---|---|");
    figures.forEach((sharing, measured) -> measured.print(sharing));
    System.out.printf("%np99, here to %s:%n", ELSEWHERE);
    figures.forEach(
        (sharing, measured) ->
            System.out.printf("%s: %s%n", sharing, Interleaved.spread(measured.toElsewhere)));
  }

  private static double p99(Histogram nanos) {
    return nanos.getValueAtPercentile(99) / 1000.0;
  }

  private void makeStore(Path store) throws IOException, InterruptedException {
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    List<String> command = new ArrayList<>(List.of(keytool, "-genkeypair", "-alias", "a"));
    command.add("-keyalg");
    command.addAll(key.arguments);
    command.addAll(List.of("-dname", "CN=a", "-storetype", "PKCS12"));
    command.addAll(List.of("-keystore", store.toString(), "-storepass", PASSWORD));
    Process made =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (made.waitFor() != 0) {
      throw new IOException("keytool made no store");
    }
  }

  /** Requests to a server while clients shake hands with one, which may be the same. */
  private Histogram stormed(Subject subject, Subject at) throws Exception {
    Clients clients = new Clients(at.port());
    Histogram asked;
    try {
      asked = asked(subject.port());
    } finally {
      clients.stop();
    }
    rates.add(clients.aSecond());
    return asked;
  }

  /** Latencies in nanoseconds of requests at fixed moments, or as soon as the last is answered. */
  private Histogram asked(int port) throws Exception {
    Histogram asked = Balance.histogram();
    byte[] answer = new byte[4096];
    try (SSLSocket socket = connect(port)) {
      InputStream in = socket.getInputStream();
      long began = System.nanoTime();
      long end = began + (long) (seconds * 1e9);
      for (long due = began; due < end; due = Math.max(due + PERIOD_NANOS, System.nanoTime())) {
        TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
        long sent = System.nanoTime();
        socket.getOutputStream().write(GET);
        if (in.read(answer) < 0) {
          throw new IOException("the server ended the connection");
        }
        asked.recordValue(System.nanoTime() - sent);
      }
    }
    return asked;
  }

  /** Each client has a name of its own for the server, so that no session is resumed. */
  private SSLSocket connect(int port) throws IOException {
    Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
    plain.setTcpNoDelay(true);
    plain.setSoTimeout(DEADLINE_MILLIS);
    String name = "a" + names.incrementAndGet();
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, name, port, true);
    socket.startHandshake();
    return socket;
  }

  /** Clients that shake hands and go, until they are told to stop. */
  private final class Clients {
    private final int port;
    private final long began = System.nanoTime();
    private final AtomicInteger handshakes = new AtomicInteger();
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean on = true;
    private long took;

    Clients(int port) throws IOException {
      this.port = port;
      for (int i = 0; i < CLIENTS; i++) {
        int first = i;
        threads.add(Thread.ofPlatform().name(SHAKING + i).start(() -> shake(first)));
      }
      // what they compute is not to delay who measures on the same core
      Scheduling.idle(ProcessHandle.current().pid(), SHAKING);
    }

    private void shake(int first) {
      long period = TimeUnit.SECONDS.toNanos(CLIENTS) / rate;
      try {
        for (long due = began + first * period / CLIENTS; on; due += period) {
          TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
          connect(port).close();
          handshakes.incrementAndGet();
        }
      } catch (IOException | InterruptedException e) {
        failure.set(e);
      }
    }

    void stop() throws Exception {
      on = false;
      took = System.nanoTime() - began;
      for (Thread thread : threads) {
        thread.join();
      }
      if (failure.get() != null) {
        throw failure.get();
      }
    }

    double aSecond() {
      return handshakes.get() * 1e9 / took;
    }
  }

  private static final class TrustAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind) {
      // there is one server
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind) {
      // there is one server
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
