package io.quintet.web;

import io.quintet.Server;
import io.quintet.http.HttpResponse;

/** The routes of HttpConduct, as a program: the id of a pattern. */
final class ConductServer {
  private ConductServer() {}

  public static void main(String[] arguments) throws InterruptedException {
    Router router =
        Router.builder()
            .get("/", _ -> HttpResponse.text("Hello, World!"))
            .post("/echo", request -> HttpResponse.text(request.bodyText()))
            .get("/query", request -> HttpResponse.text(request.request().query().orElse("")))
            .get("/header", request -> HttpResponse.text(request.header("X-Test").orElse("")))
            .get("/wait", _ -> waited())
            .get("/fail", _ -> failed())
            .build();
    try (Server server = router.server().option("topology", arguments[0]).start()) {
      if (!server.isBackend()) {
        System.out.println("listening on " + server.port());
      }
      server.awaitStopped();
    }
  }

  private static HttpResponse waited() throws InterruptedException {
    Thread.sleep(300);
    return HttpResponse.text("waited");
  }

  private static HttpResponse failed() {
    throw new IllegalStateException("as asked for");
  }
}
