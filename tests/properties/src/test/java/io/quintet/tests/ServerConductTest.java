package io.quintet.tests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Codec;
import io.quintet.codec.Echo;
import io.quintet.codec.Line;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Handler;
import io.quintet.service.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a client sees of a server, on the real kernel: the same under every arrangement of threads
 * and sockets.
 */
@ParameterizedClass
@EnumSource(Arrangement.class)
@Isolated("it looks at what this process has and does")
class ServerConductTest {
  @Parameter Arrangement arrangement;

  private static final HttpResponse HELLO = HttpResponse.text("Hello, World!");
  private static final int DAY_MILLIS = 24 * 60 * 60 * 1000;

  private Server http() {
    return server(Http.codec(), ServerConductTest::answer).start();
  }

  private <Q, R> ServerBuilder server(Codec<Q, R> codec, Handler<Q, R> handler) {
    return arrangement.of(Quintet.server(codec, handler));
  }

  private <Q, R> ServerBuilder serverLater(Codec<Q, R> codec, AsyncHandler<Q, R> handler) {
    return arrangement.of(Quintet.serverLater(codec, handler));
  }

  private static HttpResponse answer(HttpRequest request) {
    return switch (request.path()) {
      case "/" -> HELLO;
      case "/fail" -> throw new IllegalStateException("meant to fail");
      case "/echo" -> HttpResponse.of(200, "text/plain", request.body());
      default -> HttpResponse.text(404, "none");
    };
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws IOException {
    try (Server server = http();
        Client client = new Client(server.port())) {
      client.send(
          "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
              + "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
              + "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "3\r\ntwo\r\n5;a=b\r\nthree\r\n0\r\nX: y\r\n\r\n"
              + "GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals("HTTP/1.1 200 OK|one", client.receiveResponse());
      assertEquals("HTTP/1.1 200 OK|Hello, World!", client.receiveResponse());
      assertEquals("HTTP/1.1 200 OK|twothree", client.receiveResponse());
      assertEquals("HTTP/1.1 404 Not Found|none", client.receiveResponse());
    }
  }

  @Test
  void aFailingHandlerEndsItsRequestAlone() throws IOException {
    try (Server server = http();
        Client client = new Client(server.port())) {
      client.send("GET /fail HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
      String failed = client.receiveResponse();
      assertEquals("HTTP/1.1 500 Internal Server Error|The handler failed.\n", failed);
      assertEquals("HTTP/1.1 200 OK|Hello, World!", client.receiveResponse());
    }
  }

  @Test
  void aHandlerThatGivesNoReplyFails() throws IOException {
    try (Server server = server(Http.codec(), _ -> null).start();
        Client client = new Client(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertTrue(client.receiveResponse().startsWith("HTTP/1.1 500 "));
    }
  }

  @Test
  void aMalformedRequestGetsItsRefusalBehindTheRepliesOwedAndAClose() throws IOException {
    try (Server server = http();
        Client client = new Client(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost : a\r\n\r\nmore");
      assertEquals("HTTP/1.1 200 OK|Hello, World!", client.receiveResponse());
      String rest = client.receiveAllText();
      assertTrue(rest.startsWith("HTTP/1.1 400 Bad Request\r\n"), rest);
      assertTrue(rest.contains("\r\nConnection: close\r\n"), rest);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n | Connection: close",
        "GET / HTTP/1.0\\r\\n\\r\\n | Connection: close",
      })
  void aClientThatAsksForACloseGetsIt(String request, String field) throws IOException {
    try (Server server = http();
        Client client = new Client(server.port())) {
      String text = client.send(request.replace("\\r\\n", "\r\n")).receiveAllText();
      assertTrue(text.contains("\r\n" + field + "\r\n"), text);
      assertTrue(text.endsWith("\r\n\r\nHello, World!"), text);
    }
  }

  @Test
  void anOldClientMayKeepItsConnection() throws IOException {
    try (Server server = http();
        Client client = new Client(server.port())) {
      String request = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
      client.send(request);
      assertEquals("HTTP/1.1 200 OK|Hello, World!", client.receiveResponse());
      client.send(request);
      assertEquals("HTTP/1.1 200 OK|Hello, World!", client.receiveResponse());
    }
  }

  @Test
  void aHeadRequestGetsTheHeadAlone() throws IOException {
    try (Server server = http();
        Client client = new Client(server.port())) {
      client.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      String text = client.receiveAllText();
      assertTrue(text.contains("\r\nContent-Length: 13\r\n"), text);
      assertTrue(text.endsWith("\r\n\r\n"), text);
    }
  }

  @Test
  void lateRepliesLeaveInTheOrderOfTheirRequests() throws Exception {
    BlockingQueue<Map.Entry<String, Reply<String>>> asked = new LinkedBlockingQueue<>();
    AsyncHandler<String, String> handler = (line, reply) -> asked.add(Map.entry(line, reply));
    try (Server server = serverLater(Line.codec(), handler).start();
        Client client = new Client(server.port())) {
      client.send("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
      List<Map.Entry<String, Reply<String>>> requests = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        requests.add(asked.poll(60, TimeUnit.SECONDS));
      }
      Collections.shuffle(requests, new Random(Seeded.SEED));
      List<Thread> threads = new ArrayList<>();
      for (Map.Entry<String, Reply<String>> request : requests) {
        threads.add(
            Thread.startVirtualThread(() -> request.getValue().send("re " + request.getKey())));
      }
      for (int i = 0; i < 10; i++) {
        assertEquals("re " + i, client.receiveLine());
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThrows(IllegalStateException.class, () -> requests.getFirst().getValue().send("twice"));
    }
  }

  @Test
  void tasksRunOnTheLoopThatOwnsTheConnectionInTheirOrder() throws Exception {
    AtomicReference<Executor> owner = new AtomicReference<>();
    AsyncHandler<String, String> handler =
        (line, reply) -> {
          owner.set(reply.owner());
          StringBuffer ran = new StringBuffer();
          Thread.startVirtualThread(
              () -> {
                reply.owner().execute(() -> ran.append("first on "));
                reply
                    .owner()
                    .execute(
                        () -> {
                          throw new IllegalStateException("meant to fail");
                        });
                reply.owner().execute(() -> reply.send(ran + Thread.currentThread().getName()));
              });
        };
    try (Server server = serverLater(Line.codec(), handler).start();
        Client client = new Client(server.port())) {
      String text = client.send("a\n").receiveLine();
      assertTrue(text.matches("first on quintet-(loop|backend)-[0-9]+"), text);
      assertEquals(text, client.send("b\n").receiveLine());
    }
    assertThrows(RejectedExecutionException.class, () -> owner.get().execute(() -> {}));
  }

  @Test
  void aLateHandlerMayAnswerAtOnceAndFailLater() throws IOException {
    AsyncHandler<String, String> handler =
        (line, reply) -> {
          switch (line) {
            case "now" -> reply.send("at once");
            case "throw" -> throw new IllegalArgumentException("meant to fail");
            case "both" -> {
              reply.send("answered");
              throw new IllegalArgumentException("meant to fail after the answer");
            }
            default -> Thread.startVirtualThread(() -> reply.fail(new IOException("meant")));
          }
        };
    try (Server server = serverLater(Line.codec(), handler).start();
        Client client = new Client(server.port())) {
      client.send("now\nthrow\nboth\nlater\n");
      assertEquals("at once", client.receiveLine());
      assertEquals("error: the request failed", client.receiveLine());
      assertEquals("answered", client.receiveLine());
      assertEquals("error: the request failed", client.receiveLine());
    }
  }

  @Test
  void aStageThatCompletesLaterIsAReply() throws Exception {
    CompletableFuture<String> stage = new CompletableFuture<>();
    try (Server server = arrangement.of(Quintet.serverOfStages(Line.codec(), _ -> stage)).start();
        Client client = new Client(server.port())) {
      client.send("x\n");
      stage.completeAsync(() -> "done");
      assertEquals("done", client.receiveLine());
    }
  }

  @Test
  void moreRequestsThanMayBeOwedWaitForTheirTurn() throws Exception {
    BlockingQueue<Runnable> asked = new LinkedBlockingQueue<>();
    AsyncHandler<String, String> handler = (line, reply) -> asked.add(() -> reply.send(line));
    try (Server server = serverLater(Line.codec(), handler).option("pipelineMax", 3).start();
        Client client = new Client(server.port())) {
      for (int i = 0; i < 20; i++) {
        client.send(i + "\n");
      }
      for (int i = 0; i < 20; i++) {
        Runnable answer = asked.poll(60, TimeUnit.SECONDS);
        assertTrue(asked.size() < 3, "more than three replies are owed");
        answer.run();
      }
      for (int i = 0; i < 20; i++) {
        assertEquals(Integer.toString(i), client.receiveLine());
      }
    }
  }

  @Test
  void aClientThatDoesNotReadStopsBeingReadAndLosesNothing() throws Exception {
    byte[] sent = new byte[32 << 20];
    new Random(Seeded.SEED).nextBytes(sent);
    try (Server server =
            server(Echo.codec(), bytes -> bytes)
                .option("highWatermarkBytes", 65536)
                .option("lowWatermarkBytes", 4096)
                .start();
        Client client = new Client(server.port())) {
      CompletableFuture<Void> sender =
          CompletableFuture.runAsync(
              () -> {
                try {
                  client.send(sent).endOutput();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              },
              Thread::startVirtualThread);
      assertArrayEquals(sent, client.receive(sent.length));
      assertEquals(0, client.receiveAll().length);
      sender.get();
    }
  }

  @Test
  void aReplyLargerThanEveryBufferArrivesWhole() throws IOException {
    byte[] body = new byte[20 << 20];
    new Random(Seeded.SEED).nextBytes(body);
    HttpResponse large = HttpResponse.of(200, "application/octet-stream", body);
    try (Server server = server(Http.codec(), _ -> large).start();
        Client client = new Client(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      byte[] all = client.receiveAll();
      byte[] end = java.util.Arrays.copyOfRange(all, all.length - body.length, all.length);
      assertArrayEquals(body, end);
    }
  }

  @Test
  void aResetEndsItsConnectionAlone() throws Exception {
    try (Server server = http();
        Client other = new Client(server.port())) {
      for (int i = 0; i < 50; i++) {
        Client client = new Client(server.port());
        client.send("GET / HTTP/1.1\r\nHost: a\r\n").reset();
      }
      other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals("HTTP/1.1 200 OK|Hello, World!", other.receiveResponse());
      Await.until(() -> open(server) == 1, "the reset connections are closed");
    }
  }

  @Test
  void anIdleConnectionIsClosedAtItsDeadline() throws IOException {
    try (Server server =
            server(Echo.codec(), bytes -> bytes).option("idleTimeoutMillis", 50).start();
        Client client = new Client(server.port())) {
      assertArrayEquals(new byte[] {1}, client.send(new byte[] {1}).receiveAll());
    }
  }

  /** One that only its peer can end, in the time of a test. */
  private ServerBuilder lingering() {
    return server(Http.codec(), _ -> HELLO).option("lingerTimeoutMillis", DAY_MILLIS);
  }

  private void assertLingers(Server server, Client client) throws IOException {
    for (int i = 0; i < 3; i++) {
      client.send("GET /late HTTP/1.1\r\n"); // what comes behind a reset fails
    }
    assertEquals(0, client.receiveAll().length);
    Await.until(() -> open(server) == 1, "it is open");
    client.close();
    Await.until(() -> open(server) == 0, "it ends with its peer");
  }

  @Test
  void whatComesBehindTheLastReplyDoesNotResetItsConnection() throws IOException {
    try (Server server = lingering().start();
        Client client = new Client(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      assertTrue(client.receiveAllText().endsWith("Hello, World!"));
      assertLingers(server, client);
    }
  }

  @Test
  void whatComesWhenAConnectionWasIdleTooLongDoesNotResetIt() throws IOException {
    try (Server server = lingering().option("idleTimeoutMillis", 50).start();
        Client client = new Client(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertTrue(client.receiveAllText().endsWith("Hello, World!"));
      assertLingers(server, client);
    }
  }

  @Test
  void aPeerThatHasEndedIsNotWaitedFor() throws IOException {
    try (Server server = lingering().start();
        Client whole = new Client(server.port());
        Client part = new Client(server.port())) {
      whole.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").endOutput();
      assertTrue(whole.receiveAllText().endsWith("Hello, World!"));
      part.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /").endOutput();
      assertTrue(part.receiveAllText().endsWith("Hello, World!"));
      Await.until(() -> open(server) == 0, "both are closed");
    }
  }

  @Test
  void oneMoreThatLingersThanMayEndsTheWaitOfAnother() throws IOException {
    try (Server server = lingering().option("lingeringMax", 1).start()) {
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        Client client = new Client(server.port());
        clients.add(client);
        client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assertTrue(client.receiveAllText().endsWith("Hello, World!"));
      }
      Await.until(() -> open(server) <= 3, "no more linger than one a loop");
      assertTrue(open(server) >= 1, "some do");
      for (Client client : clients) {
        client.close();
      }
      Await.until(() -> open(server) == 0, "they end with their peers");
    }
  }

  @Test
  void aSlowRequestIsRefusedAtItsDeadlineHoweverItTrickles() throws Exception {
    HeldClock clock = new HeldClock();
    try (Server server =
            server(Http.codec(), _ -> HELLO)
                .option("requestTimeoutMillis", 200)
                .in(clock.world())
                .start();
        Client client = new Client(server.port())) {
      clock.hold();
      clock.passBehind(10, client, "GET / HTTP/1.1\r\nX: ".getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < 25; i++) {
        clock.passBehind(10, client, new byte[] {'x'});
      }
      assertEquals("HTTP/1.1 408 Request Timeout", client.receiveLine());
    }
  }

  @Test
  void aDrainAnswersWhatIsInFlightAndRefusesWhatIsNew() throws Exception {
    BlockingQueue<Reply<HttpResponse>> asked = new LinkedBlockingQueue<>();
    AsyncHandler<HttpRequest, HttpResponse> handler = (_, reply) -> asked.add(reply);
    Server server = serverLater(Http.codec(), handler).start();
    try (Client busy = new Client(server.port())) {
      // So many that the loop of the busy one has an idle one too, whose end tells that it drains.
      List<Client> idle = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        idle.add(new Client(server.port()));
      }
      busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      Reply<HttpResponse> reply = asked.poll(60, TimeUnit.SECONDS);
      CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(server::drain);
      for (Client client : idle) {
        assertEquals(0, client.receiveAll().length, "an idle connection is closed");
        client.close();
      }
      Await.until(() -> Client.isRefused(server.port()), "new connections are refused");
      assertFalse(drained.isDone());
      reply.send(HELLO);
      String text = busy.receiveAllText();
      assertTrue(text.contains("\r\nConnection: close\r\n"), text);
      assertTrue(text.endsWith("Hello, World!"), text);
      assertTrue(drained.get(60, TimeUnit.SECONDS));
      assertEquals("stopped", server.stats().get("state"));
    }
  }

  /** Who is told that a reply is the last one sends what it asked for behind it again. */
  @Test
  void inADrainAllThatWasTakenIsAnsweredAndOnlyTheLastReplySaysThatItIsTheLast() throws Exception {
    BlockingQueue<Reply<HttpResponse>> asked = new LinkedBlockingQueue<>();
    AsyncHandler<HttpRequest, HttpResponse> handler = (_, reply) -> asked.add(reply);
    Server server = serverLater(Http.codec(), handler).start();
    try (Client busy = new Client(server.port())) {
      List<Client> idle = new ArrayList<>();
      for (int i = 0; i < 32; i++) { // the loop of the busy one has one of them too
        idle.add(new Client(server.port()));
      }
      List<Reply<HttpResponse>> replies = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        replies.add(asked.poll(60, TimeUnit.SECONDS));
      }
      CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(server::drain);
      for (Client client : idle) {
        assertEquals(0, client.receiveAll().length, "an idle connection is closed");
        client.close();
      }
      for (int i = 0; i < 3; i++) {
        replies.get(i).send(HELLO);
        String head = busy.receiveHead();
        assertEquals(i == 2, head.contains("Connection: close\r\n"), head);
        assertEquals("Hello, World!", new String(busy.receive(13), US_ASCII));
      }
      assertEquals(0, busy.receiveAll().length);
      assertTrue(drained.get(60, TimeUnit.SECONDS));
    }
  }

  @Test
  void aDrainEndsAtItsDeadlineAndSaysSo() throws IOException {
    AsyncHandler<String, String> never = (_, _) -> {};
    Server server = serverLater(Line.codec(), never).option("drainTimeoutMillis", 100).start();
    try (Client client = new Client(server.port())) {
      client.send("x\n");
      Await.until(() -> Stats.sum(server, "requests") == 1, "the request has arrived");
      assertFalse(server.drain());
      assertThrows(IOException.class, () -> new Client(server.port()).close());
    }
  }

  @Test
  void everyDescriptorIsClosedInTheEnd() throws Exception {
    warmUp();
    Map<String, String> before = Stats.descriptors();
    for (int i = 0; i < 20; i++) {
      Server server = http();
      List<Client> clients = new ArrayList<>();
      for (int j = 0; j < 10; j++) {
        clients.add(new Client(server.port()).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
      }
      for (Client client : clients) {
        client.receiveResponse();
      }
      server.close();
      assertEquals(0, open(server));
      assertEquals(10, Stats.sum(server, "accepted"));
      for (Client client : clients) {
        client.close();
      }
    }
    Stats.awaitDescriptors(before);
  }

  private void warmUp() throws IOException {
    try (Server server = http();
        Client client = new Client(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").receiveResponse();
    }
  }

  private static long open(Server server) {
    return Stats.sum(server, "open");
  }
}
