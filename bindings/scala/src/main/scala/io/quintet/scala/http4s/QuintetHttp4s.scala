package io.quintet.scala.http4s

import cats.effect.std.Dispatcher
import cats.effect.{Async, Resource}
import cats.syntax.all.*
import com.comcast.ip4s.{IpAddress, SocketAddress}
import fs2.{Chunk, Stream}
import fs2.interop.flow.{fromPublisher, subscribeStream}
import io.quintet.codec.Codec
import io.quintet.http.{Http, HttpRequest, HttpResponse}
import io.quintet.scala.effect.QuintetResource
import io.quintet.{Pattern, Server}
import org.http4s.{
  EmptyBody,
  Header,
  Headers,
  HttpApp,
  HttpVersion,
  MessageFailure,
  Method,
  ParseResult,
  Request,
  Response,
  Status,
  Uri
}
import org.typelevel.ci.CIString

import java.net.InetSocketAddress
import java.util.Map.entry
import java.util.concurrent.Flow.{Publisher, Subscriber}
import scala.jdk.CollectionConverters.*
import scala.jdk.OptionConverters.*

/** Serves an `HttpApp` of http4s, which is an optional dependency.
  *
  * {{{
  * QuintetHttp4s.serve[IO](port = 8080, pattern = Pattern.REUSEPORT)(routes.orNotFound).useForever
  * }}}
  *
  * Bodies stream both ways: who produces them waits for who takes them. A response with a short known
  * length is sent whole. What http4s keeps in `org.http4s.server`, WebSockets among it, is not used.
  */
object QuintetHttp4s:
  /** Bodies of a known length up to this many bytes are sent whole. */
  private val WholeBytesMax = 64L << 10

  /** Parts of a request's body that are asked for ahead. */
  private val PartsAhead = 4

  /** Fields that the codec writes itself. */
  private val own =
    Set("Content-Length", "Transfer-Encoding", "Date", "Connection").map(CIString(_))

  /** A server of an app, as a resource that drains it when it is released.
    *
    * @param host
    *   address or name to listen on
    * @param port
    *   0 to 65535; 0 lets the kernel choose
    * @param pattern
    *   who listens, accepts and owns; the app runs in fibers under each
    * @param options
    *   any other option of `io.quintet.ServerOption` by its name; a duration is one of milliseconds
    * @param limits
    *   of heads
    * @param contentBytesMax
    *   bytes of a request's body; 413 beyond
    */
  def serve[F[_]](
      host: String = "127.0.0.1",
      port: Int = 0,
      pattern: Pattern = Pattern.SINGLE_THREAD,
      options: Map[String, Any] = Map.empty,
      limits: Http.Limits = Http.Limits.DEFAULT,
      contentBytesMax: Long = Long.MaxValue
  )(app: HttpApp[F])(using async: Async[F]): Resource[F, Server] =
    given Codec[HttpRequest, HttpResponse] = Http.streaming(limits, contentBytesMax)
    for
      dispatcher <- Dispatcher.parallel[F]
      server <- QuintetResource.serve(dispatcher, host, port, pattern, options): (request: HttpRequest) =>
        asked(request).fold(
          failure => async.pure(HttpResponse.text(400, failure.sanitized)),
          asked =>
            app
              .run(asked)
              .recover { case failure: MessageFailure => failure.toHttpResponse(asked.httpVersion) }
              .flatMap(answered(dispatcher, asked.method, _))
        )
    yield server

  private def asked[F[_]: Async](request: HttpRequest): ParseResult[Request[F]] =
    for
      method <- Method.fromString(request.method)
      uri <- Uri.requestTarget(request.target)
    yield
      val fields = request.headers.asScala.map(f => Header.Raw(CIString(f.getKey), f.getValue))
      val body = Stream
        .suspend(fromPublisher[F](request.content, PartsAhead))
        .map(Chunk.array(_))
        .unchunks
      val plain = Request[F](
        method,
        uri,
        if request.minorVersion == 0 then HttpVersion.`HTTP/1.0` else HttpVersion.`HTTP/1.1`,
        Headers(fields.toList),
        body
      )
      (request.peer.local.toScala.collect(inet), request.peer.address.toScala.collect(inet))
        .mapN(Request.Connection(_, _, request.peer.session.isPresent))
        .fold(plain)(plain.withAttribute(Request.Keys.ConnectionInfo, _))

  private val inet: PartialFunction[Any, SocketAddress[IpAddress]] =
    case address: InetSocketAddress => SocketAddress.fromInetSocketAddress(address)

  private def answered[F[_]](dispatcher: Dispatcher[F], method: Method, response: Response[F])(using
      async: Async[F]
  ): F[HttpResponse] =
    val status = response.status.code
    val headers = response.headers.headers
      .filterNot(field => own.contains(field.name))
      .map(field => entry(field.name.toString, field.value))
      .asJava
    def whole(bytes: Array[Byte]) = HttpResponse.of(status, headers, bytes)
    def empty = whole(Array.emptyByteArray)
    // without content a length says what GET would get, or the resource has
    val announces = method == Method.HEAD || response.status == Status.NotModified
    val made = response.contentLength match
      case length if !response.status.isEntityAllowed || (response.body eq EmptyBody) =>
        async.delay(length.filter(_ => announces).fold(empty)(empty.announcing))
      case Some(length) if length <= WholeBytesMax =>
        response.body.compile.to(Chunk).map(chunk => whole(chunk.toArray))
      case length =>
        val parts = Parts(response.body.chunks.map(_.toArray), dispatcher)
        async.pure(
          length.fold(HttpResponse.streaming(status, headers, parts))(
            HttpResponse.streaming(status, headers, parts, _)
          )
        )
    val ends = response.headers.get(CIString("Connection")).exists(_.head.value.equalsIgnoreCase("close"))
    if ends then made.map(_.endingConnection) else made

  /** A stream that runs when somebody subscribes. */
  private final class Parts[F[_]: Async](parts: Stream[F, Array[Byte]], dispatcher: Dispatcher[F])
      extends Publisher[Array[Byte]]:
    override def subscribe(subscriber: Subscriber[? >: Array[Byte]]): Unit =
      dispatcher.unsafeRunAndForget(
        subscribeStream(parts, subscriber.asInstanceOf[Subscriber[Array[Byte]]])
      )
