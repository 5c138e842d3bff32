package example

import io.ktor.http.HttpStatusCode
import io.ktor.server.application.Application
import io.ktor.server.engine.connector
import io.ktor.server.engine.embeddedServer
import io.ktor.server.request.receiveText
import io.ktor.server.response.respond
import io.ktor.server.response.respondBytesWriter
import io.ktor.server.response.respondText
import io.ktor.server.routing.delete
import io.ktor.server.routing.get
import io.ktor.server.routing.put
import io.ktor.server.routing.routing
import io.ktor.utils.io.writeStringUtf8
import io.quintet.Pattern
import io.quintet.ktor.Quintet
import java.util.concurrent.ConcurrentSkipListMap

private val notes = ConcurrentSkipListMap<String, String>()

fun Application.notes() {
    routing {
        get("/notes") {
            call.respondBytesWriter { notes.forEach { (name, text) -> writeStringUtf8("$name: $text\n") } }
        }
        get("/notes/{name}") {
            val text = notes[call.parameters["name"]]
            if (text == null) call.respond(HttpStatusCode.NotFound) else call.respondText(text)
        }
        put("/notes/{name}") {
            notes[call.parameters["name"]!!] = call.receiveText()
            call.respond(HttpStatusCode.NoContent)
        }
        delete("/notes/{name}") {
            val known = notes.remove(call.parameters["name"]) != null
            call.respond(if (known) HttpStatusCode.NoContent else HttpStatusCode.NotFound)
        }
    }
}

fun main(arguments: Array<String>) {
    val id = arguments.getOrElse(1) { "single-thread" }
    val server =
        embeddedServer(
            Quintet, // the line that another engine would differ in
            configure = {
                connector { host = "127.0.0.1"; port = arguments.getOrElse(0) { "8080" }.toInt() }
                pattern = Pattern.entries.first { it.id() == id }
            },
            module = Application::notes,
        )
    server.start(wait = false)
    println("listening on ${server.engine.server.port()}")
    server.engine.server.awaitStopped()
}
