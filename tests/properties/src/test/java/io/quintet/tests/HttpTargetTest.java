package io.quintet.tests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a handler finds of each form of a target, RFC 9112 §3.2, however its bytes arrive. */
class HttpTargetTest {
  /** The requests of a stream, the same in one piece and byte by byte. */
  private static List<String> read(String stream) {
    byte[] bytes = stream.getBytes(ISO_8859_1);
    List<Integer> everywhere = IntStream.range(1, bytes.length).boxed().toList();
    List<String> whole = Decoding.inPieces(Http.codec(), bytes, List.of(), HttpTargetTest::text);
    assertEquals(whole, Decoding.inPieces(Http.codec(), bytes, everywhere, HttpTargetTest::text));
    return whole;
  }

  private static String text(HttpRequest request) {
    return "%s %s path %s query %s Host %s body %s"
        .formatted(
            request.method(),
            request.target(),
            request.path(),
            request.query().orElse("-"),
            request.header("host").orElse("-"),
            new String(request.body(), ISO_8859_1));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /where, /where, /where, -, sent",
    "GET, http://x/where, /where, /where, -, x",
    "GET, https://x/where, /where, /where, -, x",
    "GET, HTTP://X.example:8080/a/b?c=d&e, /a/b?c=d&e, /a/b, c=d&e, X.example:8080",
    "GET, http://x, /, /, -, x",
    "GET, http://x?a=b, /?a=b, /, a=b, x",
    "GET, http://x?, /?, /, '', x",
    "GET, http://x/?a?b/c, /?a?b/c, /, a?b/c, x",
    "POST, http://[::1]:80//a, //a, //a, -, [::1]:80",
    "GET, http://x:/%70, /%70, /%70, -, x:",
    "OPTIONS, *, *, *, -, sent",
    "OPTIONS, http://x:1, *, *, -, x:1",
    "OPTIONS, http://x/, /, /, -, x",
    "OPTIONS, http://x?, /?, /, '', x",
  })
  void aWholeUriIsAPathWhoseAuthorityIsTheHost(
      String method, String target, String asked, String path, String query, String host) {
    assertEquals(
        List.of("%s %s path %s query %s Host %s body ".formatted(method, asked, path, query, host)),
        read(method + " " + target + " HTTP/1.1\r\nHost: sent\r\n\r\n"));
  }

  @Test
  void allElseOfARequestForAWholeUriIsAsItWasSent() {
    assertEquals(
        List.of(
            "POST /a path /a query - Host x body abc", "GET /b path /b query - Host sent body "),
        read(
            """
            POST http://x/a HTTP/1.1\r
            A: 1\r
            hOsT: sent\r
            Hosts: 2\r
            Content-Length: 3\r
            \r
            abcGET /b HTTP/1.1\r
            Host: sent\r
            \r
            """));
  }

  @Test
  void theHostOfAWholeUriStandsInFrontOfTheFieldsAlsoWhereNoneWasSent() {
    for (String sent : List.of("", "Host: sent\r\n", "HOST:\r\n")) {
      byte[] bytes =
          ("GET http://x:1/a HTTP/1.0\r\nA: 1\r\n" + sent + "B: 2\r\n\r\n").getBytes(ISO_8859_1);
      assertEquals(
          List.of(
              List.of(Map.entry("Host", "x:1"), Map.entry("A", "1"), Map.entry("B", "2"))
                  .toString()),
          Decoding.inPieces(
              Http.codec(), bytes, List.of(), request -> request.headers().toString()));
    }
  }
}
