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
import io.quintet.codec.Streams;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Handler;
import io.quintet.service.Reply;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Content that is made while it is sent, and read while it comes, under every arrangement. */
@ParameterizedClass
@EnumSource(Arrangement.class)
class StreamingTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String NEXT = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final HttpResponse DONE = HttpResponse.text("done");
  private static final Handler<HttpRequest, HttpResponse> ECHO =
      request -> HttpResponse.streaming(200, List.of(), request.content());

  /** More than the kernel holds for a connection, with what the server holds. */
  private static final long HELD_MAX = 16 << 20;

  private static final int LARGE = 48 << 20;
  private static final int PIECE = 64 << 10;

  @Parameter Arrangement arrangement;

  private Server server(Handler<HttpRequest, HttpResponse> handler) {
    return started(Quintet.server(Http.streaming(Http.Limits.DEFAULT, Long.MAX_VALUE), handler));
  }

  private Server serverLater(AsyncHandler<HttpRequest, HttpResponse> handler) {
    return started(
        Quintet.serverLater(Http.streaming(Http.Limits.DEFAULT, Long.MAX_VALUE), handler));
  }

  private Server started(ServerBuilder builder) {
    return arrangement.of(builder).start();
  }

  /** Streams what the path asks for, and answers anything else at once. */
  private static Handler<HttpRequest, HttpResponse> streaming(Flow.Publisher<byte[]> content) {
    return request ->
        request.path().equals("/next") ? DONE : HttpResponse.streaming(200, List.of(), content);
  }

  private static Flow.Publisher<byte[]> words(String... words) {
    return Streams.written(
        out -> {
          for (String word : words) {
            out.write(word.getBytes(US_ASCII));
            out.flush();
          }
        });
  }

  /** A chunked response, with a line for each chunk and each trailer. */
  private static String receiveChunked(Client client) throws IOException {
    StringBuilder text = new StringBuilder(client.receiveLine());
    client.skipHead();
    while (true) {
      int size = Integer.parseInt(client.receiveLine(), 16);
      if (size == 0) {
        break;
      }
      text.append('|').append(new String(client.receive(size), US_ASCII));
      assertEquals("", client.receiveLine());
    }
    String trailer;
    while (!(trailer = client.receiveLine()).isEmpty()) {
      text.append('|').append(trailer);
    }
    return text.toString();
  }

  /** What an offer of another protocol was followed by is decoded once that was declined. */
  @Test
  void aRequestThatFillsTheReadBufferMayFollowAnOfferThatWasDeclined() throws IOException {
    String body = "x".repeat(20_000);
    ServerBuilder builder =
        Quintet.server(
            Http.streaming(Http.Limits.DEFAULT, Long.MAX_VALUE),
            request -> request.method().equals("POST") ? ECHO.handle(request) : DONE);
    try (Server server = started(builder.option("readBufferBytes", 4096));
        Client client = new Client(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: another\r\n\r\n");
      assertEquals("HTTP/1.1 200 OK|done", client.receiveResponse());
      client.send(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
      assertEquals("HTTP/1.1 200 OK|" + body, receiveChunked(client).replaceAll("x\\|x", "xx"));
    }
  }

  @Test
  void contentIsSentAsItIsMadeAndTheNextReplyFollows() throws IOException {
    try (Server server = server(streaming(words("one", "", "two")));
        Client client = new Client(server.port())) {
      client.send(GET + NEXT + GET);
      assertEquals("HTTP/1.1 200 OK|one|two", receiveChunked(client));
      assertEquals("HTTP/1.1 200 OK|done", client.receiveResponse());
      assertEquals("HTTP/1.1 200 OK|one|two", receiveChunked(client));
    }
  }

  @Test
  void whatIsMadeArrivesBeforeTheRestIs() throws Exception {
    SubmissionPublisher<byte[]> publisher = new SubmissionPublisher<>(Runnable::run, 8);
    try (Server server = server(streaming(publisher));
        Client client = new Client(server.port())) {
      client.send(GET);
      assertEquals("HTTP/1.1 200 OK", client.receiveLine());
      Await.until(() -> publisher.getNumberOfSubscribers() == 1, "the content is subscribed to");
      client.skipHead();
      for (String word : List.of("one", "two")) {
        publisher.submit(word.getBytes(US_ASCII));
        assertEquals("3", client.receiveLine());
        assertEquals(word, client.receiveLine());
      }
      publisher.close();
      assertEquals("0", client.receiveLine());
    }
  }

  @Test
  void fieldsFollowTheContent() throws IOException {
    HttpResponse response =
        HttpResponse.streaming(200, List.of(), words("x"))
            .withTrailers(() -> List.of(Map.entry("Sum", "120")));
    try (Server server = server(_ -> response);
        Client client = new Client(server.port())) {
      assertEquals("HTTP/1.1 200 OK|x|Sum: 120", receiveChunked(client.send(GET)));
    }
  }

  @Test
  void contentOfKnownLengthIsNotChunked() throws IOException {
    HttpResponse response = HttpResponse.streaming(200, List.of(), words("one", "two"), 6);
    try (Server server = server(_ -> response);
        Client client = new Client(server.port())) {
      client.send(GET + GET);
      assertEquals("HTTP/1.1 200 OK|onetwo", client.receiveResponse());
      assertEquals("HTTP/1.1 200 OK|onetwo", client.receiveResponse());
    }
  }

  @Test
  void oldClientsGetContentUpToTheEndOfTheConnection() throws IOException {
    try (Server server = server(streaming(words("one", "two")));
        Client client = new Client(server.port())) {
      String text =
          client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").receiveAllText();
      assertTrue(text.endsWith("\r\n\r\nonetwo"), text);
      assertTrue(text.contains("\r\nConnection: close\r\n"), text);
    }
  }

  @Test
  void aClientThatAsksForTheHeadGetsNoContent() throws IOException {
    AtomicLong subscriptions = new AtomicLong();
    Flow.Publisher<byte[]> counted = _ -> subscriptions.incrementAndGet();
    try (Server server = server(streaming(counted));
        Client client = new Client(server.port())) {
      client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + NEXT);
      assertEquals("HTTP/1.1 200 OK|", client.receiveResponse());
      assertEquals("HTTP/1.1 200 OK|done", client.receiveResponse());
      assertEquals(0, subscriptions.get());
    }
  }

  @Test
  void aPublisherThatFailsEndsTheConnectionWithoutTheEndOfTheContent() throws IOException {
    Flow.Publisher<byte[]> failing =
        Streams.written(
            out -> {
              out.write('x');
              out.flush();
              throw new IllegalStateException("meant to fail");
            });
    try (Server server = server(streaming(failing));
        Client client = new Client(server.port())) {
      String text = client.send(GET).receiveAllText();
      assertTrue(text.endsWith("\r\n\r\n1\r\nx\r\n"), text);
      Await.until(() -> Stats.sum(server, "failures") == 1, "the failure is counted");
    }
  }

  @Test
  void contentOfAnotherLengthThanAnnouncedEndsTheConnection() throws IOException {
    for (int announced : new int[] {2, 4}) {
      HttpResponse response = HttpResponse.streaming(200, List.of(), words("one"), announced);
      try (Server server = server(_ -> response);
          Client client = new Client(server.port())) {
        String text = client.send(GET + NEXT).receiveAllText();
        assertFalse(text.contains("done"), text);
      }
    }
  }

  @Test
  void partsThatDoNotComeInTimeEndTheConnection() throws IOException {
    CountDownLatch cancelled = new CountDownLatch(1);
    Flow.Publisher<byte[]> never = to -> to.onSubscribe(new Cancelling(cancelled));
    try (Server server =
            arrangement
                .of(Quintet.server(Http.codec(), streaming(never)))
                .option("handlerTimeoutMillis", 50)
                .start();
        Client client = new Client(server.port())) {
      String text = client.send(GET).receiveAllText();
      assertTrue(text.endsWith("\r\n\r\n"), text);
      Await.until(() -> cancelled.getCount() == 0, "the publisher is cancelled");
    }
  }

  /** A subscription of which nothing comes. */
  private record Cancelling(CountDownLatch cancelled) implements Flow.Subscription {
    @Override
    public void request(long parts) {
      // nothing comes
    }

    @Override
    public void cancel() {
      cancelled.countDown();
    }
  }

  @Test
  void aClientThatGoesAwayCancelsThePublisher() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    Flow.Publisher<byte[]> never = to -> to.onSubscribe(new Cancelling(cancelled));
    try (Server server = server(streaming(never))) {
      Client client = new Client(server.port());
      client.send(GET).receiveLine();
      client.reset();
      assertTrue(cancelled.await(60, TimeUnit.SECONDS), "it is cancelled");
    }
  }

  /** Content that holds something before it is asked for, and is not. */
  private static final class Held implements Flow.Publisher<byte[]>, Closeable {
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public void subscribe(Flow.Subscriber<? super byte[]> subscriber) {
      throw new AssertionError("nobody takes it");
    }

    @Override
    public void close() {
      closed.countDown();
    }

    HttpResponse response() {
      return HttpResponse.streaming(200, List.of(), this);
    }

    void awaitClosed() {
      Await.until(() -> closed.getCount() == 0, "it is closed");
    }
  }

  @Test
  void contentWhoseTurnDoesNotComeIsReleased() throws Exception {
    CompletableFuture<Reply<HttpResponse>> first = new CompletableFuture<>();
    CountDownLatch both = new CountDownLatch(1);
    Held behind = new Held();
    Held late = new Held();
    AsyncHandler<HttpRequest, HttpResponse> handler =
        (request, reply) -> {
          if (request.path().equals("/next")) {
            reply.send(behind.response());
            both.countDown();
          } else {
            first.complete(reply);
          }
        };
    try (Server server = serverLater(handler)) {
      Client client = new Client(server.port());
      client.send(GET + NEXT);
      Reply<HttpResponse> reply = first.get(60, TimeUnit.SECONDS);
      assertTrue(both.await(60, TimeUnit.SECONDS), "both are handled");
      client.reset();
      behind.awaitClosed();
      reply.send(late.response());
      late.awaitClosed();
    }
  }

  @Test
  void contentThatComesTooLateIsReleased() throws Exception {
    CompletableFuture<Reply<HttpResponse>> kept = new CompletableFuture<>();
    AsyncHandler<HttpRequest, HttpResponse> handler = (_, reply) -> kept.complete(reply);
    try (Server server =
            arrangement
                .of(Quintet.serverLater(Http.codec(), handler))
                .option("handlerTimeoutMillis", 50)
                .start();
        Client client = new Client(server.port())) {
      String text = client.send(GET).receiveAllText();
      assertTrue(text.startsWith("HTTP/1.1 503 "), text);
      Held late = new Held();
      kept.get(60, TimeUnit.SECONDS).send(late.response());
      late.awaitClosed();
    }
  }

  @Test
  void contentOfWhichTheHeadAloneIsAskedForIsReleased() throws IOException {
    Held held = new Held();
    try (Server server = server(_ -> held.response());
        Client client = new Client(server.port())) {
      client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals("HTTP/1.1 200 OK", client.receiveLine());
      held.awaitClosed();
    }
  }

  @Test
  void aWriterThatWaitsEndsSoonAfterItsClientHasGone() throws Exception {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Flow.Publisher<byte[]> content =
        Streams.written(
            out -> {
              try {
                out.write('x');
                out.flush();
                TimeUnit.HOURS.sleep(1);
              } finally {
                ended.complete(null);
              }
            });
    try (Server server = server(streaming(content))) {
      try (Client client = new Client(server.port())) {
        client.send(GET).skipHead();
        assertEquals("1", client.receiveLine());
        client.receiveLine();
        client.reset();
      }
      ended.get(5, TimeUnit.SECONDS); // in milliseconds, where the machine is not busy
    }
  }

  @Test
  void aSlowClientHoldsUpWhoMakesTheContent() throws IOException {
    AtomicLong made = new AtomicLong();
    AtomicLong ahead = new AtomicLong();
    AtomicLong received = new AtomicLong();
    Flow.Publisher<byte[]> large =
        Streams.written(
            out -> {
              byte[] piece = new byte[PIECE];
              for (int i = 0; i < LARGE / PIECE; i++) {
                out.write(piece);
                long most = made.addAndGet(PIECE) - received.get();
                ahead.accumulateAndGet(most, Math::max);
              }
            });
    try (Server server = server(_ -> HttpResponse.streaming(200, List.of(), large, LARGE));
        Client client = Client.narrow(server.port())) {
      client.send(GET);
      client.skipHead();
      while (received.get() < LARGE) {
        byte[] some = client.receive(PIECE);
        assertEquals(PIECE, some.length);
        received.addAndGet(PIECE);
      }
      assertTrue(ahead.get() < HELD_MAX, ahead + " bytes were ahead of the client");
    }
  }

  @Test
  void aSlowHandlerHoldsUpTheClient() throws Exception {
    AtomicLong sent = new AtomicLong();
    AtomicLong ahead = new AtomicLong();
    AsyncHandler<HttpRequest, HttpResponse> handler =
        (request, reply) ->
            Thread.ofVirtual()
                .start(
                    () -> {
                      long taken = 0;
                      byte[] some = new byte[PIECE];
                      try (var in = Streams.reading(request.content())) {
                        int count;
                        while ((count = in.read(some)) > 0) {
                          taken += count;
                          ahead.accumulateAndGet(sent.get() - taken, Math::max);
                        }
                        reply.send(HttpResponse.text("" + taken));
                      } catch (IOException e) {
                        reply.fail(e);
                      }
                    });
    ServerBuilder builder =
        Quintet.serverLater(Http.streaming(Http.Limits.DEFAULT, Long.MAX_VALUE), handler)
            .option("receiveBufferBytes", PIECE); // else the kernel itself takes up to 32 MiB
    try (Server server = started(builder);
        Client client = new Client(server.port())) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + LARGE + "\r\n\r\n");
      byte[] piece = new byte[PIECE];
      for (int i = 0; i < LARGE / PIECE; i++) {
        client.send(piece);
        sent.addAndGet(PIECE);
      }
      assertEquals("HTTP/1.1 200 OK|" + LARGE, client.receiveResponse());
      assertTrue(ahead.get() < HELD_MAX, ahead + " bytes were ahead of the handler");
    }
  }

  @Test
  void contentIsStreamedThroughBothWaysAtOnce() throws Exception {
    byte[] content = new byte[8 << 20];
    new Random(Seeded.SEED).nextBytes(content);
    try (Server server = server(ECHO);
        Client client = new Client(server.port())) {
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(
              () -> {
                try {
                  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
                  for (int at = 0; at < content.length; at += 1 << 15) {
                    client.send("8000\r\n");
                    client.send(java.util.Arrays.copyOfRange(content, at, at + (1 << 15)));
                    client.send("\r\n");
                  }
                  client.send(
                      "0\r\n\r\n" + "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nend");
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      assertEquals("HTTP/1.1 200 OK", client.receiveLine());
      client.skipHead();
      ByteArrayOutputStream back = new ByteArrayOutputStream();
      int size;
      while ((size = Integer.parseInt(client.receiveLine(), 16)) > 0) {
        back.write(client.receive(size));
        client.receiveLine();
      }
      client.receiveLine();
      assertArrayEquals(content, back.toByteArray());
      assertEquals("HTTP/1.1 200 OK|end", receiveChunked(client));
      sending.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void contentThatIsNotReadIsDropped() throws IOException {
    try (Server server = server(_ -> DONE);
        Client client = new Client(server.port())) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
      assertEquals("HTTP/1.1 200 OK|done", client.receiveResponse());
      client.send(new byte[1_000_000]).send(NEXT);
      assertEquals("HTTP/1.1 200 OK|done", client.receiveResponse());
    }
  }

  @Test
  void contentThatIsNotReadIsDroppedAlsoWhereTheSameReplyWasGivenBefore() throws IOException {
    try (Server server = server(_ -> DONE);
        Client client = new Client(server.port())) {
      client.send(NEXT + "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody" + NEXT);
      for (int i = 0; i < 3; i++) {
        assertEquals("HTTP/1.1 200 OK|done", client.receiveResponse());
      }
    }
  }

  @Test
  void aClientThatWaitsForItsContentToBeWantedIsToldToSendIt() throws IOException {
    try (Server server = server(ECHO);
        Client client = new Client(server.port())) {
      client.send(
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
      assertEquals("HTTP/1.1 100 Continue", client.receiveLine());
      assertEquals("", client.receiveLine());
      client.send("body");
      assertEquals("HTTP/1.1 200 OK|body", receiveChunked(client));
    }
  }

  @Test
  void theLastRequestsContentIsReadBeforeTheConnectionEnds() throws IOException {
    try (Server server = server(ECHO);
        Client client = new Client(server.port())) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbo");
      assertEquals("HTTP/1.1 200 OK", client.receiveLine());
      client.send("dy" + NEXT);
      String text = client.receiveAllText();
      assertTrue(text.endsWith("\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n"), text);
    }
  }

  @Test
  void whoReadsContentIsToldThatTheClientHasGone() throws Exception {
    BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    AsyncHandler<HttpRequest, HttpResponse> handler =
        (request, reply) ->
            request
                .content()
                .subscribe(
                    new Flow.Subscriber<>() {
                      @Override
                      public void onSubscribe(Flow.Subscription subscription) {
                        subscription.request(Long.MAX_VALUE);
                      }

                      @Override
                      public void onNext(byte[] part) {
                        // the failure is waited for
                      }

                      @Override
                      public void onError(Throwable failure) {
                        failures.add(failure);
                        reply.fail(failure);
                      }

                      @Override
                      public void onComplete() {
                        reply.send(DONE);
                      }
                    });
    try (Server server = serverLater(handler)) {
      try (Client client = new Client(server.port())) {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo").endOutput();
        assertTrue(client.receiveLine().startsWith("HTTP/1.1 500 "));
      }
      assertTrue(failures.poll(60, TimeUnit.SECONDS).getMessage().contains("client"), "told");
      try (Client client = new Client(server.port())) {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz");
        assertEquals("HTTP/1.1 400 Bad Request", client.receiveLine());
      }
      assertTrue(failures.poll(60, TimeUnit.SECONDS).getMessage().contains("chunk"), "told");
    }
  }

  @Test
  void contentThatComesTooSlowlyIsRefusedHoweverItTrickles() throws Exception {
    HeldClock clock = new HeldClock();
    try (Server server =
            arrangement
                .of(Quintet.server(Http.streaming(Http.Limits.DEFAULT, Long.MAX_VALUE), ECHO))
                .option("requestTimeoutMillis", 200)
                .option("requestRateBytes", 1_000_000)
                .in(clock.world())
                .start();
        Client client = new Client(server.port())) {
      clock.hold();
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n");
      client.send("x").receiveHead();
      byte[] part = "1\r\nx\r\n".getBytes(StandardCharsets.US_ASCII);
      int pieces = 1;
      while (Arrays.equals(part, client.receive(part.length)) && pieces < 100) {
        clock.pass(10);
        client.send("x");
        pieces++;
      }
      assertTrue(pieces > 10 && pieces < 40, pieces + " pieces, of 20 in time");
      String rest = client.receiveAllText();
      assertFalse(rest.contains("0\r\n"), rest);
    }
  }

  @Test
  void moreContentThanTheLimitIsRefused() throws IOException {
    try (Server server = started(Quintet.server(Http.streaming(Http.Limits.DEFAULT, 4), ECHO));
        Client client = new Client(server.port());
        Client other = new Client(server.port())) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
      assertEquals("HTTP/1.1 413 Content Too Large", client.receiveLine());
      other.send(
          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n1\r\n");
      String text = other.receiveAllText();
      assertTrue(text.contains("4\r\nbody\r\n"), text);
      assertFalse(text.contains("\r\n0\r\n"), text);
    }
  }

  @Test
  void aConnectionChangesItsProtocolWhereTheHandlerSaysSo() throws IOException {
    Handler<HttpRequest, HttpResponse> handler =
        request ->
            request.offersUpgrade() && request.header("Upgrade").orElse("").equals("echo")
                ? HttpResponse.switching("echo", List.of(), request.content())
                : DONE;
    String offer = "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: ";
    try (Server server = server(handler);
        Client client = new Client(server.port())) {
      client.send(offer + "other\r\n\r\n" + NEXT + offer + "echo\r\n\r\nfirst");
      assertEquals("HTTP/1.1 200 OK|done", client.receiveResponse());
      assertEquals("HTTP/1.1 200 OK|done", client.receiveResponse());
      assertEquals("HTTP/1.1 101 Switching Protocols", client.receiveLine());
      client.skipHead();
      assertArrayEquals("first".getBytes(US_ASCII), client.receive(5));
      client.send("second");
      assertArrayEquals("second".getBytes(US_ASCII), client.receive(6));
      client.send("last").endOutput();
      assertEquals("last", client.receiveAllText());
    }
  }

  @Test
  void aChangeOfProtocolsThatNobodyOfferedEndsTheConnection() throws IOException {
    try (Server server =
            server(request -> HttpResponse.switching("echo", List.of(), request.content()));
        Client client = new Client(server.port())) {
      String text = client.send(GET).receiveAllText();
      assertTrue(
          text.startsWith("HTTP/1.1 500 ") && text.contains("\r\nConnection: close\r\n"), text);
    }
  }

  @Test
  void aDrainWaitsForContentThatIsUnderWay() throws Exception {
    SubmissionPublisher<byte[]> publisher = new SubmissionPublisher<>(Runnable::run, 8);
    Server server = server(streaming(publisher));
    try (Client client = new Client(server.port())) {
      client.send(GET).receiveLine();
      Await.until(() -> publisher.getNumberOfSubscribers() == 1, "the content is subscribed to");
      CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(server::drain);
      Await.until(() -> Client.isRefused(server.port()), "new connections are refused");
      publisher.submit("late".getBytes(US_ASCII));
      publisher.close();
      String text = client.receiveAllText();
      assertTrue(text.endsWith("\r\n4\r\nlate\r\n0\r\n\r\n"), text);
      assertTrue(drained.get(60, TimeUnit.SECONDS), "nothing was cut");
    }
  }

  /** What is sent behind it would be handled, and its reply lost. */
  @Test
  void behindAReplyInPartsThatSaysThatItIsTheLastNothingIsTaken() throws Exception {
    SubmissionPublisher<byte[]> publisher = new SubmissionPublisher<>(Runnable::run, 8);
    BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    Handler<HttpRequest, HttpResponse> handler =
        request -> {
          asked.add(request.path());
          return streaming(publisher).handle(request);
        };
    try (Server server = server(handler);
        Client client = new Client(server.port())) {
      client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      String head = client.receiveHead(); // content that ends with the connection
      assertTrue(head.contains("Connection: close\r\n"), head);
      Await.until(() -> publisher.getNumberOfSubscribers() == 1, "the content is subscribed to");
      long before = Stats.sum(server, "receivedBytes");
      client.send(NEXT);
      Await.until(
          () -> Stats.sum(server, "receivedBytes") == before + NEXT.length(), "it has arrived");
      publisher.submit("content".getBytes(US_ASCII));
      publisher.close();
      assertEquals("content", client.receiveAllText());
      assertEquals(List.of("/"), List.copyOf(asked));
    }
  }

  @Test
  void whatCannotBeStreamedIsSaid() {
    Flow.Publisher<byte[]> none = words();
    assertThrows(
        IllegalArgumentException.class, () -> HttpResponse.streaming(204, List.of(), none));
    assertThrows(
        IllegalArgumentException.class, () -> HttpResponse.streaming(200, List.of(), none, -1));
    assertThrows(IllegalStateException.class, () -> DONE.withTrailers(List::of));
    assertThrows(IllegalArgumentException.class, () -> Http.streaming(Http.Limits.DEFAULT, -1));
  }
}
