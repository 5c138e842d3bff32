package io.quintet;

import io.quintet.codec.Codec;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Handler;
import io.quintet.service.Service;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Where servers begin.
 *
 * <pre>{@code
 * try (Server server =
 *     Quintet.server(Http.codec(), request -> HttpResponse.text("Hello, World!"))
 *         .pattern(Pattern.SINGLE_THREAD)
 *         .listen("127.0.0.1", 8080)
 *         .start()) {
 *   server.awaitStopped();
 * }
 * }</pre>
 */
public final class Quintet {
  private Quintet() {}

  /**
   * A server whose handler answers before it returns.
   *
   * @param <Q> request
   * @param <R> reply
   * @param codec protocol
   * @param handler the user's code
   * @return a builder
   */
  public static <Q, R> ServerBuilder server(Codec<Q, R> codec, Handler<Q, R> handler) {
    return new ServerBuilder(Service.of(codec, handler));
  }

  /**
   * A server whose handler may answer after it has returned.
   *
   * @param <Q> request
   * @param <R> reply
   * @param codec protocol
   * @param handler the user's code
   * @return a builder
   */
  public static <Q, R> ServerBuilder serverLater(Codec<Q, R> codec, AsyncHandler<Q, R> handler) {
    return new ServerBuilder(Service.later(codec, handler));
  }

  /**
   * A server whose handler gives a stage that completes with the reply.
   *
   * @param <Q> request
   * @param <R> reply
   * @param codec protocol
   * @param handler the user's code
   * @return a builder
   */
  public static <Q, R> ServerBuilder serverOfStages(
      Codec<Q, R> codec, Function<? super Q, ? extends CompletionStage<R>> handler) {
    return serverLater(
        codec,
        (request, reply) ->
            handler
                .apply(request)
                .whenComplete(
                    (value, failure) -> {
                      if (failure == null) {
                        reply.send(value);
                      } else {
                        reply.fail(causeOf(failure));
                      }
                    }));
  }

  /** A stage that depends on another one has its failure wrapped. */
  private static Throwable causeOf(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
