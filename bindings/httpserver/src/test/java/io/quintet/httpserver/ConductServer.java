package io.quintet.httpserver;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The routes of HttpConduct, as a program that knows the JDK's interface alone. */
final class ConductServer {
  private ConductServer() {}

  public static void main(String[] arguments) throws Exception {
    System.setProperty("io.quintet.httpserver.pattern", arguments[0]);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> answer(exchange, "Hello, World!".getBytes(UTF_8)));
    server.createContext(
        "/echo", exchange -> answer(exchange, exchange.getRequestBody().readAllBytes()));
    server.createContext(
        "/query",
        exchange -> answer(exchange, exchange.getRequestURI().getRawQuery().getBytes(UTF_8)));
    server.createContext(
        "/header",
        exchange ->
            answer(exchange, exchange.getRequestHeaders().getFirst("X-Test").getBytes(UTF_8)));
    server.createContext(
        "/wait",
        exchange -> {
          try {
            Thread.sleep(300);
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          answer(exchange, "waited".getBytes(UTF_8));
        });
    server.createContext(
        "/fail",
        _ -> {
          throw new IllegalStateException("as asked for");
        });
    server.start();
    System.out.println("listening on " + server.getAddress().getPort());
  }

  private static void answer(HttpExchange exchange, byte[] body) throws IOException {
    exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
