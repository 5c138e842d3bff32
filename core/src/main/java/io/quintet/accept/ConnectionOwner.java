package io.quintet.accept;

import io.quintet.balance.Balancer;
import io.quintet.reactor.LoopContext;

/** Who may own the connections that a loop accepts. */
public interface ConnectionOwner extends Balancer.Target {
  /**
   * Takes a connection over, and its descriptor with it. Its load rises at once. On the thread of
   * the loop that accepted.
   *
   * @return whether it did
   */
  boolean take(int fd, LoopContext from);

  /** Whether it may take one later that it did not take now. */
  boolean mayTakeLater();

  /** A loop that sent connections here has closed its last listener. */
  void feederEnded();
}
