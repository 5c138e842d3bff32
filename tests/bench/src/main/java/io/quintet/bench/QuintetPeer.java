package io.quintet.bench;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Echo;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import io.quintet.specs.Specs;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** Quintet doing the measured work: {@code QuintetPeer echo|http PATTERN [OPTION=VALUE...]}. */
final class QuintetPeer {
  private static final int LARGE_BYTES = 64 << 10;

  private QuintetPeer() {}

  /** Options behind the pattern, NAME=VALUE. */
  private static Map<String, String> more(String[] arguments) {
    return Arrays.stream(arguments)
        .skip(2)
        .map(option -> option.split("=", 2))
        .collect(Collectors.toMap(option -> option[0], option -> option[1]));
  }

  /** Two loops, workers or backends where the topology has several. */
  private static Map<String, Integer> two(String topology) {
    return Specs.topology(topology).counts().stream()
        .collect(Collectors.toMap(count -> count, _ -> 2));
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    HttpResponse hello = HttpResponse.text("Hello, World!");
    HttpResponse large = HttpResponse.of(200, "application/octet-stream", new byte[LARGE_BYTES]);
    Server server =
        (arguments[0].equals("http")
                ? Quintet.server(
                    Http.codec(), request -> request.path().equals("/large") ? large : hello)
                : Quintet.server(Echo.codec(), bytes -> bytes))
            .option("topology", arguments[1])
            .options(two(arguments[1]))
            .option("idleTimeoutMillis", 0)
            .options(more(arguments))
            .start();
    if (server.isBackend()) {
      server.awaitStopped();
      return;
    }
    Peer.run(server.port());
  }
}
