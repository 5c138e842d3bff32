package io.quintet.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.Pattern;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What is left behind: servers of all patterns under mixed churn, side by side, with what they hold
 * after the first minute and at the end, when no connection is open.
 */
@Command(
    name = "soak",
    description =
        "Heap, descriptors and native memory after a minute and at the end of a long churn.",
    mixinStandardHelpOptions = true)
final class Soak implements Callable<Integer> {
  private static final int CLIENTS = 4;
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  @Option(names = "--minutes", defaultValue = "10", description = "Default ${DEFAULT-VALUE}.")
  private int minutes;

  /** What a server holds. */
  private record Holds(long heapBytes, long descriptors, long nativeBytes) {}

  @Override
  public Integer call() throws Exception {
    System.out.println(Bench.machine());
    Map<String, Subject> subjects = new LinkedHashMap<>();
    Map<String, LongAdder> connections = new LinkedHashMap<>();
    try {
      for (Pattern pattern : Pattern.five()) {
        List<String> command = Bench.jvm(QuintetPeer.class, "http", pattern.id());
        command.add(1, "-XX:NativeMemoryTracking=summary");
        subjects.put(pattern.id(), new Subject(command));
        connections.put(pattern.id(), new LongAdder());
      }
      churn(subjects, connections, 1);
      final Map<String, Holds> first = held(subjects);
      churn(subjects, connections, minutes - 1);
      Map<String, Holds> last = held(subjects);
      System.out.printf("%nafter 1 minute and after %d%n%n", minutes);
      System.out.println(
          "| pattern | connections | heap KiB | ratio | descriptors | native KiB | ratio |");
      System.out.println("|---|---|---|---|---|---|---|");
      for (String pattern : subjects.keySet()) {
        Holds before = first.get(pattern);
        Holds after = last.get(pattern);
        System.out.printf(
            "| %s | %,d | %,d and %,d | %.3f | %d and %d | %,d and %,d | %.3f |%n",
            pattern,
            connections.get(pattern).sum(),
            before.heapBytes / 1024,
            after.heapBytes / 1024,
            after.heapBytes / (double) before.heapBytes,
            before.descriptors,
            after.descriptors,
            before.nativeBytes / 1024,
            after.nativeBytes / 1024,
            after.nativeBytes / (double) before.nativeBytes);
      }
    } finally {
      subjects.values().forEach(Subject::close);
    }
    return 0;
  }

  private static Map<String, Holds> held(Map<String, Subject> subjects) throws Exception {
    Map<String, Holds> held = new LinkedHashMap<>();
    for (Map.Entry<String, Subject> subject : subjects.entrySet()) {
      Subject server = subject.getValue();
      held.put(
          subject.getKey(),
          new Holds(server.heapBytes(), server.descriptors(), server.foreignBytes()));
    }
    return held;
  }

  private static void churn(
      Map<String, Subject> subjects, Map<String, LongAdder> connections, int minutes)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    List<Thread> clients = new ArrayList<>();
    for (Map.Entry<String, Subject> subject : subjects.entrySet()) {
      for (int i = 0; i < CLIENTS; i++) {
        long seed = i;
        LongAdder count = connections.get(subject.getKey());
        int port = subject.getValue().port();
        clients.add(Thread.ofPlatform().start(() -> churn(port, seed, end, count)));
      }
    }
    for (Thread client : clients) {
      client.join();
    }
    TimeUnit.SECONDS.sleep(5); // whatever lingers has ended
  }

  private static void churn(int port, long seed, long end, LongAdder count) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] buffer = new byte[1 << 16];
    while (System.nanoTime() < end) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout(10_000);
        count.increment();
        visit(socket, random, buffer);
      } catch (IOException e) {
        // a reset of its own making, or a refusal
      }
    }
  }

  /** One of the ways in which clients come and go. */
  private static void visit(Socket socket, SplittableRandom random, byte[] buffer)
      throws IOException {
    switch (random.nextInt(8)) {
      case 0 -> send(socket, GET.substring(0, random.nextInt(GET.length()))); // and is gone
      case 1 -> {
        send(socket, GET);
        socket.setSoLinger(true, 0); // a reset
      }
      case 2 -> {
        send(socket, "NO REQUEST\r\n\r\n");
        readAll(socket, buffer);
      }
      case 3 -> {
        send(socket, GET.repeat(1 + random.nextInt(50)));
        socket.shutdownOutput();
        readAll(socket, buffer);
      }
      case 4 -> {
        send(socket, "GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        readAll(socket, buffer);
      }
      case 5 -> send(socket, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n".repeat(40)); // never reads
      case 6 -> {
        byte[] body = new byte[random.nextInt(100_000)];
        send(socket, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length + "\r\n\r\n");
        socket.getOutputStream().write(body);
        socket.getInputStream().read(buffer);
      }
      default -> {
        for (int i = random.nextInt(20); i >= 0; i--) {
          send(socket, GET);
          socket.getInputStream().read(buffer);
        }
      }
    }
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private static void readAll(Socket socket, byte[] buffer) throws IOException {
    while (socket.getInputStream().read(buffer) >= 0) {
      // dropped
    }
  }
}
