package io.quintet.kotlin

import io.quintet.Pattern
import io.quintet.Quintet
import io.quintet.Server
import io.quintet.ServerBuilder
import io.quintet.codec.Codec
import io.quintet.http.Http
import io.quintet.http.HttpRequest
import io.quintet.http.HttpResponse
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executor
import kotlin.coroutines.CoroutineContext
import kotlin.time.Duration

/** Keeps the builders of a server apart. */
@DslMarker
public annotation class QuintetDsl

/**
 * How a server listens and what bounds it: the options of [io.quintet.Options], the usual ones as
 * properties. An option that is not valid ends the start with an [IllegalArgumentException] that
 * names it, its value and what would be valid.
 */
@QuintetDsl
public class Configuration internal constructor() {
    private val options = LinkedHashMap<String, Any>()

    /** Address or name to listen on. */
    public var host: String = "127.0.0.1"

    /** Port, 0 to 65535; 0 lets the kernel choose. */
    public var port: Int = 0

    /** Who listens, accepts, owns and handles. */
    public var pattern: Pattern = Pattern.SINGLE_THREAD

    /** Loops where the pattern has several; 0 is one for each processor. */
    public var loops: Int by counts("loops")

    /** Workers where the pattern has several; 0 is one for each processor. */
    public var workers: Int by counts("workers")

    /** Backend processes where the pattern has some; 0 is one for each processor. */
    public var backends: Int by counts("backends")

    /** Connections at once; 0 is no limit. */
    public var connectionsMax: Int by counts("connectionsMax")

    /** Nothing happens on a connection for so long. */
    public var idleTimeout: Duration by times("idleTimeoutMillis")

    /** The head of a request that began has not arrived. */
    public var requestTimeout: Duration by times("requestTimeoutMillis")

    /** A handler has not answered. */
    public var handlerTimeout: Duration by times("handlerTimeoutMillis")

    /** What is in flight may take so long when the server closes. */
    public var drainTimeout: Duration by times("drainTimeoutMillis")

    /**
     * Where suspending handlers go on after they have waited; they begin on the loop, or the worker,
     * that has the request. Unless it is set, they go on on the loop that owns the connection, which
     * they must not block.
     */
    public var dispatcher: CoroutineDispatcher? = null

    /** Any other option by its name in [io.quintet.Options]. */
    public fun option(name: String, value: Any) {
        options[name] = value
    }

    private class Option<T>(
        private val options: MutableMap<String, Any>,
        private val name: String,
        private val unset: T,
        private val stored: (T) -> Any,
    ) {
        private var value = unset

        operator fun getValue(owner: Configuration, property: kotlin.reflect.KProperty<*>): T = value

        operator fun setValue(owner: Configuration, property: kotlin.reflect.KProperty<*>, given: T) {
            value = given
            options[name] = stored(given)
        }
    }

    private fun counts(name: String) = Option(options, name, 0) { it }

    private fun times(name: String) = Option(options, name, Duration.ZERO) { it.inWholeMilliseconds }

    internal fun start(builder: ServerBuilder): Server =
        builder.options(options).option("topology", pattern.id()).listen(host, port).start()
}

/**
 * A server whose suspending handlers live as long as it does: to close it cancels those that have
 * not answered. It drains first.
 */
public class RunningServer internal constructor(
    private val server: Server,
    private val scope: CoroutineScope?,
) : AutoCloseable {
    /** The port on which it listens. */
    public val port: Int get() = server.port()

    /** Whether this process is a backend of a front that runs the same program. */
    public val isBackend: Boolean get() = server.isBackend

    /** What it has done so far. */
    public val stats: Map<String, Any> get() = server.stats()

    /** The server of the core, for all else. */
    public val core: Server get() = server

    /** Waits until it has stopped. */
    public fun awaitStopped(): Unit = server.awaitStopped()

    override fun close() {
        server.close()
        scope?.cancel()
    }
}

/**
 * A server of any protocol, whose handler answers before it returns.
 *
 * @param codec protocol
 * @param configure how it listens
 * @param handler a request to its reply; it may block where the pattern has workers
 */
public fun <Q : Any, R : Any> serve(
    codec: Codec<Q, R>,
    configure: Configuration.() -> Unit = {},
    handler: (Q) -> R,
): RunningServer {
    val configuration = Configuration().apply(configure)
    return RunningServer(configuration.start(Quintet.server(codec) { handler(it) }), null)
}

/**
 * A server of any protocol, whose handler may suspend. It begins on the loop, or the worker, that
 * has the request, and goes on on the loop that owns the connection, or in [Configuration.dispatcher];
 * replies are sent in the order of the requests.
 *
 * @param codec protocol
 * @param configure how it listens
 * @param handler a request to its reply
 */
public fun <Q : Any, R : Any> serveSuspending(
    codec: Codec<Q, R>,
    configure: Configuration.() -> Unit = {},
    handler: suspend (Q) -> R,
): RunningServer {
    val configuration = Configuration().apply(configure)
    val scope = HandlerScope()
    val dispatchers = ConcurrentHashMap<Executor, CoroutineDispatcher>() // one for each loop
    val builder =
        Quintet.serverLater(codec) { request, reply ->
            val dispatcher =
                configuration.dispatcher
                    ?: dispatchers.computeIfAbsent(reply.owner(), Executor::asCoroutineDispatcher)
            scope.launch(dispatcher, CoroutineStart.UNDISPATCHED) {
                val answer = runCatching { handler(request) }
                answer.fold(reply::send, reply::fail)
            }
        }
    return RunningServer(configuration.start(builder), scope)
}

/** A server of HTTP/1.1, whose handler may suspend. */
public fun serveHttp(
    configure: Configuration.() -> Unit = {},
    handler: suspend (HttpRequest) -> HttpResponse,
): RunningServer = serveSuspending(Http.codec(), configure, handler)

/** The handlers of one server; one that fails does not end the others. */
private class HandlerScope : CoroutineScope {
    override val coroutineContext: CoroutineContext = SupervisorJob()
}
