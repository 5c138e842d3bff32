package io.quintet.codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Between content that is published in parts and code that blocks. */
public final class Streams {
  private static final int PART_BYTES = 16 << 10;

  private Streams() {}

  /** What writes content. */
  @FunctionalInterface
  public interface Writing {
    /**
     * Writes the content.
     *
     * @param out where to; a write waits until the client has taken enough of what went before, and
     *     throws an {@link IOException} once nobody takes any more
     * @throws Exception anything; the content ends without its end
     */
    void to(OutputStream out) throws Exception;
  }

  /**
   * Publishes what is written to a stream, by a virtual thread for each subscription. What is
   * written in small pieces is gathered to parts of 16 KiB, or up to the next {@link
   * OutputStream#flush()}. Where nobody takes the content any more its thread is interrupted, so
   * that it ends also while it waits for something else.
   *
   * @param writing writes the content, and may block
   * @return the publisher
   */
  public static Flow.Publisher<byte[]> written(Writing writing) {
    Objects.requireNonNull(writing, "writing");
    return subscriber -> {
      Written out = new Written(Objects.requireNonNull(subscriber, "a subscriber"));
      subscriber.onSubscribe(out);
      out.startOn(Thread.ofVirtual().name("quintet-writer").unstarted(() -> out.run(writing)));
    };
  }

  /**
   * Reads what is published, one part ahead at most.
   *
   * @param publisher publishes the content; subscribed to at once
   * @return a stream for one thread that may block: not for a loop's own, which would wait for
   *     itself; closing it cancels
   */
  public static InputStream reading(Flow.Publisher<byte[]> publisher) {
    Reading in = new Reading();
    publisher.subscribe(in);
    return in;
  }

  /** A stream whose bytes are published. */
  static final class Written extends OutputStream implements Flow.Subscription {
    private final Flow.Subscriber<? super byte[]> subscriber;
    private final byte[] gathered = new byte[PART_BYTES];
    private int length;

    private final Lock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Guarded by lock.
    private long demand;
    private boolean cancelled;
    private @Nullable Thread writer;
    private @Nullable IllegalArgumentException misuse;

    Written(Flow.Subscriber<? super byte[]> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void request(long parts) {
      change(
          () -> {
            if (parts <= 0) {
              misuse =
                  new IllegalArgumentException(
                      "asked for " + parts + " parts: a non-positive subscription request");
            } else {
              demand = demand + parts < 0 ? Long.MAX_VALUE : demand + parts;
            }
          });
    }

    @Override
    public void cancel() {
      change(
          () -> {
            cancelled = true;
            interrupt();
          });
    }

    /** A writer that was cancelled before it begins still begins, to release what it holds. */
    void startOn(Thread thread) {
      change(
          () -> {
            writer = thread;
            thread.start();
            if (cancelled) {
              interrupt();
            }
          });
    }

    private void interrupt() {
      if (writer != null) {
        writer.interrupt();
      }
    }

    private void change(Runnable change) {
      lock.lock();
      try {
        change.run();
        changed.signal();
      } finally {
        lock.unlock();
      }
    }

    void run(Writing writing) {
      try {
        writing.to(this);
        flush();
        subscriber.onComplete();
      } catch (Throwable failure) {
        fail(failure);
      }
    }

    private void fail(Throwable failure) {
      lock.lock();
      boolean heard = !cancelled;
      Throwable cause = misuse == null ? failure : misuse;
      lock.unlock();
      if (heard) {
        subscriber.onError(cause);
      }
    }

    @Override
    public void write(int value) throws IOException {
      if (length == PART_BYTES) {
        flush();
      }
      gathered[length++] = (byte) value;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      Objects.checkFromIndexSize(offset, count, bytes.length);
      if (count > PART_BYTES - length) {
        flush();
      }
      if (count >= PART_BYTES) {
        publish(Arrays.copyOfRange(bytes, offset, offset + count));
        return;
      }
      System.arraycopy(bytes, offset, gathered, length, count);
      length += count;
    }

    @Override
    public void flush() throws IOException {
      if (length > 0) {
        byte[] part = Arrays.copyOf(gathered, length);
        length = 0;
        publish(part);
      }
    }

    private void publish(byte[] part) throws IOException {
      lock.lock();
      try {
        while (demand == 0 && isWanted()) {
          changed.await();
        }
        requireWanted();
        demand -= demand == Long.MAX_VALUE ? 0 : 1; // which stands for no bound, Flow.Subscription
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        requireWanted();
        throw new InterruptedIOException("interrupted while the client took nothing");
      } finally {
        lock.unlock();
      }
      subscriber.onNext(part);
    }

    private boolean isWanted() {
      return !cancelled && misuse == null;
    }

    private void requireWanted() throws IOException {
      if (!isWanted()) {
        throw new IOException("nobody takes the content any more");
      }
    }
  }

  /** A stream of what is published. */
  private static final class Reading extends InputStream implements Flow.Subscriber<byte[]> {
    // Guarded by this.
    private final Queue<byte[]> parts = new ArrayDeque<>();
    private Flow.@Nullable Subscription subscription;
    private boolean ended;
    private boolean closed;
    private @Nullable Throwable failure;

    // The reader's alone.
    private byte[] part = {};
    private int position;

    @Override
    public int read() throws IOException {
      return fill() ? part[position++] & 0xff : -1;
    }

    @Override
    public int read(byte[] to, int offset, int count) throws IOException {
      Objects.checkFromIndexSize(offset, count, to.length);
      if (count == 0) {
        return 0;
      }
      if (!fill()) {
        return -1;
      }
      int taken = Math.min(count, part.length - position);
      System.arraycopy(part, position, to, offset, taken);
      position += taken;
      return taken;
    }

    @Override
    public int available() {
      return part.length - position;
    }

    /** Waits for bytes; gives false at the end. */
    private boolean fill() throws IOException {
      while (position == part.length) {
        byte[] next = take();
        if (next == null) {
          return false;
        }
        part = next;
        position = 0;
      }
      return true;
    }

    private byte @Nullable [] take() throws IOException {
      Flow.Subscription from;
      byte[] taken;
      synchronized (this) {
        try {
          while (parts.isEmpty() && !ended && !closed) {
            wait();
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while the content had not come");
        }
        if (closed) {
          throw new IOException("the stream is closed");
        }
        taken = parts.poll();
        if (taken == null && failure != null) {
          throw new IOException(failure.getMessage(), failure);
        }
        from = subscription;
      }
      if (taken != null && from != null) {
        from.request(1);
      }
      return taken;
    }

    @Override
    public void close() {
      Flow.Subscription from;
      synchronized (this) {
        closed = true;
        from = subscription;
        notifyAll();
      }
      if (from != null) {
        from.cancel();
      }
    }

    @Override
    public void onSubscribe(Flow.Subscription from) {
      Objects.requireNonNull(from, "a subscription");
      boolean unwanted;
      synchronized (this) {
        unwanted = closed || subscription != null; // Reactive Streams 2.5
        if (!unwanted) {
          subscription = from;
        }
      }
      if (unwanted) {
        from.cancel();
      } else {
        from.request(1);
      }
    }

    @Override
    public synchronized void onNext(byte[] next) {
      parts.add(Objects.requireNonNull(next, "a part"));
      notifyAll();
    }

    @Override
    public synchronized void onError(Throwable cause) {
      failure = Objects.requireNonNull(cause, "a failure");
      ended = true;
      notifyAll();
    }

    @Override
    public synchronized void onComplete() {
      ended = true;
      notifyAll();
    }
  }
}
