package io.quintet.loop;

import io.quintet.kernel.Kernel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** A virtual thread for each request, for handlers that block. Any thread. */
public final class VirtualThreads implements Executor {
  private final Room room;
  private final LoopLog log;
  private final ThreadFactory factory = Thread.ofVirtual().name("quintet-virtual-", 0).factory();
  private final AtomicInteger running = new AtomicInteger();
  private final LongAdder requests = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /**
   * No thread yet.
   *
   * @param room whom to tell of requests that have ended
   * @param kernel kernel, this one's alone from now on
   */
  public VirtualThreads(Room room, Kernel kernel) {
    this.room = room;
    this.log = new LoopLog("quintet-virtual", kernel);
  }

  @Override
  public boolean execute(PendingReply<?, ?> request) {
    running.incrementAndGet();
    Thread thread = factory.newThread(() -> run(request));
    threads.add(thread);
    thread.start();
    return true;
  }

  private void run(PendingReply<?, ?> request) {
    try {
      Throwable failure = request.handle();
      if (failure != null) {
        failures.increment();
        log(failure);
      }
    } finally {
      threads.remove(Thread.currentThread());
      requests.increment();
      running.decrementAndGet();
      room.freed();
    }
  }

  private synchronized void log(Throwable failure) {
    log.failedHandler(failure);
  }

  @Override
  public int load() {
    return running.get();
  }

  /** Each request's thread ends with it. */
  @Override
  public void stopLater() {
    // no thread waits for requests
  }

  @Override
  public void release() {
    // nothing is open
  }

  @Override
  public void interrupt() {
    threads.forEach(Thread::interrupt);
  }

  @Override
  public Map<String, Object> stats() {
    Map<String, Object> stats = new LinkedHashMap<>();
    stats.put("thread", "quintet-virtual");
    stats.put("requests", requests.sum());
    stats.put("load", (long) running.get());
    stats.put("failures", failures.sum());
    return Map.copyOf(stats);
  }
}
