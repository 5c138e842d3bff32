package io.quintet.ktor

import io.ktor.http.Headers
import io.ktor.http.HeadersBuilder
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpMethod
import io.ktor.http.HttpStatusCode
import io.ktor.http.Parameters
import io.ktor.http.RequestConnectionPoint
import io.ktor.http.content.OutgoingContent
import io.ktor.http.parseQueryString
import io.ktor.server.application.Application
import io.ktor.server.application.PipelineCall
import io.ktor.server.engine.BaseApplicationCall
import io.ktor.server.engine.BaseApplicationRequest
import io.ktor.server.engine.BaseApplicationResponse
import io.ktor.server.request.RequestCookies
import io.ktor.server.response.ResponseHeaders
import io.ktor.utils.io.ByteChannel
import io.ktor.utils.io.ByteReadChannel
import io.ktor.utils.io.ByteWriteChannel
import io.ktor.utils.io.jvm.javaio.toByteReadChannel
import io.ktor.utils.io.jvm.javaio.toInputStream
import io.quintet.service.Reply
import io.quintet.codec.Streams
import io.quintet.http.HttpRequest
import io.quintet.http.HttpResponse
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.job
import java.io.Closeable
import java.net.InetSocketAddress
import java.util.concurrent.Flow
import kotlin.coroutines.CoroutineContext

/** One request and its response. */
internal class QuintetCall(
    application: Application,
    asked: HttpRequest,
    reply: Reply<HttpResponse>,
    override val coroutineContext: CoroutineContext,
) : BaseApplicationCall(application) {
    override val request: QuintetRequest = QuintetRequest(this, asked)
    override val response: QuintetResponse = QuintetResponse(this, asked, reply)

    init {
        putResponseAttribute()
    }
}

internal class QuintetRequest(
    call: PipelineCall,
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

    override val local: RequestConnectionPoint = Point(asked)
}

/** Where a request came from and went to. The server is what the client called it, the local end what it is here. */
private class Point(private val asked: HttpRequest) : RequestConnectionPoint {
    private val own: InetSocketAddress?
        get() = asked.peer().local().orElse(null) as? InetSocketAddress

    /** As the client wrote it: name, address or bracketed address, and a port unless it is the scheme's own. */
    private val called: MatchResult? by lazy(LazyThreadSafetyMode.NONE) {
        asked.header("Host").map { HOST.matchEntire(it) }.orElse(null)
    }

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
        get() = own?.hostString ?: "unknown"
    override val localPort: Int
        get() = own?.port ?: 0
    override val localAddress: String
        get() = own?.address?.hostAddress ?: "unknown"
    override val serverHost: String
        get() = called?.let { it.groupValues[1] } ?: localHost
    override val serverPort: Int
        get() = called?.let { it.groupValues[2].toIntOrNull() ?: schemePort } ?: localPort
    private val schemePort: Int
        get() = if (scheme == "https") 443 else 80
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

    private companion object {
        val HOST = Regex("""(\[[^]]*]|[^:]+)(?::(\d*))?""")
    }
}

internal class QuintetResponse(
    call: PipelineCall,
    private val asked: HttpRequest,
    private val reply: Reply<HttpResponse>,
) : BaseApplicationResponse(call) {
    private val fields = ArrayList<Map.Entry<String, String>>()
    private var code = HttpStatusCode.OK
    private var answered = false

    /** Content that was not complete when it was answered. */
    private var content: Written? = null

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
        val last = if (endsConnection) response.endingConnection() else response
        answered = true
        reply.send(last)
    }

    override suspend fun respondFromBytes(bytes: ByteArray) {
        answer(HttpResponse.of(code.value, sent(), bytes))
    }

    /** The length that somebody gave; where nobody did Ktor has put a zero behind the other fields. */
    override suspend fun respondNoContent(content: OutgoingContent.NoContent) {
        val given = headers.values(HttpHeaders.ContentLength)
        val length = content.contentLength ?: given.dropLast(1).firstOrNull()?.toLongOrNull()
        answer(empty(length))
    }

    private fun empty(length: Long?): HttpResponse {
        val empty = HttpResponse.of(code.value, sent(), ByteArray(0))
        val announces = asked.method() == "HEAD" || code == HttpStatusCode.NotModified
        return if (length != null && announces) empty.announcing(length) else empty
    }

    override suspend fun responseChannel(): ByteWriteChannel {
        val length = headers[HttpHeaders.ContentLength]?.toLongOrNull()
        val written = Written(call.coroutineContext.job)
        answer(
            when {
                code.value in WITHOUT_CONTENT -> {
                    written.close() // nobody takes it
                    empty(length)
                }
                length == null -> HttpResponse.streaming(code.value, sent(), written)
                else -> HttpResponse.streaming(code.value, sent(), written, length)
            },
        )
        content = written
        return written.channel
    }

    override suspend fun respondUpgrade(upgrade: OutgoingContent.ProtocolUpgrade) {
        val written = Written(call.coroutineContext.job)
        val protocol = headers[HttpHeaders.Upgrade].orEmpty()
        val others = sent().filterNot { it.key.equals(HttpHeaders.Upgrade, ignoreCase = true) }
        answer(HttpResponse.switching(protocol, others, written))
        content = written
        val input = Streams.reading(asked.content()).toByteReadChannel(Dispatchers.IO)
        upgrade.upgrade(input, written.channel, call.coroutineContext, call.coroutineContext).join()
        written.channel.flushAndClose()
    }

    /** The call has ended: nothing more will be written. What failed in it is told, whatever was sent. */
    suspend fun end(failure: Throwable?) {
        if (failure != null) {
            fail(failure)
            return
        }
        content?.channel?.flushAndClose()
        if (!answered) {
            reply.fail(IllegalStateException("the application gave no response"))
        }
    }

    fun fail(failure: Throwable) {
        if (content?.fail(failure) == true) {
            return // who sends it tells
        }
        try {
            reply.fail(failure)
        } catch (told: IllegalStateException) {
            // the response stands
        }
    }

    private companion object {
        val OWN = listOf("Content-Length", "Transfer-Encoding", "Connection", "Date")

        /** Statuses whose responses have none. */
        val WITHOUT_CONTENT = setOf(204, 205, 304)
    }
}

/**
 * What is written to a channel, as soon as it is flushed. Where nobody takes it any more the call that writes it is
 * cancelled, whatever it waits for.
 */
private class Written(private val call: Job) : Flow.Publisher<ByteArray>, Closeable {
    val channel = ByteChannel(autoFlush = true)

    @Volatile
    private var taken = true

    /** Who takes it knows that it failed, and may have closed it since. */
    @Volatile
    private var told = false

    private val content =
        Streams.written { out ->
            val some = ByteArray(1 shl 14)
            val input = channel.toInputStream()
            var count = input.read(some)
            while (count >= 0) {
                out.write(some, 0, count)
                out.flush()
                count = input.read(some)
            }
            channel.closedCause?.let { throw it } // the stream of a cancelled channel may just end
        }

    override fun subscribe(subscriber: Flow.Subscriber<in ByteArray>) {
        content.subscribe(
            object : Flow.Subscriber<ByteArray> {
                override fun onSubscribe(subscription: Flow.Subscription) {
                    subscriber.onSubscribe(
                        object : Flow.Subscription {
                            override fun request(parts: Long) = subscription.request(parts)

                            override fun cancel() {
                                subscription.cancel()
                                close()
                            }
                        },
                    )
                }

                override fun onNext(part: ByteArray) = subscriber.onNext(part)

                override fun onError(failure: Throwable) {
                    told = taken
                    subscriber.onError(failure)
                }

                override fun onComplete() = subscriber.onComplete()
            },
        )
    }

    /**
     * It will not become complete. Ktor may have cancelled the channel with the same failure before.
     *
     * @return whether who takes it learns that, or has, which is not so once all was written or nobody takes it
     */
    fun fail(failure: Throwable): Boolean {
        channel.cancel(failure)
        val learns = channel.closedCause != null && taken
        return learns || told
    }

    /** Nobody takes it, or any more of it. */
    override fun close() {
        taken = false
        val gone = CancellationException("nobody takes the response any more")
        channel.cancel(gone)
        call.cancel(gone)
    }
}
