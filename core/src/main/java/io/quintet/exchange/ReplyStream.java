package io.quintet.exchange;

import io.quintet.codec.Output;
import io.quintet.codec.ReplyParts;
import io.quintet.kernel.Interleaving;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * The part of a reply that is there or owed, of a reply that comes in parts. The publisher's
 * threads fill the place, the loop encodes what is there and asks for more; one part is asked for
 * at a time.
 *
 * <p>The place is free only while the machine of the reply is owed something, so whoever fills it
 * may fire the event.
 */
final class ReplyStream implements Flow.Subscriber<byte[]> {
  private static final VarHandle PLACE;
  private static final VarHandle END;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      PLACE = lookup.findVarHandle(ReplyStream.class, "place", Object.class);
      END = lookup.findVarHandle(ReplyStream.class, "end", End.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** How the parts end. */
  private sealed interface End {}

  private record Complete() implements End {}

  private record Failed(Throwable cause) implements End {}

  private static final End COMPLETE = new Complete();

  private final ReplyParts parts;
  private final Runnable filled;

  /** A part, or the end; null while that is owed. */
  @SuppressWarnings("unused") // by PLACE
  private volatile @Nullable Object place;

  /** Set once, by END, before the place is filled with it, if that is free. */
  private volatile @Nullable End end;

  private volatile Flow.@Nullable Subscription subscription;
  private volatile boolean cancelled;

  /**
   * Nothing is subscribed to yet.
   *
   * @param parts what is left of the reply
   * @param filled called where the place is filled, on the thread that does it
   */
  ReplyStream(ReplyParts parts, Runnable filled) {
    this.parts = parts;
    this.filled = filled;
  }

  /**
   * Encodes what is there. A reply that fails ends its connection, without its own end, by which
   * the client knows.
   *
   * @return whether nothing more follows
   */
  boolean encode(Output out) {
    End how = end; // it may come while this goes on; then it is the next part's
    try {
      if (place instanceof byte[] part) {
        parts.encode(part, out);
      }
      if (how instanceof Complete) {
        parts.encodeEnd(out);
      }
    } catch (RuntimeException | Error refused) {
      how = new Failed(refused);
      end = how;
    }
    if (how instanceof Failed failed) {
      cancel(failed);
      out.endConnection();
    }
    Interleaving.point();
    return how != null;
  }

  /** Asks for the next part: what was there is encoded. */
  void next() {
    place = null;
    if (end != null) {
      fill(Objects.requireNonNull(end));
    } else if (subscription != null) {
      request(Objects.requireNonNull(subscription));
    }
  }

  /** Asks for the first part. */
  void first() {
    try {
      parts.publisher().subscribe(this);
    } catch (RuntimeException | Error failure) {
      onError(failure);
    }
  }

  private void request(Flow.Subscription from) {
    try {
      from.request(1);
    } catch (RuntimeException | Error failure) {
      onError(failure);
    }
  }

  private void cancel(Failed failed) {
    try {
      cancel();
    } catch (RuntimeException | Error another) {
      if (another != failed.cause) {
        failed.cause.addSuppressed(another);
      }
    }
  }

  /** The connection ends, or waits no longer: nobody takes what is published from now on. */
  void cancel() {
    cancelled = true;
    Flow.Subscription from = subscription;
    if (from != null) {
      from.cancel();
    }
  }

  /** Why the parts ended before their end, or null. */
  @Nullable Throwable failure() {
    return end instanceof Failed failed ? failed.cause : null;
  }

  /**
   * The loop waits no longer. A reply whose end has come just before is sent as it is.
   *
   * @return whether the place is filled by this, and not by a part or the end that came before
   */
  boolean giveUp(Throwable cause) {
    End failed = new Failed(cause);
    Interleaving.point();
    boolean ends = END.compareAndSet(this, null, failed);
    Interleaving.point();
    return ends && PLACE.compareAndSet(this, null, failed);
  }

  private void fill(Object what) {
    Interleaving.point();
    if (PLACE.compareAndSet(this, null, what)) {
      filled.run();
    }
  }

  private void endWith(End how) {
    Interleaving.point();
    if (END.compareAndSet(this, null, how)) {
      fill(how);
    }
  }

  @Override
  public void onSubscribe(Flow.Subscription from) {
    Objects.requireNonNull(from, "a subscription");
    if (subscription != null || cancelled) {
      from.cancel();
      return;
    }
    subscription = from;
    if (cancelled) {
      from.cancel();
    } else {
      request(from);
    }
  }

  @Override
  public void onNext(byte[] part) {
    Objects.requireNonNull(part, "a part");
    Interleaving.point();
    if (!PLACE.compareAndSet(this, null, part)) {
      // what nobody asked for: the stream is not what it should be
      onError(new IllegalStateException("a part was published before it was asked for"));
      return;
    }
    filled.run();
  }

  @Override
  public void onError(Throwable failure) {
    endWith(new Failed(Objects.requireNonNull(failure, "a failure")));
  }

  @Override
  public void onComplete() {
    endWith(COMPLETE);
  }
}
