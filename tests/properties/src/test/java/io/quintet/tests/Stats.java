package io.quintet.tests;

import io.quintet.Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

  /** What this process has open, by descriptor, proc_pid_fd(5). */
  static Map<String, String> descriptors() {
    Map<String, String> open = new TreeMap<>();
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      fds.forEach(fd -> open.put(fd.getFileName().toString(), target(fd)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return open;
  }

  private static String target(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (IOException e) {
      return "closed meanwhile";
    }
  }

  /** Waits until not more is open than was. */
  static void awaitDescriptors(Map<String, String> before) {
    Await.until(
        () -> descriptors().size() <= before.size(),
        () -> {
          Map<String, String> more = descriptors();
          more.entrySet().removeAll(before.entrySet());
          return "not more is open than was; what was not: " + more;
        });
  }
}
