package io.quintet.bench;

import io.quintet.ffi.Errno;
import io.quintet.ffi.LinuxCalls;
import io.quintet.ffi.Processes;
import io.quintet.ffi.linux.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
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
  /** Connections from one loopback address, of the 28,232 ports that Linux gives out. */
  private static final int PORTS = 20_000;

  /** Descriptors besides the connections. */
  private static final int OTHERS = 500;

  /** What one connection takes in the kernel and in both processes: measured, and rounded up. */
  private static final long CONNECTION_BYTES = 12_000;

  private static final ByteBuffer ECHO = ByteBuffer.wrap(new byte[] {'x'});

  @Option(
      names = "--connections",
      defaultValue = "10000",
      description =
          "Idle connections, as many as memory and the limit of open files allow; default"
              + " ${DEFAULT-VALUE}.")
  private int connections;

  @Override
  public Integer call() throws IOException {
    String lacking = lacking();
    if (!lacking.isEmpty()) {
      System.err.println("bench idle: " + lacking);
      return 1;
    }
    System.out.println(Bench.machine());
    System.out.printf("%d idle connections, each of which echoed one byte%n%n", connections);
    System.out.println("| server | heap, bytes for each | resident memory, bytes for each |");
    System.out.println("|---|---|---|");
    Map<String, List<String>> peers = new LinkedHashMap<>();
    peers.put("Quintet", Bench.jvm(QuintetPeer.class, "echo", "single-thread"));
    peers.put("Netty epoll", Bench.jvm(NettyPeer.class, "echo", "one"));
    for (Map.Entry<String, List<String>> peer : peers.entrySet()) {
      Cost cost = measure(peer.getValue());
      System.out.printf("| %s | %.0f | %.0f |%n", peer.getKey(), cost.heap, cost.resident);
    }
    return 0;
  }

  /** Why so many connections cannot be had here, or nothing. */
  private String lacking() throws IOException {
    Processes processes = LinuxCalls.open().processes();
    long needed = connections + OTHERS;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limits = arena.allocate(ValueLayout.JAVA_LONG, 2);
      processes.getrlimit(Linux.RLIMIT_NOFILE(), limits.address());
      long hard = limits.getAtIndex(ValueLayout.JAVA_LONG, 1);
      limits.setAtIndex(ValueLayout.JAVA_LONG, 0, Math.max(needed, hard));
      limits.setAtIndex(ValueLayout.JAVA_LONG, 1, Math.max(needed, hard));
      int result = processes.setrlimit(Linux.RLIMIT_NOFILE(), limits.address());
      if (result < 0) {
        // A line, since a file of /proc/sys ends behind the first read(2).
        String most = Files.readAllLines(Path.of("/proc/sys/fs/nr_open")).getFirst();
        return ("%d connections need %d open files in a process; this one may have %d, fs.nr_open"
                + " is %s, and raising the limit gives %s: CAP_SYS_RESOURCE allows it,"
                + " getrlimit(2)")
            .formatted(connections, needed, hard, most, Errno.describe(result));
      }
    }
    long available = Subject.bytesOf(Path.of("/proc/meminfo"), "MemAvailable");
    return connections * CONNECTION_BYTES > available
        ? "%d connections need about %d MiB, and %d MiB are available"
            .formatted(connections, (connections * CONNECTION_BYTES) >> 20, available >> 20)
        : "";
  }

  /** Bytes for each connection. */
  private record Cost(double heap, double resident) {}

  private Cost measure(List<String> command) throws IOException {
    List<SocketChannel> clients = new ArrayList<>();
    try (Subject subject = new Subject(command)) {
      // What the first ones load and compile is not theirs: the slope behind them counts.
      open(subject, connections / 4, clients);
      long heap = subject.heapBytes();
      long resident = subject.residentBytes();
      open(subject, connections - clients.size(), clients);
      double more = connections - connections / 4;
      return new Cost(
          (subject.heapBytes() - heap) / more, (subject.residentBytes() - resident) / more);
    } finally {
      for (SocketChannel client : clients) {
        client.close();
      }
    }
  }

  private static void open(Subject subject, int count, List<SocketChannel> clients)
      throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    for (int i = 0; i < count; i++) {
      SocketChannel client = SocketChannel.open();
      int address = 1 + clients.size() / PORTS;
      clients.add(client);
      client.bind(new InetSocketAddress("127.0." + address / 256 + "." + address % 256, 0));
      client.connect(new InetSocketAddress(loopback, subject.port()));
      client.write(ECHO.duplicate());
      if (client.read(ByteBuffer.allocate(1)) != 1) {
        throw new IOException("connection " + i + " got no echo");
      }
    }
  }
}
