package io.quintet.ktor

import io.ktor.events.Events
import io.ktor.server.application.Application
import io.ktor.server.application.ApplicationCallPipeline
import io.ktor.server.application.ApplicationEnvironment
import io.ktor.server.application.ApplicationStarting
import io.ktor.server.application.call
import io.ktor.server.engine.ApplicationEngine
import io.ktor.server.engine.ApplicationEngineFactory
import io.ktor.server.engine.BaseApplicationEngine
import io.ktor.server.engine.ConnectorType
import io.ktor.server.engine.EngineConnectorBuilder
import io.ktor.server.engine.defaultExceptionStatusCode
import io.ktor.server.engine.withPort
import io.ktor.util.AttributeKey
import io.quintet.service.AsyncHandler
import io.quintet.Pattern
import io.quintet.service.Reply
import io.quintet.Server
import io.quintet.http.Http
import io.quintet.http.HttpRequest
import io.quintet.http.HttpResponse
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import io.quintet.Quintet as Servers

/** Runs Ktor's applications on Quintet: `embeddedServer(Quintet, port = 8080) { … }`. */
public object Quintet : ApplicationEngineFactory<QuintetEngine, QuintetEngine.Configuration> {
    override fun configuration(configure: QuintetEngine.Configuration.() -> Unit): QuintetEngine.Configuration =
        QuintetEngine.Configuration().apply(configure)

    override fun create(
        environment: ApplicationEnvironment,
        monitor: Events,
        developmentMode: Boolean,
        configuration: QuintetEngine.Configuration,
        applicationProvider: () -> Application,
    ): QuintetEngine = QuintetEngine(environment, monitor, developmentMode, configuration, applicationProvider)
}

/**
 * An engine of Ktor's server. A call begins on the loop or worker that the pattern says, and goes
 * on in [Configuration.dispatcher] once it was suspended; code that blocks belongs into a pattern with
 * workers. One connector; TLS is the option `tlsCertificate`.
 */
public class QuintetEngine internal constructor(
    environment: ApplicationEnvironment,
    monitor: Events,
    developmentMode: Boolean,
    private val configuration: Configuration,
    private val applicationProvider: () -> Application,
) : BaseApplicationEngine(environment, monitor, developmentMode) {
    /** How the server is arranged and what bounds it. */
    public class Configuration : ApplicationEngine.Configuration() {
        internal val options: MutableMap<String, Any> = LinkedHashMap()

        /** Who listens, accepts, owns and handles. */
        public var pattern: Pattern = Pattern.SINGLE_THREAD

        /** Where calls go on that were suspended. */
        public var dispatcher: CoroutineDispatcher = Dispatchers.Default

        /** Bytes of content of one request; 413 beyond. */
        public var contentBytesMax: Long = Long.MAX_VALUE

        /** Any option by its name in [io.quintet.ServerOption]. */
        public fun option(name: String, value: Any) {
            options[name] = value
        }
    }

    private val calls = CoroutineScope(SupervisorJob() + configuration.dispatcher)

    init {
        monitor.subscribe(ApplicationStarting, ::noteFailures)
    }

    /** The server, once it was started. */
    public lateinit var server: Server
        private set

    override fun start(wait: Boolean): QuintetEngine {
        val connector = configuration.connectors.singleOrNull() ?: EngineConnectorBuilder()
        require(connector.type == ConnectorType.HTTP) {
            "connector ${connector.type.name} is not served; the option tlsCertificate secures HTTP"
        }
        val handler = AsyncHandler<HttpRequest, HttpResponse>(::handle)
        server =
            Servers.serverLater(Http.streaming(Http.Limits.DEFAULT, configuration.contentBytesMax), handler)
                .pattern(configuration.pattern)
                .listen(connector.host, connector.port)
                .option("drainOnExit", false) // EmbeddedServer stops its engine then
                .options(configuration.options)
                .start()
        resolvedConnectorsDeferred.complete(listOf(connector.withPort(server.port())))
        if (wait || server.isBackend) {
            server.awaitStopped()
        }
        return this
    }

    private fun handle(request: HttpRequest, reply: Reply<HttpResponse>) {
        val application = applicationProvider()
        // Without a dispatch first, as the loop's own work, until the call suspends.
        calls.launch(start = CoroutineStart.UNDISPATCHED) {
            val call = QuintetCall(application, request, reply, coroutineContext)
            try {
                pipeline.execute(call, Unit)
                call.response.end(call.attributes.getOrNull(FAILURE))
            } catch (failure: Throwable) {
                call.response.fail(failure)
            }
        }
    }

    /** Ktor answers what an application does not catch by itself; the server counts and logs it as well. */
    private fun noteFailures(application: Application) {
        application.intercept(ApplicationCallPipeline.Setup) {
            try {
                proceed()
            } catch (failure: Throwable) {
                val status = defaultExceptionStatusCode(failure)
                if (failure !is CancellationException && (status == null || status.value >= 500)) {
                    call.attributes.put(FAILURE, failure)
                }
                throw failure
            }
        }
    }

    override fun stop(gracePeriodMillis: Long, timeoutMillis: Long) {
        if (this::server.isInitialized) {
            server.drain()
        }
        calls.coroutineContext.job.cancel()
    }

    private companion object {
        val FAILURE = AttributeKey<Throwable>("io.quintet.ktor.Failure")
    }
}
