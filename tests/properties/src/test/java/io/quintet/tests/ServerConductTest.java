package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.LateHandler;
import io.quintet.Options;
import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Reply;
import io.quintet.Server;
import io.quintet.codec.Echo;
import io.quintet.codec.Line;
import io.quintet.ffi.LinuxException;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client sees of a server, on the real kernel. */
class ServerConductTest {
  private static final HttpResponse HELLO = HttpResponse.text("Hello, World!");

  private static Server http() {
    return Quintet.server(Http.codec(), ServerConductTest::answer).start();
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
    try (Server server = Quintet.server(Http.codec(), _ -> null).start();
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
    LateHandler<String, String> handler = (line, reply) -> asked.add(Map.entry(line, reply));
    try (Server server = Quintet.serverLater(Line.codec(), handler).start();
        Client client = new Client(server.port())) {
      client.send("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
      List<Map.Entry<String, Reply<String>>> requests = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        requests.add(asked.poll(10, TimeUnit.SECONDS));
      }
      Collections.shuffle(requests, new Random(1));
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
  void aLateHandlerMayAnswerAtOnceAndFailLater() throws IOException {
    LateHandler<String, String> handler =
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
    try (Server server = Quintet.serverLater(Line.codec(), handler).start();
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
    try (Server server = Quintet.serverOfStages(Line.codec(), _ -> stage).start();
        Client client = new Client(server.port())) {
      client.send("x\n");
      stage.completeAsync(() -> "done");
      assertEquals("done", client.receiveLine());
    }
  }

  @Test
  void moreRequestsThanMayBeOwedWaitForTheirTurn() throws Exception {
    BlockingQueue<Reply<String>> asked = new LinkedBlockingQueue<>();
    LateHandler<String, String> handler = (_, reply) -> asked.add(reply);
    try (Server server =
            Quintet.serverLater(Line.codec(), handler).option("pipelineMax", 3).start();
        Client client = new Client(server.port())) {
      client.send("a\n".repeat(20));
      for (int i = 0; i < 20; i++) {
        Reply<String> reply = asked.poll(10, TimeUnit.SECONDS);
        assertTrue(asked.size() < 3, "more than three replies are owed");
        reply.send(Integer.toString(i));
        assertEquals(Integer.toString(i), client.receiveLine());
      }
    }
  }

  @Test
  void aClientThatDoesNotReadStopsBeingReadAndLosesNothing() throws Exception {
    byte[] sent = new byte[32 << 20];
    new Random(7).nextBytes(sent);
    try (Server server =
            Quintet.server(Echo.codec(), bytes -> bytes)
                .option("highWatermarkBytes", 65536)
                .option("lowWatermarkBytes", 4096)
                .start();
        Client client = new Client(server.port())) {
      Thread sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      client.send(sent).endOutput();
                    } catch (IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      assertArrayEquals(sent, client.receive(sent.length));
      assertEquals(0, client.receiveAll().length);
      sender.join();
    }
  }

  @Test
  void aReplyLargerThanEveryBufferArrivesWhole() throws IOException {
    byte[] body = new byte[20 << 20];
    new Random(8).nextBytes(body);
    HttpResponse large = HttpResponse.of(200, "application/octet-stream", body);
    try (Server server = Quintet.server(Http.codec(), _ -> large).start();
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
            Quintet.server(Echo.codec(), bytes -> bytes).option("idleTimeoutMillis", 50).start();
        Client client = new Client(server.port())) {
      assertEquals(0, client.receiveAll().length);
    }
  }

  @Test
  void aSlowRequestIsRefusedAtItsDeadlineHoweverItTrickles() throws Exception {
    try (Server server =
            Quintet.server(Http.codec(), _ -> HELLO)
                .option("requestTimeoutMillis", 200)
                .option("lingerTimeoutMillis", 50)
                .start();
        Client client = new Client(server.port())) {
      Thread trickle =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < 10_000; i++) {
                        client.send(i == 0 ? "GET / HTTP/1.1\r\nX: " : "x");
                        TimeUnit.MILLISECONDS.sleep(5); // the pace of the slow client under test
                      }
                    } catch (IOException | InterruptedException e) {
                      // the server has ended the connection
                    }
                  });
      assertEquals("HTTP/1.1 408 Request Timeout", client.receiveLine());
      trickle.join();
    }
  }

  @Test
  void aDrainAnswersWhatIsInFlightAndRefusesWhatIsNew() throws Exception {
    BlockingQueue<Reply<HttpResponse>> asked = new LinkedBlockingQueue<>();
    LateHandler<HttpRequest, HttpResponse> handler = (_, reply) -> asked.add(reply);
    Server server = Quintet.serverLater(Http.codec(), handler).start();
    try (Client idle = new Client(server.port());
        Client busy = new Client(server.port())) {
      busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      Reply<HttpResponse> reply = asked.poll(10, TimeUnit.SECONDS);
      CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(server::drain);
      assertEquals(0, idle.receiveAll().length, "the idle connection is closed");
      assertThrows(IOException.class, () -> new Client(server.port()).close());
      assertFalse(drained.isDone());
      reply.send(HELLO);
      String text = busy.receiveAllText();
      assertTrue(text.contains("\r\nConnection: close\r\n"), text);
      assertTrue(text.endsWith("Hello, World!"), text);
      assertTrue(drained.get(10, TimeUnit.SECONDS));
      assertEquals("stopped", server.stats().get("state"));
    }
  }

  @Test
  void aDrainEndsAtItsDeadlineAndSaysSo() throws IOException {
    LateHandler<String, String> never = (_, _) -> {};
    Server server =
        Quintet.serverLater(Line.codec(), never).option("drainTimeoutMillis", 100).start();
    try (Client client = new Client(server.port())) {
      client.send("x\n");
      Await.until(() -> loop(server, "requests") == 1, "the request has arrived");
      assertFalse(server.drain());
      assertThrows(IOException.class, () -> new Client(server.port()).close());
    }
  }

  @Test
  void everyDescriptorIsClosedInTheEnd() throws Exception {
    warmUp();
    int before = descriptors();
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
      assertEquals(10, loop(server, "accepted"));
      for (Client client : clients) {
        client.close();
      }
    }
    Await.until(() -> descriptors() <= before, "descriptors are back at " + before);
  }

  @Test
  void aStartThatFailsLeavesNothingOpen() throws Exception {
    warmUp();
    try (Server first = http()) {
      int before = descriptors();
      for (int i = 0; i < 20; i++) {
        LinuxException e =
            assertThrows(
                LinuxException.class,
                () ->
                    Quintet.server(Http.codec(), _ -> HELLO)
                        .listen("127.0.0.1", first.port())
                        .start());
        assertEquals(
            "bind 127.0.0.1:"
                + first.port()
                + ": EADDRINUSE (Address already in use): another process listens there; choose"
                + " another port, or 0 for a free one",
            e.getMessage());
      }
      Await.until(() -> descriptors() <= before, "descriptors are back at " + before);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "port | 70000 | option port is 70000; valid are 0 to 65535",
        "backlog | many | option backlog is many; valid is a whole number",
        "topology | ring | option topology is ring; valid are single-thread",
        "host | no.such.host.invalid | option host is no.such.host.invalid; valid is an address or",
        "lowWatermarkBytes | 2000000 | option lowWatermarkBytes is 2000000; valid are 0 to 1048576",
        "colour | red | option colour does not exist; the options are host, port, topology,",
      })
  void aBadOptionIsRefusedInOneSentence(String name, String value, String sentence) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Quintet.server(Http.codec(), _ -> HELLO).option(name, value).start());
    assertTrue(e.getMessage().startsWith(sentence), e.getMessage());
  }

  @Test
  void aServerCanBeDescribedByAMapAlone() throws IOException {
    Map<String, Object> options = Map.of("host", "127.0.0.1", "port", "0", "backlog", 16L);
    assertEquals(16, Options.of(options).backlog());
    try (Server server = Quintet.server(Line.codec(), line -> line).options(options).start();
        Client client = new Client(server.port())) {
      assertEquals("x", client.send("x\r\n").receiveLine());
      assertEquals(Pattern.SINGLE_THREAD.id(), server.stats().get("topology"));
    }
  }

  @Test
  void anIpv6AddressIsServed() throws IOException {
    try (Server server = Quintet.server(Line.codec(), line -> line).listen("::1", 0).start()) {
      assertEquals("[::1]:" + server.port(), server.address().toString());
    }
  }

  private static void warmUp() throws IOException {
    try (Server server = http();
        Client client = new Client(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").receiveResponse();
    }
  }

  private static long open(Server server) {
    return loop(server, "open");
  }

  private static long loop(Server server, String name) {
    Map<?, ?> loop = (Map<?, ?>) ((List<?>) server.stats().get("loops")).getFirst();
    return ((Number) loop.get(name)).longValue();
  }

  private static int descriptors() {
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      return (int) fds.count();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
