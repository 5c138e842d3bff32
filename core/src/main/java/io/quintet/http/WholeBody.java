package io.quintet.http;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;

/** A body that is here, as one part. */
record WholeBody(byte[] body) implements Flow.Publisher<byte[]> {
  @Override
  public void subscribe(Flow.Subscriber<? super byte[]> to) {
    Objects.requireNonNull(to, "a subscriber");
    to.onSubscribe(
        new Flow.Subscription() {
          private final AtomicBoolean begun = new AtomicBoolean();
          private volatile boolean cancelled;

          @Override
          public void request(long parts) {
            if (cancelled || !begun.compareAndSet(false, true)) {
              return;
            }
            if (parts <= 0) {
              to.onError(HttpContent.nonPositive(parts));
              return;
            }
            if (body.length > 0) {
              to.onNext(body);
            }
            if (!cancelled) {
              to.onComplete();
            }
          }

          @Override
          public void cancel() {
            cancelled = true;
          }
        });
  }
}
