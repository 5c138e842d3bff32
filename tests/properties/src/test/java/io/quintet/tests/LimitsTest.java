package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Peer;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Handler;
import io.quintet.service.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Limits and deadlines, and what a client is told of them, on the real kernel. */
@ParameterizedClass
@EnumSource(Arrangement.class)
class LimitsTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String SERVED = "HTTP/1.1 200 OK|Hello, World!";
  private static final HttpResponse HELLO = HttpResponse.text("Hello, World!");

  @Parameter Arrangement arrangement;

  private ServerBuilder http() {
    return arrangement.of(Quintet.server(Http.codec(), _ -> HELLO));
  }

  /** One process, whose connections are counted together. */
  private ServerBuilder inOneProcess() {
    int count = arrangement == Arrangement.MULTI_PROCESS ? 1 : 3;
    return arrangement.of(Quintet.server(Http.codec(), _ -> HELLO), count);
  }

  @Test
  void aConnectionMoreThanThereMayBeIsToldSoAndOneLessMakesRoom() throws IOException {
    try (Server server = http().option("connectionsMax", 2).start();
        Client first = new Client(server.port())) {
      Client second = new Client(server.port());
      assertEquals(SERVED, first.send(GET).receiveResponse());
      assertEquals(SERVED, second.send(GET).receiveResponse());
      assertTooMany(server);
      assertEquals(1, Stats.sum(server, "refusedExcess"));
      second.close();
      awaitService(server);
      assertEquals(SERVED, first.send(GET).receiveResponse());
    }
  }

  @Test
  void onePeerHasNoMoreConnectionsThanOneMayHave() throws IOException {
    try (Server server = inOneProcess().option("peerConnectionsMax", 1).start()) {
      try (Client first = new Client(server.port())) {
        assertEquals(SERVED, first.send(GET).receiveResponse());
        assertTooMany(server);
        try (Client other = new Client(server.port(), "127.0.0.2")) {
          assertEquals(SERVED, other.send(GET).receiveResponse());
        }
      }
      awaitService(server);
    }
  }

  private static void assertTooMany(Server server) throws IOException {
    try (Client third = new Client(server.port())) {
      String text = third.receiveAllText();
      assertTrue(text.startsWith("HTTP/1.1 503 Service Unavailable\r\n"), text);
      assertTrue(text.contains("Connection: close\r\n"), text);
      assertTrue(text.endsWith("\r\n\r\n"), text); // what it would ask for may be HEAD
    }
  }

  /** The server learns a little later than the client that its connection is closed. */
  private static void awaitService(Server server) {
    Await.until(
        () -> {
          try (Client next = new Client(server.port())) {
            return next.send(GET).receiveResponse().equals(SERVED);
          } catch (IOException reset) {
            throw new UncheckedIOException(reset); // one that is refused is told so
          }
        },
        "there is room for another one");
  }

  @Test
  void aConnectionOnWhichNothingArrivesIsClosedAtItsDeadline() throws IOException {
    try (Server server = http().option("firstByteTimeoutMillis", 50).start();
        Client client = new Client(server.port())) {
      assertEquals(0, client.receiveAll().length);
    }
  }

  @Test
  void aHandlerIsNotWaitedForLongerThanItMayTake() throws Exception {
    BlockingQueue<Reply<HttpResponse>> asked = new LinkedBlockingQueue<>();
    AsyncHandler<HttpRequest, HttpResponse> handler = (_, reply) -> asked.add(reply);
    HeldClock clock = new HeldClock();
    try (Server server =
            arrangement
                .of(Quintet.serverLater(Http.codec(), handler))
                .option("handlerTimeoutMillis", 50)
                .in(clock.world())
                .start();
        Client client = new Client(server.port());
        Client other = new Client(server.port())) {
      clock.hold();
      client.send(GET);
      Reply<HttpResponse> late = asked.poll(60, TimeUnit.SECONDS);
      clock.pass(60);
      String text = client.receiveAllText();
      assertTrue(text.startsWith("HTTP/1.1 503 Service Unavailable\r\n"), text);
      assertTrue(text.contains("Connection: close\r\n"), text);
      late.send(HELLO); // goes nowhere, and is no error
      other.send(GET);
      asked.poll(60, TimeUnit.SECONDS).send(HELLO);
      assertEquals(SERVED, other.receiveResponse());
    }
  }

  /** Each of them is told, since each of them may have changed something. */
  @Test
  void allHandlersThatTakeTooLongAreAnsweredForAndTheLastOneEndsTheConnection() throws IOException {
    AsyncHandler<HttpRequest, HttpResponse> never = (_, _) -> {};
    try (Server server =
            arrangement
                .of(Quintet.serverLater(Http.codec(), never))
                .option("handlerTimeoutMillis", 50)
                .start();
        Client client = new Client(server.port())) {
      client.send(GET + GET + GET);
      for (int i = 0; i < 3; i++) {
        String head = client.receiveHead();
        assertTrue(head.startsWith("HTTP/1.1 503 Service Unavailable\r\n"), head);
        assertEquals(i == 2, head.contains("Connection: close\r\n"), head);
        client.receive("The request was not answered in time.\n".length());
      }
      assertEquals(0, client.receiveAll().length);
    }
  }

  @Test
  void aConnectionOfAnAgeEndsWithTheLastOfTheRepliesThatAreOwed() throws Exception {
    BlockingQueue<Reply<HttpResponse>> asked = new LinkedBlockingQueue<>();
    AsyncHandler<HttpRequest, HttpResponse> handler = (_, reply) -> asked.add(reply);
    HeldClock clock = new HeldClock();
    try (Server server =
        arrangement
            .of(Quintet.serverLater(Http.codec(), handler))
            .option("connectionAgeMillis", 1_000)
            .in(clock.world())
            .start()) {
      clock.hold();
      try (Client client = new Client(server.port())) {
        client.send(GET);
        Reply<HttpResponse> first = asked.poll(60, TimeUnit.SECONDS);
        client.send(GET);
        Reply<HttpResponse> second = asked.poll(60, TimeUnit.SECONDS);
        clock.passForAll(1_100);
        first.send(HELLO);
        String head = client.receiveHead();
        assertFalse(head.contains("Connection: close\r\n"), head);
        client.receive("Hello, World!".length());
        client.send(GET); // it is not taken any more
        second.send(HELLO);
        head = client.receiveHead();
        assertTrue(head.contains("Connection: close\r\n"), head);
        client.receive("Hello, World!".length());
        assertEquals(0, client.receiveAll().length);
        assertTrue(asked.isEmpty());
      }
    }
  }

  @Test
  void aConnectionOfAnAgeEndsWithItsNextReplyWhichSaysSo() throws IOException {
    try (Server server = http().option("connectionAgeMillis", 1).start();
        Client client = new Client(server.port())) {
      // The first one may be answered in the connection's first millisecond; the second one is not.
      String first = client.send(GET).receiveHead();
      client.receive("Hello, World!".length());
      if (!first.contains("Connection: close\r\n")) {
        long answered = System.nanoTime();
        Await.until(() -> System.nanoTime() - answered > 2_000_000, "two milliseconds pass");
        String second = client.send(GET).receiveHead();
        assertTrue(second.contains("Connection: close\r\n"), second);
        client.receive("Hello, World!".length());
      }
      assertEquals(0, client.receiveAll().length);
    }
  }

  /** Whatever else happens to it meanwhile: nobody has told the client that it ends. */
  @Test
  void aConnectionOfAnAgeThatIsIdleWaitsForItsNextRequest() throws Exception {
    CompletableFuture<Peer> peer = new CompletableFuture<>();
    Handler<HttpRequest, HttpResponse> handler =
        request -> {
          peer.complete(request.peer());
          return HELLO;
        };
    HeldClock clock = new HeldClock();
    try (Server server =
        arrangement
            .of(Quintet.server(Http.codec(), handler))
            .option("connectionAgeMillis", 1_000)
            .in(clock.world())
            .start()) {
      clock.hold();
      try (Client client = new Client(server.port())) {
        String first = client.send(GET).receiveHead();
        assertFalse(first.contains("Connection: close\r\n"), first);
        client.receive("Hello, World!".length());
        clock.passForAll(1_100);
        peer.get(1, TimeUnit.MINUTES).wake();
        clock.passForAll(1_100); // longer than a server that drains waits for a request
        clock.passForAll(1_100);
        String second = client.send(GET).receiveHead();
        assertTrue(second.contains("Connection: close\r\n"), second);
        client.receive("Hello, World!".length());
        assertEquals(0, client.receiveAll().length);
      }
    }
  }

  @Test
  void contentMayTakeLongAsLongAsItComesFastEnough() throws Exception {
    HeldClock clock = new HeldClock();
    try (Server server =
            http()
                .option("requestTimeoutMillis", 200)
                .option("requestRateBytes", 1_000)
                .in(clock.world())
                .start();
        Client steady = new Client(server.port());
        Client slow = new Client(server.port())) {
      clock.hold();
      assertEquals("HTTP/1.1 200 OK", trickle(clock, steady, 80, 11));
      assertEquals("HTTP/1.1 408 Request Timeout", trickle(clock, slow, 60, 9));
      assertEquals(1, Stats.sum(server, "refusedLate"));
    }
  }

  /** Sends pieces, one every 10 ms, and gives the status line. */
  private static String trickle(HeldClock clock, Client client, int pieces, int bytes)
      throws IOException {
    byte[] head =
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + 80 * bytes + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    clock.passBehind(10, client, head);
    for (int i = 0; i < pieces; i++) {
      clock.passBehind(10, client, new byte[bytes]);
    }
    return client.receiveLine();
  }

  @Test
  void clientsThatDoNotReadHoldNoMoreMemoryTogetherThanTheyMay() throws Exception {
    int boundBytes = 64 << 10; // and a reply and what is left of the requests for each
    int clients = 4;
    int replies = 100;
    HttpResponse large = HttpResponse.of(200, List.of(), new byte[100_000]);
    try (Server server =
        arrangement
            .of(Quintet.server(Http.codec(), _ -> large), 1)
            .option("bufferBytesMax", boundBytes)
            .option("sendBufferBytes", 65536)
            .start()) {
      List<Client> deaf = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        deaf.add(new Client(server.port()).send(GET.repeat(replies)));
      }
      // Each has begun a reply before the bound was seen, and nobody has two.
      for (Client client : deaf) {
        for (int i = 0; i < replies; i++) {
          assertEquals(100_000 + "HTTP/1.1 200 OK|".length(), client.receiveResponse().length());
          long queued =
              Stats.each(server, "loops", "queuedBytes").stream()
                  .mapToLong(Map.Entry::getValue)
                  .max()
                  .orElse(0);
          assertTrue(queued <= boundBytes + clients * 10 * 16_384L, queued + " bytes");
        }
        client.close();
      }
    }
  }

  @Test
  void aServerThatDrainsWithADelayServesNewConnectionsUntilThen() throws Exception {
    HeldClock clock = new HeldClock();
    Server server =
        http()
            .option("drainDelayMillis", 500)
            .option("drainTimeoutMillis", 600_000)
            .in(clock.world())
            .start();
    try (Client client = new Client(server.port())) {
      clock.hold();
      assertEquals(SERVED, client.send(GET).receiveResponse());
      CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(server::drain);
      Await.until(() -> server.stats().get("state").equals("delaying"), "it will drain");
      assertFalse(server.isReady());
      try (Client late = new Client(server.port())) {
        assertEquals(SERVED, late.send(GET).receiveResponse());
        assertEquals(SERVED, client.send(GET).receiveResponse());
        CompletableFuture<String> end = CompletableFuture.supplyAsync(late::receiveAllUnchecked);
        assertEquals("", clock.passUntil(end));
      }
      assertTrue(clock.passUntil(drained));
    }
  }
}
