package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.codec.Bytes;
import io.quintet.codec.Echo;
import io.quintet.codec.Line;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** However a stream is cut, the same requests come out of it. */
class CodecPropertiesTest {
  @Property(tries = 2000)
  void anySplitOfHttpDecodesToTheSameRequests(
      @ForAll("streams") String stream, @ForAll("cuts") List<Integer> cuts) {
    assertSame(stream.getBytes(StandardCharsets.ISO_8859_1), cuts);
  }

  @Property(tries = 200)
  void httpSplitAtEveryByteDecodesToTheSameRequests(@ForAll("streams") String stream) {
    byte[] bytes = stream.getBytes(StandardCharsets.ISO_8859_1);
    List<Integer> everywhere = new ArrayList<>();
    for (int i = 1; i < bytes.length; i++) {
      everywhere.add(i);
    }
    assertEquals(http(bytes, List.of()), http(bytes, everywhere));
  }

  /** Bytes near to HTTP, so that most are refused, each in its own way. */
  @Property(tries = 3000)
  void anySplitOfNearlyHttpIsJudgedTheSame(
      @ForAll("streams") String stream,
      @ForAll("noise") String noise,
      @ForAll("positions") int where,
      @ForAll("cuts") List<Integer> cuts) {
    int at = stream.isEmpty() ? 0 : where % stream.length();
    String damaged = stream.substring(0, at) + noise + stream.substring(at) + "\r\n\r\n\n";
    assertSame(damaged.getBytes(StandardCharsets.ISO_8859_1), cuts);
  }

  private static void assertSame(byte[] bytes, List<Integer> cuts) {
    List<Integer> ends = cuts.stream().map(c -> c % (bytes.length + 1)).sorted().toList();
    assertEquals(http(bytes, List.of()), http(bytes, ends));
  }

  private static List<String> http(byte[] bytes, List<Integer> ends) {
    return Decoding.inPieces(Http.codec(), bytes, ends, CodecPropertiesTest::text);
  }

  private static String text(HttpRequest request) {
    return request + " " + request.headers() + " " + HexFormat.of().formatHex(request.body());
  }

  @Property(tries = 1000)
  void anySplitOfLinesDecodesToTheSameLines(
      @ForAll("lines") List<String> lines, @ForAll("cuts") List<Integer> cuts) {
    byte[] bytes = (String.join("\n", lines) + "\r\n").getBytes(StandardCharsets.UTF_8);
    List<Integer> ends = cuts.stream().map(c -> c % (bytes.length + 1)).sorted().toList();
    List<String> decoded = Decoding.inPieces(Line.codec(), bytes, ends, line -> line);
    assertEquals(lines, decoded);
  }

  @Property(tries = 500)
  void echoGivesEveryByteInOrder(@ForAll byte[] bytes, @ForAll("cuts") List<Integer> cuts) {
    List<Integer> ends = cuts.stream().map(c -> c % (bytes.length + 1)).sorted().toList();
    List<String> pieces =
        Decoding.inPieces(
            Echo.codec(), bytes, ends, (Bytes b) -> HexFormat.of().formatHex(b.toArray()));
    assertEquals(HexFormat.of().formatHex(bytes), String.join("", pieces));
  }

  @Provide
  Arbitrary<List<Integer>> cuts() {
    return Arbitraries.integers().between(0, 5000).list().ofMaxSize(12);
  }

  @Provide
  Arbitrary<Integer> positions() {
    return Arbitraries.integers().between(0, 5000);
  }

  @Provide
  Arbitrary<String> noise() {
    return Arbitraries.of(
        "\r",
        "\n",
        "\0",
        " ",
        "\t",
        ":",
        "\u007f",
        "\u00e9",
        "\r\n",
        "\r\n ",
        "HTTP/2.0",
        ",",
        "Content-Length: 3\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Host: b\r\n",
        ";",
        "0\r\n");
  }

  @Provide
  Arbitrary<List<String>> lines() {
    return Arbitraries.strings()
        .alpha()
        .numeric()
        .withChars("é €\t:")
        .ofMaxLength(40)
        .list()
        .ofMinSize(1)
        .ofMaxSize(10);
  }

  @Provide
  Arbitrary<String> streams() {
    return request().list().ofMinSize(1).ofMaxSize(5).map(list -> String.join("", list));
  }

  private static Arbitrary<String> request() {
    Arbitrary<String> method = Arbitraries.of("GET", "POST", "HEAD", "OPTIONS", "M-SEARCH");
    Arbitrary<String> target =
        Arbitraries.strings().withCharRange('!', '~').ofMaxLength(40).map(path -> "/" + path);
    Arbitrary<String> version = Arbitraries.of("HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.7");
    Arbitrary<String> fields = field().list().ofMaxSize(6).map(list -> String.join("", list));
    Arbitrary<String> empty = Arbitraries.of("", "", "\r\n");
    return Combinators.combine(empty, method, target, version, fields, body())
        .as((e, m, t, v, f, b) -> e + m + " " + t + " " + v + "\r\nHost: a\r\n" + f + b);
  }

  private static Arbitrary<String> field() {
    Arbitrary<String> name = Arbitraries.of("Accept", "X-1", "Cookie", "Connection", "a", "~|");
    Arbitrary<String> value =
        Arbitraries.strings().withCharRange(' ', '~').withChars("\té").ofMaxLength(40);
    Arbitrary<String> connection = Arbitraries.of("keep-alive", "close", "x, Close", "TE");
    return Combinators.combine(name, value, connection)
        .as((n, v, c) -> n + ": " + (n.equals("Connection") ? c : v) + "\r\n");
  }

  /** The end of the head, and a body that it announces. */
  private static Arbitrary<String> body() {
    Arbitrary<String> content =
        Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(300);
    return Combinators.combine(content, Arbitraries.integers().between(0, 3), content)
        .as(
            (first, kind, second) ->
                switch (kind) {
                  case 0 -> "\r\n";
                  case 1 -> "Content-Length: " + first.length() + "\r\n\r\n" + first;
                  case 2 -> "Transfer-Encoding: chunked\r\n\r\n" + chunk(first) + "0\r\n\r\n";
                  default ->
                      "transfer-encoding:chunked\r\n\r\n"
                          + chunk(first)
                          + chunk(second)
                          + "00;a=\"b\"\r\nTrailer: x\r\n\r\n";
                });
  }

  private static String chunk(String content) {
    return content.isEmpty()
        ? ""
        : Integer.toHexString(content.length()) + "\r\n" + content + "\r\n";
  }
}
