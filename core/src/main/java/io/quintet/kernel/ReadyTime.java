package io.quintet.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** How long a thread waited for a processor: the second number of its schedstat. */
final class ReadyTime {
  private static final Path TASKS = Path.of("/proc/self/task");

  private ReadyTime() {}

  /** Nanoseconds; 0 where there is no such thread, or a kernel that does not count. */
  static long read(int thread) {
    Path file = TASKS.resolve(Integer.toString(thread)).resolve("schedstat");
    try (InputStream in = Files.newInputStream(file)) {
      String[] numbers = new String(in.readAllBytes(), StandardCharsets.US_ASCII).split(" ");
      return numbers.length < 2 ? 0 : Long.parseLong(numbers[1]); // its size says 0
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }
}
