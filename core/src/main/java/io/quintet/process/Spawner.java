package io.quintet.process;

import java.io.IOException;

/** How a front starts a backend process. */
@FunctionalInterface
public interface Spawner {
  /**
   * Starts a process that connects to the front.
   *
   * @param number of the backend, from 0
   * @return the process
   * @throws IOException if it cannot be started
   */
  Process spawn(int number) throws IOException;
}
