package io.quintet;

import java.util.HashMap;
import java.util.Map;

/** Names of a server's threads: none is given twice. One thread at a time. */
final class ThreadNames {
  private final Map<String, Integer> given = new HashMap<>();

  /** The next of a kind, such as {@code quintet-loop-0}. */
  String next(String kind) {
    return "quintet-" + kind + "-" + (given.merge(kind, 1, Integer::sum) - 1);
  }
}
