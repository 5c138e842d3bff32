package io.quintet.ktor

import io.ktor.http.ContentType
import io.ktor.server.application.Application
import io.ktor.server.cio.CIO
import io.ktor.server.engine.EmbeddedServer
import io.ktor.server.engine.connector
import io.ktor.server.engine.embeddedServer
import io.ktor.server.netty.Netty
import io.ktor.server.request.header
import io.ktor.server.request.queryString
import io.ktor.server.request.receiveChannel
import io.ktor.server.response.respondBytes
import io.ktor.server.response.respondText
import io.ktor.server.routing.get
import io.ktor.server.routing.head
import io.ktor.server.routing.post
import io.ktor.server.routing.routing
import io.ktor.utils.io.toByteArray
import io.quintet.Pattern
import io.quintet.testkit.Sizes
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlin.time.Duration.Companion.milliseconds

/** The routes of HttpConduct, as any Ktor application has them. */
internal fun Application.conduct() {
    routing {
        get("/") { call.respondText("Hello, World!") }
        head("/") { call.respondText("Hello, World!") }
        post("/echo") { call.respondBytes(call.receiveChannel().toByteArray(), ContentType.Application.OctetStream) }
        get("/query") { call.respondText(call.request.queryString()) }
        get("/header") { call.respondText(call.request.header("X-Test").orEmpty()) }
        get("/wait") {
            delay(300.milliseconds)
            call.respondText("waited")
        }
        get("/fail") { error("as asked for") }
    }
}

/** A server on a free port. */
internal fun quintet(
    configure: QuintetEngine.Configuration.() -> Unit = {},
    module: Application.() -> Unit,
): EmbeddedServer<QuintetEngine, QuintetEngine.Configuration> =
    embeddedServer(
        Quintet,
        configure = {
            connector {
                host = "127.0.0.1"
                port = 0
            }
            configure()
        },
        module = module,
    )

/** The id of a pattern, and perhaps another engine to compare with: netty or cio. */
fun main(arguments: Array<String>) {
    if (arguments.size > 1) {
        other(arguments[1])
        return
    }
    val server =
        quintet({
            pattern = Pattern.entries.first { it.id() == arguments[0] }
            Sizes.of(arguments[0], 2).forEach { (name, count) -> option(name, count) }
        }, Application::conduct)
    server.start(wait = false)
    println("listening on ${server.engine.server.port()}")
    server.engine.server.awaitStopped()
}

private fun other(engine: String) {
    val server =
        when (engine) {
            "netty" -> embeddedServer(Netty, host = "127.0.0.1", port = 0, module = Application::conduct)
            else -> embeddedServer(CIO, host = "127.0.0.1", port = 0, module = Application::conduct)
        }
    server.start(wait = false)
    println("listening on ${runBlocking { server.engine.resolvedConnectors().first().port }}")
    Thread.currentThread().join()
}
