package io.quintet.http;

import io.quintet.codec.Input;
import io.quintet.codec.Peer;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import io.quintet.trace.Trace;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * The content of a request that is given before that has arrived. The loop's thread gives the
 * parts, as many as are asked for; what is not asked for stays in the kernel, where the client
 * feels it. One subscriber.
 *
 * <p>The place holds the state of the machine {@code request-content}, and above it how many parts
 * are asked for. Every event is one atomic exchange of the place.
 */
final class HttpContent implements Flow.Publisher<byte[]> {
  private enum Event {
    SUBSCRIBE,
    SUBSCRIBED,
    REQUEST,
    CANCEL,
    INVALID,
    GIVE,
    GIVE_LAST,
    END
  }

  private enum Action {
    INTRODUCE,
    REFUSE,
    WAKE,
    GIVE,
    SKIP,
    TELL,
    REJECT
  }

  private static final Transitions<Event, Action> MACHINE =
      Transitions.of(Specs.machine("request-content"), Event.class, Action.class);

  private static final int STATE_BITS = 8;
  private static final long STATE = (1 << STATE_BITS) - 1;

  /** As good as without bound, Reactive Streams 3.17. */
  private static final long DEMAND_MAX = Long.MAX_VALUE >> STATE_BITS;

  private static final Throwable COMPLETE = new Throwable("complete", null, false, false) {};

  private static final VarHandle PLACE;

  static {
    try {
      PLACE = MethodHandles.lookup().findVarHandle(HttpContent.class, "place", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Peer peer;

  @SuppressWarnings("unused") // by PLACE
  private volatile long place = MACHINE.initial();

  /** Until it wants nothing more or was told of the end. */
  private volatile Flow.@Nullable Subscriber<? super byte[]> subscriber;

  /** How it ended, COMPLETE if well. Set before the end. */
  private volatile @Nullable Throwable end;

  /** The request is answered. */
  private volatile boolean answered;

  /** The connection is the content from now on: its protocol was changed. */
  private volatile boolean upgraded;

  /** The loop, while it gives a part. */
  private volatile @Nullable Thread giver;

  private volatile List<Map.Entry<String, String>> trailers = List.of();

  /** Stands for it in what is recorded. */
  private final @Nullable Object traced = Trace.token();

  HttpContent(Peer peer) {
    this.peer = peer;
  }

  // The loop's side.

  /** Whether a part is asked for, or is to be dropped. */
  boolean isWanted() {
    int state = state(place);
    return MACHINE.ends(state) || MACHINE.step(state, Event.GIVE_LAST) != Transitions.UNDEFINED;
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
    while (true) {
      long before = place;
      int state = state(before);
      if (MACHINE.ends(state)) {
        in.skip(count);
        return;
      }
      long asked = before >>> STATE_BITS;
      Event event = asked > 1 ? Event.GIVE : Event.GIVE_LAST;
      int step = step(state, event);
      if (move(before, Math.max(asked - 1, 0), event, step)) {
        if (MACHINE.action(step) == Action.GIVE) {
          give(in, count);
        } else {
          in.skip(count);
        }
        return;
      }
    }
  }

  private void give(Input in, int count) {
    Flow.Subscriber<? super byte[]> to = subscriber;
    if (to == null) {
      in.skip(count); // it has cancelled just now
      return;
    }
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
    end(new CancellationException("the request was answered before its content was read"));
  }

  /** The request is answered by a change of protocols; what follows is content. */
  void upgrade() {
    upgraded = true;
  }

  List<Map.Entry<String, String>> trailers() {
    return trailers;
  }

  /** The first end counts. */
  private void end(Throwable how) {
    if (end == null) {
      end = how;
    }
    fire(Event.END, 0, null);
  }

  // The subscriber's side.

  @Override
  public void subscribe(Flow.Subscriber<? super byte[]> to) {
    Objects.requireNonNull(to, "a subscriber");
    if (!fire(Event.SUBSCRIBE, 0, to)) {
      refuse(to);
    }
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

  private final class Demand implements Flow.Subscription {
    @Override
    public void request(long parts) {
      if (parts > 0) {
        fire(Event.REQUEST, Math.min(parts, DEMAND_MAX), null);
      } else {
        fire(Event.INVALID, parts, null);
      }
    }

    @Override
    public void cancel() {
      fire(Event.CANCEL, 0, null);
      subscriber = null; // 3.13
    }
  }

  // Both.

  private static int state(long place) {
    return (int) (place & STATE);
  }

  private static int step(int state, Event event) {
    int step = MACHINE.step(state, event);
    if (step == Transitions.UNDEFINED) {
      throw new IllegalStateException(
          "no transition for " + event + " in " + MACHINE.name(state) + " of a request's content");
    }
    return step;
  }

  /**
   * Goes where the machine says.
   *
   * @param parts how many are asked for
   * @param who who subscribes, if somebody does
   * @return false if that is behind the end
   */
  private boolean fire(Event event, long parts, Flow.@Nullable Subscriber<? super byte[]> who) {
    while (true) {
      long before = place;
      int state = state(before);
      if (MACHINE.ends(state)) {
        return false;
      }
      int step = step(state, event);
      long asked = before >>> STATE_BITS;
      long more = event == Event.REQUEST ? Math.min(asked + parts, DEMAND_MAX) : asked;
      if (move(before, more, event, step)) {
        if (Transitions.acts(step)) {
          perform(MACHINE.action(step), parts, who);
        }
        return true;
      }
    }
  }

  private boolean move(long before, long asked, Event event, int step) {
    long after = asked << STATE_BITS | Transitions.target(step);
    return Trace.ON
        ? Trace.recordShared(
            MACHINE,
            Objects.requireNonNull(traced),
            state(before),
            event,
            step,
            () -> PLACE.compareAndSet(this, before, after))
        : PLACE.compareAndSet(this, before, after);
  }

  private void perform(Action action, long parts, Flow.@Nullable Subscriber<? super byte[]> who) {
    switch (action) {
      case INTRODUCE -> introduce(Objects.requireNonNull(who, "a subscriber"));
      case REFUSE -> refuse(Objects.requireNonNull(who, "a subscriber"));
      case WAKE -> wake();
      case TELL -> tell(Objects.requireNonNull(end, "the end has come"));
      case REJECT -> {
        tell(nonPositive(parts));
        wake();
      }
      case GIVE, SKIP -> throw new IllegalStateException("a part is given where it is taken");
    }
  }

  private void introduce(Flow.Subscriber<? super byte[]> to) {
    subscriber = to;
    to.onSubscribe(new Demand());
    fire(Event.SUBSCRIBED, 0, null);
  }

  private void tell(Throwable how) {
    Flow.Subscriber<? super byte[]> to = subscriber;
    subscriber = null;
    if (to == null) {
      return; // it has cancelled
    }
    if (how == COMPLETE) {
      to.onComplete();
    } else {
      to.onError(how);
    }
  }

  private void wake() {
    if (giver != Thread.currentThread()) {
      peer.wake();
    }
  }
}
