package io.quintet.websocket;

import io.quintet.codec.Session;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the listener of a WebSocket is to be told: one call at a time, in order, where handlers run.
 * The loop adds, and who runs handlers calls; so many may wait at a worker, and one WebSocket does
 * not keep it for longer than some calls.
 */
final class Deliveries {
  /** A call of a listener's method. */
  interface Call {
    void on(WebSocketListener listener, WebSocket socket) throws Exception;
  }

  private record Delivery(Call call, int bytes) {}

  /** Above which the peer is not read. */
  private static final int BYTES_MAX = 256 << 10;

  private static final int COUNT_MAX = 128;

  /** Calls after which others have their turn. */
  private static final int BATCH = 64;

  private final WebSocketListener listener;
  private final WebSocket socket;
  private final Session.Link link;

  /** Told of what the listener has thrown. */
  private final java.util.function.Consumer<Throwable> failed;

  private final Runnable run = this::run;
  private final Queue<Delivery> waiting = new ConcurrentLinkedQueue<>();

  /** Calls that wait or run: who raises it from 0 has them run. */
  private final AtomicInteger count = new AtomicInteger();

  private final AtomicLong bytes = new AtomicLong();

  /** Whether the connection waits to be read until enough was taken. */
  private volatile boolean held;

  Deliveries(
      WebSocketListener listener,
      WebSocket socket,
      Session.Link link,
      java.util.function.Consumer<Throwable> failed) {
    this.listener = listener;
    this.socket = socket;
    this.link = link;
    this.failed = failed;
  }

  /** Adds a call. The loop's thread, which makes it at once where handlers run there. */
  void add(Call call, int size) {
    waiting.add(new Delivery(call, size));
    bytes.addAndGet(size);
    if (count.getAndIncrement() == 0) {
      link.execute(run);
    }
  }

  /** Whether so much waits that no more is to be read; it wakes the connection if so. */
  boolean isFull() {
    if (!isMuch()) {
      return false;
    }
    held = true;
    if (isMuch()) {
      return true;
    }
    held = false;
    return false;
  }

  private boolean isMuch() {
    return bytes.get() > BYTES_MAX || count.get() > COUNT_MAX;
  }

  private void run() {
    int made = 0;
    do {
      if (made == BATCH && goesOnLater()) {
        return;
      }
      made++;
      Delivery next = waiting.remove();
      try {
        next.call.on(listener, socket);
      } catch (Throwable failure) {
        failed.accept(failure);
      }
      bytes.addAndGet(-next.bytes);
      if (held && !isMuch()) {
        held = false;
        link.wake();
      }
    } while (count.decrementAndGet() > 0);
  }

  /** Others have their turn first, unless the loop has stopped. */
  private boolean goesOnLater() {
    try {
      link.owner().execute(() -> link.execute(run));
      return true;
    } catch (RejectedExecutionException stopped) {
      return false;
    }
  }
}
