package io.quintet.dispatch;

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
public record Placement(
    List<HandlerExecutor> executors, String policy, int queueMax, CapacitySignal room) {
  /** One for each loop, which is one thread. */
  public Balancer<HandlerExecutor> balancer() {
    return new Balancer<>(policy, executors, queueMax, 1);
  }
}
