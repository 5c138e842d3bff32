package io.quintet.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Some numbers of {@code /proc/net/netstat}, which are those of a network namespace. */
final class NetworkCounts {
  /** Of the process, whatever thread reads: threads may be in other namespaces. */
  private static final Path FILE = Path.of("/proc/self/net/netstat");

  private static final String GROUP = "TcpExt:";

  private static final Map<String, String> NAMES =
      Map.of(
          "ListenOverflows", "listenOverflows",
          "ListenDrops", "listenDrops",
          "SyncookiesSent", "synCookies");

  private NetworkCounts() {}

  static Map<String, Long> read() {
    try (InputStream in = Files.newInputStream(FILE)) {
      return parse(new String(in.readAllBytes(), StandardCharsets.US_ASCII)); // its size says 0
    } catch (IOException | NumberFormatException e) {
      return Map.of();
    }
  }

  /** A line of names, and one of numbers in the same order. */
  private static Map<String, Long> parse(String text) {
    Map<String, Long> counts = new HashMap<>();
    List<String> lines = text.lines().filter(line -> line.startsWith(GROUP)).toList();
    for (int i = 0; i + 1 < lines.size(); i += 2) {
      String[] names = lines.get(i).split(" ");
      String[] numbers = lines.get(i + 1).split(" ");
      for (int k = 1; k < Math.min(names.length, numbers.length); k++) {
        if (NAMES.containsKey(names[k])) {
          counts.put(NAMES.get(names[k]), Long.valueOf(numbers[k]));
        }
      }
    }
    return Map.copyOf(counts);
  }
}
