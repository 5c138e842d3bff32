package io.quintet.bench;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One thread of Quintet and of Netty beside a C epoll server. */
@Command(
    name = "side-by-side",
    description = "Quintet and Netty beside a C epoll server: echo, HTTP, pipelined, closing.",
    mixinStandardHelpOptions = true)
final class SideBySide implements Callable<Integer> {
  /** What is measured. */
  private enum Work {
    ECHO("echo of 64 bytes", "echo", 1),
    HTTP("HTTP plaintext", "http", 1),
    PIPELINED("HTTP, 16 pipelined", "http", 16),
    CLOSE("connect, request, close", "close", 1);

    private final Interleaved.Work work;

    Work(String title, String protocol, int depth) {
      this.work = new Interleaved.Work(title, protocol, depth);
    }
  }

  @Mixin private Interleaved interleaved;

  @Option(names = "--work", description = "Only this: ECHO, HTTP, PIPELINED or CLOSE.")
  private Work only;

  @Override
  public Integer call() throws IOException, InterruptedException {
    String reference = Bench.compiled("server");
    interleaved.begin();
    for (Work each : only == null ? Work.values() : new Work[] {only}) {
      String protocol = each.work.spoken();
      Map<String, List<String>> commands = new LinkedHashMap<>();
      commands.put("C epoll", List.of(reference, protocol));
      commands.put("Quintet", Bench.jvm(QuintetPeer.class, protocol, "single-thread"));
      commands.put(
          "Quintet io_uring",
          Bench.jvm(QuintetPeer.class, protocol, "single-thread", "kernel=io_uring"));
      commands.put("Netty epoll", Bench.jvm(NettyPeer.class, protocol, "one"));
      interleaved.measure(each.work, commands);
    }
    return 0;
  }
}
