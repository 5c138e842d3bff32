package io.quintet.testkit;

import io.quintet.kernel.AgentInvoker;
import io.quintet.kernel.ForwardingWorld;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.World;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The machine itself, but for the loops and workers of a server, which have no threads: whoever has
 * made this world turns them, one turn at a time, and no turn waits for the kernel. Handlers that
 * run on virtual threads, and processes, go on by themselves. For the thread that made it.
 */
public final class SteppedWorld extends ForwardingWorld {
  private final Thread stepping = Thread.currentThread();
  private final List<AgentInvoker> agents = new ArrayList<>();

  /** A world without agents. */
  public SteppedWorld() {
    super(World.linux());
  }

  @Override
  public Kernel kernel() {
    Kernel kernel = super.kernel();
    return intercepted(
        kernel,
        (method, arguments, call) ->
            method.getName().equals("epollWait")
                ? kernel.epollWait((int) arguments[0], (long) arguments[1], (int) arguments[2], 0)
                : call.proceed());
  }

  @Override
  public Thread run(AgentInvoker invoker) {
    invoker.start();
    agents.add(invoker);
    return Thread.ofVirtual().name(invoker.name()).unstarted(() -> {});
  }

  /** Turns all agents until it is there, where the thread that made this world waits for it. */
  @Override
  public <T> T await(CompletableFuture<T> future, long timeoutMillis)
      throws TimeoutException, ExecutionException, InterruptedException {
    if (Thread.currentThread() != stepping) {
      return super.await(future, timeoutMillis);
    }
    long began = System.nanoTime();
    while (!future.isDone()) {
      if (turn() == 0) {
        Thread.onSpinWait();
      }
      if (!future.isDone()
          && TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began) >= timeoutMillis) {
        throw new TimeoutException("nothing within " + timeoutMillis + " ms");
      }
    }
    return future.get();
  }

  /**
   * Who can be turned, in the order in which they were started.
   *
   * @return names, for example {@code quintet-loop-0}
   */
  public List<String> agents() {
    agents.removeIf(AgentInvoker::isClosed);
    return agents.stream().map(AgentInvoker::name).toList();
  }

  /**
   * Has one agent do one turn.
   *
   * @param name one of {@link #agents}
   * @return how much it did: events, messages and requests; 0 if there was nothing
   * @throws IllegalArgumentException if there is none of that name
   */
  public int turn(String name) {
    List<String> names = agents();
    if (!names.contains(name)) {
      throw new IllegalArgumentException("agent " + name + "; valid are " + names);
    }
    return agents.get(names.indexOf(name)).invoke();
  }

  /**
   * Has each agent do one turn, in the order in which they were started.
   *
   * @return how much all did
   */
  public int turn() {
    int work = 0;
    for (AgentInvoker agent : List.copyOf(agents)) {
      work += agent.invoke();
    }
    return work;
  }

  /**
   * Turns all agents until none has anything to do.
   *
   * @return how much they did
   */
  public int turnUntilIdle() {
    int all = 0;
    int work;
    while ((work = turn()) > 0) {
      all += work;
    }
    return all;
  }
}
