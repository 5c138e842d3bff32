package io.quintet.web;

import java.io.Closeable;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Content that tells of its end, whichever it is: with how many bytes were published.
 *
 * @param from the content
 * @param ended told once
 */
record CountedContent(Flow.Publisher<byte[]> from, LongConsumer ended)
    implements Flow.Publisher<byte[]>, Closeable {
  @Override
  public void subscribe(Flow.Subscriber<? super byte[]> to) {
    from.subscribe(new Counting(Objects.requireNonNull(to, "a subscriber"), ended));
  }

  /** Nobody will subscribe to it. */
  @Override
  public void close() throws IOException {
    try {
      if (from instanceof Closeable held) {
        held.close();
      }
    } finally {
      ended.accept(0);
    }
  }

  private static final class Counting implements Flow.Subscriber<byte[]> {
    private final Flow.Subscriber<? super byte[]> to;
    private final LongConsumer ended;
    private final AtomicLong count = new AtomicLong();
    private final AtomicBoolean told = new AtomicBoolean();

    Counting(Flow.Subscriber<? super byte[]> to, LongConsumer ended) {
      this.to = to;
      this.ended = ended;
    }

    private void end() {
      if (told.compareAndSet(false, true)) {
        ended.accept(count.get());
      }
    }

    @Override
    public void onSubscribe(Flow.Subscription from) {
      Objects.requireNonNull(from, "a subscription");
      to.onSubscribe(
          new Flow.Subscription() {
            @Override
            public void request(long parts) {
              from.request(parts);
            }

            @Override
            public void cancel() {
              end();
              from.cancel();
            }
          });
    }

    @Override
    public void onNext(byte[] part) {
      count.addAndGet(part.length);
      to.onNext(part);
    }

    @Override
    public void onError(Throwable cause) {
      end();
      to.onError(cause);
    }

    @Override
    public void onComplete() {
      end();
      to.onComplete();
    }
  }
}
