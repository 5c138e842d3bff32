package io.quintet.loop;

import io.quintet.balance.Balancer;

/** Who may own the connections that a loop accepts. */
sealed interface Owner extends Balancer.Target permits Loop, Backend {
  /**
   * Takes a connection over, and its descriptor with it. Its load rises at once. On the thread of
   * the loop that accepted.
   *
   * @return whether it did
   */
  boolean take(int fd, Loop from);

  /** Whether it may take one later that it did not take now. */
  boolean mayTakeLater();

  /** A loop that sent connections here has closed its last listener. */
  void feederEnded();
}
