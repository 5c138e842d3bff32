package io.quintet.kernel;

/**
 * Runs an agent, all of it or turn by turn: {@link #start}, then {@link #invoke} until it {@link
 * #isClosed}, by one thread. What a turn throws ends the agent, and is logged.
 */
public final class AgentInvoker {
  private final Agent agent;
  private final Runnable begun;
  private final Runnable ended;
  private boolean closed;

  /**
   * An agent that has not begun.
   *
   * @param agent the agent
   * @param begun called by the thread that is to turn it, before the first turn
   * @param ended called by that thread behind the last turn
   */
  public AgentInvoker(Agent agent, Runnable begun, Runnable ended) {
    this.agent = agent;
    this.begun = begun;
    this.ended = ended;
  }

  /**
   * The name of the agent's thread.
   *
   * @return for example {@code quintet-loop-0}
   */
  public String name() {
    return agent.name();
  }

  /** The calling thread is the one that is to turn the agent. Once. */
  public void start() {
    try {
      agent.begin();
      begun.run();
    } catch (RuntimeException | Error bug) {
      close();
      throw bug;
    }
  }

  /**
   * One turn, or the end of an agent that has nothing left to do.
   *
   * @return how much was done; 0 if there was nothing
   */
  public int invoke() {
    if (closed) {
      return 0;
    }
    int work = 0;
    try {
      if (!agent.isStopped()) {
        work = agent.turn();
      }
    } catch (RuntimeException | Error bug) {
      breaks(bug);
      return work;
    }
    if (agent.isStopped()) {
      close();
    }
    return work;
  }

  private void breaks(Throwable bug) {
    try {
      agent.broke(bug);
    } finally {
      close();
    }
  }

  private void close() {
    closed = true;
    ended.run();
  }

  /**
   * Whether the agent has ended.
   *
   * @return whether no turn follows
   */
  public boolean isClosed() {
    return closed;
  }

  /** The agent's whole life. */
  public void run() {
    start();
    while (!closed) {
      invoke();
    }
  }
}
