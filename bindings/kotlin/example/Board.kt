package example

import io.quintet.Pattern
import io.quintet.http.HttpRequest
import io.quintet.http.HttpResponse
import io.quintet.kotlin.serveHttp
import java.util.concurrent.ConcurrentHashMap
import kotlinx.coroutines.delay
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

private val votes = ConcurrentHashMap<String, Int>()

private suspend fun answer(request: HttpRequest): HttpResponse {
    val name = request.path().removePrefix("/votes/")
    return when {
        request.path() == "/votes" ->
            HttpResponse.text(votes.entries.sortedByDescending { it.value }.joinToString("") { "${it.key}: ${it.value}\n" })
        name == request.path() || name.isEmpty() -> HttpResponse.text(404, "There are /votes and /votes/NAME.\n")
        request.method() == "POST" -> {
            delay(10.milliseconds) // a suspended handler holds no thread
            HttpResponse.text("$name: ${votes.merge(name, 1, Int::plus)}\n")
        }
        else -> HttpResponse.text(405, "A name takes POST.\n")
    }
}

fun main(arguments: Array<String>) {
    val id = arguments.getOrElse(1) { "single-thread" }
    serveHttp({
        port = arguments.getOrElse(0) { "8080" }.toInt()
        pattern = Pattern.entries.first { it.id() == id }
        idleTimeout = 60.seconds
    }, ::answer).use { server ->
        println("listening on ${server.port}")
        server.awaitStopped()
    }
}
