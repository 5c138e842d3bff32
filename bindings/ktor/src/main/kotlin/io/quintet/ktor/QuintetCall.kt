package io.quintet.ktor

import io.ktor.http.Headers
import io.ktor.http.HeadersBuilder
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpMethod
import io.ktor.http.HttpStatusCode
import io.ktor.http.Parameters
import io.ktor.http.RequestConnectionPoint
import io.ktor.http.content.OutgoingContent
import io.ktor.http.decodeURLQueryComponent
import io.ktor.http.parseQueryString
import io.ktor.server.application.Application
import io.ktor.server.application.PipelineCall
import io.ktor.server.engine.BaseApplicationCall
import io.ktor.server.engine.BaseApplicationRequest
import io.ktor.server.engine.BaseApplicationResponse
import io.ktor.server.engine.EngineConnectorConfig
import io.ktor.server.request.RequestCookies
import io.ktor.server.response.ResponseHeaders
import io.ktor.utils.io.ByteChannel
import io.ktor.utils.io.ByteReadChannel
import io.ktor.utils.io.ByteWriteChannel
import io.ktor.utils.io.jvm.javaio.toByteReadChannel
import io.ktor.utils.io.jvm.javaio.toInputStream
import io.quintet.Reply
import io.quintet.codec.Streams
import io.quintet.http.HttpRequest
import io.quintet.http.HttpResponse
import kotlinx.coroutines.Dispatchers
import java.net.InetSocketAddress
import java.util.concurrent.Flow
import kotlin.coroutines.CoroutineContext

/** One request and its response. */
internal class QuintetCall(
    application: Application,
    connector: EngineConnectorConfig,
    asked: HttpRequest,
    reply: Reply<HttpResponse>,
    override val coroutineContext: CoroutineContext,
) : BaseApplicationCall(application) {
    override val request: QuintetRequest = QuintetRequest(this, connector, asked)
    override val response: QuintetResponse = QuintetResponse(this, asked, reply)

    init {
        putResponseAttribute()
    }
}

internal class QuintetRequest(
    call: PipelineCall,
    connector: EngineConnectorConfig,
    private val asked: HttpRequest,
) : BaseApplicationRequest(call) {
    override val engineHeaders: Headers by lazy(LazyThreadSafetyMode.NONE) {
        HeadersBuilder().apply { asked.headers().forEach { append(it.key, it.value) } }.build()
    }

    /** Content is read as it is asked for, by a thread that may wait for it. */
    override val engineReceiveChannel: ByteReadChannel by lazy(LazyThreadSafetyMode.NONE) {
        val length = asked.header("Content-Length").orElse("0")
        if (length == "0" && asked.header("Transfer-Encoding").isEmpty) {
            ByteReadChannel.Empty
        } else {
            Streams.reading(asked.content()).toByteReadChannel(Dispatchers.IO)
        }
    }

    override val rawQueryParameters: Parameters by lazy(LazyThreadSafetyMode.NONE) {
        parseQueryString(asked.query().orElse(""), decode = false)
    }

    override val queryParameters: Parameters by lazy(LazyThreadSafetyMode.NONE) {
        parseQueryString(asked.query().orElse(""))
    }

    override val cookies: RequestCookies by lazy(LazyThreadSafetyMode.NONE) { RequestCookies(this) }

    override val local: RequestConnectionPoint = Point(connector, asked)
}

private class Point(private val connector: EngineConnectorConfig, private val asked: HttpRequest) : RequestConnectionPoint {
    private val peer: InetSocketAddress?
        get() = asked.peer().address().orElse(null) as? InetSocketAddress

    override val scheme: String
        get() = if (asked.peer().session().isPresent) "https" else "http"
    override val version: String
        get() = "HTTP/1.${asked.minorVersion()}"
    override val uri: String
        get() = asked.target()
    override val method: HttpMethod
        get() = HttpMethod.parse(asked.method())
    override val localHost: String
        get() = connector.host
    override val localPort: Int
        get() = connector.port
    override val localAddress: String
        get() = connector.host
    override val serverHost: String
        get() = asked.header("Host").map { it.substringBeforeLast(':', it) }.filter { it.isNotEmpty() }.orElse(localHost)
    override val serverPort: Int
        get() = asked.header("Host").map { it.substringAfterLast(':', "").toIntOrNull() ?: localPort }.orElse(localPort)
    override val remoteHost: String
        get() = peer?.hostString ?: "unknown"
    override val remotePort: Int
        get() = peer?.port ?: 0
    override val remoteAddress: String
        get() = peer?.address?.hostAddress ?: "unknown"

    @Deprecated("Use localPort or serverPort instead")
    override val port: Int
        get() = serverPort

    @Deprecated("Use localHost or serverHost instead")
    override val host: String
        get() = serverHost
}

internal class QuintetResponse(
    call: PipelineCall,
    private val asked: HttpRequest,
    private val reply: Reply<HttpResponse>,
) : BaseApplicationResponse(call) {
    private val fields = ArrayList<Map.Entry<String, String>>()
    private var code = HttpStatusCode.OK
    private var answered = false

    /** Where content is written that was not complete when it was answered. */
    private var channel: ByteChannel? = null

    override val headers: ResponseHeaders =
        object : ResponseHeaders() {
            override fun engineAppendHeader(name: String, value: String) {
                fields.add(java.util.Map.entry(name, value))
            }

            override fun getEngineHeaderNames(): List<String> = fields.map { it.key }

            override fun getEngineHeaderValues(name: String): List<String> =
                fields.filter { it.key.equals(name, ignoreCase = true) }.map { it.value }
        }

    override fun setStatus(statusCode: HttpStatusCode) {
        code = statusCode
    }

    /** What the codec writes by itself is left to it. */
    private fun sent(): List<Map.Entry<String, String>> =
        fields.filter { field -> OWN.none { it.equals(field.key, ignoreCase = true) } }

    private val endsConnection: Boolean
        get() = headers[HttpHeaders.Connection].equals("close", ignoreCase = true)

    private fun answer(response: HttpResponse) {
        answered = true
        reply.send(if (endsConnection) response.endingConnection() else response)
    }

    override suspend fun respondFromBytes(bytes: ByteArray) {
        answer(HttpResponse.of(code.value, sent(), bytes))
    }

    override suspend fun respondNoContent(content: OutgoingContent.NoContent) {
        val length = headers[HttpHeaders.ContentLength]?.toLongOrNull()
        val empty = HttpResponse.of(code.value, sent(), ByteArray(0))
        answer(if (length != null && asked.method() == "HEAD") empty.announcing(length) else empty)
    }

    override suspend fun responseChannel(): ByteWriteChannel {
        val made = ByteChannel(autoFlush = true)
        channel = made
        val length = headers[HttpHeaders.ContentLength]?.toLongOrNull()
        val content = published(made)
        answer(
            if (length == null) {
                HttpResponse.streaming(code.value, sent(), content)
            } else {
                HttpResponse.streaming(code.value, sent(), content, length)
            },
        )
        return made
    }

    override suspend fun respondUpgrade(upgrade: OutgoingContent.ProtocolUpgrade) {
        val made = ByteChannel(autoFlush = true)
        val protocol = headers[HttpHeaders.Upgrade].orEmpty()
        val others = sent().filterNot { it.key.equals(HttpHeaders.Upgrade, ignoreCase = true) }
        answer(HttpResponse.switching(protocol, others, published(made)))
        val input = Streams.reading(asked.content()).toByteReadChannel(Dispatchers.IO)
        upgrade.upgrade(input, made, call.coroutineContext, call.coroutineContext).join()
        made.flushAndClose()
    }

    /** The call has ended: nothing more will be written. */
    suspend fun end() {
        channel?.flushAndClose()
        if (!answered) {
            reply.fail(IllegalStateException("the application gave no response"))
        }
    }

    fun fail(failure: Throwable) {
        channel?.cancel(failure)
        if (!answered) {
            reply.fail(failure)
        }
    }

    private companion object {
        val OWN = listOf("Content-Length", "Transfer-Encoding", "Connection", "Date")

        /** What is written to a channel, as soon as it is flushed. */
        fun published(channel: ByteReadChannel): Flow.Publisher<ByteArray> =
            Streams.written { out ->
                val some = ByteArray(1 shl 14)
                val input = channel.toInputStream()
                var count = input.read(some)
                while (count >= 0) {
                    out.write(some, 0, count)
                    out.flush()
                    count = input.read(some)
                }
            }
    }
}
