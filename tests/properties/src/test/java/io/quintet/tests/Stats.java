package io.quintet.tests;

import io.quintet.Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What a server and the process count. */
final class Stats {
  private Stats() {}

  /** A number of each loop or worker, by the name of its thread. */
  static List<Map.Entry<String, Long>> each(Server server, String agents, String number) {
    return ((List<?>) server.stats().get(agents))
        .stream()
            .map(agent -> (Map<?, ?>) agent)
            .filter(a -> a.containsKey(number)) // a front is not told everything
            .map(a -> Map.entry((String) a.get("thread"), ((Number) a.get(number)).longValue()))
            .toList();
  }

  /** The sum of a number over all loops and backends; accepted by both is counted once. */
  static long sum(Server server, String number) {
    Stream<Map.Entry<String, Long>> backends =
        number.equals("accepted") ? Stream.empty() : each(server, "backends", number).stream();
    return Stream.concat(each(server, "loops", number).stream(), backends)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** Descriptors that this process has open. */
  static int descriptors() {
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      return (int) fds.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
