package io.quintet.bench;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Echo;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import java.io.IOException;
import java.util.Map;

/** Quintet doing the measured work: {@code QuintetPeer echo|http PATTERN}. */
final class QuintetPeer {
  private QuintetPeer() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    HttpResponse hello = HttpResponse.text("Hello, World!");
    Server server =
        (arguments[0].equals("http")
                ? Quintet.server(Http.codec(), _ -> hello)
                : Quintet.server(Echo.codec(), bytes -> bytes))
            .options(Map.of("topology", arguments[1], "loops", 2, "workers", 2, "backends", 2))
            .option("idleTimeoutMillis", 0)
            .start();
    if (server.isBackend()) {
      server.awaitStopped();
      return;
    }
    Peer.run(server.port());
  }
}
