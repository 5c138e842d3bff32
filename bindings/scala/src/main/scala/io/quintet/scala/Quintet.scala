package io.quintet.scala

import io.quintet.codec.{Codec, Line}
import io.quintet.http.{Http, HttpRequest, HttpResponse}
import io.quintet.resp.{Resp, RespCommand, RespReply}
import io.quintet.{Pattern, Server, ServerBuilder}

import scala.concurrent.duration.FiniteDuration
import scala.concurrent.{ExecutionContext, Future}
import scala.jdk.CollectionConverters.*
import scala.util.{Failure, Success}

/** The codecs that a server of their requests and replies uses unless it is given another. */
object Codecs:
  given http: Codec[HttpRequest, HttpResponse] = Http.codec()
  given resp: Codec[RespCommand, RespReply] = Resp.codec()
  given line: Codec[String, String] = Line.codec()

/** Servers under five patterns of threads and sockets.
  *
  * {{{
  * import io.quintet.scala.Codecs.given
  *
  * Using.resource(Quintet.serve[HttpRequest, HttpResponse](port = 8080)(request => HttpResponse.text(request.path))):
  *   server => server.awaitStopped()
  * }}}
  *
  * A server is `AutoCloseable`: `close` drains it. Options that are not valid end the start with an
  * `IllegalArgumentException` that names the option, its value and what would be valid.
  */
object Quintet:
  /** A server whose handler answers before it returns.
    *
    * @param host
    *   address or name to listen on
    * @param port
    *   0 to 65535; 0 lets the kernel choose
    * @param pattern
    *   who listens, accepts, owns and handles
    * @param options
    *   any other option of `io.quintet.ServerOption` by its name; a duration is one of milliseconds
    * @param handler
    *   a request to its reply; it may block where the pattern has workers
    */
  def serve[Q, R](
      host: String = "127.0.0.1",
      port: Int = 0,
      pattern: Pattern = Pattern.SINGLE_THREAD,
      options: Map[String, Any] = Map.empty
  )(handler: Q => R)(using codec: Codec[Q, R]): Server =
    start(io.quintet.Quintet.server(codec, q => handler(q)), host, port, pattern, options)

  /** A server whose handler answers by a future. Replies leave in the order of their requests,
    * whatever the order in which the futures complete.
    */
  def serveFuture[Q, R](
      host: String = "127.0.0.1",
      port: Int = 0,
      pattern: Pattern = Pattern.SINGLE_THREAD,
      options: Map[String, Any] = Map.empty
  )(handler: Q => Future[R])(using codec: Codec[Q, R], context: ExecutionContext): Server =
    val builder = io.quintet.Quintet.serverLater[Q, R](
      codec,
      (request, reply) =>
        handler(request).onComplete:
          case Success(value)   => reply.send(value)
          case Failure(failure) => reply.fail(failure)
    )
    start(builder, host, port, pattern, options)

  private[scala] def start(
      builder: ServerBuilder,
      host: String,
      port: Int,
      pattern: Pattern,
      options: Map[String, Any]
  ): Server =
    val plain = options.view.mapValues {
      case duration: FiniteDuration => duration.toMillis
      case other                    => other
    }.toMap
    builder.options(plain.asJava).pattern(pattern).listen(host, port).start()
