package io.quintet.scala.effect

import cats.effect.std.Dispatcher
import cats.effect.{Async, Resource}
import cats.syntax.all.*
import io.quintet.codec.Codec
import io.quintet.scala.Quintet
import io.quintet.{Pattern, Server}
import io.quintet.service.Reply

import java.util.concurrent.CancellationException

/** Servers as resources of cats-effect, which is an optional dependency.
  *
  * {{{
  * QuintetResource.serve[IO, String, String](port = 7000)(line => IO.pure(line.toUpperCase)).useForever
  * }}}
  *
  * When the resource is released the server drains; handlers that still run after that are canceled.
  */
object QuintetResource:
  /** A server whose handler is an effect, run as a fiber of its own for each request. Replies leave in
    * the order of their requests.
    *
    * @param host
    *   address or name to listen on
    * @param port
    *   0 to 65535; 0 lets the kernel choose
    * @param pattern
    *   who listens, accepts and owns; handlers run in fibers under each
    * @param options
    *   any other option of `io.quintet.ServerOption` by its name; a duration is one of milliseconds
    * @param handler
    *   a request to its reply; an error fails the request
    */
  def serve[F[_], Q, R](
      host: String = "127.0.0.1",
      port: Int = 0,
      pattern: Pattern = Pattern.SINGLE_THREAD,
      options: Map[String, Any] = Map.empty
  )(handler: Q => F[R])(using codec: Codec[Q, R], async: Async[F]): Resource[F, Server] =
    Dispatcher.parallel[F].flatMap(serve(_, host, port, pattern, options)(handler))

  /** Likewise, with handlers run by a dispatcher that outlives the server. */
  private[scala] def serve[F[_], Q, R](
      dispatcher: Dispatcher[F],
      host: String,
      port: Int,
      pattern: Pattern,
      options: Map[String, Any]
  )(handler: Q => F[R])(using codec: Codec[Q, R], async: Async[F]): Resource[F, Server] =
    def answer(request: Q, reply: Reply[R]): Unit =
      val answered = async
        .defer(handler(request))
        .attempt
        .flatMap(result => async.delay(result.fold(reply.fail, reply.send)))
      dispatcher.unsafeRunAndForget(
        async.onCancel(answered, async.delay(reply.fail(CancellationException("the server ends"))))
      )
    Resource.make(async.blocking {
      val builder = io.quintet.Quintet.serverLater[Q, R](codec, answer(_, _))
      Quintet.start(builder, host, port, pattern, options)
    })(server => async.blocking(server.close()))
