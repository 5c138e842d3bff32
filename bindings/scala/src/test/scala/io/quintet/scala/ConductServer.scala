package io.quintet.scala

import cats.effect.unsafe.implicits.global as runtime
import cats.effect.{IO, Resource}
import io.quintet.http.{HttpRequest, HttpResponse}
import io.quintet.scala.Codecs.given
import io.quintet.scala.effect.QuintetResource
import io.quintet.scala.http4s.QuintetHttp4s
import io.quintet.testkit.Sizes
import io.quintet.{Pattern, Server}
import org.http4s.dsl.io.*
import org.http4s.{HttpApp, HttpRoutes}
import org.typelevel.ci.CIString

import scala.concurrent.ExecutionContext.Implicits.global
import scala.concurrent.Future
import scala.concurrent.duration.*
import scala.jdk.CollectionConverters.*

/** The routes of HttpConduct, as a program: the id of a pattern, and how handlers answer. */
object ConductServer:
  private def answer(request: HttpRequest): HttpResponse = request.path match
    case "/"       => HttpResponse.text("Hello, World!")
    case "/echo"   => HttpResponse.of(200, "application/octet-stream", request.body)
    case "/query"  => HttpResponse.text(request.query.orElse(""))
    case "/header" => HttpResponse.text(request.header("X-Test").orElse(""))
    case "/wait" =>
      Thread.sleep(300)
      HttpResponse.text("waited")
    case "/fail" => throw IllegalStateException("as asked for")
    case _       => HttpResponse.text(404, "")

  private def effect(request: HttpRequest): IO[HttpResponse] = request.path match
    case "/wait" => IO.sleep(300.millis).as(HttpResponse.text("waited"))
    case "/fail" => IO.raiseError(IllegalStateException("as asked for"))
    case _       => IO(answer(request))

  /** `/flow` has a body that is not known when its head is sent. */
  val app: HttpApp[IO] = HttpRoutes
    .of[IO] {
      case (GET | HEAD) -> Root             => Ok("Hello, World!")
      case request @ POST -> Root / "echo"  => Ok(request.body)
      case request @ GET -> Root / "query"  => Ok(request.queryString)
      case request @ GET -> Root / "header" =>
        Ok(request.headers.get(CIString("X-Test")).fold("")(_.head.value))
      case GET -> Root / "wait"                 => IO.sleep(300.millis) >> Ok("waited")
      case GET -> Root / "fail"                 => IO.raiseError(IllegalStateException("as asked for"))
      case request @ GET -> Root / "connection" => Ok(request.remoteAddr.fold("nobody")(_.toString))
      case GET -> Root / "flow" =>
        Ok(fs2.Stream.range(0, 5).covary[IO].map(n => s"$n\n").metered(1.milli))
    }
    .orNotFound

  def main(arguments: Array[String]): Unit =
    val pattern = Pattern.values.find(_.id == arguments(0)).get
    val options: Map[String, Any] = Sizes.of(pattern.id, 2).asScala.toMap
    def run(server: Server): Unit =
      if !server.isBackend then println(s"listening on ${server.port}")
      server.awaitStopped()
    def use(server: Resource[IO, Server]): Unit =
      server.use(server => IO.blocking(run(server))).unsafeRunSync()(using runtime)
    arguments(1) match
      case "direct" =>
        run(Quintet.serve[HttpRequest, HttpResponse](pattern = pattern, options = options)(answer))
      case "future" =>
        run(Quintet.serveFuture[HttpRequest, HttpResponse](pattern = pattern, options = options):
          request => Future(answer(request))
        )
      case "effect" =>
        use(QuintetResource.serve[IO, HttpRequest, HttpResponse](pattern = pattern, options = options)(effect))
      case "http4s" => use(QuintetHttp4s.serve[IO](pattern = pattern, options = options)(app))
