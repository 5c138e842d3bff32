package io.quintet.exchange;

import io.quintet.codec.Output;
import io.quintet.codec.ReplyParts;
import io.quintet.kernel.Interleaving;
import io.quintet.specs.Specs;
import io.quintet.specs.Transitions;
import io.quintet.trace.Trace;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * What is there or owed of a reply that comes in parts. The publisher's threads fill the place, the
 * loop encodes what is there and asks for more.
 *
 * <p>The place is at once the state of the machine {@code streamed-reply}: a part is filled, and
 * what stands for another state says with which part and which failure. Every event is one atomic
 * exchange of the place.
 */
final class ReplyStream implements Flow.Subscriber<byte[]> {
  private enum Event {
    SUBSCRIBED,
    PART,
    COMPLETE,
    FAIL,
    NEXT,
    ENDED,
    GIVE_UP,
    CANCEL
  }

  private enum Action {
    REQUEST,
    TELL,
    OVERDUE,
    CANCEL,
    REFUSE
  }

  private static final Transitions<Event, Action> MACHINE =
      Transitions.of(Specs.machine("streamed-reply"), Event.class, Action.class);

  private static final int SUBSCRIBING = MACHINE.number("subscribing");
  private static final int WAITING = MACHINE.number("waiting");
  private static final int FILLED = MACHINE.number("filled");
  private static final int LAST = MACHINE.number("last");
  private static final int BROKEN = MACHINE.number("broken");
  private static final int COMPLETE = MACHINE.number("complete");

  private static final VarHandle PLACE;

  static {
    try {
      PLACE = MethodHandles.lookup().findVarHandle(ReplyStream.class, "place", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * Stands for a state other than filled.
   *
   * @param state its number
   * @param part a part that is there
   * @param failure why no more follows, unless that is the end
   * @param from the subscription, where the state came with it
   */
  private record Mark(
      int state,
      byte @Nullable [] part,
      @Nullable Throwable failure,
      Flow.@Nullable Subscription from) {}

  private static final Mark BEGUN = new Mark(SUBSCRIBING, null, null, null);

  private final ReplyParts parts;
  private final Owed reply;

  @SuppressWarnings("unused") // by PLACE
  private volatile Object place = BEGUN;

  /** What stands for waiting, with the subscription. Set before a part is asked for. */
  private volatile @Nullable Mark waiting;

  /** Why the reply has no end. The loop's alone. */
  private @Nullable Throwable failure;

  /** Stands for it in what is recorded. */
  private final @Nullable Object traced;

  /**
   * Nothing is subscribed to yet.
   *
   * @param parts what is left of the reply
   * @param reply is answered by each part that is asked for, and by the end
   */
  ReplyStream(ReplyParts parts, Owed reply) {
    this.parts = parts;
    this.reply = reply;
    this.traced = Trace.token(reply.traced);
  }

  /**
   * Encodes what is there. A reply that fails ends its connection, without its own end, by which
   * the client knows.
   *
   * @return whether nothing more follows
   */
  boolean encode(Output out) {
    Object there = PLACE.getVolatile(this);
    byte[] part = partOf(there);
    int state = stateOf(there);
    try {
      if (part != null) {
        parts.encode(part, out);
      }
      if (state == LAST || state == COMPLETE) {
        parts.encodeEnd(out);
      }
    } catch (RuntimeException | Error refused) {
      return end(Event.CANCEL, refused, out);
    }
    boolean ends = MACHINE.step(state, Event.ENDED) != Transitions.UNDEFINED;
    return ends && end(Event.ENDED, failureOf(there), out);
  }

  private boolean end(Event how, @Nullable Throwable cause, Output out) {
    failure = cause;
    try {
      fire(how, null);
    } catch (RuntimeException | Error another) {
      if (cause != null && another != cause) {
        cause.addSuppressed(another);
      }
    }
    if (cause != null) {
      out.endConnection();
    }
    return true;
  }

  /** Asks for the next part: what was there is encoded. */
  void next() {
    fire(Event.NEXT, null);
  }

  /** Asks for the first part. */
  void first() {
    try {
      parts.publisher().subscribe(this);
    } catch (RuntimeException | Error refused) {
      onError(refused);
    }
  }

  /** The connection ends: nobody takes what is published from now on. */
  void cancel() {
    fire(Event.CANCEL, null);
  }

  /** Why the parts ended before their end, or null. */
  @Nullable Throwable failure() {
    return failure;
  }

  /** The loop waits no longer. */
  void giveUp(Throwable cause) {
    fire(Event.GIVE_UP, cause);
  }

  @Override
  public void onSubscribe(Flow.Subscription from) {
    Objects.requireNonNull(from, "a subscription");
    if (!fire(Event.SUBSCRIBED, from)) {
      from.cancel();
    }
  }

  @Override
  public void onNext(byte[] part) {
    fire(Event.PART, Objects.requireNonNull(part, "a part"));
  }

  @Override
  public void onError(Throwable cause) {
    fire(Event.FAIL, Objects.requireNonNull(cause, "a failure"));
  }

  @Override
  public void onComplete() {
    fire(Event.COMPLETE, null);
  }

  /**
   * Goes where the machine says.
   *
   * @param what what comes with the event: a part, a failure, a subscription or nothing
   * @return false if that is behind the end
   */
  private boolean fire(Event event, @Nullable Object what) {
    while (true) {
      Object before = PLACE.getVolatile(this);
      int state = stateOf(before);
      if (MACHINE.ends(state)) {
        return false;
      }
      int step = MACHINE.step(state, event);
      if (step == Transitions.UNDEFINED) {
        throw new IllegalStateException(
            "no transition for " + event + " in " + MACHINE.name(state) + " of a streamed reply");
      }
      Object after = after(before, Transitions.target(step), what);
      Interleaving.point();
      if (move(before, after, event, step)) {
        if (Transitions.acts(step)) {
          Interleaving.point();
          perform(MACHINE.action(step), after, what);
        }
        return true;
      }
    }
  }

  private boolean move(Object before, Object after, Event event, int step) {
    return Trace.ON
        ? Trace.recordShared(
            MACHINE,
            Objects.requireNonNull(traced),
            stateOf(before),
            event,
            step,
            () -> PLACE.compareAndSet(this, before, after))
        : PLACE.compareAndSet(this, before, after);
  }

  private void perform(Action action, Object after, @Nullable Object what) {
    switch (action) {
      case REQUEST -> request((Mark) after);
      case TELL -> reply.fire(Owed.Event.ANSWER);
      case OVERDUE -> reply.fire(Owed.Event.OVERDUE);
      case CANCEL -> {
        Flow.Subscription from = subscription(after);
        if (from != null) {
          from.cancel();
        }
      }
      case REFUSE -> ((Flow.Subscription) Objects.requireNonNull(what)).cancel();
    }
  }

  private void request(Mark of) {
    waiting = of;
    try {
      Objects.requireNonNull(of.from, "a subscription").request(1);
    } catch (RuntimeException | Error refused) {
      onError(refused);
    }
  }

  /** What stands for a state behind what stood there. */
  private Object after(Object before, int target, @Nullable Object what) {
    if (target == stateOf(before)) {
      return before;
    }
    if (target == FILLED) {
      return Objects.requireNonNull(what, "a part");
    }
    if (target == WAITING) {
      return what instanceof Flow.Subscription from
          ? new Mark(WAITING, null, null, from)
          : Objects.requireNonNull(waiting, "a subscription");
    }
    byte[] part = target == LAST || target == BROKEN ? partOf(before) : null;
    return new Mark(target, part, why(before, what), subscription(before));
  }

  private static @Nullable Throwable why(Object before, @Nullable Object what) {
    if (what instanceof byte[]) {
      return new IllegalStateException("a part was published before it was asked for");
    }
    return what instanceof Throwable given ? given : failureOf(before);
  }

  private static int stateOf(Object place) {
    return place instanceof Mark mark ? mark.state : FILLED;
  }

  private static byte @Nullable [] partOf(Object place) {
    return place instanceof Mark mark ? mark.part : (byte[]) place;
  }

  private static @Nullable Throwable failureOf(Object place) {
    return place instanceof Mark mark ? mark.failure : null;
  }

  private Flow.@Nullable Subscription subscription(Object place) {
    Mark mark = place instanceof Mark of ? of : waiting;
    return mark == null ? null : mark.from;
  }
}
