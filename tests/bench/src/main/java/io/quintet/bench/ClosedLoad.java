package io.quintet.bench;

import java.io.IOException;

/** {@code src/main/c/load.c}, compiled: a closed loop, pinned to core 1. */
final class ClosedLoad {
  private final String program;

  ClosedLoad() throws IOException, InterruptedException {
    program = Bench.compiled("load");
  }

  /** What was done, and how long it took. */
  record Done(double requests, double seconds) {}

  /**
   * Loads a server, and waits until that is over.
   *
   * @param protocol echo, http or close
   * @param depth requests in flight on a connection
   */
  Done run(Subject subject, String protocol, int connections, int depth, double seconds)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                "taskset",
                "-c",
                "1",
                program,
                Integer.toString(subject.port()),
                protocol,
                Integer.toString(connections),
                Integer.toString(depth),
                Double.toString(seconds))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String line = process.inputReader().readLine();
    if (process.waitFor() != 0 || line == null) {
      throw new IOException("the load on port " + subject.port() + " failed");
    }
    String[] words = line.split(" ");
    return new Done(Double.parseDouble(words[0]), Double.parseDouble(words[1]));
  }
}
