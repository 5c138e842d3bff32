package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Streams;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Publishers that are written to keep to what subscribers ask for, as Flow has it. */
class StreamsTest {
  /** More than could be counted by one at a time, if unbounded demand were so. */
  private static final int PARTS = (1 << 20) + 10;

  /** What became of a subscription: nothing, or how it failed. */
  private static final class Subscriber implements Flow.Subscriber<byte[]> {
    private final Consumer<Flow.Subscription> begin;
    private final AtomicLong parts = new AtomicLong();
    private final CompletableFuture<@Nullable Throwable> ended = new CompletableFuture<>();

    Subscriber(Consumer<Flow.Subscription> begin) {
      this.begin = begin;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      begin.accept(subscription);
    }

    @Override
    public void onNext(byte[] part) {
      parts.incrementAndGet();
    }

    @Override
    public void onError(Throwable failure) {
      ended.complete(failure);
    }

    @Override
    public void onComplete() {
      ended.complete(null);
    }

    @Nullable Throwable end() throws Exception {
      return ended.get(30, TimeUnit.SECONDS);
    }
  }

  private static final Flow.Publisher<byte[]> MANY =
      Streams.written(
          out -> {
            for (int i = 0; i < PARTS; i++) {
              out.write(i);
              out.flush();
            }
          });

  @Test
  void whoAsksForAllOnceGetsAll() throws Exception {
    Subscriber subscriber = new Subscriber(from -> from.request(Long.MAX_VALUE));
    MANY.subscribe(subscriber);
    assertNull(subscriber.end());
    assertEquals(PARTS, subscriber.parts.get());
  }

  @Test
  void askingForAllManyTimesIsAskingForAll() throws Exception {
    Subscriber subscriber =
        new Subscriber(
            from -> {
              for (int i = 0; i < 10_000; i++) {
                from.request(Long.MAX_VALUE);
              }
            });
    Streams.written(out -> out.write(1)).subscribe(subscriber);
    assertNull(subscriber.end());
    assertEquals(1, subscriber.parts.get());
  }

  /** Reactive Streams 3.9. */
  @Test
  void askingForNothingIsAnError() throws Exception {
    Subscriber subscriber = new Subscriber(from -> from.request(0));
    MANY.subscribe(subscriber);
    assertInstanceOf(IllegalArgumentException.class, subscriber.end());
    assertEquals(0, subscriber.parts.get());
  }

  @Test
  void whoWritesToACancelledSubscriptionIsToldSo() throws Exception {
    CompletableFuture<IOException> told = new CompletableFuture<>();
    Streams.written(
            out -> {
              out.write(1);
              told.complete(assertThrows(IOException.class, out::flush));
              out.write(2);
              assertThrows(IOException.class, out::flush, "and again");
            })
        .subscribe(new Subscriber(Flow.Subscription::cancel));
    assertTrue(told.get(30, TimeUnit.SECONDS).getMessage().contains("nobody"));
  }

  /** What a writer waits for, besides the client. */
  enum Waiting {
    SLEEP(out -> TimeUnit.HOURS.sleep(1)),
    EVENT(out -> new CountDownLatch(1).await()),
    QUEUE(out -> new LinkedBlockingQueue<>().take()),
    ANOTHER_THREAD(out -> new CompletableFuture<>().get()),
    DEMAND(
        out -> {
          while (true) {
            out.write(1);
            out.flush();
          }
        });

    final Streams.Writing writing;

    Waiting(Streams.Writing writing) {
      this.writing = writing;
    }
  }

  @ParameterizedTest
  @EnumSource(Waiting.class)
  void whoWaitsIsWokenWhereNobodyTakesTheContentAnyMore(Waiting waiting) throws Exception {
    CompletableFuture<Flow.Subscription> begun = new CompletableFuture<>();
    CompletableFuture<Void> waits = new CompletableFuture<>();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Subscriber subscriber = new Subscriber(begun::complete);
    Streams.written(
            out -> {
              try {
                waits.complete(null);
                waiting.writing.to(out);
              } finally {
                ended.complete(null);
              }
            })
        .subscribe(subscriber);
    waits.get(30, TimeUnit.SECONDS);
    begun.get(30, TimeUnit.SECONDS).cancel();
    ended.get(30, TimeUnit.SECONDS);
    assertTrue(!subscriber.ended.isDone(), "who has cancelled is told nothing");
  }

  @Test
  void whoIsCancelledBeforeItBeginsReleasesWhatItHolds() throws Exception {
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Streams.written(
            out -> {
              try {
                TimeUnit.HOURS.sleep(1);
              } catch (InterruptedException e) {
                interrupted.complete(true);
              }
            })
        .subscribe(new Subscriber(Flow.Subscription::cancel));
    assertTrue(interrupted.get(30, TimeUnit.SECONDS));
  }

  @Test
  void aStreamClosedBeforeItsSubscriptionCancelsThat() throws Exception {
    CompletableFuture<Flow.Subscriber<? super byte[]>> subscriber = new CompletableFuture<>();
    CompletableFuture<Void> cancelled = new CompletableFuture<>();
    InputStream in = Streams.reading(subscriber::complete);
    in.close();
    subscriber
        .get(30, TimeUnit.SECONDS)
        .onSubscribe(
            new Flow.Subscription() {
              @Override
              public void request(long parts) {
                cancelled.completeExceptionally(new AssertionError("asked for " + parts));
              }

              @Override
              public void cancel() {
                cancelled.complete(null);
              }
            });
    cancelled.get(30, TimeUnit.SECONDS);
  }
}
