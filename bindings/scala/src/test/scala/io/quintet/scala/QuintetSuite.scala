package io.quintet.scala

import cats.effect.IO
import cats.effect.unsafe.implicits.global
import io.quintet.Pattern
import io.quintet.scala.Codecs.given
import io.quintet.scala.effect.QuintetResource
import io.quintet.scala.http4s.QuintetHttp4s
import io.quintet.testkit.{ChildServer, HttpConduct}

import java.net.{Socket, URI}
import java.nio.file.{Files, Path}
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS
import scala.concurrent.duration.*
import scala.io.Source
import scala.jdk.CollectionConverters.*
import scala.util.Using

class QuintetSuite extends munit.FunSuite:
  override val munitTimeout: Duration = 60.seconds

  /** Futures and effects answer later, which is one way, with workers or without. */
  private val modes = Map(
    "direct" -> Pattern.values.toSeq,
    "http4s" -> Pattern.values.toSeq,
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
          assert(began.await(10, SECONDS))
      })
      .unsafeRunSync()
    assert(canceled.await(10, SECONDS))

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
