package io.quintet.tests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.codec.Input;
import io.quintet.codec.Output;
import io.quintet.codec.Streams;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.io.Closeable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sent of a response, byte for byte, to each method and with each status. */
class HttpResponseTest {
  /** Published to nobody, and closed instead. */
  private static final class Unread implements Flow.Publisher<byte[]>, Closeable {
    private final AtomicBoolean closed = new AtomicBoolean();

    @Override
    public void subscribe(Flow.Subscriber<? super byte[]> to) {
      throw new AssertionError("content that is not sent was subscribed to");
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  /** What is sent behind the status line, without the Date; the lines as {@code a|b||content}. */
  private static String sent(String method, HttpResponse response) {
    return sent(method + " / HTTP/1.1\r\nHost: a\r\n\r\n", response, new boolean[1]);
  }

  private static HttpRequest request(String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    Input input = new Input(bytes.length);
    System.arraycopy(bytes, 0, input.array(), 0, bytes.length);
    input.present(0, bytes.length);
    return Objects.requireNonNull(Http.codec().decoder().decode(input), "a request");
  }

  private static String sent(String request, HttpResponse response, boolean[] goesOn) {
    Output out = Output.ofBytes(4096);
    Http.codec().encoder().encode(request(request), response, out);
    goesOn[0] = out.parts() != null;
    String text = new String(out.toBytes(), ISO_8859_1);
    return text.substring(text.indexOf("\r\n") + 2)
        .replaceAll("Date: [^\r]*\r\n", "")
        .replace("\r\n", "|");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, 200, Content-Length: 1||x",
    "HEAD, 200, Content-Length: 1||",
    "GET, 404, Content-Length: 1||x",
    "GET, 204, |",
    "HEAD, 204, |",
    "POST, 205, Content-Length: 0||",
    "HEAD, 205, Content-Length: 0||",
    "GET, 304, |",
    "HEAD, 304, |",
  })
  void aStatusWithoutContentGetsNone(String method, int status, String expected) {
    HttpResponse whole = HttpResponse.of(status, List.of(), new byte[] {'x'});
    assertEquals(expected, sent(method, whole));
    assertEquals(expected, sent(method, whole), "the same response once more");
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 205, 304})
  void contentThatStreamsIsRefusedWhereTheStatusHasNone(int status) {
    assertThrows(
        IllegalArgumentException.class,
        () -> HttpResponse.streaming(status, List.of(), new Unread()));
    assertThrows(
        IllegalArgumentException.class,
        () -> HttpResponse.streaming(status, List.of(), new Unread(), 1));
  }

  @ParameterizedTest
  @CsvSource({
    "HEAD, 200, Content-Length: 10||",
    "HEAD, 404, Content-Length: 10||",
    "HEAD, 304, Content-Length: 10||",
    "GET, 304, Content-Length: 10||",
    "HEAD, 204, |",
    "GET, 204, |",
    "GET, 205, Content-Length: 0||",
    "HEAD, 205, Content-Length: 0||",
  })
  void aLengthThatIsGivenIsSaidWithoutContent(String method, int status, String expected) {
    HttpResponse announced = HttpResponse.of(status, List.of(), new byte[0]).announcing(10);
    assertEquals(expected, sent(method, announced));
  }

  @Test
  void aLengthOfNothingThatIsGivenIsSaid() {
    HttpResponse nothing = HttpResponse.of(200, List.of(), new byte[0]).announcing(0);
    assertEquals("Content-Length: 0||", sent("HEAD", nothing));
  }

  @Test
  void aLengthWithoutContentIsNoAnswerToOtherMethods() {
    HttpResponse announced = HttpResponse.of(200, List.of(), new byte[0]).announcing(10);
    assertThrows(IllegalStateException.class, () -> sent("GET", announced));
    assertThrows(IllegalStateException.class, () -> sent("POST", announced));
  }

  @ParameterizedTest
  @CsvSource({
    "HEAD, 200, |",
    "HEAD, 301, |",
    "HEAD, 404, |",
    "HEAD, 500, |",
    "GET, 200, Content-Length: 0||",
    "POST, 301, Content-Length: 0||",
  })
  void aLengthThatNobodyKnowsIsNotZero(String method, int status, String expected) {
    HttpResponse empty = HttpResponse.of(status, List.of(), new byte[0]);
    assertEquals(expected, sent(method, empty));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, 1, Transfer-Encoding: chunked||, true",
    "GET, 0, Connection: close||, true",
    "HEAD, 1, Transfer-Encoding: chunked||, false",
    "HEAD, 0, Connection: close||, false",
  })
  void contentThatStreamsFollowsWhereTheMethodHasSome(
      String method, int version, String expected, boolean follows) {
    String request = method + " / HTTP/1." + version + "\r\nHost: a\r\n\r\n";
    boolean[] goesOn = new boolean[1];
    Unread content = new Unread();
    assertEquals(expected, sent(request, HttpResponse.streaming(200, List.of(), content), goesOn));
    assertEquals(follows, goesOn[0]);
    assertEquals(!follows, content.closed.get());
  }

  @ParameterizedTest
  @CsvSource({
    "200, OK",
    "203, Non-Authoritative Information",
    "205, Reset Content",
    "207, Multi-Status",
    "226, IM Used",
    "300, Multiple Choices",
    "402, Payment Required",
    "416, Range Not Satisfiable",
    "418, I'm a teapot",
    "421, Misdirected Request",
    "425, Too Early",
    "428, Precondition Required",
    "451, Unavailable For Legal Reasons",
    "508, Loop Detected",
    "511, Network Authentication Required",
    "299, ''",
    "599, ''",
  })
  void aStatusHasTheReasonPhraseOfTheRegistry(int status, String reason) {
    Output out = Output.ofBytes(4096);
    HttpResponse response = HttpResponse.of(status, List.of(), new byte[0]);
    Http.codec().encoder().encode(request("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), response, out);
    String text = new String(out.toBytes(), ISO_8859_1);
    assertEquals("HTTP/1.1 " + status + " " + reason, text.substring(0, text.indexOf("\r\n")));
  }

  @Test
  void aResponseMayHaveOtherContentAndFieldsAndStaysTheLast() {
    HttpResponse whole = HttpResponse.text("abc").endingConnection();
    String last = "Connection: close|";
    String type = "Content-Type: text/plain; charset=utf-8|";
    assertEquals(OptionalLong.of(3), whole.contentLength());
    assertEquals(
        type + "Content-Length: 1|" + last + "|d", sent("GET", whole.withBody(new byte[] {'d'})));
    assertEquals(
        "A: b|Content-Length: 3|" + last + "|abc",
        sent("GET", whole.withHeaders(List.of(Map.entry("A", "b")))));
    HttpResponse streamed = whole.withContent(new Unread(), OptionalLong.of(7));
    assertTrue(streamed.isStreamed());
    assertFalse(whole.isStreamed());
    assertEquals(OptionalLong.of(7), streamed.contentLength());
    assertEquals(type + "Content-Length: 7|" + last + "|", sent("HEAD", streamed));
    HttpResponse unknown = streamed.withContent(new Unread(), OptionalLong.empty());
    assertEquals(OptionalLong.empty(), unknown.contentLength());
    assertEquals(OptionalLong.of(9), whole.announcing(9).contentLength());
    assertThrows(IllegalStateException.class, () -> streamed.withBody(new byte[0]));
    assertThrows(
        IllegalArgumentException.class, () -> whole.withHeaders(List.of(Map.entry("Date", "x"))));
    HttpResponse none = HttpResponse.of(204, List.of(), new byte[0]);
    assertThrows(
        IllegalStateException.class, () -> none.withContent(new Unread(), OptionalLong.empty()));
    HttpResponse switching = HttpResponse.switching("x", List.of(), new Unread());
    assertThrows(
        IllegalStateException.class,
        () -> switching.withContent(new Unread(), OptionalLong.empty()));
  }

  @Test
  void theContentOfABodyIsTheBody() throws Exception {
    try (var in = Streams.reading(HttpResponse.text("abc").content())) {
      assertEquals("abc", new String(in.readAllBytes(), ISO_8859_1));
    }
  }
}
