package io.quintet.testkit;

import io.quintet.trace.Trace;

/** Who sees what happens on a simulated machine, in the order in which it does. */
interface Witness {
  /** Nobody looks. */
  Witness NOBODY = new Witness() {};

  /**
   * A machine of the server takes a transition; its action comes next.
   *
   * @param acts whether somebody acts there who has no thread
   */
  default void transition(Turns.Task task, boolean acts, Trace.Entry entry) {}

  /** A thread goes on in the place of another. */
  default void runs(Turns.Task task) {}

  /** A handler answers behind its return. */
  default void answersLate() {}

  /** A client has a connection that waits to be accepted. */
  default void connects(int client) {}

  /** A client finds nobody who listens. */
  default void isRefused(int client) {}

  /** A client has sent something. */
  default void sends(int client, int bytes) {}

  /** A client ends its connection, or its half of it. */
  default void ends(int client, SimulatedClient.End end) {}

  /** A process is killed. */
  default void kills(SimulatedProcess process) {}

  /** The clock moves, since nobody could go on. */
  default void timePasses() {}
}
