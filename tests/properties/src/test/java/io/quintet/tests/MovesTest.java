package io.quintet.tests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.service.Handler;
import io.quintet.testkit.SelfSigned;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that go from loop to loop while they are used. */
class MovesTest {
  private static final String PASSWORD = "secret";
  private static final int STREAMED = 8 << 20;
  private static final int CONNECTIONS = 1_000;
  private static final int PIECE = 64 << 10;

  @TempDir private static Path folder;
  private static Path store;

  @BeforeAll
  static void certify() throws Exception {
    store = folder.resolve("store.p12");
    SelfSigned.generate(store, "localhost", PASSWORD);
  }

  private static Server start(ServerBuilder builder, String pattern) {
    return builder
        .option("topology", pattern)
        .option("port", 0)
        .option("loops", 3)
        .option("readBufferBytes", PIECE)
        .start();
  }

  private static List<String> loops(Server server) {
    return Stats.each(server, "loops", "open").stream()
        .map(Map.Entry::getKey)
        .filter(name -> name.startsWith("quintet-loop"))
        .toList();
  }

  /** Moves what there is from loop to loop, until it is told to stop. */
  private static final class Moving implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger count = new AtomicInteger();
    private final CompletableFuture<Integer> moves;

    Moving(Server server, int most) {
      List<String> loops = loops(server);
      Random random = new Random(7);
      moves =
          CompletableFuture.supplyAsync(
              () -> {
                while (!over.get()) {
                  int from = random.nextInt(loops.size());
                  int to = (from + 1 + random.nextInt(loops.size() - 1)) % loops.size();
                  count.addAndGet(server.move(loops.get(from), loops.get(to), most));
                }
                return count.get();
              });
    }

    int soFar() {
      assertFalse(moves.isCompletedExceptionally(), "it cannot move");
      return count.get();
    }

    int end() {
      over.set(true);
      return moves.join();
    }

    @Override
    public void close() {
      end();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reuseport", "multi-thread"})
  void aStreamThatIsEchoedGoesOnWhileItMoves(String pattern) throws Exception {
    try (Server server = start(echo(), pattern);
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        Moving moving = new Moving(server, 1)) {
      while (moving.soFar() <= 10) {
        echoed(socket);
      }
    }
  }

  @Test
  void aSecuredStreamThatIsEchoedGoesOnWhileItMoves() throws Exception {
    ServerBuilder builder = echo().option("tlsCertificate", store).option("tlsPassword", PASSWORD);
    try (Server server = start(builder, "reuseport");
        Socket socket = SecureClient.connect(server.port(), "localhost");
        Moving moving = new Moving(server, 1)) {
      while (moving.soFar() <= 10) {
        echoed(socket);
      }
    }
  }

  private static ServerBuilder echo() {
    Handler<HttpRequest, HttpResponse> handler =
        request -> HttpResponse.streaming(200, List.of(), request.content());
    return Quintet.server(Http.streaming(Http.Limits.DEFAULT, Long.MAX_VALUE), handler);
  }

  /** Sends random bytes as the content of a request, and compares what comes back. */
  private static void echoed(Socket socket) throws IOException {
    OutputStream out = socket.getOutputStream();
    String head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + STREAMED + "\r\n\r\n";
    out.write(head.getBytes(US_ASCII));
    CompletableFuture<Void> sent =
        CompletableFuture.runAsync(
            () -> {
              Random bytes = new Random(1);
              byte[] piece = new byte[PIECE];
              try {
                for (int i = 0; i < STREAMED / PIECE; i++) {
                  bytes.nextBytes(piece);
                  out.write(piece);
                }
                out.flush();
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    DataInputStream in = new DataInputStream(socket.getInputStream());
    skipHead(in);
    Random expected = new Random(1);
    byte[] right = new byte[PIECE];
    byte[] piece = new byte[PIECE];
    int filled = 0;
    long total = 0;
    int size;
    while ((size = Integer.parseInt(line(in), 16)) > 0) {
      for (int left = size; left > 0; ) {
        int count = Math.min(left, PIECE - filled);
        in.readFully(piece, filled, count);
        filled += count;
        left -= count;
        if (filled == PIECE) {
          expected.nextBytes(right);
          assertTrue(Arrays.equals(right, piece), "bytes from " + total);
          total += filled;
          filled = 0;
        }
      }
      assertEquals("", line(in));
    }
    assertEquals("", line(in)); // no trailers
    assertEquals(STREAMED, total);
    sent.join();
  }

  private static void skipHead(InputStream in) throws IOException {
    while (!line(in).isEmpty()) {
      // a field
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    int b;
    while ((b = in.read()) != '\n' && b >= 0) {
      line.append((char) b);
    }
    return line.toString().stripTrailing();
  }

  @ParameterizedTest
  @ValueSource(strings = {"reuseport", "multi-thread"})
  void thousandConnectionsMoveUnderLoadAndNoneIsLost(String pattern) throws Exception {
    List<Client> clients = new ArrayList<>();
    try (Server server =
        start(Quintet.server(Http.codec(), _ -> HttpResponse.text("x")), pattern)) {
      for (int i = 0; i < CONNECTIONS; i++) {
        clients.add(new Client(server.port()));
      }
      try (Moving moving = new Moving(server, CONNECTIONS)) {
        for (int round = 0; round < 5; round++) {
          for (Client client : clients) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
          }
          for (Client client : clients) {
            assertEquals("HTTP/1.1 200 OK|x", client.receiveResponse());
          }
        }
        assertTrue(moving.end() > CONNECTIONS, "they moved");
      }
      assertEquals(5L * CONNECTIONS, Stats.sum(server, "requests"));
      assertEquals(CONNECTIONS, Stats.sum(server, "open"));
      assertEquals(CONNECTIONS, server.explain().size());
    } finally {
      for (Client client : clients) {
        client.close();
      }
    }
  }
}
