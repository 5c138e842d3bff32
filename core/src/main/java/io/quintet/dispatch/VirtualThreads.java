package io.quintet.dispatch;

import io.quintet.kernel.Interleaving;
import io.quintet.kernel.World;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** A virtual thread for each request, for handlers that block. Any thread. */
public final class VirtualThreads implements HandlerExecutor {
  private final CapacitySignal room;
  private final QueueLimit limit;
  private final World world;
  private final AtomicLong started = new AtomicLong();
  private final AtomicInteger running = new AtomicInteger();
  private final LongAdder requests = new LongAdder();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /**
   * No thread yet.
   *
   * @param room whom to tell of requests that have ended
   * @param limit how long requests may wait for theirs
   * @param world where its threads live
   */
  public VirtualThreads(CapacitySignal room, QueueLimit limit, World world) {
    this.room = room;
    this.limit = limit;
    this.world = world;
  }

  @Override
  public boolean execute(HandlerTask request) {
    running.incrementAndGet();
    world.startVirtual("quintet-virtual-" + started.getAndIncrement(), () -> run(request));
    return true;
  }

  private void run(HandlerTask first) {
    threads.add(Thread.currentThread());
    try {
      HandlerTask request = first;
      while (request != null) {
        handle(request);
        request = request.done();
      }
    } finally {
      threads.remove(Thread.currentThread());
      Interleaving.point();
      running.decrementAndGet();
      Interleaving.point();
      room.freed();
    }
  }

  private void handle(HandlerTask request) {
    request.handle(limit);
    requests.increment();
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
    return Map.copyOf(stats);
  }
}
