package io.quintet.loop;

import io.quintet.balance.Balancer;
import java.util.List;

/**
 * How a loop places requests on those who run handlers.
 *
 * @param executors who they are
 * @param policy how one is chosen
 * @param queueMax requests that may wait or run on each
 * @param room where loops wait while all are full
 */
public record Placement(List<Executor> executors, String policy, int queueMax, Room room) {
  /** One for each loop, which is one thread. */
  Balancer<Executor> balancer() {
    return new Balancer<>(policy, executors, queueMax, 1);
  }
}
