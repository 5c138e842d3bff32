package io.quintet.httpserver;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.BasicAuthenticator;
import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import com.sun.net.httpserver.spi.HttpServerProvider;
import io.quintet.Pattern;
import io.quintet.testkit.ChildServer;
import io.quintet.testkit.HttpConduct;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The documented behaviour of com.sun.net.httpserver: the JDK's own, and Quintet's. */
@ParameterizedClass
@EnumSource(HttpServerTest.Provider.class)
class HttpServerTest {
  /** Whose server it is. */
  enum Provider {
    JDK("sun.net.httpserver.DefaultHttpServerProvider"),
    QUINTET(QuintetHttpServerProvider.class.getName());

    private final String name;

    Provider(String name) {
      this.name = name;
    }

    private HttpServerProvider made() throws ReflectiveOperationException {
      return (HttpServerProvider) Class.forName(name).getConstructor().newInstance();
    }

    HttpServer create(InetSocketAddress address) throws Exception {
      return made().createHttpServer(address, 0);
    }

    HttpsServer createSecure(InetSocketAddress address) throws Exception {
      return made().createHttpsServer(address, 0);
    }
  }

  @Parameter Provider provider;

  private HttpServer server;
  private HttpClient client;

  @BeforeEach
  void create() throws Exception {
    server = provider.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    client.close();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse.BodyHandler<byte[]> ofBytes() {
    return HttpResponse.BodyHandlers.ofByteArray();
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static HttpHandler answering(String text) {
    return exchange -> answer(exchange, 200, text);
  }

  @Test
  void aRequestGoesToTheContextWithTheLongestPath() throws Exception {
    server.createContext("/", answering("root"));
    server.createContext("/a", answering("a"));
    server.createContext("/a/b", answering("a/b"));
    server.start();
    assertEquals("root", get("/x").body());
    assertEquals("a", get("/a").body());
    assertEquals("a", get("/ab").body());
    assertEquals("a/b", get("/a/b/c?d").body());
    server.removeContext("/a/b");
    assertEquals("a", get("/a/b").body());
    assertThrows(IllegalArgumentException.class, () -> server.removeContext("/a/b"));
    assertThrows(IllegalArgumentException.class, () -> server.createContext("a"));
    assertThrows(IllegalArgumentException.class, () -> server.createContext("/a"));
  }

  @Test
  void aPathWithoutAContextIsNotFound() throws Exception {
    server.createContext("/a", answering("a"));
    server.start();
    HttpResponse<String> response = get("/b");
    assertEquals(404, response.statusCode());
    assertTrue(response.body().contains("No context found for request"), response.body());
  }

  /** What the server sends on a connection of its own, as text. */
  private String sent(String method, String target) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), server.getAddress().getPort())) {
      socket.setSoTimeout(60_000);
      String head = method + " " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  private int status(String target) throws IOException {
    return Integer.parseInt(sent("GET", target).split(" ")[1]);
  }

  private static Optional<String> length(String sent) {
    return sent.lines()
        .takeWhile(line -> !line.isEmpty())
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length: "))
        .map(line -> line.substring("content-length: ".length()))
        .findFirst();
  }

  @ParameterizedTest
  @CsvSource({
    "/private/x, 401",
    "/%70rivate/x, 401",
    "/privat%65, 401",
    "/private%2Fx, 401",
    "/%70%72%69%76%61%74%65?q, 401",
    "/private;v=1, 401",
    "/%2570rivate/x, 200",
    "/Private/x, 200",
    "//private/x, 200",
    "/a/../private/x, 200",
    "/x?/private, 200",
  })
  void contextsMatchTheDecodedPath(String target, int expected) throws Exception {
    server.createContext("/", answering("open"));
    server
        .createContext("/private", answering("private"))
        .setAuthenticator(
            new BasicAuthenticator("realm") {
              @Override
              public boolean checkCredentials(String user, String password) {
                return false;
              }
            });
    server.start();
    assertEquals(expected, status(target));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/x|y", "/x^y", "/%zz", "/a%", "/{a}", "/a[", "/a\\b", "/a\"b"})
  void aTargetThatIsNoUriIsRefused(String target) throws Exception {
    server.createContext("/", answering("open"));
    server.start();
    assertEquals(400, status(target));
    assertEquals(200, status("/"), "the next one is served");
  }

  @Test
  void aContextWithoutAHandlerIsAFailure() throws Exception {
    server.createContext("/a");
    server.start();
    assertEquals(500, status("/a/b"));
  }

  @ParameterizedTest
  @ValueSource(ints = {600, 1000, 199, 99, 0, -1})
  void aStatusThatDoesNotExistIsRefusedBeforeAnythingIsSent(int status) throws Exception {
    assumeTrue(provider == Provider.QUINTET, "skipped: the JDK's server sends any number");
    server.createContext(
        "/",
        exchange -> {
          if (exchange.getRequestURI().getPath().equals("/again")) {
            assertThrows(IOException.class, () -> exchange.sendResponseHeaders(status, -1));
            assertEquals(-1, exchange.getResponseCode());
            answer(exchange, 202, "again");
          }
          exchange.sendResponseHeaders(status, -1);
        });
    server.start();
    assertEquals(500, status("/"));
    assertEquals(202, status("/again"));
    assertStopsAtOnce();
  }

  @ParameterizedTest
  @CsvSource({"X-Delete, a\u007fb", "X-Bell, a\u0007b", "X Space, a", "Upgrade:, a", "X-\u00e4, a"})
  void aFieldThatCannotBeSentIsRefusedBeforeAnythingIsSent(String name, String value)
      throws Exception {
    assumeTrue(provider == Provider.QUINTET, "skipped: the JDK's server sends some of them");
    server.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().set(name, value);
          if (exchange.getRequestURI().getPath().equals("/again")) {
            assertThrows(IOException.class, () -> exchange.sendResponseHeaders(200, -1));
            exchange.getResponseHeaders().remove(name);
            answer(exchange, 202, "again");
          } else {
            answer(exchange, 200, "never");
          }
        });
    server.start();
    assertEquals(500, status("/"));
    assertEquals(202, status("/again"));
    assertStopsAtOnce();
  }

  private void assertStopsAtOnce() {
    long began = System.nanoTime();
    server.stop(8);
    assertTrue(System.nanoTime() - began < 4_000_000_000L, "no exchange is at work");
  }

  @Test
  void fieldsThatAreChangedBehindTheHeadAreNotSent() throws Exception {
    server.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().set("X-When", "before");
          exchange.sendResponseHeaders(200, 3);
          exchange.getResponseHeaders().set("X-When", "behind");
          exchange.getResponseHeaders().set("X-Bad", "\u0007");
          exchange.getResponseBody().write("abc".getBytes(UTF_8));
          exchange.close();
        });
    server.start();
    String sent = sent("GET", "/");
    assertTrue(sent.toLowerCase(Locale.ROOT).contains("x-when: before\r\n"), sent);
    assertTrue(sent.endsWith("\r\n\r\nabc"), sent);
  }

  @ParameterizedTest
  @CsvSource({
    "HEAD, 200, -1, , ",
    "HEAD, 200, -1, 10, 10",
    "HEAD, 200, -1, 0, 0",
    "HEAD, 404, -1, 10, 10",
    "HEAD, 200, 0, , ",
    "HEAD, 304, -1, 10, 10",
    "HEAD, 204, -1, , ",
    "GET, 200, -1, , 0",
    "GET, 200, -1, 10, 0",
    "GET, 304, -1, 10, 10",
    "GET, 304, -1, , ",
    "GET, 204, -1, , ",
    "POST, 201, -1, , 0",
  })
  void aLengthThatIsNotKnownIsNotSaid(
      String method, int status, long length, String field, String expected) throws Exception {
    server.createContext(
        "/",
        exchange -> {
          if (field != null) {
            exchange.getResponseHeaders().set("Content-Length", field);
          }
          exchange.sendResponseHeaders(status, length);
          exchange.close();
        });
    server.start();
    String sent = sent(method, "/");
    assertTrue(sent.startsWith("HTTP/1.1 " + status + " "), sent);
    assertEquals(Optional.ofNullable(expected), length(sent), sent);
    assertTrue(sent.endsWith("\r\n\r\n"), sent);
  }

  /** What the server logs of its failures. */
  private static final class Failures extends Handler implements AutoCloseable {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    Failures() {
      Logger.getLogger("io.quintet").addHandler(this);
    }

    @Override
    public void publish(LogRecord line) {
      if (line.getMessage().contains(" failed: ")) {
        lines.add(line.getMessage());
      }
    }

    @Override
    public void flush() {
      // nothing is kept back
    }

    @Override
    public void close() {
      Logger.getLogger("io.quintet").removeHandler(this);
    }

    void assertNext(String request, String cause) throws InterruptedException {
      String line = lines.poll(60, TimeUnit.SECONDS);
      assertTrue(line != null && line.contains(request) && line.contains(cause), line);
    }
  }

  private static HttpHandler failing(String path) {
    return exchange -> {
      switch (path) {
        case "/thrown" -> throw new IllegalStateException("boom");
        case "/io" -> throw new IOException("boom");
        case "/error" -> throw new StackOverflowError("boom");
        case "/closed" -> exchange.close();
        case "/short" -> {
          exchange.sendResponseHeaders(200, 100);
          exchange.close();
        }
        case "/behind" -> {
          answer(exchange, 200, "sent");
          throw new IllegalStateException("boom");
        }
        default -> throw new AssertionError(path);
      }
    };
  }

  @ParameterizedTest
  @CsvSource({
    "/thrown, 500, IllegalStateException: boom",
    "/io, 500, IOException: boom",
    "/error, 500, StackOverflowError: boom",
    "/closed, 500, without a response",
    "/short, 500, insufficient bytes written",
    "/behind, 200, IllegalStateException: boom",
  })
  void aHandlerThatFailsIsHeardOf(String path, int expected, String cause) throws Exception {
    assumeTrue(provider == Provider.QUINTET, "skipped: the JDK's server logs in its own way");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Failures failures = new Failures()) {
      for (Executor executor : Arrays.asList(null, threads)) {
        server.createContext(path, failing(path));
        server.setExecutor(executor);
        server.start();
        assertEquals(expected, status(path));
        failures.assertNext("GET " + path + " failed: ", cause);
        assertStopsAtOnce();
        assertTrue(failures.lines.isEmpty(), "once, and not " + failures.lines);
        server = provider.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      }
    }
  }

  @Test
  void anExecutorThatRefusesOrFailsIsHeardOf() throws Exception {
    assumeTrue(provider == Provider.QUINTET, "skipped: the JDK's server closes the connection");
    List<Executor> executors =
        List.of(
            work -> {
              throw new RejectedExecutionException("full");
            },
            work -> {
              throw new IllegalStateException("broken");
            },
            work -> {
              throw new AssertionError("worse");
            });
    Iterator<Executor> next = executors.iterator();
    server.createContext("/refused", answering("never"));
    server.setExecutor(work -> next.next().execute(work));
    server.start();
    try (Failures failures = new Failures()) {
      for (String cause : List.of("full", "broken", "worse")) {
        assertEquals(500, status("/refused"));
        failures.assertNext("GET /refused failed: ", cause);
      }
    }
    assertStopsAtOnce();
  }

  @Test
  void anExchangeTellsOfItsRequest() throws Exception {
    server.createContext(
        "/a",
        exchange ->
            answer(
                exchange,
                200,
                String.join(
                    "|",
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getProtocol(),
                    exchange.getRequestHeaders().getFirst("x-test"),
                    exchange.getRemoteAddress().getAddress().getHostAddress(),
                    exchange.getLocalAddress().getPort() == server.getAddress().getPort()
                        ? "="
                        : "",
                    exchange.getHttpContext().getPath(),
                    new String(exchange.getRequestBody().readAllBytes(), UTF_8))));
    server.start();
    HttpRequest request =
        request("/a/b?c=d%20e")
            .header("X-Test", "yes")
            .POST(HttpRequest.BodyPublishers.ofString("sent"))
            .build();
    assertEquals(
        "POST|/a/b?c=d%20e|HTTP/1.1|yes|127.0.0.1|=|/a|sent",
        client.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "127.0.0.1", "::"})
  void anExchangeTellsWhereItsClientConnected(String address) throws Exception {
    server.stop(0);
    server = provider.create(new InetSocketAddress(InetAddress.getByName(address), 0));
    server.createContext(
        "/",
        exchange ->
            answer(
                exchange,
                200,
                exchange.getLocalAddress().getAddress().getHostAddress()
                    + " "
                    + (exchange.getLocalAddress().getPort() == server.getAddress().getPort())));
    server.start();
    assertEquals("127.0.0.1 true", get("/").body());
  }

  @Test
  void aLengthOfZeroIsAnyAndOfMinusOneIsNone() throws Exception {
    server.createContext(
        "/any",
        exchange -> {
          exchange.getResponseHeaders().add("X-One", "1");
          exchange.getResponseHeaders().add("X-One", "2");
          exchange.sendResponseHeaders(201, 0);
          exchange.getResponseBody().write("one ".getBytes(UTF_8));
          exchange.getResponseBody().write("two".getBytes(UTF_8));
          exchange.getResponseBody().close();
        });
    server.createContext("/none", exchange -> exchange.sendResponseHeaders(204, -1));
    server.start();
    HttpResponse<String> any = get("/any");
    assertEquals(201, any.statusCode());
    assertEquals("one two", any.body());
    assertEquals(List.of("1", "2"), any.headers().allValues("x-one"));
    assertTrue(any.headers().firstValue("Date").isPresent());
    assertEquals(204, get("/none").statusCode());
    assertEquals("", get("/none").body());
  }

  @Test
  void headSaysHowLongTheContentWouldBe() throws Exception {
    server.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Length", "12345");
          exchange.sendResponseHeaders(200, -1);
        });
    server.start();
    HttpRequest head = request("/").method("HEAD", HttpRequest.BodyPublishers.noBody()).build();
    HttpResponse<String> response = client.send(head, HttpResponse.BodyHandlers.ofString());
    assertEquals("12345", response.headers().firstValue("Content-Length").orElse(""));
    assertEquals("", response.body());
  }

  @Test
  void moreBytesThanTheLengthAreRefusedAndHeadersAreSentOnce() throws Exception {
    CompletableFuture<String> failed = new CompletableFuture<>();
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 3);
          IOException twice =
              assertThrows(IOException.class, () -> exchange.sendResponseHeaders(200, 3));
          exchange.getResponseBody().write("abc".getBytes(UTF_8));
          assertThrows(IOException.class, () -> exchange.getResponseBody().write('d'));
          exchange.close();
          failed.complete(twice.getMessage());
        });
    server.start();
    assertEquals("abc", get("/").body());
    assertEquals("headers already sent", failed.get(60, TimeUnit.SECONDS));
  }

  @Test
  void filtersRunInTheirOrderAndMayAnswerThemselves() throws Exception {
    HttpContext context = server.createContext("/", answering("handled"));
    context
        .getFilters()
        .add(
            Filter.beforeHandler(
                "marks", exchange -> exchange.getResponseHeaders().add("X-Seen", "first")));
    context
        .getFilters()
        .add(
            new Filter() {
              @Override
              public String description() {
                return "refuses";
              }

              @Override
              public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
                if (exchange.getRequestURI().getPath().equals("/refused")) {
                  answer(exchange, 403, "refused");
                } else {
                  chain.doFilter(exchange);
                }
              }
            });
    server.start();
    HttpResponse<String> handled = get("/a");
    assertEquals("handled", handled.body());
    assertEquals("first", handled.headers().firstValue("X-Seen").orElse(""));
    assertEquals(403, get("/refused").statusCode());
  }

  @Test
  void anAuthenticatorLetsThroughWhoMayPass() throws Exception {
    HttpContext context =
        server.createContext(
            "/", exchange -> answer(exchange, 200, exchange.getPrincipal().getUsername()));
    context.setAuthenticator(
        new BasicAuthenticator("realm") {
          @Override
          public boolean checkCredentials(String user, String password) {
            return user.equals("ada") && password.equals("secret");
          }
        });
    server.start();
    HttpResponse<String> refused = get("/");
    assertEquals(401, refused.statusCode());
    assertTrue(refused.headers().firstValue("WWW-Authenticate").orElse("").contains("realm"));
    String credentials = Base64.getEncoder().encodeToString("ada:secret".getBytes(UTF_8));
    HttpRequest with = request("/").header("Authorization", "Basic " + credentials).build();
    assertEquals("ada", client.send(with, HttpResponse.BodyHandlers.ofString()).body());
  }

  @Test
  void anExecutorRunsTheHandlers() throws Exception {
    try (ExecutorService executor =
        Executors.newFixedThreadPool(2, work -> new Thread(work, "of the program"))) {
      CountDownLatch both = new CountDownLatch(2);
      server.setExecutor(executor);
      server.createContext(
          "/",
          exchange -> {
            both.countDown();
            try {
              both.await(60, TimeUnit.SECONDS); // each waits for the other
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            answer(exchange, 200, Thread.currentThread().getName());
          });
      server.start();
      assertEquals(executor, server.getExecutor());
      CompletableFuture<HttpResponse<String>> other =
          client.sendAsync(request("/").build(), HttpResponse.BodyHandlers.ofString());
      assertEquals("of the program", get("/").body());
      assertEquals("of the program", other.get(60, TimeUnit.SECONDS).body());
      server.stop(0);
    }
  }

  @Test
  void attributesBelongToTheContextAndHandlersMaySetThem() throws Exception {
    HttpContext context = server.createContext("/");
    context.getAttributes().put("greeting", "hello");
    context.setHandler(
        exchange -> answer(exchange, 200, (String) exchange.getAttribute("greeting")));
    server.start();
    assertEquals("hello", get("/").body());
    assertEquals(server, context.getServer());
    assertThrows(IllegalArgumentException.class, () -> context.setHandler(answering("")));
  }

  @Test
  void aServerIsBoundOnceAndStartedOnce() {
    InetSocketAddress address = server.getAddress();
    assertTrue(address.getPort() > 0);
    assertThrows(BindException.class, () -> server.bind(address, 0));
    assertThrows(BindException.class, () -> provider.create(address));
    server.start();
    assertThrows(IllegalStateException.class, server::start);
    assertThrows(IllegalStateException.class, () -> server.setExecutor(null));
    assertThrows(IllegalArgumentException.class, () -> server.stop(-1));
  }

  @Test
  void stopWaitsForTheExchangesAtWork() throws Exception {
    CountDownLatch working = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (ExecutorService executor = Executors.newCachedThreadPool()) {
      server.setExecutor(executor);
      server.createContext(
          "/",
          exchange -> {
            working.countDown();
            try {
              goOn.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            answer(exchange, 200, "finished");
          });
      server.start();
      CompletableFuture<HttpResponse<String>> response =
          client.sendAsync(request("/").build(), HttpResponse.BodyHandlers.ofString());
      assertTrue(working.await(60, TimeUnit.SECONDS));
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> server.stop(10));
      goOn.countDown();
      assertEquals("finished", response.get(60, TimeUnit.SECONDS).body());
      stopped.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void contentIsSentAsItIsFlushedWhereHandlersHaveThreads() throws Exception {
    CountDownLatch received = new CountDownLatch(1);
    CompletableFuture<Boolean> waited = new CompletableFuture<>();
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          OutputStream body = exchange.getResponseBody();
          body.write('a');
          body.flush();
          try {
            waited.complete(received.await(60, TimeUnit.SECONDS));
          } catch (InterruptedException e) {
            waited.completeExceptionally(e);
          }
          body.write(new byte[200_000]);
          exchange.close();
        });
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      server.setExecutor(threads);
      server.start();
      HttpResponse<InputStream> response =
          client.send(request("/").build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        assertEquals('a', body.read());
        received.countDown();
        assertTrue(waited.get(60, TimeUnit.SECONDS));
        assertEquals(200_000, body.readAllBytes().length);
      }
      assertEquals("chunked", response.headers().firstValue("Transfer-Encoding").orElse(""));
      assertEquals(200_001, client.send(request("/").build(), ofBytes()).body().length);
    }
  }

  @Test
  void contentOfALengthIsSentAsItIsFlushed() throws Exception {
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 300_000);
          for (int i = 0; i < 3; i++) {
            exchange.getResponseBody().write(new byte[100_000]);
            exchange.getResponseBody().flush();
          }
          assertThrows(IOException.class, () -> exchange.getResponseBody().write(1));
          exchange.close();
        });
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      server.setExecutor(threads);
      server.start();
      HttpResponse<byte[]> response = client.send(request("/").build(), ofBytes());
      assertEquals("300000", response.headers().firstValue("Content-Length").orElse(""));
      assertEquals(300_000, response.body().length);
    }
  }

  @Test
  void contentThatFallsShortOfItsLengthAfterAFlushEndsTheConnection() throws Exception {
    assumeTrue(provider == Provider.QUINTET, "skipped: the JDK's server leaves the client waiting");
    CompletableFuture<IOException> failure = new CompletableFuture<>();
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 300_000);
          exchange.getResponseBody().write(new byte[100_000]);
          exchange.getResponseBody().flush();
          failure.complete(
              assertThrows(IOException.class, () -> exchange.getResponseBody().close()));
          exchange.close();
        });
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      server.setExecutor(threads);
      server.start();
      CompletableFuture<HttpResponse<byte[]>> response =
          client.sendAsync(request("/").build(), ofBytes());
      ExecutionException cut =
          assertThrows(ExecutionException.class, () -> response.get(60, TimeUnit.SECONDS));
      assertInstanceOf(IOException.class, cut.getCause());
      failure.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void whoWritesLearnsThatTheClientHasGone() throws Exception {
    CompletableFuture<IOException> failure = new CompletableFuture<>();
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try {
            while (true) {
              exchange.getResponseBody().write(new byte[10_000]);
            }
          } catch (IOException e) {
            failure.complete(e);
            throw e;
          }
        });
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      server.setExecutor(threads);
      server.start();
      try (InputStream body =
          client.send(request("/").build(), HttpResponse.BodyHandlers.ofInputStream()).body()) {
        assertEquals(0, body.read());
      }
      failure.get(60, TimeUnit.SECONDS);
    }
  }

  /** Quintet alone: the pattern is a property of the process. */
  @ParameterizedTest
  @EnumSource(value = Pattern.class, mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void whatClientsFindUnderEachPattern(Pattern pattern) throws Exception {
    assumeTrue(provider == Provider.QUINTET, "skipped: the JDK's server has no patterns");
    try (ChildServer child = new ChildServer(ConductServer.class.getName(), pattern.id())) {
      HttpConduct.checks(child.port()).values().forEach(HttpConduct.Check::run);
      HttpConduct.endsInGoodOrder(child);
    }
  }

  @Test
  void theProgramOfTheReadmeAnswers() throws Exception {
    assumeTrue(provider == Provider.QUINTET, "skipped: the program is one of the core's");
    Path readme = Path.of("..", "..", "README.md");
    assertTrue(Files.readString(readme).contains(Files.readString(Path.of("example/Hello.java"))));
    try (ChildServer child = new ChildServer("Hello")) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + child.port() + "/tea")).build();
      assertEquals(
          "You asked for /tea", client.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }
  }

  @Test
  void theExampleServesFilesUnderQuintet() throws Exception {
    assumeTrue(provider == Provider.QUINTET, "skipped: the example needs the provider of Quintet");
    try (ChildServer child = new ChildServer("example.FileServer", "0", ".")) {
      HttpRequest pom =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + child.port() + "/pom.xml"))
              .build();
      assertTrue(
          client
              .send(pom, HttpResponse.BodyHandlers.ofString())
              .body()
              .contains("quintet-httpserver"));
    }
  }
}
