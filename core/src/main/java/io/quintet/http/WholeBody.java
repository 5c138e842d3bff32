package io.quintet.http;

import java.util.Objects;
import java.util.concurrent.Flow;

/** A body that is here, as one part. */
record WholeBody(byte[] body) implements Flow.Publisher<byte[]> {
  @Override
  public void subscribe(Flow.Subscriber<? super byte[]> to) {
    Objects.requireNonNull(to, "a subscriber");
    to.onSubscribe(
        new Flow.Subscription() {
          private boolean done;

          @Override
          public void request(long parts) {
            if (done) {
              return;
            }
            done = true;
            if (parts <= 0) {
              to.onError(new IllegalArgumentException(parts + " parts were asked for"));
              return;
            }
            if (body.length > 0) {
              to.onNext(body);
            }
            to.onComplete();
          }

          @Override
          public void cancel() {
            done = true;
          }
        });
  }
}
