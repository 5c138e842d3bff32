package io.quintet.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
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
  private static final ByteBuffer ECHO = ByteBuffer.wrap(new byte[] {'x'});

  @Option(
      names = "--connections",
      defaultValue = "10000",
      description =
          "Idle connections, within this process's limit of open files; default"
              + " ${DEFAULT-VALUE}.")
  private int connections;

  @Override
  public Integer call() throws IOException {
    System.out.println(Bench.machine());
    System.out.printf("%d idle connections, each of which echoed one byte%n%n", connections);
    System.out.println("| server | heap for each idle connection, bytes |");
    System.out.println("|---|---|");
    Map<String, List<String>> peers = new LinkedHashMap<>();
    peers.put("Quintet", Bench.jvm(QuintetPeer.class, "echo", "single-thread"));
    peers.put("Netty epoll", Bench.jvm(NettyPeer.class, "echo", "one"));
    for (Map.Entry<String, List<String>> peer : peers.entrySet()) {
      System.out.printf("| %s | %.0f |%n", peer.getKey(), measure(peer.getValue()));
    }
    return 0;
  }

  private double measure(List<String> command) throws IOException {
    List<SocketChannel> clients = new ArrayList<>();
    try (Subject subject = new Subject(command)) {
      // What the first ones load and compile is not theirs: the slope behind them counts.
      open(subject, connections / 4, clients);
      long before = subject.heapBytes();
      open(subject, connections - clients.size(), clients);
      long grown = subject.heapBytes() - before;
      return grown / (double) (connections - connections / 4);
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
      SocketChannel client = SocketChannel.open(new InetSocketAddress(loopback, subject.port()));
      clients.add(client);
      client.write(ECHO.duplicate());
      if (client.read(ByteBuffer.allocate(1)) != 1) {
        throw new IOException("connection " + i + " got no echo");
      }
    }
  }
}
