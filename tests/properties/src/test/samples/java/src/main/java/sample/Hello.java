package sample;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;

public final class Hello {
  private Hello() {}

  public static void main(String[] arguments) throws Exception {
    try (Server server =
        Quintet.server(
                Http.codec(), request -> HttpResponse.text("You asked for " + request.path()))
            .listen("127.0.0.1", 0)
            .start()) {
      System.out.println("listening on " + server.port());
      server.awaitStopped();
    }
  }
}
