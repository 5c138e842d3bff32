package io.quintet.bench;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Echo;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import java.io.IOException;

/** Quintet doing the measured work: {@code QuintetPeer echo|http}. */
final class QuintetPeer {
  private QuintetPeer() {}

  public static void main(String[] arguments) throws IOException {
    HttpResponse hello = HttpResponse.text("Hello, World!");
    Server server =
        (arguments[0].equals("http")
                ? Quintet.server(Http.codec(), _ -> hello)
                : Quintet.server(Echo.codec(), bytes -> bytes))
            .option("idleTimeoutMillis", 0)
            .start();
    Peer.run(server.port());
  }
}
