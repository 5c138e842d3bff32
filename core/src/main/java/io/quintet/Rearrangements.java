package io.quintet;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What became of the rearrangements of a server. Any thread. */
final class Rearrangements {
  private volatile long done;
  private volatile long failed;
  private volatile String last = "";

  /** Has one done, by one thread at a time. */
  Map<String, Object> of(Rearrangement change) {
    try {
      change.change();
      done = done + 1;
      return change.toMap();
    } finally {
      if (!change.told().isEmpty()) {
        last = change.told();
      }
      failed = failed + (change.isUndone() ? 1 : 0);
    }
  }

  /** How many were done. */
  long done() {
    return done;
  }

  /** In numbers, and the last one in words. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("done", done);
    map.put("failed", failed);
    map.put("last", last);
    return Collections.unmodifiableMap(map);
  }
}
