package io.quintet.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP response, with its whole body or with content that is made while it is sent. Immutable;
 * any thread may use it, and one response may answer many requests: its head is encoded once.
 *
 * <p>Date, Content-Length, Transfer-Encoding and Connection are written by the codec.
 */
public final class HttpResponse {
  private static final long UNSAID = ResponseHead.UNSAID;
  private static final int SWITCHING = ResponseHead.SWITCHING;
  private static final byte[] NO_BODY = {};

  private final int status;
  private final List<Map.Entry<String, String>> headers;
  private final byte[] body;
  private final byte[] head;

  /** Where in the head the Content-Length begins; its end if there is none. */
  private final int lengthAt;

  private final boolean last;

  /** Who publishes the content, or null if it is the body. */
  private final Flow.@Nullable Publisher<byte[]> content;

  /** How long the content is that is not the body; UNSAID if it is, or nobody knows. */
  private final long announced;

  /** What is said behind content of unknown length. */
  private final Supplier<List<Map.Entry<String, String>>> trailers;

  private HttpResponse(
      int status,
      List<Map.Entry<String, String>> headers,
      byte[] body,
      boolean last,
      Flow.@Nullable Publisher<byte[]> content,
      long announced,
      Supplier<List<Map.Entry<String, String>>> trailers) {
    this.last = last;
    this.content = content;
    this.announced = announced;
    this.trailers = trailers;
    this.status = status;
    this.headers = headers;
    this.body = body;
    byte[] fields = ResponseHead.encoded(status, headers);
    this.lengthAt = fields.length;
    this.head = ResponseHead.withLength(fields, status, announced, knownLength());
  }

  /**
   * A response. Its length is said; in the answer to HEAD only if there is one, since an empty body
   * does not tell how long it would be: see {@link #announcing}.
   *
   * @param status 200 to 599; of 204, 205 and 304 no content is sent
   * @param headers names and values
   * @param body bytes, not to be changed afterwards
   * @return the response
   * @throws IllegalArgumentException if a header could not be sent as it is
   */
  public static HttpResponse of(int status, List<Map.Entry<String, String>> headers, byte[] body) {
    ResponseHead.check(status, headers);
    return new HttpResponse(
        status, List.copyOf(headers), body, false, null, UNSAID, Collections::emptyList);
  }

  /**
   * A response whose content is made while it is sent: chunked, RFC 9112 §7.1, or up to the end of
   * the connection where the client speaks HTTP/1.0.
   *
   * <p>The content is subscribed to when the response's turn on its connection has come, and each
   * part is asked for when the client has taken enough of those before it; it is cancelled where
   * the client goes away, and where it fails the connection ends without the end of the content. A
   * part must come within {@code handlerTimeoutMillis}. A publisher that holds something before it
   * is subscribed to may be {@link Closeable}: it is closed instead where the client has gone
   * before the response's turn, or asks for the head alone.
   *
   * @param status 200 to 599, other than 204, 205 and 304
   * @param headers names and values
   * @param content publishes the parts, on any thread; {@link io.quintet.codec.Streams} has some
   *     ways to make one
   * @return the response
   * @throws IllegalArgumentException if a header could not be sent as it is
   */
  public static HttpResponse streaming(
      int status, List<Map.Entry<String, String>> headers, Flow.Publisher<byte[]> content) {
    return streamed(status, headers, content, UNSAID);
  }

  /**
   * Likewise, where the length is known.
   *
   * @param status 200 to 599, other than 204, 205 and 304
   * @param headers names and values
   * @param content publishes the parts, on any thread; where they are longer or shorter together
   *     the connection ends
   * @param length bytes, at least 0
   * @return the response
   * @throws IllegalArgumentException if a header could not be sent as it is
   */
  public static HttpResponse streaming(
      int status,
      List<Map.Entry<String, String>> headers,
      Flow.Publisher<byte[]> content,
      long length) {
    ResponseHead.checkLength(length);
    return streamed(status, headers, content, length);
  }

  /**
   * A change of protocols, RFC 9110 §7.8, for a request that {@link HttpRequest#offersUpgrade}.
   * What the client sends from now on is the request's {@link HttpRequest#content()}, and the
   * connection ends with the content of this response.
   *
   * @param protocol what the client offered, for example {@code websocket}
   * @param headers further names and values
   * @param content publishes what is sent, on any thread
   * @return the response
   * @throws IllegalArgumentException if a header could not be sent as it is
   */
  public static HttpResponse switching(
      String protocol, List<Map.Entry<String, String>> headers, Flow.Publisher<byte[]> content) {
    List<Map.Entry<String, String>> fields = new ArrayList<>(headers);
    fields.add(Map.entry("Upgrade", protocol));
    ResponseHead.check(fields);
    return new HttpResponse(
        SWITCHING,
        List.copyOf(fields),
        NO_BODY,
        true,
        Objects.requireNonNull(content, "content"),
        UNSAID,
        Collections::emptyList);
  }

  private static HttpResponse streamed(
      int status,
      List<Map.Entry<String, String>> headers,
      Flow.Publisher<byte[]> content,
      long length) {
    ResponseHead.check(status, headers);
    if (!ResponseHead.mayHaveContent(status)) {
      throw new IllegalArgumentException("a response with status " + status + " has no content");
    }
    return new HttpResponse(
        status,
        List.copyOf(headers),
        NO_BODY,
        false,
        Objects.requireNonNull(content, "content"),
        length,
        Collections::emptyList);
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
    ResponseHead.check(name, value);
    return new HttpResponse(status, List.copyOf(more), body, last, content, announced, trailers);
  }

  /**
   * This response with fields behind its content, RFC 9110 §6.5, where that has no length and the
   * client speaks HTTP/1.1.
   *
   * @param fields asked for names and values once the last part is sent, on the loop's thread
   * @return another response
   * @throws IllegalStateException if its content has a length
   */
  public HttpResponse withTrailers(Supplier<List<Map.Entry<String, String>>> fields) {
    if (!isStreamed() || announced != UNSAID) {
      throw new IllegalStateException("trailers follow content of unknown length alone");
    }
    return new HttpResponse(status, headers, body, last, content, announced, fields);
  }

  /**
   * This response as one that says how long the content would be without having it, RFC 9110 §8.6:
   * as an answer to HEAD, and with status 304 to any request. To another one it ends the
   * connection. With 204 and 205, whose length is known, the length goes unsaid.
   *
   * @param length bytes, at least 0
   * @return another response
   */
  public HttpResponse announcing(long length) {
    ResponseHead.checkLength(length);
    return new HttpResponse(status, headers, body, last, null, length, Collections::emptyList);
  }

  boolean hasAnnouncedOnly() {
    return !isStreamed() && announced != UNSAID;
  }

  boolean isSwitching() {
    return status == SWITCHING;
  }

  /**
   * Whether its content is made while it is sent, or is what follows a change of protocols.
   *
   * @return whether {@link #content} is more than the body
   */
  public boolean isStreamed() {
    return content != null;
  }

  /** Whether its content ends where it says so, chunk by chunk. */
  boolean isOfUnknownLength() {
    return isStreamed() && announced == UNSAID;
  }

  /**
   * The content in parts.
   *
   * @return the publisher that was given, or one of the body
   */
  public Flow.Publisher<byte[]> content() {
    return content == null ? new WholeBody(body) : content;
  }

  /**
   * How long the content is, or would be where it is only {@linkplain #announcing announced}.
   *
   * @return bytes; empty if nobody knows
   */
  public OptionalLong contentLength() {
    return knownLength() == UNSAID ? OptionalLong.empty() : OptionalLong.of(knownLength());
  }

  private long knownLength() {
    return announced == UNSAID && !isStreamed() ? body.length : announced;
  }

  /**
   * This response with another body.
   *
   * @param bytes bytes, not to be changed afterwards
   * @return another response
   * @throws IllegalStateException if its content is streamed
   */
  public HttpResponse withBody(byte[] bytes) {
    if (isStreamed()) {
      throw new IllegalStateException("content that is streamed is no body");
    }
    return new HttpResponse(status, headers, bytes, last, null, UNSAID, trailers);
  }

  /**
   * This response with content that is made while it is sent, in place of what it has. Who wraps
   * the publisher that was there hands on {@link Closeable#close} too, where that has it.
   *
   * @param publisher publishes the parts, on any thread
   * @param length bytes; empty if nobody knows
   * @return another response
   * @throws IllegalStateException if it changes the protocol, or its status has no content
   */
  public HttpResponse withContent(Flow.Publisher<byte[]> publisher, OptionalLong length) {
    if (isSwitching() || !ResponseHead.mayHaveContent(status)) {
      throw new IllegalStateException("a response with status " + status + " has no content");
    }
    ResponseHead.checkLength(length.orElse(0));
    Objects.requireNonNull(publisher, "content");
    return new HttpResponse(
        status, headers, NO_BODY, last, publisher, length.orElse(UNSAID), trailers);
  }

  /**
   * This response with other header fields instead of those that it has.
   *
   * @param fields names and values
   * @return another response
   * @throws IllegalArgumentException if a field could not be sent as it is
   */
  public HttpResponse withHeaders(List<Map.Entry<String, String>> fields) {
    ResponseHead.check(fields);
    return new HttpResponse(status, List.copyOf(fields), body, last, content, announced, trailers);
  }

  /** Nobody will subscribe to its content. */
  void drop() {
    if (content instanceof Closeable held) {
      try {
        held.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  long announcedLength() {
    return announced;
  }

  /** Checked as other fields are. */
  List<Map.Entry<String, String>> trailers() {
    List<Map.Entry<String, String>> fields = trailers.get();
    ResponseHead.check(fields);
    return fields;
  }

  /**
   * This response as the last one of its connection, which is told so.
   *
   * @return another response
   */
  public HttpResponse endingConnection() {
    return new HttpResponse(status, headers, body, true, content, announced, trailers);
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
   * @return its bytes, not to be changed; empty if the content is streamed
   */
  public byte[] body() {
    return body;
  }

  /** Status line and fields up to the Date, which the encoder adds. */
  byte[] head() {
    return head;
  }

  /** How much of the head answers HEAD: nobody knows how long content would be that is not here. */
  int headLengthToHead() {
    boolean unknown = announced == UNSAID && body.length == 0 && hasContent();
    return unknown ? lengthAt : head.length;
  }

  boolean hasContent() {
    return ResponseHead.mayHaveContent(status);
  }
}
