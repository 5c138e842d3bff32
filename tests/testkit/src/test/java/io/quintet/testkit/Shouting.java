package io.quintet.testkit;

import io.quintet.codec.Line;
import java.nio.file.Path;

/** A service to simulate: lines in capitals, and one that fails when it is asked to. */
final class Shouting {
  private Shouting() {}

  static QuintetProperties<String, String> properties() {
    return QuintetProperties.of(Line.codec(), Shouting::shout)
        .samples("a\n", "hello\n", "\r\n", "fail\n", "0123456789".repeat(4) + "\n")
        .earlyDrains(true);
  }

  private static String shout(String line) {
    if (line.equals("fail")) {
      throw new IllegalStateException("it was asked to");
    }
    return line.toUpperCase(java.util.Locale.ROOT);
  }

  /** An arrangement of a user's own. */
  static String example(String id) {
    return Path.of(System.getProperty("quintet.root"), "specs/examples", id + ".json").toString();
  }

  /** Loops that give connections away whenever one is a little busier than another. */
  static String restless() {
    return Path.of(
            System.getProperty("quintet.root"), "tests/testkit/src/test/resources/restless.json")
        .toString();
  }
}
