package io.quintet.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An HTTP response with its whole body. Immutable; any thread may use it, and one response may
 * answer many requests: its head is encoded once.
 *
 * <p>Date, Content-Length and Connection are written by the codec.
 */
public final class HttpResponse {
  private static final long HAS_CONTENT = -1;

  private final int status;
  private final List<Map.Entry<String, String>> headers;
  private final byte[] body;
  private final byte[] head;
  private final boolean last;

  /** How long the content is that this has not; HAS_CONTENT if it has it. */
  private final long announced;

  private HttpResponse(
      int status,
      List<Map.Entry<String, String>> headers,
      byte[] body,
      boolean last,
      long announced) {
    this.last = last;
    this.announced = announced;
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.head = encodeHead();
  }

  /**
   * A response.
   *
   * @param status 200 to 599
   * @param headers names and values
   * @param body bytes, not to be changed afterwards
   * @return the response
   * @throws IllegalArgumentException if a header could not be sent as it is
   */
  public static HttpResponse of(int status, List<Map.Entry<String, String>> headers, byte[] body) {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("status " + status + " is not within 200 to 599");
    }
    headers.forEach(field -> check(field.getKey(), field.getValue()));
    return new HttpResponse(status, List.copyOf(headers), body, false, HAS_CONTENT);
  }

  /**
   * A response with a content type.
   *
   * @param status 200 to 599
   * @param contentType for example {@code image/png}
   * @param body bytes, not to be changed afterwards
   * @return the response
   */
  public static HttpResponse of(int status, String contentType, byte[] body) {
    return of(status, List.of(Map.entry("Content-Type", contentType)), body);
  }

  /**
   * Plain text with status 200.
   *
   * @param text text
   * @return the response
   */
  public static HttpResponse text(String text) {
    return text(200, text);
  }

  /**
   * Plain text.
   *
   * @param status 200 to 599
   * @param text text
   * @return the response
   */
  public static HttpResponse text(int status, String text) {
    return of(status, "text/plain; charset=utf-8", text.getBytes(UTF_8));
  }

  /**
   * JSON with status 200.
   *
   * @param json text of the document
   * @return the response
   */
  public static HttpResponse json(String json) {
    return of(200, "application/json", json.getBytes(UTF_8));
  }

  /**
   * This response with one more header field.
   *
   * @param name name
   * @param value value
   * @return another response
   * @throws IllegalArgumentException if the field could not be sent as it is
   */
  public HttpResponse withHeader(String name, String value) {
    List<Map.Entry<String, String>> more = new ArrayList<>(headers);
    more.add(Map.entry(name, value));
    HttpResponse with = of(status, more, body);
    return new HttpResponse(status, with.headers, body, last, announced);
  }

  /**
   * This response as an answer to HEAD, which says how long the content would be without having it.
   * Only such a request may get it: to any other one it ends the connection.
   *
   * @param length bytes, at least 0
   * @return another response
   */
  public HttpResponse announcing(long length) {
    if (length < 0) {
      throw new IllegalArgumentException("length " + length + " is below 0");
    }
    return new HttpResponse(status, headers, body, last, length);
  }

  boolean hasAnnouncedOnly() {
    return announced != HAS_CONTENT;
  }

  /**
   * This response as the last one of its connection, which is told so.
   *
   * @return another response
   */
  public HttpResponse endingConnection() {
    return new HttpResponse(status, headers, body, true, announced);
  }

  boolean isLast() {
    return last;
  }

  /**
   * The status.
   *
   * @return 200 to 599
   */
  public int status() {
    return status;
  }

  /**
   * The header fields that were given.
   *
   * @return names and values
   */
  public List<Map.Entry<String, String>> headers() {
    return headers;
  }

  /**
   * The body.
   *
   * @return its bytes, not to be changed
   */
  public byte[] body() {
    return body;
  }

  /** Status line and fields up to the Date, which the encoder adds. */
  byte[] head() {
    return head;
  }

  /** RFC 9110 §6.4.1: 204 and 304 have no content. */
  boolean hasContent() {
    return status != 204 && status != 304;
  }

  private byte[] encodeHead() {
    StringBuilder text = new StringBuilder("HTTP/1.1 ");
    text.append(status).append(' ').append(Reasons.of(status)).append("\r\n");
    for (Map.Entry<String, String> field : headers) {
      text.append(field.getKey()).append(": ").append(field.getValue()).append("\r\n");
    }
    if (hasContent()) {
      text.append("Content-Length: ")
          .append(hasAnnouncedOnly() ? announced : body.length)
          .append("\r\n");
    }
    return text.toString().getBytes(ISO_8859_1);
  }

  private static void check(String name, String value) {
    boolean token = !name.isEmpty() && name.chars().allMatch(c -> c < 128 && isToken(c));
    boolean visible = value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c <= 255 && c != 0x7f));
    if (!token || !visible) {
      throw new IllegalArgumentException("header field " + name + " cannot be sent as it is");
    }
    for (String own : List.of("Content-Length", "Transfer-Encoding", "Connection", "Date")) {
      if (name.equalsIgnoreCase(own)) {
        throw new IllegalArgumentException("header field " + own + " is written by the codec");
      }
    }
  }

  private static boolean isToken(int c) {
    return HttpHead.isToken((byte) c);
  }
}
