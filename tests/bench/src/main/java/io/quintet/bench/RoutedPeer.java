package io.quintet.bench;

import io.quintet.Server;
import io.quintet.http.HttpResponse;
import io.quintet.web.Filter;
import io.quintet.web.Router;
import io.quintet.web.WebRequest;

/**
 * The routes of {@link RoutesPeer} by quintet-web: {@code literal}, {@code parameter} where the
 * path that is loaded is found as one, or {@code filtered}, which has a filter before them.
 */
final class RoutedPeer {
  private RoutedPeer() {}

  private static HttpResponse hello(WebRequest request) {
    return HttpResponse.text("Hello, World!");
  }

  public static void main(String[] arguments) throws InterruptedException {
    Router.Builder routes =
        Router.builder()
            .get(arguments[0].equals("parameter") ? "/{rest...}" : "/", RoutedPeer::hello)
            .post(
                "/echo",
                request -> HttpResponse.of(200, "application/octet-stream", request.body()))
            .get("/query", request -> HttpResponse.text(request.request().query().orElse("")));
    if (arguments[0].equals("filtered")) {
      routes.filter(Filter.ofResponse((_, response) -> response));
    }
    try (Server server = routes.build().server().start()) {
      System.out.println("listening on " + server.port());
      server.awaitStopped();
    }
  }
}
