package io.quintet.dispatch;

import io.quintet.balance.Balancer;
import java.util.Map;

/** What runs handlers for loops. Any thread may call. */
public interface HandlerExecutor extends Balancer.Target {
  /**
   * Takes a request that is to be handled. Its load rises at once.
   *
   * @return false if it has stopped
   */
  boolean execute(HandlerTask request);

  /** Ends it after the requests that it has. */
  void stopLater();

  /** Interrupts the requests that run on threads of its own. */
  void interrupt();

  /** Closes what one that was never used has open. */
  void release();

  /**
   * What it has done so far.
   *
   * @return an immutable map
   */
  Map<String, Object> stats();
}
