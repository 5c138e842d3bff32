package io.quintet.kotlin

import io.quintet.Pattern
import io.quintet.http.Http
import io.quintet.http.HttpRequest
import io.quintet.http.HttpResponse
import kotlinx.coroutines.delay
import kotlin.time.Duration.Companion.milliseconds

private suspend fun answer(request: HttpRequest): HttpResponse =
    when (request.path()) {
        "/" -> HttpResponse.text("Hello, World!")
        "/echo" -> HttpResponse.of(200, "application/octet-stream", request.body())
        "/query" -> HttpResponse.text(request.query().orElse(""))
        "/header" -> HttpResponse.text(request.header("X-Test").orElse(""))
        "/wait" -> {
            delay(20.milliseconds)
            HttpResponse.text("waited")
        }
        "/fail" -> error("as asked for")
        else -> HttpResponse.text(404, "")
    }

private fun blocking(request: HttpRequest): HttpResponse =
    if (request.path() == "/wait") {
        Thread.sleep(20)
        HttpResponse.text("waited")
    } else {
        kotlinx.coroutines.runBlocking { answer(request) }
    }

/** The routes of HttpConduct, as a program: the id of a pattern, and whether handlers suspend. */
fun main(arguments: Array<String>) {
    val configure: Configuration.() -> Unit = {
        pattern = Pattern.entries.first { it.id() == arguments[0] }
        loops = 2
        workers = 2
        backends = 2
    }
    val server =
        if (arguments[1] == "suspending") {
            serveHttp(configure, ::answer)
        } else {
            serve(Http.codec(), configure, ::blocking)
        }
    if (!server.isBackend) {
        println("listening on ${server.port}")
    }
    server.awaitStopped()
}
