package io.quintet.tests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Codec;
import io.quintet.codec.Line;
import io.quintet.codec.Streams;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.memcached.Memcached;
import io.quintet.resp.Resp;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Handler;
import io.quintet.service.Reply;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever fails is counted, and logged with its request and its cause, under every arrangement.
 */
@ParameterizedClass
@EnumSource(Arrangement.class)
class FailuresTest {
  private static final Codec<HttpRequest, HttpResponse> HTTP = Http.codec();
  private static final HttpResponse FINE = HttpResponse.text("fine");
  private static final String FAILED = "HTTP/1.1 500 Internal Server Error|The handler failed.\n";

  /** Only a request with HEAD may get it. */
  private static final HttpResponse ANNOUNCED = FINE.announcing(10);

  /** Other tests of this process log too. */
  private static final AtomicInteger PATHS = new AtomicInteger();

  @Parameter Arrangement arrangement;

  private final String path = "/failure-" + PATHS.incrementAndGet();
  private final String get = "GET " + path + "?secret=1 HTTP/1.1\r\nHost: a\r\n\r\n";

  private static IllegalStateException boom() {
    return new IllegalStateException("boom");
  }

  private static HttpResponse fail() {
    throw boom();
  }

  private static ServerBuilder handling(Handler<HttpRequest, HttpResponse> handler) {
    return Quintet.server(HTTP, handler);
  }

  private static ServerBuilder later(AsyncHandler<HttpRequest, HttpResponse> handler) {
    return Quintet.serverLater(HTTP, handler);
  }

  /** On a thread of its own, when the handler may have returned. */
  private static ServerBuilder elsewhere(java.util.function.Consumer<Reply<HttpResponse>> what) {
    return later((request, reply) -> Thread.startVirtualThread(() -> what.accept(reply)));
  }

  private static ServerBuilder staged(
      Function<HttpRequest, ? extends CompletionStage<HttpResponse>> handler) {
    return Quintet.serverOfStages(HTTP, handler);
  }

  private static HttpResponse unencodable() {
    return HttpResponse.switching("none", List.of(), Streams.written(out -> {}));
  }

  /** How a request fails before any of its reply has left. */
  enum Way {
    THROWN(() -> handling(request -> fail())),
    AN_ERROR(
        () ->
            handling(
                request -> {
                  throw new StackOverflowError("boom");
                }),
        StackOverflowError.class),
    NOTHING_GIVEN(() -> handling(request -> null), NullPointerException.class),
    THROWN_UNANSWERED(() -> later((request, reply) -> fail())),
    TOLD(() -> later((request, reply) -> reply.fail(boom()))),
    TOLD_LATER(() -> elsewhere(reply -> reply.fail(boom()))),
    TOLD_WITHOUT_A_CAUSE(() -> elsewhere(reply -> reply.fail(null)), NullPointerException.class),
    NOTHING_SENT(() -> elsewhere(reply -> reply.send(null)), NullPointerException.class),
    A_STAGE(() -> staged(request -> CompletableFuture.failedFuture(boom()))),
    A_STAGE_BEHIND_ANOTHER(
        () ->
            staged(
                request ->
                    CompletableFuture.supplyAsync(FailuresTest::fail).thenApply(never -> FINE))),
    A_STAGE_OF_NOTHING(
        () -> staged(request -> CompletableFuture.completedFuture(null)),
        NullPointerException.class),
    NO_STAGE(() -> staged(request -> null), NullPointerException.class),
    NOT_ENCODED(() -> handling(request -> ANNOUNCED)),
    NOT_ENCODED_LATER(() -> elsewhere(reply -> reply.send(unencodable())));

    final Supplier<ServerBuilder> builder;
    final Class<? extends Throwable> cause;

    Way(Supplier<ServerBuilder> builder) {
      this(builder, IllegalStateException.class);
    }

    Way(Supplier<ServerBuilder> builder, Class<? extends Throwable> cause) {
      this.builder = builder;
      this.cause = cause;
    }
  }

  private Server started(ServerBuilder builder) {
    return arrangement.of(builder).start();
  }

  private void awaitCounted(Server server, long count) {
    Await.until(
        () -> Stats.sum(server, "failures") == count,
        () -> count + " failures are counted, and not " + Stats.sum(server, "failures"));
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aRequestThatFailsIsCountedAndLogged(Way way) throws IOException {
    try (ServerLog log = new ServerLog();
        Server server = started(way.builder.get());
        Client client = new Client(server.port())) {
      assertEquals(FAILED, client.send(get).receiveResponse());
      awaitCounted(server, 1);
      List<String> lines = log.linesWith("GET " + path);
      assertEquals(1, lines.size(), lines.toString());
      assertTrue(lines.getFirst().contains(" failed: " + way.cause.getName()), lines.toString());
      assertTrue(!lines.getFirst().contains("secret"), lines.toString());
      assertInstanceOf(way.cause, log.thrownWith("GET " + path));
    }
    try (Server server = started(way.builder.get())) {
      for (int i = 1; i <= 3; i++) {
        try (Client client = new Client(server.port())) {
          assertEquals(FAILED, client.send(get).receiveResponse());
          awaitCounted(server, i);
        }
      }
    }
  }

  @Test
  void aReplyThatFailsOnItsWayIsLoggedWithItsRequest() throws IOException {
    Flow.Publisher<byte[]> content =
        Streams.written(
            out -> {
              out.write("some".getBytes(US_ASCII));
              out.flush();
              throw boom();
            });
    try (ServerLog log = new ServerLog();
        Server server =
            started(handling(request -> HttpResponse.streaming(200, List.of(), content)));
        Client client = new Client(server.port())) {
      assertTrue(client.send(get).receiveAllText().endsWith("4\r\nsome\r\n"), "without its end");
      awaitCounted(server, 1);
      assertEquals("boom", log.thrownWith("GET " + path + " failed").getMessage());
    }
  }

  @Test
  void whatIsThrownBehindTheAnswerIsLoggedToo() throws IOException {
    try (ServerLog log = new ServerLog();
        Server server =
            started(
                later(
                    (request, reply) -> {
                      reply.send(FINE);
                      fail();
                    }));
        Client client = new Client(server.port())) {
      assertEquals("HTTP/1.1 200 OK|fine", client.send(get).receiveResponse());
      Await.until(() -> !log.linesWith("GET " + path).isEmpty(), "it is logged");
      assertEquals("boom", log.thrownWith("GET " + path + " failed").getMessage());
      awaitCounted(server, 1);
    }
  }

  @Test
  void aFailureBehindTheAnswerIsLoggedToo() throws Exception {
    BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();
    try (ServerLog log = new ServerLog();
        Server server =
            started(
                elsewhere(
                    reply -> {
                      reply.send(FINE);
                      thrown.add(
                          assertThrows(IllegalStateException.class, () -> reply.fail(boom())));
                    }));
        Client client = new Client(server.port())) {
      assertEquals("HTTP/1.1 200 OK|fine", client.send(get).receiveResponse());
      Throwable told = thrown.poll(60, TimeUnit.SECONDS);
      assertEquals("the request has been answered before", told.getMessage());
      Await.until(() -> !log.linesWith("GET " + path).isEmpty(), "it is logged");
      assertEquals("boom", log.thrownWith("GET " + path + " failed").getMessage());
      awaitCounted(server, 1);
    }
  }

  @Test
  void aFailureAfterTheClientHasGoneIsLoggedToo() throws Exception {
    BlockingQueue<Reply<HttpResponse>> replies = new LinkedBlockingQueue<>();
    try (ServerLog log = new ServerLog();
        Server server = started(later((request, reply) -> replies.add(reply)))) {
      Reply<HttpResponse> reply;
      try (Client client = new Client(server.port())) {
        client.send(get);
        reply = replies.poll(60, TimeUnit.SECONDS);
        client.reset();
      }
      Await.until(() -> Stats.sum(server, "open") == 0, "the connection has ended");
      reply.fail(boom());
      Await.until(() -> !log.linesWith("GET " + path).isEmpty(), "it is logged");
      awaitCounted(server, 1);
    }
  }

  /** A publisher that cannot be closed. */
  private record Unclosable() implements Flow.Publisher<byte[]>, Closeable {
    @Override
    public void subscribe(Flow.Subscriber<? super byte[]> subscriber) {
      throw new AssertionError("nobody asks for the content of a reply that is not sent");
    }

    @Override
    public void close() throws IOException {
      throw new IOException("boom");
    }
  }

  @Test
  void aReplyThatCannotBeReleasedIsLoggedToo() throws Exception {
    BlockingQueue<Reply<HttpResponse>> replies = new LinkedBlockingQueue<>();
    try (ServerLog log = new ServerLog();
        Server server = started(later((request, reply) -> replies.add(reply)))) {
      Reply<HttpResponse> reply;
      try (Client client = new Client(server.port())) {
        client.send(get);
        reply = replies.poll(60, TimeUnit.SECONDS);
        client.reset();
      }
      Await.until(() -> Stats.sum(server, "open") == 0, "the connection has ended");
      reply.send(HttpResponse.streaming(200, List.of(), new Unclosable()));
      Await.until(() -> !log.linesWith("GET " + path).isEmpty(), "it is logged");
      awaitCounted(server, 1);
    }
  }

  @Test
  void aTaskThatFailsIsLogged() throws IOException {
    String what = "boom of the task behind " + path;
    try (ServerLog log = new ServerLog();
        Server server =
            started(
                later(
                    (request, reply) -> {
                      reply
                          .owner()
                          .execute(
                              () -> {
                                throw new IllegalStateException(what);
                              });
                      reply.send(FINE);
                    }));
        Client client = new Client(server.port())) {
      assertEquals("HTTP/1.1 200 OK|fine", client.send(get).receiveResponse());
      Await.until(() -> !log.linesWith(what).isEmpty(), "it is logged");
      awaitCounted(server, 1);
    }
  }

  @Test
  void distinctFailuresOfOneSecondAreEachLogged() throws IOException {
    try (ServerLog log = new ServerLog();
        Server server =
            started(
                handling(
                    request -> {
                      String cause = request.query().orElseThrow();
                      throw cause.equals("io")
                          ? new IOException(cause)
                          : new IllegalStateException(cause);
                    }));
        Client client = new Client(server.port())) {
      List<String> targets = List.of("/a?io", "/a?x", "/a?y", "/b?x", "/b?io");
      for (int round = 0; round < 3; round++) {
        for (String target : targets) {
          client.send("GET " + path + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
          assertEquals(FAILED, client.receiveResponse());
        }
      }
      for (String target : targets) {
        String[] parts = target.split("\\?");
        assertTrue(
            log.linesWith("GET " + path + parts[0] + " failed: ").stream()
                .anyMatch(line -> line.contains("Exception: " + parts[1])),
            target + " is not among " + log.linesWith(path));
      }
      awaitCounted(server, 3L * targets.size());
    }
  }

  @Test
  void everyProtocolNamesItsRequests() throws IOException {
    try (ServerLog log = new ServerLog();
        Server resp = started(Quintet.server(Resp.codec(), request -> null));
        Server memcached = started(Quintet.server(Memcached.codec(), request -> null));
        Server line = started(Quintet.server(Line.codec(), request -> null));
        Client first = new Client(resp.port());
        Client second = new Client(memcached.port());
        Client third = new Client(line.port())) {
      String name = path.substring(1).toUpperCase(java.util.Locale.ROOT);
      first.send(name + " password\r\n").receiveLine();
      second.send("get " + name + "\r\n").receiveLine();
      third.send("password\n").receiveLine();
      assertEquals(1, log.linesWith(": " + name + " failed: ").size());
      assertEquals(1, log.linesWith(": get " + name + " failed: ").size());
      assertTrue(!log.linesWith(": a request of line failed: ").isEmpty(), "of no protocol's own");
      assertEquals(List.of(), log.linesWith("password"));
    }
  }
}
