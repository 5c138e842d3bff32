package io.quintet.tests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.quintet.Pattern;
import io.quintet.Server;
import io.quintet.codec.Streams;
import io.quintet.http.HttpResponse;
import io.quintet.web.AccessLog;
import io.quintet.web.Compression;
import io.quintet.web.Cors;
import io.quintet.web.EventStream;
import io.quintet.web.Filter;
import io.quintet.web.Router;
import io.quintet.web.SecurityHeaders;
import io.quintet.web.ServerSentEvent;
import io.quintet.web.StaticFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What filters make of responses, and streams of events. */
class WebServicesTest {
  private static final String TEXT = "All that is said here is said again. ".repeat(100);

  @TempDir private Path folder;

  /** An answer in parts. */
  private record Answer(String head, byte[] body) {
    int status() {
      return Integer.parseInt(head.substring(9, 12));
    }

    String field(String name) {
      String value = head.replaceAll("(?s).*\r\n" + name + ": ([^\r]*)\r\n.*", "$1");
      return value.equals(head) ? "-" : value;
    }

    byte[] content() {
      return head.contains("Transfer-Encoding: chunked") ? unchunked() : body;
    }

    private byte[] unchunked() {
      StringBuilder all = new StringBuilder();
      String rest = new String(body, ISO_8859_1);
      int length;
      do {
        int line = rest.indexOf("\r\n");
        length = Integer.parseInt(rest.substring(0, line), 16);
        all.append(rest, line + 2, line + 2 + length);
        rest = rest.substring(line + 2 + length + 2);
      } while (length > 0);
      return all.toString().getBytes(ISO_8859_1);
    }

    String inflated() throws IOException {
      try (var in = new GZIPInputStream(new ByteArrayInputStream(content()))) {
        return new String(in.readAllBytes(), UTF_8);
      }
    }
  }

  private static Answer ask(Server server, String method, String path, String... fields)
      throws IOException {
    try (Client client = new Client(server.port())) {
      String extra = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
      client.send(
          method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + extra + "\r\n");
      byte[] all = client.receiveAll();
      int end = new String(all, ISO_8859_1).indexOf("\r\n\r\n") + 4;
      return new Answer(
          new String(all, 0, end, ISO_8859_1), Arrays.copyOfRange(all, end, all.length));
    }
  }

  private Router.Builder routes() throws IOException {
    Files.writeString(folder.resolve("a.txt"), TEXT);
    Files.writeString(folder.resolve("large.txt"), TEXT.repeat(30));
    return Router.builder()
        .get("/", _ -> HttpResponse.text(TEXT))
        .get("/large", _ -> HttpResponse.text(TEXT.repeat(50)))
        .get("/short", _ -> HttpResponse.text("short"))
        .get("/png", _ -> HttpResponse.of(200, "image/png", TEXT.getBytes(UTF_8)))
        .get("/coded", _ -> HttpResponse.text(TEXT).withHeader("Content-Encoding", "br"))
        .get("/kept", _ -> HttpResponse.text(TEXT).withHeader("Cache-Control", "No-Transform"))
        .get("/missing", _ -> HttpResponse.text(404, TEXT))
        .get("/fail", _ -> fails())
        .get("/tagged", _ -> HttpResponse.text(TEXT).withHeader("ETag", "\"a\""))
        .get(
            "/stream",
            _ ->
                HttpResponse.streaming(
                    200,
                    List.of(Map.entry("Content-Type", "text/plain")),
                    Streams.written(
                        out -> {
                          for (int i = 0; i < 10; i++) {
                            out.write(TEXT.getBytes(UTF_8));
                            out.flush();
                          }
                        })))
        .files("/files", StaticFiles.in(folder));
  }

  private static HttpResponse fails() {
    throw new IllegalStateException("as asked for");
  }

  @Test
  void whatCompressesIsCompressedForWhoTakesIt() throws IOException {
    try (Server server = routes().filter(Compression.gzip()).build().server().start()) {
      String gzip = "Accept-Encoding: br, gzip;q=0.5";
      for (String path : List.of("/", "/large", "/stream", "/files/a.txt", "/files/large.txt")) {
        Answer plain = ask(server, "GET", path);
        Answer coded = ask(server, "GET", path, gzip);
        assertEquals("-", plain.field("Content-Encoding"), path);
        assertEquals("Accept-Encoding", plain.field("Vary"), path);
        assertEquals("gzip", coded.field("Content-Encoding"), path);
        assertEquals("Accept-Encoding", coded.field("Vary"), path);
        assertEquals(new String(plain.content(), UTF_8), coded.inflated(), path);
        assertTrue(coded.body.length < plain.body.length / 4, path + " " + coded.body.length);
        Answer head = ask(server, "HEAD", path, gzip);
        assertEquals("gzip", head.field("Content-Encoding"), path);
        assertEquals(0, head.body.length, path);
      }
      for (String path : List.of("/short", "/png", "/coded", "/kept", "/missing")) {
        Answer answer = ask(server, "GET", path, gzip);
        assertFalse(answer.field("Content-Encoding").equals("gzip"), path);
      }
      assertEquals("W/\"a\"", ask(server, "GET", "/tagged", gzip).field("ETag"));
      assertEquals("\"a\"", ask(server, "GET", "/tagged").field("ETag"));
      String tag = ask(server, "GET", "/files/a.txt", gzip).field("ETag");
      assertTrue(tag.startsWith("W/"), tag);
      assertEquals(304, ask(server, "GET", "/files/a.txt", gzip, "If-None-Match: " + tag).status());
      Answer part = ask(server, "GET", "/files/a.txt", gzip, "Range: bytes=0-1999");
      assertEquals(206, part.status());
      assertEquals(TEXT.substring(0, 2000), new String(part.body, UTF_8));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip|true",
        "GZIP|true",
        "x-gzip|true",
        "*|true",
        "gzip;q=1.0|true",
        "deflate, gzip ; q=0.001|true",
        "identity;q=0.5, gzip|true",
        "*;q=0.5, gzip;q=0|false",
        "gzip;q=0|false",
        "gzip;q=0.000|false",
        "gzip;q=x|false",
        "identity, gzip;q=0.5|false",
        "br|false",
        "gzipped|false",
        "''|false",
      })
  void codingsAreWeighed(String field, boolean gzip) throws IOException {
    try (Server server = routes().filter(Compression.gzip()).build().server().start()) {
      Answer answer = ask(server, "GET", "/", "Accept-Encoding: " + field);
      assertEquals(gzip ? "gzip" : "-", answer.field("Content-Encoding"));
    }
  }

  @Test
  void otherOriginsMayUseWhatTheyAreLetTo() throws IOException {
    Cors cors = Cors.of("https://app.example").withCredentials();
    try (Server server = routes().filter(cors).build().server().start()) {
      String own = "Origin: https://app.example";
      Answer answer = ask(server, "GET", "/", own);
      assertEquals("https://app.example", answer.field("Access-Control-Allow-Origin"));
      assertEquals("true", answer.field("Access-Control-Allow-Credentials"));
      assertEquals("Origin", answer.field("Vary"));
      Answer preflight = ask(server, "OPTIONS", "/", own, "Access-Control-Request-Method: DELETE");
      assertEquals(204, preflight.status());
      assertTrue(preflight.field("Access-Control-Allow-Methods").contains("DELETE"));
      assertEquals("Content-Type", preflight.field("Access-Control-Allow-Headers"));
      assertEquals("600", preflight.field("Access-Control-Max-Age"));
      assertEquals("https://app.example", preflight.field("Access-Control-Allow-Origin"));
      for (String other :
          List.of(
              "Origin: https://app.example.evil", "Origin: null", "Origin: https://APP.example/")) {
        Answer refused = ask(server, "GET", "/", other);
        assertEquals(200, refused.status());
        assertEquals("-", refused.field("Access-Control-Allow-Origin"));
        assertEquals("Origin", refused.field("Vary"));
        assertEquals(
            403, ask(server, "OPTIONS", "/", other, "Access-Control-Request-Method: GET").status());
      }
      assertEquals("-", ask(server, "GET", "/").field("Access-Control-Allow-Origin"));
      assertEquals("GET, HEAD, OPTIONS", ask(server, "OPTIONS", "/").field("Allow"));
    }
    try (Server server = routes().filter(Cors.of("*")).build().server().start()) {
      Answer answer = ask(server, "GET", "/", "Origin: https://any.example");
      assertEquals("*", answer.field("Access-Control-Allow-Origin"));
      assertEquals("-", answer.field("Vary"));
    }
    assertThrows(IllegalArgumentException.class, () -> Cors.of("*").withCredentials());
  }

  @Test
  void browsersAreKeptFromWhatPagesSeldomNeed() throws IOException {
    SecurityHeaders headers =
        SecurityHeaders.strict().with("X-Frame-Options", "").with("Referrer-Policy", "no-referrer");
    Router router =
        routes()
            .get("/own", _ -> HttpResponse.text("").withHeader("content-security-policy", "own"))
            .filter(headers)
            .build();
    try (Server server = router.server().start()) {
      for (String path : List.of("/", "/nothing", "/files/a.txt", "/stream")) {
        Answer answer = ask(server, "GET", path);
        assertEquals("nosniff", answer.field("X-Content-Type-Options"), path);
        assertEquals("no-referrer", answer.field("Referrer-Policy"), path);
        assertEquals("-", answer.field("X-Frame-Options"), path);
        assertEquals("-", answer.field("Strict-Transport-Security"), "not over TLS");
      }
      Answer own = ask(server, "GET", "/own");
      assertEquals("own", own.field("content-security-policy"));
      assertEquals("-", own.field("Content-Security-Policy"));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Pattern.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"MULTI_PROCESS", "ADAPTIVE"})
  void eachRequestHasItsLine(Pattern pattern) throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    try (AccessLog log = AccessLog.of(AccessLog.Format.JSON, lines::add);
        Server server = routes().filter(log).build().server().pattern(pattern).start()) {
      for (String path : List.of("/?a=%22", "/stream", "/files/large.txt", "/nothing")) {
        Answer answer =
            ask(
                server,
                "GET",
                path,
                "User-Agent: a\"b\\c\u00e9",
                "X-Request-Id: id-" + path.length());
        JsonObject line = next(lines);
        assertEquals("127.0.0.1", line.get("peer").getAsString());
        assertEquals("GET", line.get("method").getAsString());
        assertEquals(path, line.get("target").getAsString());
        assertEquals(answer.status(), line.get("status").getAsInt());
        assertEquals(answer.content().length, line.get("bytes").getAsLong());
        assertEquals("a\"b\\c\u00e9", line.get("user_agent").getAsString());
        assertEquals("id-" + path.length(), line.get("request_id").getAsString());
        assertEquals("id-" + path.length(), answer.field("X-Request-Id"));
        assertTrue(line.get("duration_us").getAsLong() >= 0);
      }
      assertEquals(500, ask(server, "GET", "/fail", "X-Request-Id: a b").status());
      JsonObject failed = next(lines);
      assertEquals(500, failed.get("status").getAsInt());
      assertTrue(failed.get("request_id").getAsString().matches("[0-9a-f]{16}"));
      ask(server, "HEAD", "/stream");
      assertEquals(0, next(lines).get("bytes").getAsLong());
      assertEquals(null, lines.poll());
      assertEquals(0, log.dropped());
    }
  }

  private static JsonObject next(BlockingQueue<String> lines) throws InterruptedException {
    return JsonParser.parseString(lines.poll(1, TimeUnit.MINUTES)).getAsJsonObject();
  }

  @Test
  void linesReadAsApacheHasThem() throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    try (AccessLog log = AccessLog.of(AccessLog.Format.COMBINED, lines::add);
        AccessLog common = AccessLog.of(AccessLog.Format.COMMON, lines::add)) {
      try (Server server = routes().filter(log).build().server().start()) {
        ask(server, "GET", "/short?a", "Referer: /\"\t", "User-Agent: me");
        String line = lines.poll(1, TimeUnit.MINUTES);
        assertTrue(
            line.matches(
                "127\\.0\\.0\\.1 - - \\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} \\+0000\\]"
                    + " \"GET /short\\?a HTTP/1\\.1\" 200 5 \"/\\\\\"\" \"me\""),
            line);
      }
      try (Server server = routes().filter(common).build().server().start()) {
        ask(server, "HEAD", "/short");
        String line = lines.poll(1, TimeUnit.MINUTES);
        assertTrue(line.endsWith(" \"HEAD /short HTTP/1.1\" 200 -"), line);
      }
    }
  }

  /** As it is without a filter. */
  @Test
  void aReplyThatIsNullOrCannotBeChangedFailsItsRequest() throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    try (AccessLog log = AccessLog.of(AccessLog.Format.JSON, lines::add);
        Server server =
            Router.builder()
                .routeLater(
                    "GET", "/null", (_, reply) -> Thread.ofVirtual().start(() -> reply.send(null)))
                .get("/changed", _ -> HttpResponse.text(""))
                .filter(log)
                .filter(Filter.ofResponse((_, _) -> fails()))
                .build()
                .server()
                .start()) {
      for (String path : List.of("/null", "/changed", "/nothing")) {
        assertEquals(500, ask(server, "GET", path).status(), path);
        assertEquals(500, next(lines).get("status").getAsInt(), path);
      }
    }
  }

  @Test
  void pathsThatAreRefusedAreLogged() throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    try (AccessLog log = AccessLog.of(AccessLog.Format.JSON, lines::add);
        Server server = routes().filter(log).build().server().start()) {
      for (String path : List.of("/files/%2e%2e/x", "/%", "/files/a%00")) {
        assertEquals(400, ask(server, "GET", path).status(), path);
        JsonObject line = next(lines);
        assertEquals(path, line.get("target").getAsString());
        assertEquals(400, line.get("status").getAsInt());
      }
    }
  }

  @Test
  void aClientThatLeavesIsLoggedToo() throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    CountDownLatch entered = new CountDownLatch(1);
    try (AccessLog log = AccessLog.of(AccessLog.Format.JSON, lines::add);
        Server server =
            Router.builder()
                .routeLater("GET", "/", (_, _) -> entered.countDown())
                .filter(log)
                .build()
                .server()
                .start()) {
      Client client = new Client(server.port());
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      entered.await();
      client.reset();
      assertEquals(499, next(lines).get("status").getAsInt());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Pattern.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"MULTI_PROCESS", "ADAPTIVE"})
  void eventsAreSentAsTheyComeAndEndWithTheirClient(Pattern pattern) throws Exception {
    CountDownLatch left = new CountDownLatch(2);
    BlockingQueue<ServerSentEvent> queue = new LinkedBlockingQueue<>();
    SubmissionPublisher<ServerSentEvent> publisher = new SubmissionPublisher<>();
    Router router =
        Router.builder()
            .get(
                "/written",
                _ ->
                    EventStream.written(
                        events -> {
                          try {
                            events.ping();
                            while (true) {
                              events.send(queue.take());
                            }
                          } finally {
                            left.countDown();
                          }
                        }))
            .get("/published", _ -> EventStream.of(publisher))
            .filter(Compression.gzip())
            .build();
    try (Server server = router.server().pattern(pattern).start()) {
      Client written = new Client(server.port());
      written.send("GET /written HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
      String head = written.receiveHead();
      assertTrue(head.contains("\r\nContent-Type: text/event-stream\r\n"), head);
      assertFalse(head.contains("gzip"), head);
      assertEquals(":\n\n", chunk(written));
      queue.add(ServerSentEvent.of("tick", "one\ntwo\r\n").withId("7"));
      assertEquals("event: tick\nid: 7\ndata: one\ndata: two\ndata: \n\n", chunk(written));
      queue.add(ServerSentEvent.of(""));
      assertEquals("data: \n\n", chunk(written));
      Client published = new Client(server.port());
      published.send("GET /published HTTP/1.1\r\nHost: x\r\n\r\n");
      published.receiveHead();
      Await.until(() -> publisher.getNumberOfSubscribers() == 1, "no subscriber");
      publisher.submit(ServerSentEvent.of("é"));
      assertEquals("data: é\n\n", chunk(published));
      written.reset();
      published.reset();
      Await.until(() -> left.getCount() == 1, "the writer goes on");
      Await.until(() -> publisher.getNumberOfSubscribers() == 0, "the publisher goes on");
    }
    assertThrows(IllegalArgumentException.class, () -> ServerSentEvent.of("a\nb", ""));
    assertThrows(IllegalArgumentException.class, () -> ServerSentEvent.of("").withId("a\rb"));
  }

  private static String chunk(Client client) throws IOException {
    int length = Integer.parseInt(client.receiveLine(), 16);
    String chunk = new String(client.receive(length), UTF_8);
    client.receiveLine();
    return chunk;
  }
}
