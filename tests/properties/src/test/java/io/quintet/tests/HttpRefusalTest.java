package io.quintet.tests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Decoder;
import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.ProtocolException;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A refusal has no content where the request is HEAD, RFC 9110 §9.3.2, or may be. */
class HttpRefusalTest {
  private static final ProtocolException SLOW = ProtocolException.late("request too slow");

  /** What is refused, behind the method. */
  private static final List<String> REFUSED =
      List.of(
          " / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n",
          " / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
          " / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
          " / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
          " / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n",
          " / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(20_000) + "\r\n\r\n",
          " /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
          " / HTTP/2.0\r\nHost: a\r\n\r\n",
          " / HTTP/1.1\r\n\r\n",
          " / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
          " * HTTP/1.1\r\nHost: a\r\n\r\n",
          " http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
          "\r\n\r\n",
          "\t/ HTTP/1.1\r\n");

  private static String answerTo(ProtocolException refusal) {
    Output out = Output.ofBytes(4096);
    Http.codec().encoder().encodeRefusal(refusal, out);
    assertTrue(out.ended());
    return new String(out.toBytes(), ISO_8859_1);
  }

  private static void assertHeadAlone(String answer) {
    assertTrue(answer.endsWith("\r\n\r\n"), answer);
    assertEquals(answer.length() - 4, answer.indexOf("\r\n\r\n"), answer);
    assertFalse(answer.contains("Content-Length: 0"), answer);
    assertTrue(answer.contains("\r\nConnection: close\r\n"), answer);
  }

  private static void assertContent(String answer) {
    String content = answer.substring(answer.indexOf("\r\n\r\n") + 4);
    assertTrue(content.endsWith("\n"), answer);
    assertTrue(answer.contains("\r\nContent-Length: " + content.length() + "\r\n"), answer);
  }

  private static ProtocolException refused(String stream, int pieceBytes) {
    byte[] bytes = stream.getBytes(ISO_8859_1);
    return Decoding.feed(
            Http.codec().decoder(),
            new Input(bytes.length),
            bytes,
            begin -> Math.min(begin + pieceBytes, bytes.length),
            _ -> true)
        .orElseThrow();
  }

  @Test
  void headIsRefusedWithoutContentForWhateverReason() {
    for (String rest : REFUSED) {
      for (int pieceBytes : new int[] {1, 2, 3, 7, 1 << 20}) {
        assertHeadAlone(answerTo(refused("HEAD" + rest, pieceBytes)));
        assertHeadAlone(
            answerTo(refused("GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD" + rest, pieceBytes)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST", "H", "HEADS", "HEA", "head", "AHEAD"})
  void othersAreToldWhatIsWrong(String method) {
    for (String rest : REFUSED) {
      for (int pieceBytes : new int[] {1, 5, 1 << 20}) {
        assertContent(answerTo(refused(method + rest, pieceBytes)));
        assertContent(
            answerTo(refused("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + method + rest, pieceBytes)));
      }
    }
  }

  /** What a decoder makes of a refusal by the loop when part of a request has arrived. */
  private static ProtocolException slow(String arrived) {
    byte[] bytes = arrived.getBytes(ISO_8859_1);
    Decoder<HttpRequest> decoder = Http.codec().decoder();
    assertTrue(
        Decoding.feed(decoder, new Input(256), bytes, begin -> begin + 1, _ -> true).isEmpty());
    return decoder.refusing(SLOW);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\r",
        "\r\n",
        "H",
        "HEA",
        "HEAD",
        "HEAD ",
        "HEAD / HTTP/1.1\r\nHo",
        "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",
        "HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / ",
      })
  void whatMayBeHeadIsTooSlowWithoutContent(String arrived) {
    assertHeadAlone(answerTo(slow(arrived)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "G",
        "HEADS",
        "\r\nHA",
        "GET / HTTP/1.1\r\nHo",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab",
        "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nP",
      })
  void whatIsNotHeadIsTooSlowWithContent(String arrived) {
    assertContent(answerTo(slow(arrived)));
  }

  private static Server start(ServerBuilder builder) {
    return builder.listen("127.0.0.1", 0).start();
  }

  @Test
  void aServerRefusesHeadWithoutContentAtItsDeadlinesAndLimits() throws IOException {
    Http.Limits limits = new Http.Limits(256, 16);
    try (Server server =
        start(
            Quintet.server(Http.codec(limits), _ -> HttpResponse.text("x"))
                .option("requestTimeoutMillis", 50)
                .option("connectionsMax", 1))) {
      for (String request :
          List.of(
              "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\n\r\n",
              "HEAD / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(300) + "\r\n\r\n",
              "HEAD / HTTP/1.1\r\nHost: a\r\n",
              "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")) {
        try (Client client = new Client(server.port())) {
          assertHeadAlone(client.send(request).receiveAllText());
        }
        Await.until(() -> Stats.sum(server, "open") == 0, "the refused connection is closed");
      }
      try (Client first = new Client(server.port());
          Client second = new Client(server.port())) {
        first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertEquals("HTTP/1.1 200 OK|x", first.receiveResponse());
        assertHeadAlone(second.receiveAllText());
      }
    }
  }

  @Test
  void aHandlerThatFailsOrIsTooSlowAnswersHeadWithoutContent() throws IOException {
    try (Server server =
        start(
            Quintet.serverLater(
                    Http.codec(),
                    (request, reply) -> {
                      if (request.path().equals("/fails")) {
                        throw new IllegalStateException("meant to fail");
                      }
                    })
                .option("handlerTimeoutMillis", 50))) {
      for (String path : List.of("/fails", "/late")) {
        try (Client client = new Client(server.port())) {
          client.send("HEAD " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
          assertHeadAlone(client.receiveAllText());
        }
      }
    }
  }
}
