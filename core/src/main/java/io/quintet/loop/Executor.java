package io.quintet.loop;

import java.util.Map;

/** What runs handlers for loops. Any thread may call. */
public sealed interface Executor extends Balancer.Target permits Worker, VirtualThreads {
  /**
   * Takes a request that is to be handled. Its load rises at once.
   *
   * @return false if it has stopped
   */
  boolean execute(PendingReply<?, ?> request);

  /**
   * What it has done so far.
   *
   * @return an immutable map
   */
  Map<String, Object> stats();
}
