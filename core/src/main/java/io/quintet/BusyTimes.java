package io.quintet;

import io.quintet.kernel.Kernel;
import io.quintet.kernel.SleepTime;
import io.quintet.server.ServerLoop;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * For how much of the time loops did not wait for events, from look to look. One thread at a time.
 */
final class BusyTimes {
  private final Kernel kernel;
  private final Map<ServerLoop, Long> slept = new HashMap<>();
  private long before;

  BusyTimes(Kernel kernel) {
    this.kernel = kernel;
  }

  /**
   * The shares since the look before, 0 to 1, in the order of the loops; without those whose sleep
   * was not measured then.
   */
  Map<ServerLoop, Double> look(List<ServerLoop> loops) {
    Map<ServerLoop, Double> shares = new LinkedHashMap<>();
    slept.keySet().retainAll(loops);
    long now = kernel.nanoTime();
    for (ServerLoop loop : loops) {
      SleepTime time = loop.mover().sleep();
      if (!time.isMeasured()) {
        continue;
      }
      long sleep = time.nanos(now);
      Long last = slept.put(loop, sleep);
      if (last != null) {
        shares.put(loop, 1 - Math.clamp((double) (sleep - last) / Math.max(now - before, 1), 0, 1));
      }
    }
    before = now;
    return shares;
  }
}
