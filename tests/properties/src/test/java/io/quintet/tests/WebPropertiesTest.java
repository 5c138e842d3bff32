package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Server;
import io.quintet.http.HttpResponse;
import io.quintet.http.PercentEncoding;
import io.quintet.web.Router;
import io.quintet.web.StaticFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** What always holds of routes, whatever their paths are. */
class WebPropertiesTest {
  private static final String TEXT = "abcdefghijklmnopqrstuvwxyz";

  private static Path folder;
  private static Server server;
  private static Client client;

  @BeforeContainer
  static void start() throws IOException {
    folder = Files.createTempDirectory("quintet-web");
    Files.writeString(folder.resolve("text"), TEXT);
    Router router =
        Router.builder()
            .get("/one/{a}/{b}", request -> told(request.parameter("a"), request.parameter("b")))
            .get("/rest/{path...}", request -> told(request.parameter("path")))
            .files("/files", StaticFiles.in(folder))
            .build();
    server = router.server().start();
    client = new Client(server.port());
  }

  @AfterContainer
  static void stop() throws IOException {
    client.close();
    server.close();
    Files.delete(folder.resolve("text"));
    Files.delete(folder);
  }

  private static HttpResponse told(String... values) {
    return HttpResponse.text(String.join("\n", values));
  }

  private static String get(String path) throws IOException {
    String answer = client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").receiveResponse();
    return new String(answer.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  /** Each letter may be sent as it is or encoded: the handler finds the same. */
  @Property(tries = 500)
  void parametersAreWhatWasEncoded(@ForAll("segments") String a, @ForAll("segments") String b)
      throws IOException {
    assertEquals(
        "HTTP/1.1 200 OK|" + a + "\n" + b,
        get("/%6fne/" + PercentEncoding.encode(a) + "/" + everyByte(b)));
  }

  @Property(tries = 500)
  void theRestOfAPathIsItsSegments(@ForAll @Size(max = 4) List<@From("plain") String> segments)
      throws IOException {
    String path = segments.stream().map(PercentEncoding::encode).collect(Collectors.joining("/"));
    assertEquals("HTTP/1.1 200 OK|" + String.join("/", segments), get("/rest/" + path));
  }

  private static String everyByte(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      encoded.append("%%%02x".formatted(b));
    }
    return encoded.toString();
  }

  /** Whichever order routes are given in, the most literal one answers. */
  @Property(tries = 100)
  void theOrderOfRoutesDoesNotMatter(@ForAll("orders") List<String> patterns) throws IOException {
    Router.Builder builder = Router.builder();
    patterns.forEach(
        pattern -> builder.get(pattern, request -> told(request.route().orElseThrow())));
    try (Server own = builder.build().server().start();
        Client asking = new Client(own.port())) {
      for (String expected :
          List.of(
              "/a/b /a/b",
              "/a/{x} /a/c",
              "/{x}/b /c/b",
              "/{x}/{y} /c/d",
              "/a/{r...} /a/b/c",
              "/{r...} /c/b/c",
              "/{r...} /",
              "/a/{r...} /a/")) {
        String path = expected.split(" ")[1];
        asking.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
        assertEquals("HTTP/1.1 200 OK|" + expected.split(" ")[0], asking.receiveResponse(), path);
      }
    }
  }

  /** A range is what a substring is. */
  @Property(tries = 500)
  void aRangeIsThePartOfTheFileThatItNames(
      @ForAll @IntRange(min = -1, max = 40) int first,
      @ForAll @IntRange(min = -1, max = 40) int last)
      throws IOException {
    String range = (first < 0 ? "" : first) + "-" + (last < 0 ? "" : last);
    int from = first < 0 ? Math.max(TEXT.length() - last, 0) : first;
    int to = first < 0 || last < 0 ? TEXT.length() : Math.min(last + 1, TEXT.length());
    String expected;
    if (first < 0 && last < 0 || first >= 0 && last >= 0 && last < first) {
      expected = "200 OK|" + TEXT;
    } else if (from >= TEXT.length()) {
      expected = "416 Range Not Satisfiable|The file has none of these ranges.\n";
    } else {
      expected = "206 Partial Content|" + TEXT.substring(from, to);
    }
    assertEquals("HTTP/1.1 " + expected, ranged("bytes=" + range));
  }

  /** Nearly ranges: whatever is asked for, the file or parts of it are the answer, or none. */
  @Property(tries = 1000)
  void anyFieldRangeIsAnswered(@ForAll("nearlyRanges") String field) throws IOException {
    String answer = ranged(field);
    String status = answer.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length());
    String body = answer.substring(answer.indexOf('|') + 1);
    switch (status) {
      case "200" -> assertEquals(TEXT, body);
      case "206" ->
          Arrays.stream(body.split("\r\n"))
              .filter(line -> !line.isEmpty() && !line.startsWith("--") && !line.startsWith("Cont"))
              .forEach(part -> assertTrue(TEXT.contains(part), body));
      default -> assertEquals("416", status);
    }
  }

  private static String ranged(String field) throws IOException {
    return client
        .send("GET /files/text HTTP/1.1\r\nHost: x\r\nRange: " + field + "\r\n\r\n")
        .receiveResponse();
  }

  @Provide
  Arbitrary<String> nearlyRanges() {
    return Arbitraries.strings()
        .withChars("0123456789-,= \t")
        .ofMaxLength(20)
        .map(text -> "bytes=" + text);
  }

  @Provide
  Arbitrary<List<String>> orders() {
    List<String> all = List.of("/a/b", "/a/{x}", "/{x}/b", "/{x}/{y}", "/a/{r...}", "/{r...}");
    return Arbitraries.randomValue(
        random -> {
          List<String> shuffled = new ArrayList<>(all);
          Collections.shuffle(shuffled, random);
          return shuffled;
        });
  }

  @Provide
  Arbitrary<String> segments() {
    return Arbitraries.strings()
        .withChars("ab/?&=+%.;#~\u007f\u00e9\u20ac {}")
        .ofMinLength(1)
        .ofMaxLength(8)
        .filter(text -> !text.equals(".") && !text.equals(".."));
  }

  @Provide
  Arbitrary<String> plain() {
    return segments().map(text -> text.replace("/", "-"));
  }
}
