package io.quintet.kotlin

import io.quintet.Pattern
import io.quintet.ServerOption
import io.quintet.codec.Line
import io.quintet.testkit.ChildServer
import io.quintet.testkit.HttpConduct
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.onCompletion
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory
import java.net.Socket
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.util.concurrent.Executors
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import java.util.logging.Handler
import java.util.logging.LogRecord
import java.util.logging.Logger
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

private fun ask(port: Int, line: String): String? =
    Socket("127.0.0.1", port).use { socket ->
        socket.soTimeout = 60_000
        socket.getOutputStream().write("$line\n".toByteArray())
        socket.getInputStream().bufferedReader().readLine()
    }

class ServersTest {
    @TestFactory
    fun whatClientsFindUnderEachPattern(): List<DynamicTest> =
        Pattern.five().flatMap { pattern ->
            listOf("suspending", "direct").map { mode ->
                DynamicTest.dynamicTest("${pattern.id()} $mode") {
                    ChildServer("io.quintet.kotlin.ConductServerKt", pattern.id(), mode).use { server ->
                        HttpConduct.checks(server.port()).values.forEach { it.run() }
                        HttpConduct.endsInGoodOrder(server)
                    }
                }
            }
        }

    @Test
    fun otherProtocolsAreServed() {
        serve(Line.codec(), { pattern = Pattern.REUSEPORT; loops = 2 }, String::uppercase).use { server ->
            assertEquals("HELLO", ask(server.port, "hello"))
            assertEquals("reuseport", server.stats["topology"])
        }
    }

    @Test
    fun contentFlowsBothWays() {
        val sent = ByteArray(1 shl 20) { (it * 7).toByte() }
        serveHttpStreaming { request ->
            when (request.path()) {
                "/through" -> streaming(request.contentFlow)
                else -> streaming(flow { repeat(3) { emit("part $it ".toByteArray()); delay(5.milliseconds) } })
            }
        }.use { server ->
            HttpClient.newHttpClient().use { client ->
                val parts = HttpRequest.newBuilder(URI("http://127.0.0.1:${server.port}/")).build()
                assertEquals("part 0 part 1 part 2 ", client.send(parts, HttpResponse.BodyHandlers.ofString()).body())
                val through =
                    HttpRequest.newBuilder(URI("http://127.0.0.1:${server.port}/through"))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(sent)).build()
                assertContentEquals(sent, client.send(through, HttpResponse.BodyHandlers.ofByteArray()).body())
            }
        }
    }

    @Test
    fun aClientThatGoesAwayCancelsTheFlow() {
        val cancelled = CompletableDeferred<Unit>()
        serveHttpStreaming {
            streaming(flow { emit(ByteArray(1)); awaitCancellation() }.onCompletion { cancelled.complete(Unit) })
        }.use { server ->
            Socket("127.0.0.1", server.port).use { socket ->
                socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".toByteArray())
                assertEquals('H'.code, socket.getInputStream().read())
                socket.setSoLinger(true, 0)
            }
            runBlocking { withTimeout(10.seconds) { cancelled.await() } }
        }
    }

    /** What servers log meanwhile. */
    private class Log : Handler(), AutoCloseable {
        val lines = LinkedBlockingQueue<String>()

        init {
            LOGGER.addHandler(this)
        }

        override fun publish(line: LogRecord) {
            lines.add(line.message)
        }

        override fun flush() = Unit

        override fun close() = LOGGER.removeHandler(this)

        private companion object {
            val LOGGER: Logger = Logger.getLogger("io.quintet")
        }
    }

    @Test
    fun aHandlerOrAFlowThatFailsIsCountedAndLogged() {
        serveHttp { request ->
            when (request.path()) {
                "/at-once" -> error("boom at once")
                "/later" -> {
                    delay(1.milliseconds)
                    error("boom later")
                }
                "/elsewhere" -> withContext(Dispatchers.IO) { error("boom elsewhere") }
                else -> streaming(flow { emit("some".toByteArray()); error("boom in the flow") })
            }
        }.use { server ->
            Log().use { log ->
                HttpClient.newHttpClient().use { client ->
                    for (path in listOf("/at-once", "/later", "/elsewhere")) {
                        val request = HttpRequest.newBuilder(URI("http://127.0.0.1:${server.port}$path")).build()
                        assertEquals(500, client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode())
                        val cause = "boom ${path.drop(1).replace('-', ' ')}"
                        val end = " failed: java.lang.IllegalStateException: $cause."
                        assertContains(assertNotNull(log.lines.poll(60, TimeUnit.SECONDS)), "GET $path$end")
                    }
                }
                Socket("127.0.0.1", server.port).use { socket ->
                    socket.soTimeout = 60_000
                    socket.getOutputStream().write("GET /flow HTTP/1.1\r\nHost: a\r\n\r\n".toByteArray())
                    assertContains(String(socket.getInputStream().readAllBytes()), "some")
                }
                assertContains(assertNotNull(log.lines.poll(60, TimeUnit.SECONDS)), "GET /flow failed: ")
                val loop = (server.stats["loops"] as List<*>).first() as Map<*, *>
                assertEquals(4L, loop["failures"])
            }
        }
    }

    @Test
    fun aFlowThatWaitsForItsTurnIsNotCollectedOnceItsClientHasGone() {
        val asked = CompletableDeferred<Unit>()
        val left = CompletableDeferred<Unit>()
        val collected = CompletableDeferred<Unit>()
        serveHttpStreaming { request ->
            when (request.path()) {
                "/first" -> {
                    left.await()
                    streaming(flow { emit(ByteArray(1)) })
                }
                else -> {
                    asked.complete(Unit)
                    streaming(flow { collected.complete(Unit) })
                }
            }
        }.use { server ->
            Socket("127.0.0.1", server.port).use { socket ->
                for (path in listOf("/first", "/second")) {
                    socket.getOutputStream().write("GET $path HTTP/1.1\r\nHost: a\r\n\r\n".toByteArray())
                }
                runBlocking { withTimeout(10.seconds) { asked.await() } }
                socket.setSoLinger(true, 0)
            }
            runBlocking {
                withTimeout(10.seconds) { while (open(server) > 0) delay(1.milliseconds) }
                left.complete(Unit)
                assertEquals(false, collected.isCompleted)
            }
        }
    }

    private fun open(server: RunningServer): Long =
        (server.stats["loops"] as List<*>).sumOf { (it as Map<*, *>)["open"] as Long }

    @Test
    fun everyOptionIsAPropertyWithItsDefault() {
        for (option in ServerOption.all()) {
            val name = option.name().removeSuffix("Millis").replaceFirstChar(Char::uppercase)
            fun method(verb: String) =
                ServerOptions::class.java.methods.single { it.name.substringBefore('-') == verb + name } // with a hash for Duration
            val read = method("get")
            val write = method("set")
            val configuration = Configuration()
            val value = read.invoke(configuration)
            write.invoke(configuration, value)
            assertEquals(option.standard().toString(), configuration.given[option.name()].toString())
        }
        serve(Line.codec(), {
            idleTimeout = 3.seconds
            noDelay = false
            assertEquals(3.seconds, idleTimeout)
            assertEquals(Pattern.SINGLE_THREAD, pattern)
        }) { it }.close()
    }

    @Test
    fun aBadOptionIsNamed() {
        val failure = assertFailsWith<IllegalArgumentException> { serve(Line.codec(), { idleTimeout = 2.days }) { it } }
        assertEquals("option idleTimeoutMillis is 172800000; valid are 0 to 86400000", failure.message)
    }

    @Test
    fun timesAreDurations() {
        serve(Line.codec(), { idleTimeout = 50.milliseconds }) { it }.use { server ->
            Socket("127.0.0.1", server.port).use { socket ->
                socket.soTimeout = 60_000
                socket.getOutputStream().write("a\n".toByteArray())
                assertEquals("a\n", String(socket.getInputStream().readAllBytes()), "until it was idle for long")
            }
        }
    }

    /** The name without the coroutine's, which is there while assertions are on. */
    private fun thread() = Thread.currentThread().name.substringBefore(' ')

    @Test
    fun handlersGoOnOnTheLoopThatOwnsTheConnection() {
        for (pattern in listOf(Pattern.REUSEPORT, Pattern.LOAD_BALANCED)) {
            val threads: suspend (String) -> String = {
                val before = thread()
                delay(50.milliseconds)
                val then = thread()
                withContext(Dispatchers.IO) { delay(50.milliseconds) }
                "$before $then ${thread()}"
            }
            serveSuspending(Line.codec(), { this.pattern = pattern }, threads).use { server ->
                Socket("127.0.0.1", server.port).use { socket ->
                    socket.getOutputStream().write("a\n".toByteArray())
                    val (before, then, last) = socket.getInputStream().bufferedReader().readLine().split(' ')
                    assertContains(before, if (pattern == Pattern.REUSEPORT) "quintet-loop-" else "quintet-worker-")
                    assertContains(then, "quintet-loop-")
                    assertEquals(then, last)
                }
            }
        }
    }

    @Test
    fun handlersGoOnWhereTheyAreTold() {
        Executors.newSingleThreadExecutor { Thread(it, "elsewhere") }.asCoroutineDispatcher().use { elsewhere ->
            serveSuspending(Line.codec(), { dispatcher = elsewhere }) { delay(50.milliseconds); thread() }.use { server ->
                Socket("127.0.0.1", server.port).use { socket ->
                    socket.getOutputStream().write("a\n".toByteArray())
                    assertContains(socket.getInputStream().bufferedReader().readLine(), "elsewhere")
                }
            }
        }
    }

    @Test
    fun closingTheServerCancelsItsHandlers() = runBlocking {
        val began = CompletableDeferred<Unit>()
        val cancelled = CompletableDeferred<Unit>()
        val server =
            serveSuspending(Line.codec(), { drainTimeout = 50.milliseconds }) { line ->
                began.complete(Unit)
                try {
                    awaitCancellation()
                } finally {
                    cancelled.complete(Unit)
                }
            }
        Socket("127.0.0.1", server.port).use { socket ->
            socket.getOutputStream().write("a\n".toByteArray())
            withTimeout(10.seconds) { began.await() }
            server.close()
            withTimeout(10.seconds) { cancelled.await() }
        }
    }

    @Test
    fun theReadmeShowsTheExampleAsItIs() {
        val folder = java.io.File(System.getProperty("quintet.binding"))
        val example = folder.resolve("example/Board.kt").readText()
        assertContains(folder.resolve("README.md").readText(), example.substringAfter("package example\n\n").trim())
    }

    @Test
    fun theProgramOfTheReadmeAnswers() {
        val folder = java.io.File(System.getProperty("quintet.binding"))
        assertContains(folder.resolve("../../README.md").readText(), folder.resolve("example/Hello.kt").readText())
        ChildServer("HelloKt").use { server ->
            assertEquals("You asked for /tea", java.net.URI("http://127.0.0.1:${server.port()}/tea").toURL().readText())
        }
    }

    @Test
    fun theExampleCountsVotes() {
        ChildServer("example.BoardKt", "0", "reuseport").use { server ->
            val http = java.net.http.HttpClient.newHttpClient()
            fun ask(method: String, path: String): String {
                val request =
                    java.net.http.HttpRequest.newBuilder(java.net.URI("http://127.0.0.1:${server.port()}$path"))
                        .method(method, java.net.http.HttpRequest.BodyPublishers.noBody())
                        .build()
                return http.send(request, java.net.http.HttpResponse.BodyHandlers.ofString()).body()
            }
            assertEquals("tea: 1\n", ask("POST", "/votes/tea"))
            assertEquals("tea: 2\n", ask("POST", "/votes/tea"))
            assertEquals("coffee: 1\n", ask("POST", "/votes/coffee"))
            assertEquals("tea: 2\ncoffee: 1\n", ask("GET", "/votes"))
            http.close()
        }
    }
}
