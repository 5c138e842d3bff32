package io.quintet.exchange;

import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.codec.ReplyParts;

/**
 * What was answered in the place of a reply.
 *
 * @param <Q> request
 * @param <R> reply
 */
sealed interface Answer<Q, R> {
  public void encode(Origin<Q, R> origin, Output out);

  record Success<Q, R>(Q request, R value) implements Answer<Q, R> {
    @Override
    public void encode(Origin<Q, R> origin, Output out) {
      origin.encode(request, value, out);
    }
  }

  record Failure<Q, R>(Q request, Throwable cause) implements Answer<Q, R> {
    @Override
    public void encode(Origin<Q, R> origin, Output out) {
      origin.loop().handlerFailed(origin.describe(request), cause);
      origin.encoder().encodeFailure(request, cause, out);
    }
  }

  /** The loop waits no longer, which is counted as a refusal. */
  record Overdue<Q, R>(Q request, Throwable cause) implements Answer<Q, R> {
    @Override
    public void encode(Origin<Q, R> origin, Output out) {
      origin.encoder().encodeFailure(request, cause, out);
    }
  }

  /** The request waited too long for a thread: its handler was not called. */
  record Stale<Q, R>(Q request, Throwable cause) implements Answer<Q, R> {
    @Override
    public void encode(Origin<Q, R> origin, Output out) {
      origin.loop().refused(io.quintet.metrics.Refusal.STALE, origin.describe(request));
      origin.encoder().encodeFailure(request, cause, out);
    }
  }

  record Interim<Q, R>(byte[] bytes) implements Answer<Q, R> {
    @Override
    public void encode(Origin<Q, R> origin, Output out) {
      out.put(bytes);
    }
  }

  record Begun<Q, R>(ReplyParts rest) implements Answer<Q, R> {
    @Override
    public void encode(Origin<Q, R> origin, Output out) {
      out.goOn(rest);
    }
  }

  /** In place of an answer: the connection has ended, and what comes goes nowhere. */
  record Unwanted<Q, R>() implements Answer<Q, R> {
    @Override
    public void encode(Origin<Q, R> origin, Output out) {
      throw new AssertionError("nothing is encoded for a connection that has ended");
    }
  }

  record Refusal<Q, R>(ProtocolException cause) implements Answer<Q, R> {
    @Override
    public void encode(Origin<Q, R> origin, Output out) {
      origin.encoder().encodeRefusal(cause, out);
    }
  }
}
