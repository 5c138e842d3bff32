package example

import io.quintet.Pattern
import io.quintet.resp.{RespCommand, RespReply}
import io.quintet.scala.Codecs.given
import io.quintet.scala.Quintet

import java.util.concurrent.ConcurrentHashMap
import scala.util.Using

/** A key-value service that redis-cli talks to: GET, SET, and ADD for numbers. */
object Shelf:
  private val values = ConcurrentHashMap[String, String]()

  private def answer(command: RespCommand): RespReply =
    (command.name, command.count) match
      case ("GET", 1) => Option(values.get(command.text(0))).fold(RespReply.NIL)(RespReply.bulk)
      case ("SET", 2) =>
        values.put(command.text(0), command.text(1))
        RespReply.OK
      case ("ADD", 2) =>
        val sum = values.merge(command.text(0), command.text(1), (a, b) => s"${a.toLong + b.toLong}")
        RespReply.Whole(sum.toLong)
      case _ => RespReply.Failure("ERR there are GET, SET and ADD")

  def main(arguments: Array[String]): Unit =
    val port = arguments.headOption.fold(6380)(_.toInt)
    val pattern = Pattern.values.find(p => arguments.lift(1).contains(p.id))
    Using.resource(
      Quintet.serve[RespCommand, RespReply](
        port = port,
        pattern = pattern.getOrElse(Pattern.SINGLE_THREAD)
      )(answer)
    ): server =>
      println(s"listening on ${server.port}")
      server.awaitStopped()
