package io.quintet.scala

import io.quintet.Pattern
import io.quintet.http.{HttpRequest, HttpResponse}
import io.quintet.scala.Codecs.given

import scala.concurrent.ExecutionContext.Implicits.global
import scala.concurrent.Future

/** The routes of HttpConduct, as a program: the id of a pattern, and how handlers answer. */
object ConductServer:
  private def answer(request: HttpRequest): HttpResponse = request.path match
    case "/"       => HttpResponse.text("Hello, World!")
    case "/echo"   => HttpResponse.of(200, "application/octet-stream", request.body)
    case "/query"  => HttpResponse.text(request.query.orElse(""))
    case "/header" => HttpResponse.text(request.header("X-Test").orElse(""))
    case "/wait" =>
      Thread.sleep(20)
      HttpResponse.text("waited")
    case "/fail" => throw IllegalStateException("as asked for")
    case _       => HttpResponse.text(404, "")

  def main(arguments: Array[String]): Unit =
    val pattern = Pattern.values.find(_.id == arguments(0)).get
    val options = Map("loops" -> 2, "workers" -> 2, "backends" -> 2)
    val server =
      if arguments(1) == "future" then
        Quintet.serveFuture[HttpRequest, HttpResponse](pattern = pattern, options = options):
          request => Future(answer(request))
      else Quintet.serve[HttpRequest, HttpResponse](pattern = pattern, options = options)(answer)
    if !server.isBackend then println(s"listening on ${server.port}")
    server.awaitStopped()
