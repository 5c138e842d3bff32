package io.quintet.bench;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;

/** The routes that the servers of the bindings' tests have, in plain Java. */
final class RoutesPeer {
  private RoutesPeer() {}

  private static HttpResponse answer(HttpRequest request) {
    return switch (request.path()) {
      case "/" -> HttpResponse.text("Hello, World!");
      case "/echo" -> HttpResponse.of(200, "application/octet-stream", request.body());
      case "/query" -> HttpResponse.text(request.query().orElse(""));
      default -> HttpResponse.text(404, "");
    };
  }

  public static void main(String[] arguments) throws InterruptedException {
    try (Server server = Quintet.server(Http.codec(), RoutesPeer::answer).start()) {
      System.out.println("listening on " + server.port());
      server.awaitStopped();
    }
  }
}
