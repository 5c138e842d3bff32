package io.quintet.web;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Content that is compressed part by part, RFC 1952: each part that goes in comes out at once, as
 * one part.
 *
 * @param from the content
 */
record GzipContent(Flow.Publisher<byte[]> from) implements Flow.Publisher<byte[]>, Closeable {
  private static final byte[] HEAD = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};
  private static final int BUFFER_BYTES = 8 << 10;

  @Override
  public void subscribe(Flow.Subscriber<? super byte[]> to) {
    from.subscribe(new Compressing(Objects.requireNonNull(to, "a subscriber")));
  }

  @Override
  public void close() throws IOException {
    if (from instanceof Closeable held) {
      held.close();
    }
  }

  private static final class Compressing implements Flow.Subscriber<byte[]>, Flow.Subscription {
    private final Flow.Subscriber<? super byte[]> to;
    private final AtomicLong demand = new AtomicLong();

    /** Held while the deflater works, and to end it. */
    private final ReentrantLock working = new ReentrantLock();

    private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    private final CRC32 crc = new CRC32();
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private long length;
    private boolean begun;

    private Flow.@Nullable Subscription from;
    private volatile boolean cancelled;

    /** What is left to publish at the end, until it is asked for. */
    private volatile byte @Nullable [] tail;

    private final AtomicBoolean tailTaken = new AtomicBoolean();

    Compressing(Flow.Subscriber<? super byte[]> to) {
      this.to = to;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      from = Objects.requireNonNull(subscription, "a subscription");
      to.onSubscribe(this);
    }

    @Override
    public void request(long parts) {
      if (parts > 0) {
        demand.accumulateAndGet(parts, (had, more) -> had + more < 0 ? Long.MAX_VALUE : had + more);
      }
      if (tail == null) {
        Objects.requireNonNull(from, "it was told").request(parts);
      }
      publishTail();
    }

    @Override
    public void cancel() {
      cancelled = true;
      Objects.requireNonNull(from, "it was told").cancel();
      release();
    }

    /** Who works at this moment releases it afterwards. */
    private void release() {
      if (working.tryLock()) {
        try {
          deflater.end();
        } finally {
          working.unlock();
        }
      }
    }

    @Override
    public void onNext(byte[] part) {
      byte[] out = work(part, Deflater.SYNC_FLUSH);
      if (out.length > 0) {
        demand.updateAndGet(had -> had == Long.MAX_VALUE ? had : had - 1);
        to.onNext(out);
      }
    }

    /** What comes out of a part; nothing once it is cancelled. */
    private byte[] work(byte[] part, int flush) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      working.lock();
      try {
        if (!cancelled) {
          if (!begun) {
            begun = true;
            out.writeBytes(HEAD);
          }
          crc.update(part);
          length += part.length;
          deflate(part, flush, out);
        }
      } finally {
        working.unlock();
      }
      if (cancelled) {
        release();
      }
      return out.toByteArray();
    }

    private void deflate(byte[] part, int flush, ByteArrayOutputStream out) {
      deflater.setInput(part);
      if (flush == Deflater.NO_FLUSH) {
        deflater.finish();
      }
      int count;
      do {
        count = deflater.deflate(buffer, 0, buffer.length, flush);
        out.write(buffer, 0, count);
      } while (count == buffer.length || (flush == Deflater.NO_FLUSH && !deflater.finished()));
    }

    @Override
    public void onError(Throwable cause) {
      release();
      to.onError(cause);
    }

    @Override
    public void onComplete() {
      byte[] rest = work(new byte[0], Deflater.NO_FLUSH);
      ByteBuffer end = ByteBuffer.allocate(rest.length + 8).order(ByteOrder.LITTLE_ENDIAN);
      end.put(rest).putInt((int) crc.getValue()).putInt((int) length);
      release();
      tail = end.array();
      publishTail();
    }

    private void publishTail() {
      byte[] last = tail;
      if (last != null && demand.get() > 0 && !cancelled && tailTaken.compareAndSet(false, true)) {
        to.onNext(last);
        to.onComplete();
      }
    }
  }
}
