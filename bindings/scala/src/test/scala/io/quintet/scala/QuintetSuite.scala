package io.quintet.scala

import cats.effect.IO
import cats.effect.unsafe.implicits.global
import io.quintet.Pattern
import io.quintet.http.{HttpRequest, HttpResponse}
import io.quintet.scala.Codecs.given
import io.quintet.scala.effect.QuintetResource
import io.quintet.scala.http4s.QuintetHttp4s
import io.quintet.testkit.{ChildServer, HttpConduct}
import org.http4s.dsl.io.*
import org.http4s.{Header, HttpApp, HttpRoutes, InvalidMessageBodyFailure, Response, Status}
import org.typelevel.ci.CIString

import java.net.{Socket, URI}
import java.nio.file.{Files, Path}
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.{CountDownLatch, LinkedBlockingQueue}
import java.util.logging.{Handler, LogRecord, Logger}
import scala.concurrent.Future
import scala.concurrent.duration.*
import scala.io.Source
import scala.jdk.CollectionConverters.*
import scala.util.Using

class QuintetSuite extends munit.FunSuite:
  override val munitTimeout: Duration = 60.seconds

  /** Futures and effects answer later, which is one way, with workers or without. */
  private val modes = Map(
    "direct" -> Pattern.five.asScala.toSeq,
    "http4s" -> Pattern.five.asScala.toSeq,
    "future" -> Seq(Pattern.SINGLE_THREAD, Pattern.LOAD_BALANCED),
    "effect" -> Seq(Pattern.REUSEPORT, Pattern.MULTI_PROCESS)
  )

  for
    (mode, patterns) <- modes
    pattern <- patterns
  do
    test(s"what clients find under ${pattern.id}, $mode"):
      Using.resource(ChildServer("io.quintet.scala.ConductServer", pattern.id, mode)): server =>
        HttpConduct.checks(server.port).values.asScala.foreach(_.run())
        HttpConduct.endsInGoodOrder(server)

  private def ask(port: Int, text: String): String =
    Using.resource(Socket("127.0.0.1", port)): socket =>
      socket.setSoTimeout(10000)
      socket.getOutputStream.write(text.getBytes)
      Source.fromInputStream(socket.getInputStream).getLines().next()

  test("a body of http4s streams, and a request knows its client"):
    QuintetHttp4s.serve[IO](pattern = Pattern.REUSEPORT)(ConductServer.app).use(server => IO.blocking {
      val url = s"http://127.0.0.1:${server.port}"
      assertEquals(Source.fromURL(s"$url/flow").mkString, "0\n1\n2\n3\n4\n")
      assertEquals(Source.fromURL(s"$url/connection").mkString, "127.0.0.1")
    }).unsafeRunSync()

  /** What the server sends to a request. */
  private def sent(port: Int, method: String, target: String): String =
    Using.resource(Socket("127.0.0.1", port)): socket =>
      socket.setSoTimeout(10000)
      socket.getOutputStream
        .write(s"$method $target HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n".getBytes)
      String(socket.getInputStream.readAllBytes)

  private def length(sent: String): Option[String] =
    sent.linesIterator.takeWhile(_.nonEmpty).collectFirst { case s"Content-Length: $n" => n }

  private def serving[A](app: HttpApp[IO], host: String = "127.0.0.1")(use: Int => A): A =
    QuintetHttp4s.serve[IO](host)(app).use(server => IO.blocking(use(server.port))).unsafeRunSync()

  test("a length is said where it is known"):
    def announced(response: Response[IO]) = response.putHeaders(Header.Raw(CIString("Content-Length"), "10"))
    val app = HttpRoutes
      .of[IO] {
        case _ -> Root / "none"      => IO(Response[IO]())
        case _ -> Root / "ten"       => IO(announced(Response[IO]()))
        case _ -> Root / "unchanged" => IO(announced(Response[IO](Status.NotModified)))
        case _ -> Root / "nothing"   => IO(announced(Response[IO](Status.NoContent)))
        case _ -> Root / "text"      => Ok("hello")
        case _ -> Root / "flow"      => Ok(fs2.Stream.emit("x").repeat.covary[IO])
      }
      .orNotFound
    serving(app): port =>
      val expected = Seq(
        ("HEAD", "/none", None),
        ("HEAD", "/ten", Some("10")),
        ("HEAD", "/unchanged", Some("10")),
        ("HEAD", "/nothing", None),
        ("HEAD", "/text", Some("5")),
        ("HEAD", "/flow", None),
        ("GET", "/none", Some("0")),
        ("GET", "/ten", Some("0")),
        ("GET", "/unchanged", Some("10")),
        ("GET", "/text", Some("5"))
      )
      for (method, path, length) <- expected do
        assertEquals(this.length(sent(port, method, path)), length, s"$method $path")

  test("a request knows both ends of its connection, however the server was told to listen"):
    val app = HttpRoutes
      .of[IO] { case request @ GET -> Root =>
        Ok(s"${request.server.map(_.port)} ${request.serverAddr} ${request.remoteAddr}")
      }
      .orNotFound
    for host <- Seq("127.0.0.1", "0.0.0.0", "localhost") do
      serving(app, host): port =>
        val here = s"Some($port) Some(127.0.0.1) Some(127.0.0.1)"
        assert(sent(port, "GET", "/").endsWith(s"\r\n\r\n$here"), host)

  test("routes match the decoded path"):
    val app = HttpRoutes.of[IO] { case GET -> Root / "private" / name => Ok(name) }.orNotFound
    serving(app): port =>
      for target <- Seq("/private/x", "/%70rivate/x", "/privat%65/%78", "http://example.com/private/x") do
        assert(sent(port, "GET", target).endsWith("\r\n\r\nx"), target)

  /** Lines of failures that are logged meanwhile. */
  private def logged[A](use: LinkedBlockingQueue[String] => A): A =
    val lines = LinkedBlockingQueue[String]()
    val logger = Logger.getLogger("io.quintet")
    val handler = new Handler:
      def publish(line: LogRecord): Unit = if line.getMessage.contains(" failed: ") then lines.add(line.getMessage)
      def flush(): Unit = ()
      def close(): Unit = ()
    logger.addHandler(handler)
    try use(lines)
    finally logger.removeHandler(handler)

  private def assertLogged(lines: LinkedBlockingQueue[String], request: String, cause: String): Unit =
    val line = lines.poll(60, SECONDS)
    assert(line != null && line.contains(s"$request failed: ") && line.contains(cause), s"$line")

  test("what fails in http4s is answered, and logged once with its request"):
    val boom = IllegalStateException("boom")
    val app = HttpRoutes
      .of[IO] {
        case GET -> Root / "raised"  => IO.raiseError(boom)
        case GET -> Root / "thrown"  => throw boom
        case GET -> Root / "later"   => IO.sleep(1.milli) >> IO.raiseError(boom)
        case GET -> Root / "whole"   => Ok(fs2.Stream.emit("some") ++ fs2.Stream.raiseError[IO](boom))
        case GET -> Root / "null"    => IO.pure(null)
        case GET -> Root / "invalid" => IO.raiseError(InvalidMessageBodyFailure("no body"))
      }
      .orNotFound
    serving(app): port =>
      logged: lines =>
        for path <- Seq("/raised", "/thrown", "/later") do
          assert(sent(port, "GET", path).startsWith("HTTP/1.1 500 "), path)
          assertLogged(lines, s"GET $path", "IllegalStateException: boom")
        sent(port, "GET", "/whole")
        assertLogged(lines, "GET /whole", "IllegalStateException: boom")
        assert(sent(port, "GET", "/null").startsWith("HTTP/1.1 500 "))
        assertLogged(lines, "GET /null", "NullPointerException")
        assert(sent(port, "GET", "/invalid").startsWith("HTTP/1.1 422 "))
        assert(lines.isEmpty, s"$lines")

  test("what fails in a future is answered, and logged once with its request"):
    import scala.concurrent.ExecutionContext.Implicits.global
    def answer(request: HttpRequest): Future[HttpResponse] = request.path match
      case "/failed" => Future.failed(IllegalStateException("boom"))
      case "/later"  => Future(throw IllegalStateException("boom"))
      case "/thrown" => throw IllegalStateException("boom")
      case _         => Future.successful(null)
    Using.resource(Quintet.serveFuture[HttpRequest, HttpResponse]()(answer)): server =>
      logged: lines =>
        for path <- Seq("/failed", "/later", "/thrown") do
          assert(sent(server.port, "GET", path).startsWith("HTTP/1.1 500 "), path)
          assertLogged(lines, s"GET $path", "IllegalStateException: boom")
        assert(sent(server.port, "GET", "/null").startsWith("HTTP/1.1 500 "))
        assertLogged(lines, "GET /null", "NullPointerException")

  test("a body ends with its client, whatever it waits for"):
    val first = fs2.Stream.emit("x").covary[IO]
    val bodies = Seq(
      "ticks" -> first.repeat.metered(5.millis),
      "much" -> first.repeat,
      "waits" -> (first ++ fs2.Stream.never[IO]),
      "sleeps" -> (first ++ fs2.Stream.sleep_[IO](1.hour))
    )
    for (name, body) <- bodies do
      val ended = CountDownLatch(1)
      val app = HttpRoutes.of[IO] { case GET -> Root => Ok(body.onFinalize(IO(ended.countDown()))) }.orNotFound
      serving(app): port =>
        Using.resource(Socket("127.0.0.1", port)): socket =>
          socket.setSoTimeout(10000)
          socket.getOutputStream.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes)
          var head = ""
          while !head.endsWith("\r\n\r\n") do head += socket.getInputStream.read.toChar
          socket.getInputStream.read
          socket.setSoLinger(true, 0)
        assert(ended.await(60, SECONDS), name)

  test("a server that is released cancels handlers that outlast its drain"):
    val began = CountDownLatch(1)
    val canceled = CountDownLatch(1)
    def handler(line: String): IO[String] =
      (IO(began.countDown()) >> IO.never[String]).onCancel(IO(canceled.countDown()))
    QuintetResource
      .serve[IO, String, String](options = Map("drainTimeoutMillis" -> 50))(handler)
      .use(server => IO.blocking {
        Using.resource(Socket("127.0.0.1", server.port)): socket =>
          socket.getOutputStream.write("hello\n".getBytes)
          assert(began.await(60, SECONDS))
      })
      .unsafeRunSync()
    assert(canceled.await(60, SECONDS))

  test("other protocols are served"):
    Using.resource(Quintet.serve[String, String](pattern = Pattern.REUSEPORT)(_.toUpperCase)): server =>
      assertEquals(ask(server.port, "hello\n"), "HELLO")
      assertEquals(server.stats.get("topology"), "reuseport")

  test("a duration is an option in milliseconds, and a bad one is named"):
    val failure = intercept[IllegalArgumentException]:
      Quintet.serve[String, String](options = Map("idleTimeoutMillis" -> 2.days))(identity)
    assertEquals(failure.getMessage, "option idleTimeoutMillis is 172800000; valid are 0 to 86400000")

  test("the example is a store that clients of Redis talk to"):
    Using.resource(ChildServer("example.Shelf", "0", "load-balanced")): server =>
      assertEquals(ask(server.port, "SET tea 3\r\n"), "+OK")
      assertEquals(ask(server.port, "GET tea\r\n"), "$1")
      assertEquals(ask(server.port, "ADD tea 4\r\n"), ":7")
      assertEquals(ask(server.port, "NOTHING\r\n"), "-ERR there are GET, SET and ADD")

  test("the program of the readme answers"):
    val folder = Path.of(System.getProperty("quintet.binding"))
    val readme = Files.readString(folder.resolve("../../README.md"))
    assert(readme.contains(Files.readString(folder.resolve("example/Hello.scala"))))
    Using.resource(ChildServer("hello")): server =>
      val page = URI(s"http://127.0.0.1:${server.port}/tea").toURL.openStream
      assertEquals(Using.resource(page)(in => String(in.readAllBytes)), "You asked for /tea")

  test("the readme shows the example as it is"):
    val folder = Path.of(System.getProperty("quintet.binding"))
    val example = Files.readString(folder.resolve("example/Shelf.scala"))
    val shown = example.drop(example.indexOf("import")).trim
    assert(Files.readString(folder.resolve("README.md")).contains(shown))
