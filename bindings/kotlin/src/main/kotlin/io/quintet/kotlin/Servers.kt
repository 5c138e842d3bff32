package io.quintet.kotlin

import io.quintet.Pattern
import io.quintet.Quintet
import io.quintet.Server
import io.quintet.ServerBuilder
import io.quintet.ServerOption
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
import kotlin.coroutines.CoroutineContext
import kotlin.reflect.KProperty
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/** Keeps the builders of a server apart. */
@DslMarker
public annotation class QuintetDsl

/**
 * How a server listens and what bounds it. An option that is not valid ends the start with an
 * [IllegalArgumentException] that names it, its value and what would be valid.
 */
public class Configuration internal constructor() : ServerOptions() {
    /** The arrangement by one of the patterns; [topology] takes a file too. */
    public var pattern: Pattern = Pattern.SINGLE_THREAD
        set(value) {
            field = value
            topology = value.id()
        }

    /**
     * Where suspending handlers go on after they have waited; they begin on the loop, or the worker,
     * that has the request. Unless it is set, they go on on the loop that owns the connection, which
     * they must not block.
     */
    public var dispatcher: CoroutineDispatcher? = null

    /** Any option by its name in [io.quintet.ServerOption]. */
    public fun option(name: String, value: Any) {
        given[name] = value
    }

    internal fun start(builder: ServerBuilder): Server = builder.options(given).start()
}

/** A property that stands for an option; its default where it was not set. */
internal class OptionProperty<T>(
    private val name: String,
    private val read: (Any) -> T,
    private val written: (T) -> Any,
) {
    operator fun getValue(owner: ServerOptions, property: KProperty<*>): T = read(owner.given[name] ?: DEFAULTS.getValue(name))

    operator fun setValue(owner: ServerOptions, property: KProperty<*>, value: T) {
        owner.given[name] = written(value)
    }

    private companion object {
        val DEFAULTS = ServerOption.all().associate { it.name() to it.standard() }
    }
}

@Suppress("UNCHECKED_CAST") // the table has the type, and the test of the table compares it
internal fun <T : Any> option(name: String): OptionProperty<T> = OptionProperty(name, { it as T }, { it })

internal fun time(name: String): OptionProperty<Duration> =
    OptionProperty(name, { (it as Number).toLong().milliseconds }, { it.inWholeMilliseconds })

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
    val builder =
        Quintet.serverLater(codec) { request, reply ->
            val dispatcher = configuration.dispatcher ?: reply.owner().asCoroutineDispatcher()
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
