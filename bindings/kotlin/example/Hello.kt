import io.quintet.http.HttpResponse
import io.quintet.kotlin.serveHttp

fun main() {
    val server = serveHttp { request -> HttpResponse.text("You asked for ${request.path()}") }
    println("listening on ${server.port}")
}
