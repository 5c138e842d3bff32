package io.quintet.httpserver;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;

/**
 * Content that one thread writes while it is sent. A write waits until the response's turn has come
 * and the client has taken enough of what went before.
 */
final class WrittenContent implements Flow.Publisher<byte[]>, Closeable {
  /** Parts that are written ahead of the client. */
  private static final int AHEAD = 4;

  private final SubmissionPublisher<byte[]> parts = new SubmissionPublisher<>(Runnable::run, AHEAD);
  private final CountDownLatch decided = new CountDownLatch(1);

  /** Whether who writes was told that the client has gone. */
  private volatile boolean gone;

  /** Called when the response's turn has come. */
  @Override
  public void subscribe(Flow.Subscriber<? super byte[]> subscriber) {
    parts.subscribe(subscriber);
    decided.countDown();
  }

  /** Called instead, where the client has gone before. */
  @Override
  public void close() {
    decided.countDown();
  }

  void write(byte[] part) throws IOException {
    try {
      decided.await();
      parts.submit(part);
      if (!parts.hasSubscribers()) {
        gone = true;
        throw new IOException("the client has gone");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the client takes what was written");
    }
  }

  /** Whether who takes it hears of a failure, or who writes has heard that nobody takes it. */
  boolean isHeard() {
    return gone || decided.getCount() > 0 || parts.hasSubscribers();
  }

  void complete() {
    parts.close();
  }

  void fail(Throwable failure) {
    parts.closeExceptionally(failure);
  }
}
