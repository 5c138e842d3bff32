package io.quintet.kernel;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;

/**
 * Where a server lives: its kernels, its threads and its processes. {@link #linux()} is the machine
 * itself; a simulation supplies another.
 */
public interface World {
  /** The program of a backend, for a world that has no processes of its own to run it in. */
  @FunctionalInterface
  interface Backend {
    /**
     * Starts the backend.
     *
     * @param world where it lives
     * @return what was started
     */
    AutoCloseable start(World world);
  }

  /** What a process does with the archive of the classes that backends load. */
  enum Archive {
    /** Nothing. */
    NONE,
    /** Starts from it, if it is there. */
    USED,
    /** Starts from it, and makes it at its end where it is not there or does not fit. */
    WRITTEN
  }

  /**
   * A kernel for one more thread.
   *
   * @return the kernel
   */
  Kernel kernel();

  /**
   * A kernel for one more loop.
   *
   * @param kind what it waits with: {@code epoll}, {@code io_uring}, or {@code auto} for what this
   *     world prefers
   * @return the kernel
   * @throws IllegalArgumentException if this world has no such kernel; its message says why
   */
  default Kernel loopKernel(String kind) {
    return kernel();
  }

  /**
   * Has an agent run until it has ended: on a thread of its own, unless a world has other means.
   *
   * @param invoker the agent, which has not begun
   * @return the thread that turns it
   */
  default Thread run(AgentInvoker invoker) {
    return start(invoker.name(), invoker::run);
  }

  /**
   * Starts a thread.
   *
   * @param name its name
   * @param life what it does
   * @return the thread
   */
  Thread start(String name, Runnable life);

  /**
   * Starts a thread for one request, which may block.
   *
   * @param name its name
   * @param life what it does
   * @return the thread
   */
  Thread startVirtual(String name, Runnable life);

  /**
   * Threads that compute what would take those of loops long.
   *
   * @param name how their names begin
   * @return threads of which none has begun
   */
  default Computers computers(String name) {
    return what -> {
      startVirtual(name, what);
      return () -> {};
    };
  }

  /**
   * A lock among the threads of this world.
   *
   * @return a lock that its holder may take again
   */
  Lock lock();

  /**
   * Waits for what another thread does.
   *
   * @param <T> type of the value
   * @param future completed there
   * @param timeoutMillis how long to wait at most, in milliseconds
   * @return its value
   * @throws TimeoutException if it was not completed in time
   * @throws ExecutionException if it was completed with a failure
   * @throws InterruptedException if the waiting thread is interrupted
   */
  <T> T await(CompletableFuture<T> future, long timeoutMillis)
      throws TimeoutException, ExecutionException, InterruptedException;

  /**
   * Starts one more process for the program of this one.
   *
   * @param environment variables that it gets beside this one's own; they make it a backend
   * @param archive what it has to do with the archive of classes that shortens starts
   * @param backend does, in a world given to it, what the process would do
   * @return the process
   * @throws IOException if it cannot be started
   */
  Process spawn(Map<String, String> environment, Archive archive, Backend backend)
      throws IOException;

  /**
   * Has something done when the process ends or is told to (SIGTERM, SIGINT), beside all else that
   * is done then; the process waits for it.
   *
   * @param name name of the thread that does it
   * @param what what is done
   * @return takes it back
   */
  Runnable atExit(String name, Runnable what);

  /**
   * The listening sockets that the process was started with, sd_listen_fds(3). The first server of
   * the process that asks gets them.
   *
   * @return descriptors, the caller's from now on
   */
  List<Integer> listeners();

  /**
   * Where a service manager is told how a server fares, sd_notify(3). The first server of the
   * process that asks tells it.
   *
   * @return name of a unix socket, empty for none
   */
  String manager();

  /**
   * What the kernel has counted of all listeners of this network namespace since it began, {@code
   * /proc/net/netstat}: for threads that may read files, so not for a loop's.
   *
   * @return an immutable map: {@code listenOverflows}, connections that found an accept queue full,
   *     {@code listenDrops}, all that were dropped at a listener, and {@code synCookies} that were
   *     sent since a queue of half-open connections was full; empty where that cannot be read
   */
  default Map<String, Long> networkCounts() {
    return Map.of();
  }

  /**
   * How long a thread of this process was ready to run and had no processor, {@code
   * /proc/self/task/TID/schedstat}: for threads that may read files, so not for a loop's.
   *
   * @param thread its id, gettid(2)
   * @return nanoseconds since the thread began; 0 where that cannot be read
   */
  default long readyNanos(int thread) {
    return 0;
  }

  /**
   * The machine itself.
   *
   * @return its world
   */
  static World linux() {
    return LinuxWorld.INSTANCE;
  }
}
