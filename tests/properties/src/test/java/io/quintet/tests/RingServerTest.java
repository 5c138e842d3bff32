package io.quintet.tests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Echo;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import io.quintet.kernel.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Servers whose loops wait by io_uring: each arrangement, in short. Skipped where rings are not.
 */
class RingServerTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final int MUCH = 3 << 20;

  @BeforeAll
  static void needsRings() {
    try {
      World.linux().loopKernel("io_uring");
    } catch (IllegalArgumentException e) {
      assumeTrue(false, e.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void requestsAreAnsweredOneByOneAndPipelined(Arrangement arrangement) throws IOException {
    try (Server server =
        arrangement
            .of(Quintet.server(Http.codec(), request -> HttpResponse.text(request.path())))
            .option("kernel", "io_uring")
            .start()) {
      for (int i = 0; i < 5; i++) {
        try (Client client = new Client(server.port())) {
          for (int depth = 1; depth < 100; depth *= 3) {
            client.send(GET.repeat(depth));
            for (int n = 0; n < depth; n++) {
              assertEquals("HTTP/1.1 200 OK|/", client.receiveResponse());
            }
          }
        }
      }
    }
  }

  /** The end follows the last reply, and does not wait for what else may happen. */
  @ParameterizedTest
  @EnumSource
  void theEndFollowsTheLastReplyAtOnce(Arrangement arrangement) throws IOException {
    try (Server server =
            arrangement
                .of(Quintet.server(Http.codec(), request -> HttpResponse.text("last")))
                .option("kernel", "io_uring")
                .option("lingerTimeoutMillis", 86_400_000)
                .start();
        Client client = new Client(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      assertTrue(new String(client.receiveAll(), ISO_8859_1).endsWith("last"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void muchComesBackAsItWent(Arrangement arrangement) throws Exception {
    byte[] bytes = new byte[MUCH];
    new Random(1).nextBytes(bytes);
    try (Server server =
            arrangement
                .of(Quintet.server(Echo.codec(), request -> request))
                .option("kernel", "io_uring")
                .start();
        Client client = new Client(server.port())) {
      Thread sender =
          Thread.startVirtualThread(
              () -> {
                try {
                  client.send(bytes).endOutput();
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertArrayEquals(bytes, client.receiveAll());
      sender.join();
    }
  }

  /** The option does what it says, and leaves nothing behind. */
  @Test
  void theLoopHasARingForAsLongAsItLives() throws IOException {
    long before = rings();
    try (Server server =
        Quintet.server(Echo.codec(), request -> request).option("kernel", "io_uring").start()) {
      assertTrue(rings() > before, "no ring for port " + server.port());
    }
  }

  private static long rings() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(RingServerTest::isRing).count();
    }
  }

  private static boolean isRing(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().contains("io_uring");
    } catch (IOException e) {
      return false; // it was closed meanwhile
    }
  }
}
