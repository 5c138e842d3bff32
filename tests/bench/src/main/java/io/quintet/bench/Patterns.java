package io.quintet.bench;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Each pattern beside a known server that is arranged likewise. */
@Command(
    name = "patterns",
    description = "Each pattern beside a peer that is arranged likewise: echo and HTTP.",
    mixinStandardHelpOptions = true)
final class Patterns implements Callable<Integer> {
  private static final List<Interleaved.Work> WORKS =
      List.of(
          new Interleaved.Work("echo of 64 bytes", "echo", 1),
          new Interleaved.Work("HTTP plaintext", "http", 1));

  @Mixin private Interleaved interleaved;

  @Option(names = "--pattern", description = "Only this pattern, for example reuseport.")
  private String only;

  @Override
  public Integer call() throws IOException, InterruptedException {
    String reference = Bench.compiled("server");
    String node = Bench.source("js/cluster.js");
    interleaved.begin();
    for (Interleaved.Work work : WORKS) {
      String protocol = work.protocol();
      Map<String, List<String>> peers = new LinkedHashMap<>();
      peers.put("single-thread", List.of(reference, protocol));
      peers.put("multi-thread", Bench.jvm(NettyPeer.class, protocol, "boss"));
      peers.put("load-balanced", Bench.jvm(NettyPeer.class, protocol, "executor"));
      peers.put("reuseport", Bench.jvm(NettyPeer.class, protocol, "reuseport"));
      peers.put("multi-process", List.of("node", node, protocol));
      for (Map.Entry<String, List<String>> peer : peers.entrySet()) {
        if (only == null || only.equals(peer.getKey())) {
          Map<String, List<String>> commands = new LinkedHashMap<>();
          commands.put(name(peer.getKey()), peer.getValue());
          commands.put(
              "Quintet " + peer.getKey(), Bench.jvm(QuintetPeer.class, protocol, peer.getKey()));
          interleaved.measure(work, commands);
        }
      }
    }
    return 0;
  }

  private static String name(String pattern) {
    return switch (pattern) {
      case "single-thread" -> "C epoll";
      case "multi-thread" -> "Netty, 1 boss and 2 workers";
      case "load-balanced" -> "Netty, 1 loop and 2 executors";
      case "reuseport" -> "Netty, 2 SO_REUSEPORT channels";
      default -> "Node cluster of 2";
    };
  }
}
