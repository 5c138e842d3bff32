package io.quintet.kotlin

import io.quintet.Pattern
import io.quintet.http.Http
import io.quintet.http.HttpRequest
import io.quintet.http.HttpResponse
import io.quintet.testkit.Sizes
import kotlinx.coroutines.delay
import kotlin.time.Duration.Companion.milliseconds

private fun direct(request: HttpRequest): HttpResponse =
    when (request.path()) {
        "/" -> HttpResponse.text("Hello, World!")
        "/echo" -> HttpResponse.of(200, "application/octet-stream", request.body())
        "/query" -> HttpResponse.text(request.query().orElse(""))
        "/header" -> HttpResponse.text(request.header("X-Test").orElse(""))
        "/wait" -> {
            Thread.sleep(300)
            HttpResponse.text("waited")
        }
        "/fail" -> error("as asked for")
        else -> HttpResponse.text(404, "")
    }

private suspend fun suspending(request: HttpRequest): HttpResponse {
    if (request.path() != "/wait") {
        return direct(request)
    }
    delay(300.milliseconds)
    return HttpResponse.text("waited")
}

/** The routes of HttpConduct, as a program: the id of a pattern, and whether handlers suspend. */
fun main(arguments: Array<String>) {
    val configure: Configuration.() -> Unit = {
        pattern = Pattern.entries.first { it.id() == arguments[0] }
        Sizes.of(arguments[0], 2).forEach { (name, count) -> option(name, count) }
    }
    val server =
        if (arguments[1] == "suspending") {
            serveHttp(configure, ::suspending)
        } else {
            serve(Http.codec(), configure, ::direct)
        }
    if (!server.isBackend) {
        println("listening on ${server.port}")
    }
    server.awaitStopped()
}
