package io.quintet.exchange;

import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.ReplyParts;
import io.quintet.dispatch.HandlerTask;
import io.quintet.dispatch.QueueLimit;
import io.quintet.fault.SeededBug;
import io.quintet.kernel.Interleaving;
import io.quintet.reactor.LoopContext;
import io.quintet.service.Reply;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The place for one reply, in the order of its connection's requests: the handler answers from any
 * thread, the loop does the rest.
 *
 * @param <Q> request
 * @param <R> reply
 */
public final class Exchange<Q, R> extends Owed implements Reply<R> {
  /** A request was answered twice. What the second answer says was wrong is told already. */
  private static final class AnsweredBefore extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    AnsweredBefore(@Nullable Throwable unheard) {
      super("the request has been answered before", unheard);
    }
  }

  private static final VarHandle ANSWER;
  private static final VarHandle FOLLOWER;

  /** In place of a follower: the handler has run, and nobody looks for one any more. */
  private static final Object DONE = new Object();

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      FOLLOWER = lookup.findVarHandle(Exchange.class, "follower", Object.class);
      ANSWER = lookup.findVarHandle(Exchange.class, "answer", Answer.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Origin<Q, R> origin;
  private final @Nullable Q request;

  /**
   * When the loop learned of what made the request whole, as {@link
   * io.quintet.reactor.LoopContext#now} has it.
   */
  public final long beganNanos;

  /** Filled once, before the event that makes it visible. */
  @SuppressWarnings("unused") // by ANSWER
  private volatile @Nullable Answer<Q, R> answer;

  /** The loop that was told that it is answered. */
  private @Nullable LoopContext told;

  /** What is left of a reply that comes in parts, once its turn has come. The loop's alone. */
  private @Nullable ReplyStream partial;

  /** The reply to the request that followed. */
  public @Nullable Exchange<Q, R> later;

  /** The reply to the request before it, until it is placed. */
  public @Nullable Exchange<Q, R> earlier;

  /** Whether somebody runs or ran the handler; false while the request waits for a worker. */
  public boolean placed;

  /** The request that is handled behind this one by who handles this one, or DONE. */
  @SuppressWarnings("unused") // by FOLLOWER
  private volatile @Nullable Object follower;

  /** Whether it was answered in the handler's place. Set before the answer is. */
  private boolean overdue;

  private Exchange(Origin<Q, R> origin, @Nullable Q request) {
    this.origin = origin;
    this.request = request;
    this.beganNanos = origin.loop().now();
  }

  /** The place for the reply to a request that is about to be handled. */
  public static <Q, R> Exchange<Q, R> to(Origin<Q, R> origin, Q request) {
    return new Exchange<>(origin, request);
  }

  /** A refusal in its place behind the replies that are owed. */
  public static <Q, R> Exchange<Q, R> refusing(Origin<Q, R> origin, ProtocolException refusal) {
    return answered(origin, null, new Answer.Refusal<>(refusal));
  }

  /** What a decoder has to say to its peer, likewise. */
  public static <Q, R> Exchange<Q, R> saying(Origin<Q, R> origin, byte[] interim) {
    return answered(origin, null, new Answer.Interim<>(interim));
  }

  /** The place of a reply whose beginning is encoded. */
  public static <Q, R> Exchange<Q, R> begun(Origin<Q, R> origin, Q request, ReplyParts rest) {
    return answered(origin, request, new Answer.Begun<>(rest));
  }

  private static <Q, R> Exchange<Q, R> answered(
      Origin<Q, R> origin, @Nullable Q request, Answer<Q, R> answer) {
    Exchange<Q, R> reply = new Exchange<>(origin, request);
    reply.answer(answer);
    reply.placed = true;
    reply.handlerReturned();
    reply.done();
    return reply;
  }

  @Override
  public void send(R value) {
    if (value == null) {
      fail(new NullPointerException("the reply is null"));
    } else {
      answer(new Answer.Success<>(handled(), value));
    }
  }

  @Override
  public void fail(Throwable cause) {
    Throwable why = cause == null ? new NullPointerException("it does not say why") : cause;
    answer(new Answer.Failure<>(handled(), why));
  }

  @Override
  public java.util.concurrent.Executor owner() {
    return origin;
  }

  /** Ends the request of a handler that threw. One that had answered before has failed too. */
  private void thrown(Throwable cause) {
    if (!failUnlessAnswered(cause) && !(cause instanceof AnsweredBefore)) {
      failedLate(cause);
    }
  }

  private boolean failUnlessAnswered(Throwable cause) {
    Interleaving.point();
    boolean unanswered = ANSWER.compareAndSet(this, null, new Answer.Failure<>(handled(), cause));
    if (unanswered) {
      fire(Event.ANSWER);
    }
    return unanswered;
  }

  /** Nobody is answered any more; what ends with the connection is no failure of its own. */
  private void failedLate(Throwable cause) {
    boolean ended = overdue || answer instanceof Answer.Unwanted;
    if (!ended || !isEnding(cause)) {
      origin.loop().handlerFailedElsewhere(toString(), cause);
    }
  }

  @Override
  void failedElsewhere(Throwable failure) {
    origin.loop().handlerFailedElsewhere(toString(), failure);
  }

  /** The loop waits no longer: what the handler answers from now on goes nowhere. */
  public void giveUp(Throwable cause) {
    placed = true;
    overdue = true;
    if (partial != null) {
      partial.giveUp(cause);
      return;
    }
    Interleaving.point();
    if (answer == null
        && ANSWER.compareAndSet(this, null, new Answer.Overdue<>(handled(), cause))) {
      fire(Event.OVERDUE);
      cancelled();
    }
  }

  /** Runs the handler, on whatever thread calls, unless the loop waits for it no longer. */
  @Override
  public void handle() {
    try {
      if (answer == null || answer instanceof Answer.Unwanted) {
        origin.service().handle(handled(), this);
      }
    } catch (Throwable failure) {
      thrown(failure);
    }
  }

  @Override
  public void handle(QueueLimit limit) {
    if (limit.isPassed(beganNanos)) {
      refuse();
    } else {
      handle();
    }
  }

  private void refuse() {
    Throwable cause = new TimeoutException("the request waited too long to be handled");
    Interleaving.point();
    if (ANSWER.compareAndSet(this, null, new Answer.Stale<>(handled(), cause))) {
      fire(Event.ANSWER);
    }
  }

  /** Has another request handled behind this one. Gives false if this one has been. */
  public boolean isFollowedBy(Exchange<Q, R> next) {
    Interleaving.point();
    return FOLLOWER.compareAndSet(this, null, next);
  }

  /** The handler has run, here. Gives whose turn is next, here as well, or null. */
  @Override
  public @Nullable HandlerTask done() {
    Interleaving.point();
    return FOLLOWER.getAndSet(this, DONE) instanceof Exchange<?, ?> next ? next : null;
  }

  @Override
  @Nullable Object asked() {
    return request;
  }

  /** Whether it answers a request, and no bytes that are none. */
  public boolean isToRequest() {
    return request != null;
  }

  /** Whether its place among the others of its connection matters. */
  public boolean isOrdered() {
    return request != null && origin.service().codec().isOrdered(request);
  }

  private Q handled() {
    return Objects.requireNonNull(request, "only a request that is handled is answered");
  }

  private void answer(Answer<Q, R> given) {
    Interleaving.point();
    if (ANSWER.compareAndSet(this, null, given)) {
      fire(Event.ANSWER);
    } else if (overdue || answer instanceof Answer.Unwanted) {
      drop(given);
    } else {
      Throwable unheard = given instanceof Answer.Failure<Q, R> failure ? failure.cause() : null;
      AnsweredBefore mistake = new AnsweredBefore(unheard);
      failedLate(unheard == null ? mistake : unheard);
      throw mistake;
    }
  }

  private void drop(@Nullable Answer<Q, R> unsent) {
    if (SeededBug.REPLY_FORGOTTEN.isOn()) {
      return;
    }
    if (unsent instanceof Answer.Success<Q, R> success) {
      origin.drop(success.request(), success.value());
    } else if (unsent instanceof Answer.Begun<Q, R> begun) {
      drop(begun.rest());
    } else if (unsent instanceof Answer.Failure<Q, R> failure) {
      failedLate(failure.cause());
    }
  }

  private void drop(ReplyParts rest) {
    try {
      rest.drop();
    } catch (RuntimeException | Error failure) {
      failedLate(failure);
    }
  }

  /** The handler has returned. */
  public void handlerReturned() {
    fire(Event.RETURN);
  }

  /**
   * Encodes what is there, and asks for more of a reply that comes in parts.
   *
   * @return whether that was all of it
   */
  public boolean encode(Output out) {
    ReplyStream begun = partial;
    if (begun == null) {
      Objects.requireNonNull(answer, "a reply that is ready has its answer").encode(origin, out);
      ReplyParts rest = out.parts();
      return rest == null ? end() : goOn(rest);
    }
    if (begun.encode(out)) {
      Throwable failure = begun.failure();
      if (failure != null && !overdue) {
        origin.loop().handlerFailed(toString(), failure);
      }
      return end();
    }
    fire(Event.CONTINUE);
    begun.next();
    return false;
  }

  private boolean end() {
    fire(Event.ENCODE);
    return true;
  }

  private boolean goOn(ReplyParts rest) {
    ReplyStream begun = new ReplyStream(rest, this);
    partial = begun;
    fire(Event.CONTINUE);
    begun.first();
    return false;
  }

  /** The connection has ended: nobody takes the reply. */
  public void abandon() {
    if (partial != null) {
      cancel(partial);
      return;
    }
    Interleaving.point();
    if (ANSWER.compareAndSet(this, null, new Answer.Unwanted<>())) {
      cancelled();
    } else {
      drop(answer);
    }
  }

  private void cancel(ReplyStream begun) {
    try {
      begun.cancel();
    } catch (RuntimeException | Error failure) {
      failedLate(failure);
    }
  }

  /** The request that it answers, as the log has it. */
  @Override
  public String toString() {
    return origin.describe(request);
  }

  /** Leaves itself as mail for the loop that has the connection. */
  private void tell() {
    LoopContext to;
    do {
      to = origin.loop();
      told = to;
    } while (!to.post(this) && origin.loop() != to); // refused where it has stopped: nobody waits
  }

  @Override
  public void deliver() {
    if (origin.loop() == told) {
      origin.replyReady();
    } else if (!SeededBug.LOST_IN_TRANSIT.isOn()) {
      tell();
    }
  }

  /** A worker has stopped before it came to this; a loop that has stopped has its answer. */
  @Override
  public void undelivered() {
    if (told != null && origin.loop() != told) {
      tell();
      return;
    }
    failUnlessAnswered(new IllegalStateException("the worker has stopped"));
    HandlerTask next = done();
    if (next != null) {
      next.undelivered();
    }
  }

  /** The mail of a part before may be on its way yet, so that the next one has its own. */
  @Override
  void perform(Action action) {
    switch (action) {
      case POST -> {
        if (partial == null) {
          tell();
        } else {
          origin.wake();
        }
      }
    }
  }
}
