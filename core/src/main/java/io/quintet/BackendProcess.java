package io.quintet;

import io.quintet.ffi.SocketAddress;
import io.quintet.loop.Spawner;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a front and its backends find each other: a backend is the front's own program, run again
 * with the same arguments and one more variable in its environment, which makes {@code start()} a
 * backend.
 *
 * @param number of the backend, from 0
 * @param control abstract name of the unix socket on which the front waits for it
 * @param host address that the front listens on, or the backend itself
 * @param port the front's port, or that of the first backend
 */
record BackendProcess(int number, String control, String host, int port) {
  private static final String VARIABLE = "QUINTET_BACKEND";

  /** What the front that started this process, if one did, says. */
  static Optional<BackendProcess> ofEnvironment() {
    String value = System.getenv(VARIABLE);
    if (value == null) {
      return Optional.empty();
    }
    String[] words = value.split(" ");
    if (words.length != 4) {
      throw new IllegalArgumentException(
          VARIABLE + " is " + value + "; valid is what a front sets when it starts a backend");
    }
    return Optional.of(
        new BackendProcess(
            Integer.parseInt(words[0]), words[1], words[2], Integer.parseInt(words[3])));
  }

  /** Where the front listens. */
  SocketAddress front() {
    return SocketAddress.inet(host, port);
  }

  /** Where the backend itself listens. */
  SocketAddress own() {
    return SocketAddress.inet(host, port + number);
  }

  /** Runs this process's program again, with its output going where this one's goes. */
  static Spawner spawner(String control, String host, int port) {
    return number -> {
      ProcessBuilder builder =
          new ProcessBuilder(commandLine())
              .redirectInput(new File("/dev/null"))
              .redirectOutput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.INHERIT);
      builder.environment().put(VARIABLE, number + " " + control + " " + host + " " + port);
      return builder.start();
    };
  }

  /** proc(5): the program, and its arguments each ended by a zero byte. */
  private static List<String> commandLine() throws IOException {
    String whole = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.ISO_8859_1);
    byte[] bytes = whole.getBytes(StandardCharsets.ISO_8859_1);
    List<String> words =
        new ArrayList<>(List.of(new String(bytes, StandardCharsets.UTF_8).split("\0", -1)));
    words.removeLast();
    words.set(0, Files.readSymbolicLink(Path.of("/proc/self/exe")).toString());
    return words;
  }
}
