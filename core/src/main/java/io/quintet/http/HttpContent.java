package io.quintet.http;

import io.quintet.codec.Input;
import io.quintet.codec.Peer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The content of a request that is given before that has arrived. The loop's thread gives the
 * parts, as many as are asked for; what is not asked for stays in the kernel, where the client
 * feels it. One subscriber.
 */
final class HttpContent implements Flow.Publisher<byte[]> {
  private static final Throwable COMPLETE = new Throwable("complete", null, false, false) {};

  private final Peer peer;
  private final AtomicBoolean taken = new AtomicBoolean();
  private final AtomicLong demand = new AtomicLong();

  /** While it may be told something: once it was told of its subscription, until it ends that. */
  private volatile Flow.@Nullable Subscriber<? super byte[]> subscriber;

  /** How it ended, COMPLETE if well. */
  private volatile @Nullable Throwable end;

  private final AtomicBoolean endTold = new AtomicBoolean();

  /** Nobody wants it, or any more of it. */
  private volatile boolean dropped;

  /** The request is answered. */
  private volatile boolean answered;

  /** The connection is the content from now on: its protocol was changed. */
  private volatile boolean upgraded;

  /** The loop, while it gives a part. */
  private volatile @Nullable Thread giver;

  private volatile List<Map.Entry<String, String>> trailers = List.of();

  HttpContent(Peer peer) {
    this.peer = peer;
  }

  // The loop's side.

  /** Whether a part is asked for, or is to be dropped. */
  boolean isWanted() {
    return dropped || (subscriber != null && demand.get() > 0);
  }

  /** Whether the end has not come. */
  boolean isOpen() {
    return end == null;
  }

  /** Whether the request is answered by anything but a change of protocols. */
  boolean isDeclined() {
    return answered && !upgraded;
  }

  boolean isUpgraded() {
    return upgraded;
  }

  /** Takes a part that is wanted, and gives or drops it. */
  void take(Input in, int count) {
    Flow.Subscriber<? super byte[]> to = subscriber;
    if (dropped || to == null) {
      in.skip(count);
      return;
    }
    demand.decrementAndGet();
    giver = Thread.currentThread();
    try {
      to.onNext(in.take(count));
    } finally {
      giver = null;
    }
  }

  void complete(List<Map.Entry<String, String>> behind) {
    trailers = behind;
    end(COMPLETE);
  }

  void fail(Throwable cause) {
    end(cause);
  }

  /** The request is answered: what has not been asked for goes nowhere. */
  void drop() {
    answered = true;
    dropped = true;
    if (end == null) {
      end(new CancellationException("the request was answered before its content was read"));
    }
  }

  /** The request is answered by a change of protocols; what follows is content. */
  void upgrade() {
    upgraded = true;
  }

  List<Map.Entry<String, String>> trailers() {
    return trailers;
  }

  private void end(Throwable how) {
    if (end == null) {
      end = how;
      tellEnd();
    }
  }

  /** The loop and who subscribes may both find that the other has done its part. */
  private void tellEnd() {
    Flow.Subscriber<? super byte[]> to = subscriber;
    Throwable how = end;
    if (to == null || how == null || !endTold.compareAndSet(false, true)) {
      return;
    }
    subscriber = null;
    if (how == COMPLETE) {
      to.onComplete();
    } else {
      to.onError(how);
    }
  }

  // The subscriber's side.

  @Override
  public void subscribe(Flow.Subscriber<? super byte[]> to) {
    Objects.requireNonNull(to, "a subscriber");
    if (!taken.compareAndSet(false, true)) {
      refuse(to);
      return;
    }
    to.onSubscribe(new Demand());
    subscriber = to;
    if (endTold.get()) {
      subscriber = null; // it has cancelled
    }
    tellEnd();
    resume();
  }

  /** Reactive Streams 1.9: also who is refused has a subscription first. */
  private static void refuse(Flow.Subscriber<? super byte[]> to) {
    to.onSubscribe(
        new Flow.Subscription() {
          @Override
          public void request(long parts) {
            // nothing comes
          }

          @Override
          public void cancel() {
            // nothing comes
          }
        });
    to.onError(new IllegalStateException("the content of a request is read once"));
  }

  /** Reactive Streams 3.9. */
  static IllegalArgumentException nonPositive(long parts) {
    return new IllegalArgumentException(
        "asked for " + parts + " parts: a non-positive subscription request");
  }

  private void resume() {
    if (giver != Thread.currentThread() && isWanted()) {
      peer.wake();
    }
  }

  private final class Demand implements Flow.Subscription {
    @Override
    public void request(long parts) {
      if (parts <= 0) {
        end(nonPositive(parts));
        cancel();
        return;
      }
      demand.accumulateAndGet(parts, (had, more) -> had + more < 0 ? Long.MAX_VALUE : had + more);
      resume();
    }

    @Override
    public void cancel() {
      dropped = true;
      endTold.set(true);
      subscriber = null; // 3.13
      resume();
    }
  }
}
