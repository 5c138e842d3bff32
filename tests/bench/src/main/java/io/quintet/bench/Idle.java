package io.quintet.bench;

import io.quintet.Pattern;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.Processes;
import io.quintet.ffi.linux.Linux;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What an idle connection costs in heap: what lives after a collection, with and without them. */
@Command(
    name = "idle",
    description = "Bytes of heap for each idle connection, Quintet beside Netty.",
    mixinStandardHelpOptions = true)
final class Idle implements Callable<Integer> {
  /** Descriptors besides the connections. */
  private static final int OTHERS = 500;

  /** What one connection takes in the kernel and in both processes: measured, and rounded up. */
  private static final long CONNECTION_BYTES = 12_000;

  /** What the two JVMs of a server and its clients take. */
  private static final long PAIR_BYTES = 400L << 20;

  @Option(
      names = "--connections",
      defaultValue = "10000",
      description =
          "Idle connections, over as many servers as the limit of open files asks for; default"
              + " ${DEFAULT-VALUE}.")
  private int connections;

  @Override
  public Integer call() throws IOException {
    int pairs = Math.ceilDiv(connections, mostInProcess() - OTHERS);
    long needed = connections * CONNECTION_BYTES + pairs * PAIR_BYTES;
    long available = Subject.bytesOf(Path.of("/proc/meminfo"), "MemAvailable");
    if (needed > available) {
      System.err.printf(
          "bench idle: %d connections over %d servers, since a process may have %d open files here,"
              + " need about %d MiB, and %d MiB are available%n",
          connections, pairs, mostInProcess(), needed >> 20, available >> 20);
      return 1;
    }
    System.out.println(Bench.machine());
    System.out.printf(
        "%d idle connections, each of which echoed one byte, over %d servers side by side%n%n",
        connections, pairs);
    System.out.println("| server | heap, bytes for each | resident memory, bytes for each |");
    System.out.println("|---|---|---|");
    Map<String, List<String>> peers = new LinkedHashMap<>();
    for (Pattern pattern : Pattern.five()) {
      peers.put("Quintet " + pattern.id(), Bench.jvm(QuintetPeer.class, "echo", pattern.id()));
    }
    peers.put("Netty epoll", Bench.jvm(NettyPeer.class, "echo", "one"));
    for (Map.Entry<String, List<String>> peer : peers.entrySet()) {
      Cost cost = measure(peer.getValue(), pairs);
      System.out.printf("| %s | %.0f | %.0f |%n", peer.getKey(), cost.heap, cost.resident);
    }
    return 0;
  }

  /** How many descriptors a process may have, raised as far as this one may raise it. */
  private int mostInProcess() {
    Processes processes = LinuxCalls.open().processes();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limits = arena.allocate(ValueLayout.JAVA_LONG, 2);
      processes.getrlimit(Linux.RLIMIT_NOFILE(), limits.address());
      long hard = limits.getAtIndex(ValueLayout.JAVA_LONG, 1);
      long wanted = Math.max(connections + OTHERS, hard);
      limits.setAtIndex(ValueLayout.JAVA_LONG, 0, wanted);
      limits.setAtIndex(ValueLayout.JAVA_LONG, 1, wanted);
      boolean raised = processes.setrlimit(Linux.RLIMIT_NOFILE(), limits.address()) == 0;
      return (int) Math.min(raised ? wanted : hard, Integer.MAX_VALUE);
    }
  }

  /** Bytes for each connection. */
  private record Cost(double heap, double resident) {}

  /** A server and the process of its clients. */
  private static final class Pair implements AutoCloseable {
    private final Subject server;
    private final Process clients;
    private final PrintWriter orders;
    private int open;

    Pair(List<String> command, int number) throws IOException {
      server = new Subject(command);
      clients =
          new ProcessBuilder(
                  Bench.jvm(
                      Holding.class, Integer.toString(server.port()), Integer.toString(number)))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      orders = new PrintWriter(clients.outputWriter(), true);
    }

    void open(int count) throws IOException {
      orders.println(count);
      open += count;
      String told = clients.inputReader().readLine();
      if (!Integer.toString(open).equals(told)) {
        throw new IOException("the clients have " + told + " connections instead of " + open);
      }
    }

    @Override
    public void close() {
      server.close(); // first, so that no port of the clients stays behind in TIME_WAIT
      clients.destroyForcibly().onExit().join();
    }
  }

  private Cost measure(List<String> command, int count) throws IOException {
    List<Pair> pairs = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        pairs.add(new Pair(command, i));
      }
      // What the first ones load and compile is not theirs: the slope behind them counts.
      int each = connections / count;
      for (Pair pair : pairs) {
        pair.open(each / 4);
      }
      Cost before = total(pairs);
      for (Pair pair : pairs) {
        pair.open(each - each / 4);
      }
      Cost after = total(pairs);
      double more = (double) count * (each - each / 4);
      return new Cost((after.heap - before.heap) / more, (after.resident - before.resident) / more);
    } finally {
      pairs.forEach(Pair::close);
    }
  }

  private static Cost total(List<Pair> pairs) throws IOException {
    double heap = 0;
    double resident = 0;
    for (Pair pair : pairs) {
      heap += pair.server.heapBytes();
      resident += pair.server.residentBytes();
    }
    return new Cost(heap, resident);
  }
}
