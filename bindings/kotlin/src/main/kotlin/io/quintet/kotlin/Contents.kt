package io.quintet.kotlin

import io.quintet.http.Http
import io.quintet.http.HttpRequest
import io.quintet.http.HttpResponse
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.jdk9.asFlow
import kotlinx.coroutines.jdk9.asPublisher
import kotlin.coroutines.CoroutineContext

/**
 * The content of a request in parts, as they come where [serveHttpStreaming] gave it before they
 * had; to be collected once. A collector that is slow slows down its client.
 */
public val HttpRequest.contentFlow: Flow<ByteArray>
    get() = content().asFlow()

/**
 * A response whose content is made while it is sent: the flow is collected when the response's turn
 * has come, each part is asked for when the client has taken enough of those before it, and a
 * client that goes away cancels it.
 *
 * @param content the parts
 * @param status 200 to 599, other than 204, 205 and 304
 * @param headers names and values
 * @param context where the flow is collected
 */
public fun streaming(
    content: Flow<ByteArray>,
    status: Int = 200,
    headers: List<Pair<String, String>> = emptyList(),
    context: CoroutineContext = Dispatchers.Default,
): HttpResponse =
    HttpResponse.streaming(status, headers.map { java.util.Map.entry(it.first, it.second) }, content.asPublisher(context))

/**
 * A server of HTTP/1.1, whose handler may suspend and has each request once its head is there.
 *
 * @param configure how it listens
 * @param contentBytesMax bytes of content of a request; 413 beyond
 * @param handler a request to its response
 */
public fun serveHttpStreaming(
    configure: Configuration.() -> Unit = {},
    contentBytesMax: Long = Long.MAX_VALUE,
    handler: suspend (HttpRequest) -> HttpResponse,
): RunningServer = serveSuspending(Http.streaming(Http.Limits.DEFAULT, contentBytesMax), configure, handler)
