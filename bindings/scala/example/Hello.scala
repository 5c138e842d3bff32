import io.quintet.http.{HttpRequest, HttpResponse}
import io.quintet.scala.Codecs.given
import io.quintet.scala.Quintet

@main def hello(): Unit =
  val server = Quintet.serve[HttpRequest, HttpResponse](): request =>
    HttpResponse.text(s"You asked for ${request.path}")
  println(s"listening on ${server.port}")
