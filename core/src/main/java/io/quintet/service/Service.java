package io.quintet.service;

import io.quintet.codec.Codec;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is served: a protocol and the user's code, either one that answers before it returns or one
 * that may answer later.
 *
 * @param <Q> request
 * @param <R> reply
 * @param codec the protocol
 * @param handler answers before it returns, or null
 * @param lateHandler may answer later, or null
 */
public record Service<Q, R>(
    Codec<Q, R> codec, @Nullable Handler<Q, R> handler, @Nullable AsyncHandler<Q, R> lateHandler) {

  /**
   * Runs the handler, whichever it is.
   *
   * @param request the request
   * @param reply where its reply goes
   * @throws Exception what the handler throws
   */
  public void handle(Q request, Reply<R> reply) throws Exception {
    if (handler != null) {
      reply.send(Objects.requireNonNull(handler.handle(request), "the handler's reply"));
    } else {
      Objects.requireNonNull(lateHandler).handle(request, reply);
    }
  }

  /**
   * A service whose handler answers before it returns.
   *
   * @param <Q> request
   * @param <R> reply
   * @param codec protocol
   * @param handler handler
   * @return the service
   */
  public static <Q, R> Service<Q, R> of(Codec<Q, R> codec, Handler<Q, R> handler) {
    return new Service<>(codec, handler, null);
  }

  /**
   * A service whose handler may answer later.
   *
   * @param <Q> request
   * @param <R> reply
   * @param codec protocol
   * @param handler handler
   * @return the service
   */
  public static <Q, R> Service<Q, R> later(Codec<Q, R> codec, AsyncHandler<Q, R> handler) {
    return new Service<>(codec, null, handler);
  }
}
