package io.quintet.bench;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What routes cost: those of quintet-web beside a switch over the path. */
@Command(
    name = "routes",
    description = "HTTP plaintext through the routes of quintet-web beside a handler without them.",
    mixinStandardHelpOptions = true)
final class Routes implements Callable<Integer> {
  @Mixin private Interleaved interleaved;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Map<String, List<String>> commands = new LinkedHashMap<>();
    commands.put("a switch", Bench.jvm(RoutesPeer.class));
    commands.put("quintet-web", Bench.jvm(RoutedPeer.class, "literal"));
    commands.put("quintet-web, a parameter", Bench.jvm(RoutedPeer.class, "parameter"));
    commands.put("quintet-web, a filter", Bench.jvm(RoutedPeer.class, "filtered"));
    interleaved.begin();
    interleaved.measure(new Interleaved.Work("HTTP plaintext", "http", 1), commands);
    return 0;
  }
}
