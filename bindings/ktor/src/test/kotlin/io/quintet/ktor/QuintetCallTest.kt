package io.quintet.ktor

import io.ktor.http.HttpHeaders
import io.ktor.http.HttpStatusCode
import io.ktor.http.content.OutgoingContent
import io.ktor.server.application.Application
import io.ktor.server.application.install
import io.ktor.server.plugins.NotFoundException
import io.ktor.server.plugins.origin
import io.ktor.server.response.header
import io.ktor.server.response.respond
import io.ktor.server.response.respondBytesWriter
import io.ktor.server.response.respondText
import io.ktor.server.routing.Route
import io.ktor.server.routing.RoutingContext
import io.ktor.server.routing.get
import io.ktor.server.routing.head
import io.ktor.server.routing.routing
import io.ktor.server.sse.SSE
import io.ktor.server.sse.sse
import io.ktor.server.websocket.WebSockets
import io.ktor.server.websocket.webSocket
import io.ktor.utils.io.writeFully
import io.ktor.utils.io.writeStringUtf8
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.CsvSource
import org.junit.jupiter.params.provider.EnumSource
import org.junit.jupiter.params.provider.ValueSource
import java.net.Socket
import java.util.concurrent.CompletableFuture
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import java.util.logging.Handler
import java.util.logging.LogRecord
import java.util.logging.Logger
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.time.Duration.Companion.milliseconds

/** What becomes of one call: who leaves, what fails, what is said of lengths and addresses. */
class QuintetCallTest {
    private fun <T> serving(module: Application.() -> Unit, use: (Int) -> T): T {
        val server = quintet({ option("drainTimeoutMillis", 2000) }, module)
        server.start(wait = false)
        try {
            return use(server.engine.server.port())
        } finally {
            server.stop()
        }
    }

    private fun connected(port: Int) = Socket("127.0.0.1", port).apply { soTimeout = 60_000 }

    private fun Socket.ask(target: String, method: String = "GET", more: String = "Host: a\r\n") =
        getOutputStream().write("$method $target HTTP/1.1\r\n$more\r\n".toByteArray())

    /** All that the server sends to one request. */
    private fun sent(port: Int, target: String, method: String = "GET", host: String = "a"): String =
        connected(port).use { socket ->
            socket.ask(target, method, "Host: $host\r\nConnection: close\r\n")
            String(socket.getInputStream().readAllBytes())
        }

    private fun status(port: Int, target: String): Int = sent(port, target).split(" ")[1].toInt()

    private fun field(sent: String, name: String): String? =
        sent.lines().takeWhile { it.isNotEmpty() }.firstOrNull { it.startsWith("$name: ", ignoreCase = true) }?.substringAfter(": ")

    /** Reads up to the first byte of content, which somebody has written then. */
    private fun Socket.awaitContent() {
        var head = ""
        while (!head.endsWith("\r\n\r\n")) {
            head += getInputStream().read().toChar()
        }
        getInputStream().read()
    }

    /** How a client leaves. The kernel tells of one that only ends when something is sent to it next. */
    enum class Leaving { RESET, END }

    enum class Writing(val route: Route.(CompletableFuture<Unit>) -> Unit) {
        TICKS({ ended ->
            get("/") {
                call.respondBytesWriter {
                    try {
                        while (true) {
                            writeStringUtf8("tick")
                            flush()
                            delay(5.milliseconds)
                        }
                    } finally {
                        ended.complete(Unit)
                    }
                }
            }
        }),
        MUCH({ ended ->
            get("/") {
                call.respondBytesWriter {
                    try {
                        while (true) {
                            writeFully(ByteArray(100_000))
                        }
                    } finally {
                        ended.complete(Unit)
                    }
                }
            }
        }),
        WAITS({ ended ->
            get("/") {
                call.respondBytesWriter {
                    try {
                        writeStringUtf8("once")
                        flush()
                        awaitCancellation()
                    } finally {
                        ended.complete(Unit)
                    }
                }
            }
        }),
        EVENTS({ ended ->
            sse("/") {
                try {
                    while (true) {
                        send("tick")
                        delay(5.milliseconds)
                    }
                } finally {
                    ended.complete(Unit)
                }
            }
        }),
        WAITS_FOR_EVENTS({ ended ->
            sse("/") {
                try {
                    send("once")
                    Channel<String>().receive()
                } finally {
                    ended.complete(Unit)
                }
            }
        }),
    }

    private fun assertEndsWithItsClient(writing: Writing, leaving: Leaving) {
        val ended = CompletableFuture<Unit>()
        serving({
            install(SSE)
            routing { writing.route(this, ended) }
        }) { port ->
            connected(port).use { socket ->
                socket.ask("/")
                socket.awaitContent()
                if (leaving == Leaving.RESET) {
                    socket.setSoLinger(true, 0)
                }
            }
            ended.get(5, TimeUnit.SECONDS)
        }
    }

    @ParameterizedTest
    @EnumSource(Writing::class)
    fun whoWritesEndsWithAClientThatIsReset(writing: Writing) = assertEndsWithItsClient(writing, Leaving.RESET)

    @ParameterizedTest
    @EnumSource(Writing::class, names = ["TICKS", "EVENTS", "MUCH"])
    fun whoWritesEndsWithAClientThatLeaves(writing: Writing) = assertEndsWithItsClient(writing, Leaving.END)

    @Test
    fun aResponseThatWaitsForItsTurnEndsWithItsClient() {
        val ended = CompletableFuture<Unit>()
        val both = CompletableFuture<Unit>()
        serving({
            routing {
                get("/first") { awaitCancellation() }
                Writing.MUCH.route(this, ended)
                get("/second") {
                    call.respondBytesWriter {
                        try {
                            both.complete(Unit)
                            while (true) {
                                writeFully(ByteArray(100_000))
                            }
                        } finally {
                            ended.complete(Unit)
                        }
                    }
                }
            }
        }) { port ->
            connected(port).use { socket ->
                socket.ask("/first")
                socket.ask("/second")
                both.get(60, TimeUnit.SECONDS)
                socket.setSoLinger(true, 0)
            }
            ended.get(5, TimeUnit.SECONDS)
        }
    }

    @Test
    fun aWebSocketEndsWithItsClient() {
        val begun = CompletableFuture<Unit>()
        val ended = CompletableFuture<Unit>()
        serving({
            install(WebSockets)
            routing {
                webSocket("/") {
                    begun.complete(Unit)
                    try {
                        awaitCancellation()
                    } finally {
                        ended.complete(Unit)
                    }
                }
            }
        }) { port ->
            connected(port).use { socket ->
                val key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                socket.ask("/", more = "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n$key")
                assertContains(String(socket.getInputStream().readNBytes(12)), "101")
                begun.get(60, TimeUnit.SECONDS)
                socket.setSoLinger(true, 0)
            }
            ended.get(5, TimeUnit.SECONDS)
        }
    }

    @ParameterizedTest
    @CsvSource(
        "HEAD, /none, ",
        "HEAD, /ten, 10",
        "HEAD, /content, 10",
        "HEAD, /text, 5",
        "HEAD, /written, ",
        "HEAD, /unchanged, 10",
        "GET, /unchanged, 10",
        "GET, /none, 0",
        "GET, /text, 5",
    )
    fun aLengthIsSaidWhereItIsKnown(method: String, path: String, expected: String?) {
        val none: suspend RoutingContext.() -> Unit = { call.respond(HttpStatusCode.OK) }
        val unchanged: suspend RoutingContext.() -> Unit = {
            call.response.header(HttpHeaders.ContentLength, "10")
            call.respond(HttpStatusCode.NotModified)
        }
        val text: suspend RoutingContext.() -> Unit = { call.respondText("hello") }
        serving({
            routing {
                get("/none", none)
                head("/none", none)
                head("/ten") {
                    call.response.header(HttpHeaders.ContentLength, "10")
                    call.respond(HttpStatusCode.OK)
                }
                head("/content") {
                    call.respond(object : OutgoingContent.NoContent() {
                        override val contentLength = 10L
                    })
                }
                get("/text", text)
                head("/text", text)
                head("/written") { call.respondBytesWriter { while (true) writeFully(ByteArray(10_000)) } }
                get("/unchanged", unchanged)
                head("/unchanged", unchanged)
            }
        }) { port ->
            val sent = sent(port, path, method)
            assertEquals(expected, field(sent, "Content-Length"), sent)
            assertEquals(if (method == "GET" && path == "/text") "hello" else "", sent.substringAfter("\r\n\r\n"))
        }
    }

    @ParameterizedTest
    @CsvSource(
        "example.com, example.com, 80",
        "example.com:, example.com, 80",
        "example.com:8081, example.com, 8081",
        "127.0.0.1:1, 127.0.0.1, 1",
        "[::1], [::1], 80",
        "[::1]:8443, [::1], 8443",
    )
    fun theServerIsWhatTheClientCalledIt(host: String, name: String, port: Int) {
        serving({ routing { origin() } }) { bound ->
            assertContains(sent(bound, "/", host = host), "$name $port 127.0.0.1 127.0.0.1 $bound.")
        }
    }

    @Test
    fun aServerThatIsNotCalledAnythingIsWhatItIsHere() {
        serving({ routing { origin() } }) { bound ->
            connected(bound).use { socket ->
                socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".toByteArray())
                assertContains(String(socket.getInputStream().readAllBytes()), "127.0.0.1 $bound 127.0.0.1 127.0.0.1 $bound.")
            }
        }
    }

    private fun Route.origin() {
        get("/") {
            val at = call.request.origin
            call.respondText("${at.serverHost} ${at.serverPort} ${at.localHost} ${at.localAddress} ${at.localPort}.")
        }
    }

    /** What the server logs of its failures. */
    private class Failures : Handler(), AutoCloseable {
        val lines = LinkedBlockingQueue<LogRecord>()

        init {
            LOGGER.addHandler(this)
        }

        override fun publish(line: LogRecord) {
            if (line.message.contains(" failed: ")) {
                lines.add(line)
            }
        }

        override fun flush() = Unit

        override fun close() = LOGGER.removeHandler(this)

        private companion object {
            val LOGGER: Logger = Logger.getLogger("io.quintet")
        }
    }

    @ParameterizedTest
    @CsvSource(
        "/thrown, 500, boom",
        "/later, 500, boom",
        "/behind, 200, boom",
        "/writing, 200, boom",
        "/status, 500, status 600",
        "/low, 500, status 99",
        "/written-status, 500, status 600",
        "/silent, 404, ",
        "/missing, 404, ",
    )
    fun whatFailsIsAnsweredAndHeardOf(path: String, expected: Int, cause: String?) {
        val module: Application.() -> Unit = {
            routing {
                get("/thrown") { error("boom") }
                get("/later") {
                    delay(1.milliseconds)
                    error("boom")
                }
                get("/behind") {
                    call.respondText("sent")
                    error("boom")
                }
                get("/writing") {
                    call.respondBytesWriter {
                        writeStringUtf8("some")
                        flush()
                        error("boom")
                    }
                }
                get("/status") { call.respondText("x", status = HttpStatusCode(600, "none")) }
                get("/low") { call.respond(HttpStatusCode(99, "none")) }
                get("/written-status") { call.respondBytesWriter(status = HttpStatusCode(600, "none")) { writeStringUtf8("x") } }
                get("/missing") { throw NotFoundException() }
            }
        }

        Failures().use { failures ->
            serving(module) { port ->
                assertEquals(expected, status(port, path))
                if (cause != null) {
                    val line = assertNotNull(failures.lines.poll(60, TimeUnit.SECONDS))
                    assertContains(line.message, "GET $path failed: ")
                    assertContains(line.message, cause)
                }
            }
            assertNull(failures.lines.poll()?.message, "all that is told by the server's end")
        }
    }

    @Test
    fun aFailureThatWasHeardOfBeforeItsCallEndsIsToldOnce() {
        Failures().use { failures ->
            serving({
                routing {
                    get("/") {
                        try {
                            call.respondBytesWriter {
                                writeStringUtf8("some")
                                flush()
                                error("boom")
                            }
                        } catch (failure: IllegalStateException) {
                            while (failures.lines.isEmpty()) {
                                delay(1.milliseconds)
                            }
                            throw failure
                        }
                    }
                    get("/other") { call.respondText("x") }
                }
            }) { port ->
                assertEquals(200, status(port, "/"))
                while (failures.lines.isEmpty()) {
                    assertEquals(200, status(port, "/other"))
                }
                repeat(10) { assertEquals(200, status(port, "/other")) }
            }
            assertEquals(1, failures.lines.size)
        }
    }

    /** A client tells a whole response by its last, empty chunk: RFC 9112, section 7.1. */
    @ParameterizedTest
    @ValueSource(strings = ["/at-once", "/buffered", "/flushed", "/later"])
    fun aResponseThatFailsDoesNotLookWhole(path: String) {
        serving({
            routing {
                get("/at-once") { call.respondBytesWriter { error("boom") } }
                get("/buffered") {
                    call.respondBytesWriter {
                        writeStringUtf8("some")
                        error("boom")
                    }
                }
                get("/flushed") {
                    call.respondBytesWriter {
                        writeStringUtf8("some")
                        flush()
                        error("boom")
                    }
                }
                get("/later") {
                    call.respondBytesWriter {
                        writeStringUtf8("some")
                        flush()
                        delay(1.milliseconds)
                        error("boom")
                    }
                }
            }
        }) { port ->
            repeat(20) {
                val sent = sent(port, path)
                assertContains(sent, "chunked")
                assertFalse(sent.endsWith("0\r\n\r\n"), sent)
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = ["a\u0007b", "a\nb", "a\u0000"])
    fun aFieldThatCannotBeSentIsAFailure(value: String) {
        serving({
            routing {
                get("/field") {
                    call.response.headers.append("X-Field", value, safeOnly = false)
                    call.respondText("x")
                }
            }
        }) { port ->
            Failures().use { failures ->
                assertEquals(500, status(port, "/field"))
                assertContains(assertNotNull(failures.lines.poll(60, TimeUnit.SECONDS)).message, "GET /field failed: ")
            }
        }
    }
}
