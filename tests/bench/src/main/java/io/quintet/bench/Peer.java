package io.quintet.bench;

import java.io.IOException;

/** What every measured JVM does besides serving: tells its port, and ends with its input. */
final class Peer {
  private Peer() {}

  static void run(int port) throws IOException {
    System.out.println("listening on port " + port);
    while (System.in.read() >= 0) {
      // nothing is asked of it
    }
    System.exit(0);
  }
}
