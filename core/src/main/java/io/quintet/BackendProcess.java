package io.quintet;

import io.quintet.ffi.SocketAddress;
import java.util.Map;
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
    String[] words = value.split(" ", 4);
    if (words.length != 4) {
      throw new IllegalArgumentException(
          VARIABLE + " is " + value + "; valid is what a front sets when it starts a backend");
    }
    return Optional.of(
        new BackendProcess(
            Integer.parseInt(words[0]), words[1], words[3], Integer.parseInt(words[2])));
  }

  /** Where the front listens. */
  SocketAddress front() {
    return ListeningSockets.address(host, port);
  }

  /** Where the backend itself listens. */
  SocketAddress own() {
    return ListeningSockets.address(host, port + number);
  }

  /** What a process finds in its environment that is this backend. */
  Map<String, String> environment() {
    return Map.of(VARIABLE, number + " " + control + " " + port + " " + host);
  }
}
