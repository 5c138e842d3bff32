package io.quintet.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Answers the request with which a WebSocket begins, RFC 6455 §4.2. The response is returned by the
 * handler like any other, with each codec of {@link io.quintet.http.Http}.
 */
public final class WebSockets {
  private static final String VERSION = "13";
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final String EXTENSIONS = "Sec-WebSocket-Extensions";
  private static final int KEY_BYTES = 16;

  private WebSockets() {}

  /**
   * Whether a request asks for a WebSocket.
   *
   * @param request the request
   * @return whether it offers the protocol {@code websocket}
   */
  public static boolean isOffered(HttpRequest request) {
    return request.offersSession()
        && tokens(request, "Upgrade").stream().anyMatch("websocket"::equalsIgnoreCase);
  }

  /**
   * Accepts a WebSocket with {@link WebSocketSettings#DEFAULT}.
   *
   * @param request the request
   * @param listener the user's code
   * @return as {@link #acceptWith}
   */
  public static HttpResponse accept(HttpRequest request, WebSocketListener listener) {
    return acceptWith(request, WebSocketSettings.DEFAULT, listener);
  }

  /**
   * Accepts a WebSocket.
   *
   * @param request the request
   * @param settings what the WebSocket may do
   * @param listener the user's code
   * @return the response with which it begins; 426 if the request asks for none or for a version
   *     other than 13, 400 if it is malformed, 403 if its origin may not connect
   */
  public static HttpResponse acceptWith(
      HttpRequest request, WebSocketSettings settings, WebSocketListener listener) {
    Objects.requireNonNull(listener, "listener");
    if (!isOffered(request)
        || !request.header("Sec-WebSocket-Version").orElse("").equals(VERSION)) {
      return HttpResponse.of(
          426,
          List.of(
              Map.entry("Upgrade", "websocket"),
              Map.entry("Sec-WebSocket-Version", VERSION),
              Map.entry("Content-Type", "text/plain")),
          "A WebSocket of version 13 is served here.\n".getBytes(US_ASCII));
    }
    String key = request.header("Sec-WebSocket-Key").orElse("");
    if (!request.method().equals("GET") || !isKey(key)) {
      return HttpResponse.text(400, "The request for a WebSocket is malformed.\n");
    }
    String origin = request.header("Origin").orElse("");
    boolean any = settings.origins().isEmpty() || origin.isEmpty();
    if (!any && settings.origins().stream().noneMatch(origin::equalsIgnoreCase)) {
      return HttpResponse.text(403, "Pages of this origin may not connect.\n");
    }
    Optional<DeflateTerms> terms;
    try {
      terms = terms(request, settings);
    } catch (IllegalArgumentException malformed) { // RFC 6455 §9.1
      return HttpResponse.text(400, "The extensions of the request are malformed.\n");
    }
    List<Map.Entry<String, String>> headers = new ArrayList<>();
    headers.add(Map.entry("Sec-WebSocket-Accept", acceptance(key)));
    String subprotocol = subprotocol(request, settings);
    if (!subprotocol.isEmpty()) {
      headers.add(Map.entry("Sec-WebSocket-Protocol", subprotocol));
    }
    terms.ifPresent(agreed -> headers.add(Map.entry(EXTENSIONS, agreed.answer())));
    Compression compression = terms.map(agreed -> Compression.of(agreed, settings)).orElse(null);
    return Http.beginning(
        "websocket",
        headers,
        new WebSocketSession(request, subprotocol, settings, compression, listener));
  }

  /** Whoever compresses nothing does not look at what is offered. */
  private static Optional<DeflateTerms> terms(HttpRequest request, WebSocketSettings settings) {
    if (settings.deflate() == WebSocketDeflate.OFF) {
      return Optional.empty();
    }
    List<String> fields =
        request.headers().stream()
            .filter(field -> field.getKey().equalsIgnoreCase(EXTENSIONS))
            .map(Map.Entry::getValue)
            .toList();
    return DeflateTerms.of(fields, settings.deflate());
  }

  private static String subprotocol(HttpRequest request, WebSocketSettings settings) {
    List<String> offered = tokens(request, "Sec-WebSocket-Protocol");
    return settings.subprotocols().stream().filter(offered::contains).findFirst().orElse("");
  }

  private static boolean isKey(String key) {
    try {
      return Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException malformed) {
      return false;
    }
  }

  /** RFC 6455 §4.2.2. */
  private static String acceptance(String key) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /** The elements of a list that may be in several fields, RFC 9110 §5.6.1. */
  private static List<String> tokens(HttpRequest request, String name) {
    List<String> tokens = new ArrayList<>();
    for (Map.Entry<String, String> field : request.headers()) {
      if (field.getKey().equalsIgnoreCase(name)) {
        for (String each : field.getValue().split(",", -1)) {
          tokens.add(each.strip());
        }
      }
    }
    return tokens;
  }
}
