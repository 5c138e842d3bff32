package io.quintet.server;

import io.quintet.kernel.Agent;
import io.quintet.kernel.AgentInvoker;
import io.quintet.kernel.World;
import java.util.LinkedHashMap;
import java.util.Map;

/** The threads that turn loops and workers. Who has the lifecycle's monitor. */
final class AgentThreads {
  private final World world;
  private final boolean pinned;
  private final Map<Agent, Thread> threads = new LinkedHashMap<>();
  private int started;

  /**
   * No threads yet.
   *
   * @param world where they live
   * @param pinned whether each stays on one processor
   */
  AgentThreads(World world, boolean pinned) {
    this.world = world;
    this.pinned = pinned;
  }

  /** Gives an agent its thread. */
  void start(Agent agent, Runnable stopped) {
    int processor = started++;
    Runnable begun = pinned ? () -> agent.pin(processor) : () -> {};
    threads.put(agent, world.run(new AgentInvoker(agent, begun, stopped)));
  }

  /** The thread of an agent ends. */
  void ended(Agent agent) {
    threads.remove(agent);
  }

  void interrupt() {
    threads.values().forEach(Thread::interrupt);
  }

  /** Says where those are that have not ended. */
  void logHung(System.Logger logger) {
    threads.forEach(
        (agent, thread) -> {
          HungException where = new HungException(thread.getStackTrace());
          String what = agent.name() + " has not ended in time, and is not waited for.";
          logger.log(System.Logger.Level.WARNING, what, where);
        });
  }
}
