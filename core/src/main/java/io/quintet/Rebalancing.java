package io.quintet;

import io.quintet.connection.MoveOrder;
import io.quintet.connection.Mover;
import io.quintet.kernel.Kernel;
import io.quintet.server.ServerLoop;
import io.quintet.specs.Rebalance;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Has a loop that is much busier than others give connections away, by the numbers of a topology.
 * One thread at a time, but for {@link #toMap}.
 */
final class Rebalancing {
  private static final double PERCENT = 100;
  private static final int THOUSANDTHS = 1000;

  private final Kernel kernel;
  private final BusyTimes times;

  /** In how many looks on end each loop was much busier than the least busy one. */
  private final Map<ServerLoop, Integer> looks = new HashMap<>();

  private @Nullable MoveOrder underway;

  private volatile long orders;
  private volatile String last = "";

  Rebalancing(Kernel kernel) {
    this.kernel = kernel;
    this.times = new BusyTimes(kernel);
  }

  /** Looks at the loops of the server, each time that this has passed. */
  void look(List<ServerLoop> loops, Rebalance by) {
    Map<ServerLoop, Double> shares = times.look(loops);
    looks.keySet().retainAll(loops);
    if (shares.size() < loops.size() || loops.size() < 2 || isUnderway()) {
      return;
    }
    double least = Collections.min(shares.values());
    for (ServerLoop loop : loops) {
      double busy = shares.get(loop) * PERCENT;
      boolean much = busy >= by.busyPercent() && busy - least * PERCENT >= by.gapPercent();
      looks.put(loop, much ? looks.getOrDefault(loop, 0) + 1 : 0);
    }
    ServerLoop busiest = Collections.max(loops, Comparator.comparingDouble(shares::get));
    int on = looks.get(busiest);
    if (on >= by.looks()) {
      order(busiest, shares, by);
    } else if (on == 1) {
      busiest
          .mover()
          .countAnewLater(); // so that those with most requests are those that have them now
    }
  }

  private boolean isUnderway() {
    return underway != null && !underway.done().isDone();
  }

  /** The loops are looked at as if for the first time after that. */
  private void order(ServerLoop from, Map<ServerLoop, Double> shares, Rebalance by) {
    List<Mover<?, ?>> targets = new ArrayList<>();
    List<Integer> loads = new ArrayList<>();
    shares.forEach(
        (loop, share) -> {
          if (loop != from) {
            targets.add(loop.mover());
            loads.add((int) Math.round(THOUSANDTHS * share / shares.get(from)));
          }
        });
    looks.clear();
    MoveOrder order = from.mover().level(targets, loads, by.most());
    underway = order;
    orders = orders + 1;
    String why =
        "%s was busy for %d %% of the time, and the least busy loop for %d %%"
            .formatted(
                from.name(), percent(shares.get(from)), percent(Collections.min(shares.values())));
    order.done().thenAccept(moved -> tell(why, moved));
  }

  private static long percent(double share) {
    return Math.round(share * PERCENT);
  }

  private void tell(String why, int moved) {
    last = "%s: %d connections went to other loops".formatted(why, moved);
    if (moved > 0) {
      kernel.logger().log(Level.INFO, last);
    }
  }

  /** How often, and the last time in a sentence. Any thread. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("orders", orders);
    map.put("last", last);
    return Collections.unmodifiableMap(map);
  }
}
