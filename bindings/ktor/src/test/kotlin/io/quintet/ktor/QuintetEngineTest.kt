package io.quintet.ktor

import io.ktor.http.ContentType
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpStatusCode
import io.ktor.server.application.Application
import io.ktor.server.application.install
import io.ktor.server.plugins.origin
import io.ktor.server.request.httpVersion
import io.ktor.server.request.receiveChannel
import io.ktor.server.request.uri
import io.ktor.server.response.header
import io.ktor.server.response.respond
import io.ktor.server.response.respondBytesWriter
import io.ktor.server.response.respondText
import io.ktor.server.routing.get
import io.ktor.server.routing.post
import io.ktor.server.routing.routing
import io.ktor.server.sse.SSE
import io.ktor.server.sse.sse
import io.ktor.server.websocket.WebSockets
import io.ktor.server.websocket.webSocket
import io.ktor.sse.ServerSentEvent
import io.ktor.utils.io.readAvailable
import io.ktor.utils.io.writeFully
import io.ktor.utils.io.writeStringUtf8
import io.ktor.websocket.Frame
import io.ktor.websocket.readText
import io.quintet.Pattern
import io.quintet.testkit.ChildServer
import io.quintet.testkit.HttpConduct
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.net.http.WebSocket
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.io.path.readText
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith

class QuintetEngineTest {
    private fun <T> serving(configure: QuintetEngine.Configuration.() -> Unit = {}, module: Application.() -> Unit, use: (Int) -> T): T {
        val server = quintet(configure, module)
        server.start(wait = false)
        try {
            return use(server.engine.server.port())
        } finally {
            server.stop()
        }
    }

    private fun <T> asking(use: (HttpClient) -> T): T = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build().use(use)

    private fun get(port: Int, path: String): HttpResponse<String> =
        asking { it.send(HttpRequest.newBuilder(URI("http://127.0.0.1:$port$path")).build(), HttpResponse.BodyHandlers.ofString()) }

    @TestFactory
    fun whatClientsFindUnderEachPattern(): List<DynamicTest> =
        Pattern.entries.map { pattern ->
            DynamicTest.dynamicTest(pattern.id()) {
                ChildServer("io.quintet.ktor.ConductServerKt", pattern.id()).use { server ->
                    HttpConduct.checks(server.port()).values.forEach { it.run() }
                    HttpConduct.endsInGoodOrder(server)
                }
            }
        }

    @Test
    fun theCallKnowsWhatWasAsked() {
        serving(module = {
            routing {
                get("/a/{b}") {
                    val origin = call.request.origin
                    call.response.header("X-Peer", origin.remoteAddress)
                    call.respondText("${call.parameters["b"]} ${call.request.uri} ${call.request.httpVersion} ${origin.scheme}")
                }
            }
        }) { port ->
            val response = get(port, "/a/x%20y?q=1")
            assertEquals("x y /a/x%20y?q=1 HTTP/1.1 http", response.body())
            assertEquals("127.0.0.1", response.headers().firstValue("X-Peer").get())
        }
    }

    @Test
    fun statusAndFieldsAreThoseOfTheApplication() {
        serving(module = {
            routing {
                get("/none") { call.respond(HttpStatusCode.NoContent) }
                get("/teapot") {
                    call.response.header(HttpHeaders.CacheControl, "no-store")
                    call.respondText("short", ContentType.Text.Html, HttpStatusCode(418, "I'm a teapot"))
                }
            }
        }) { port ->
            assertEquals(204, get(port, "/none").statusCode())
            val teapot = get(port, "/teapot")
            assertEquals(418, teapot.statusCode())
            assertEquals("no-store", teapot.headers().firstValue("Cache-Control").get())
            assertEquals("text/html", teapot.headers().firstValue("Content-Type").get().substringBefore(';'))
            assertEquals(404, get(port, "/nowhere").statusCode())
        }
    }

    /** As where the client has gone, the one who writes is cancelled. */
    @Test
    fun aStatusWithoutContentEndsWhatIsWrittenForIt() {
        val ended = LinkedBlockingQueue<Int>()
        serving(module = {
            routing {
                get("/{status}") {
                    val status = call.parameters["status"]!!.toInt()
                    try {
                        call.respondBytesWriter(status = HttpStatusCode.fromValue(status)) {
                            while (true) {
                                writeStringUtf8("more ")
                                flush()
                            }
                        }
                    } finally {
                        ended.add(status)
                    }
                }
            }
        }) { port ->
            for (status in listOf(204, 205, 304)) {
                assertEquals(status, get(port, "/$status").statusCode())
                assertEquals(status, ended.poll(60, TimeUnit.SECONDS))
            }
        }
    }

    @Test
    fun contentIsStreamedBothWays() {
        val content = ByteArray(4 shl 20) { (it * 31).toByte() }
        serving(module = {
            routing {
                post("/through") {
                    val channel = call.receiveChannel()
                    call.respondBytesWriter {
                        val some = ByteArray(10_000)
                        var count = channel.readAvailable(some)
                        while (count >= 0) {
                            writeFully(some, 0, count)
                            count = channel.readAvailable(some)
                        }
                    }
                }
                get("/words") {
                    call.respondBytesWriter {
                        writeStringUtf8("one ")
                        flush()
                        writeStringUtf8("two")
                    }
                }
            }
        }) { port ->
            assertEquals("one two", get(port, "/words").body())
            val request =
                HttpRequest.newBuilder(URI("http://127.0.0.1:$port/through"))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(content)).build()
            val back = asking { it.send(request, HttpResponse.BodyHandlers.ofByteArray()).body() }
            assertContentEquals(content, back)
        }
    }

    @Test
    fun serverSentEventsAndWebSocketsWork() {
        serving(module = {
            install(SSE)
            install(WebSockets)
            routing {
                sse("/events") { repeat(3) { send(ServerSentEvent("event $it")) } }
                webSocket("/echo") {
                    for (frame in incoming) {
                        if (frame is Frame.Text) {
                            send(Frame.Text(frame.readText().uppercase()))
                        }
                    }
                }
            }
        }) { port ->
            assertEquals(3, get(port, "/events").body().lines().count { it.startsWith("data: event ") })
            val heard = CompletableFuture<String>()
            asking { client ->
                val socket =
                    client.newWebSocketBuilder()
                        .buildAsync(
                            URI("ws://127.0.0.1:$port/echo"),
                            object : WebSocket.Listener {
                                override fun onText(webSocket: WebSocket, data: CharSequence, last: Boolean): CompletionStage<*>? {
                                    heard.complete(data.toString())
                                    webSocket.request(1) // the close that follows
                                    return null
                                }
                            },
                        ).get(60, TimeUnit.SECONDS)
                socket.sendText("hello", true).get(60, TimeUnit.SECONDS)
                assertEquals("HELLO", heard.get(60, TimeUnit.SECONDS))
                socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(60, TimeUnit.SECONDS)
            }
        }
    }

    @Test
    fun theReadmesExampleRuns() {
        val folder = Path.of(System.getProperty("quintet.binding"))
        val example = folder.resolve("example/Notes.kt").readText()
        assertContains(folder.resolve("README.md").readText(), example.substringAfter("package example\n\n").trim())
        ChildServer("example.NotesKt", "0", "reuseport").use { server ->
            val note = URI("http://127.0.0.1:${server.port()}/notes/today")
            val put = HttpRequest.newBuilder(note).PUT(HttpRequest.BodyPublishers.ofString("buy tea")).build()
            assertEquals(204, asking { it.send(put, HttpResponse.BodyHandlers.ofString()).statusCode() })
            assertEquals("today: buy tea\n", get(server.port(), "/notes").body())
            assertEquals(404, get(server.port(), "/notes/none").statusCode())
        }
    }

    @Test
    fun aBadOptionIsNamed() {
        val failure = assertFailsWith<IllegalArgumentException> { serving({ option("loops", -1) }, {}) { } }
        assertEquals(true, failure.message?.startsWith("option loops is -1; valid are"))
    }
}
