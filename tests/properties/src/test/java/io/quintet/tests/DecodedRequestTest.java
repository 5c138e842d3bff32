package io.quintet.tests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.ProtocolException;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.http.PercentEncoding;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Path, query and body as texts: decoded once, and never repaired. */
class DecodedRequestTest {
  private static String of(String stream, Function<HttpRequest, Object> asked) {
    byte[] bytes = stream.getBytes(ISO_8859_1);
    return Decoding.inPieces(Http.codec(), bytes, List.of(), request -> told(request, asked))
        .getFirst();
  }

  private static String told(HttpRequest request, Function<HttpRequest, Object> asked) {
    try {
      return String.valueOf(asked.apply(request));
    } catch (ProtocolException e) {
      return e.code() + " " + e.getMessage();
    }
  }

  private static String get(String target, Function<HttpRequest, Object> asked) {
    return of("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n", asked);
  }

  private static String post(String type, byte[] body) {
    String field = type.isEmpty() ? "" : "Content-Type: " + type + "\r\n";
    String head = "POST / HTTP/1.1\r\nHost: x\r\n" + field + "Content-Length: " + body.length;
    return of(head + "\r\n\r\n" + new String(body, ISO_8859_1), HttpRequest::bodyText);
  }

  @ParameterizedTest
  @CsvSource({
    "/private/x, /private/x",
    "/%70rivate/x, /private/x",
    "/%70%72%69vate/x?%70=1, /private/x",
    "/caf%C3%A9, /café",
    "/caf%c3%a9, /café",
    "/%F0%9F%8D%B5, /🍵",
    "/a+b, /a+b",
    "/%2541, /%41",
    "/a%2Fb, /a/b",
    "/a/%2e%2E/b, /a/../b",
    "/%25, /%",
    "/%7F, /\u007f",
    "http://x/%70, /p",
  })
  void aPathIsDecodedOnce(String target, String decoded) {
    assertEquals(decoded, get(target, HttpRequest::decodedPath));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/%", "/a%2", "/%zz", "/%4g", "/%-1", "/%+4", "/%%41", "/% 41", "/%u0041"})
  void aPercentSignNeedsTwoDigits(String target) {
    if (target.indexOf(' ') < 0) {
      assertEquals(
          "400 malformed percent-encoding: % without two hexadecimal digits",
          get(target, HttpRequest::decodedPath));
    }
    refused(target);
  }

  /** Cut, overlong, a surrogate, beyond the last character, a byte that begins none. */
  @ParameterizedTest
  @ValueSource(
      strings = {"%C3", "%E2%82", "%C0%AF", "%E0%80%AF", "%ED%A0%80", "%F4%90%80%80", "%80", "%FF"})
  void whatIsNoUtf8IsRefused(String encoded) {
    assertEquals(
        "400 malformed percent-encoding: not UTF-8", get("/" + encoded, HttpRequest::decodedPath));
    assertEquals(
        "400 malformed percent-encoding: not UTF-8",
        get("/?a=" + encoded, HttpRequest::queryParameters));
    refused(encoded);
  }

  private static void refused(String text) {
    try {
      fail(PercentEncoding.decode(text));
    } catch (ProtocolException e) {
      assertEquals(400, e.code());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/, []",
    "/?, []",
    "/?a=1&b=2&a=3, '[a=1, b=2, a=3]'",
    "/?two+words=a%2Bb+c, [two words=a+b c]",
    "/?a&b=&=c&&, '[a=, b=, =c]'",
    "/?a=b=c?d, [a=b=c?d]",
    "/?%26=%3D&caf%C3%A9=%F0%9F%8D%B5, '[&==, café=🍵]'",
    "/?a;b=1, [a;b=1]",
    "/?a=%zz, 400 malformed percent-encoding: % without two hexadecimal digits",
  })
  void aQueryIsAListOfFields(String target, String fields) {
    assertEquals(fields, get(target, HttpRequest::queryParameters));
  }

  @Test
  void aFieldOfTheQueryIsTheFirstOfItsName() {
    assertEquals("Optional[1]", get("/?a=1&a=2", request -> request.queryParameter("a")));
    assertEquals("Optional[x y]", get("/?%61=x+y", request -> request.queryParameter("a")));
    assertEquals("Optional[]", get("/?a", request -> request.queryParameter("a")));
    assertEquals(Optional.empty().toString(), get("/", request -> request.queryParameter("a")));
  }

  @Test
  void aBodyIsTextOfItsCharset() {
    assertEquals("café", post("", "café".getBytes(UTF_8)));
    assertEquals("café", post("text/plain", "café".getBytes(UTF_8)));
    assertEquals("café", post("text/plain; charset=UTF-8", "café".getBytes(UTF_8)));
    assertEquals("café", post("text/plain;charset=iso-8859-1", "café".getBytes(ISO_8859_1)));
    assertEquals("café", post("text/plain; CharSet=\"ISO-8859-1\"", "café".getBytes(ISO_8859_1)));
    assertEquals(
        "café",
        post("text/plain; a=\"; charset=utf-8\\\"\"; charset=latin1", "café".getBytes(ISO_8859_1)));
    assertEquals("café", post("text/plain; charset=utf-16", "café".getBytes(UTF_16)));
    assertEquals("", post("", new byte[0]));
    assertEquals("\ufeffa", post("", "\ufeffa".getBytes(UTF_8)));
  }

  @Test
  void aBodyThatIsNoTextIsRefused() {
    assertEquals("400 malformed body: not UTF-8", post("", "café".getBytes(ISO_8859_1)));
    assertEquals(
        "400 malformed body: not US-ASCII",
        post("text/plain; charset=us-ascii", "café".getBytes(UTF_8)));
    for (String type : List.of("a/b; charset=none", "a/b; charset=\"a b\"", "a/b; charset=@")) {
      assertEquals("415 unknown charset of the body", post(type, "a".getBytes(UTF_8)));
    }
  }

  /** As it is with every refusal of a handler's. */
  @Test
  void theClientIsToldWhatIsMalformed() throws IOException {
    try (Server server =
            Quintet.server(Http.codec(), request -> HttpResponse.text(request.decodedPath()))
                .start();
        Client client = new Client(server.port())) {
      client.send("GET /%C3 HTTP/1.1\r\nHost: x\r\n\r\n");
      String answer = client.receiveAllText();
      assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
      assertTrue(answer.endsWith("malformed percent-encoding: not UTF-8\n"), answer);
    }
  }

  @Property(tries = 2000)
  void whatIsEncodedIsDecodedToTheSame(@ForAll("texts") String text) {
    String encoded = PercentEncoding.encode(text);
    assertTrue(encoded.matches("[A-Za-z0-9%._~-]*"), encoded);
    assertEquals(text, PercentEncoding.decode(encoded));
    assertEquals("/" + text, get("/" + encoded, HttpRequest::decodedPath));
  }

  @Property(tries = 1000)
  void theFieldsOfAFormAreDecodedToTheSame(
      @ForAll("texts") String name, @ForAll("texts") String value) {
    String field = PercentEncoding.encode(name) + "=" + PercentEncoding.encode(value);
    String spaced = field.replace("%20", "+");
    List<Map.Entry<String, String>> once = List.of(Map.entry(name, value));
    assertEquals(once, PercentEncoding.decodeForm(field));
    assertEquals(once, PercentEncoding.decodeForm("&" + spaced + "&"));
  }

  /** Any bytes are either the text that their decoder gives, or refused; nothing else comes out. */
  @Property(tries = 2000)
  void anyBytesAreTextOrRefused(@ForAll byte[] bytes) {
    StringBuilder percents = new StringBuilder();
    for (byte b : bytes) {
      percents.append("%%%02X".formatted(b));
    }
    String text = new String(bytes, UTF_8);
    if (Arrays.equals(text.getBytes(UTF_8), bytes)) {
      assertEquals(text, PercentEncoding.decode(percents.toString()));
    } else {
      refused(percents.toString());
    }
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings()
        .withChars("ab/?&=+%.;#\u0000\u007f\u00e9\u20ac ")
        .ofMaxLength(12)
        .map(text -> text + (text.length() % 3 == 0 ? "🍵" : ""));
  }
}
