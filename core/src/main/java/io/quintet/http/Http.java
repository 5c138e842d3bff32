package io.quintet.http;

import io.quintet.codec.Codec;
import io.quintet.codec.Decoder;
import io.quintet.codec.Encoder;
import io.quintet.codec.Session;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The HTTP/1.1 codec: any method, Content-Length and chunked bodies, keep-alive, pipelining.
 *
 * <p>A request is given to the handler once its body has arrived; by {@link #streaming} once its
 * head has. Limits: {@link Limits}.
 */
public final class Http implements Codec<HttpRequest, HttpResponse> {
  private static final long WHOLE = -1;
  private static final List<String> CLASSES = List.of("1xx", "2xx", "3xx", "4xx", "5xx");

  private final Limits limits;
  private final Predicate<HttpRequest> inline;

  /** Most bytes of content that is streamed, or WHOLE. */
  private final long contentBytesMax;

  private Http(Limits limits, Predicate<HttpRequest> inline, long contentBytesMax) {
    this.limits = limits;
    this.inline = inline;
    this.contentBytesMax = contentBytesMax;
  }

  /**
   * What a request may measure.
   *
   * @param headBytesMax request line and header fields, 64 to 60000 bytes; 431 beyond
   * @param bodyBytesMax body, 0 to 2^31 - 9 bytes; 413 beyond
   */
  public record Limits(int headBytesMax, int bodyBytesMax) {
    /** 16 KiB of head and 1 MiB of body. */
    public static final Limits DEFAULT = new Limits(16 << 10, 1 << 20);

    /** Refuses limits out of range. */
    public Limits {
      if (headBytesMax < 64 || headBytesMax > 60_000) {
        throw new IllegalArgumentException(
            "headBytesMax " + headBytesMax + " is not within 64 to 60000");
      }
      if (bodyBytesMax < 0 || bodyBytesMax > Integer.MAX_VALUE - 8) {
        throw new IllegalArgumentException(
            "bodyBytesMax " + bodyBytesMax + " is not within 0 to 2147483639");
      }
    }
  }

  /**
   * The codec with {@link Limits#DEFAULT}.
   *
   * @return the codec
   */
  public static Codec<HttpRequest, HttpResponse> codec() {
    return codec(Limits.DEFAULT);
  }

  /**
   * The codec with other limits.
   *
   * @param limits what a request may measure
   * @return the codec
   */
  public static Codec<HttpRequest, HttpResponse> codec(Limits limits) {
    return codecWithInline(limits, _ -> false);
  }

  /**
   * The codec with requests that the loop answers itself where others go to workers.
   *
   * @param limits what a request may measure
   * @param inline picks these requests, for example by the path of a health check; called on the
   *     loop, so it must be quick
   * @return the codec
   */
  public static Codec<HttpRequest, HttpResponse> codecWithInline(
      Limits limits, Predicate<HttpRequest> inline) {
    return new Http(limits, inline, WHOLE);
  }

  /**
   * The codec whose requests are given once their head has arrived. Their content is read as the
   * handler asks for it, {@link HttpRequest#content()}, and not held anywhere: a handler that takes
   * it slowly slows down its client. What is not asked for when the request is answered is dropped.
   *
   * <p>Content must come as fast as any body, by {@code requestTimeoutMillis} and {@code
   * requestRateBytes}; while it waits for its handler, {@code handlerTimeoutMillis} runs.
   *
   * @param limits what a head may measure; its limit of the body does not count
   * @param contentBytesMax bytes of content, at least 0; 413 beyond
   * @return the codec
   */
  public static Codec<HttpRequest, HttpResponse> streaming(Limits limits, long contentBytesMax) {
    if (contentBytesMax < 0) {
      throw new IllegalArgumentException("contentBytesMax " + contentBytesMax + " is below 0");
    }
    return new Http(limits, _ -> false, contentBytesMax);
  }

  /**
   * A change of protocols for a request that {@link HttpRequest#offersSession}: the connection
   * carries a session from now on. Requests that are given whole offer {@code websocket} alone,
   * those of {@link #streaming} any.
   *
   * @param protocol what the client offered, for example {@code websocket}
   * @param headers further names and values
   * @param session the session, for this response alone
   * @return the response
   * @throws IllegalArgumentException if a header could not be sent as it is
   */
  public static HttpResponse beginning(
      String protocol, List<Map.Entry<String, String>> headers, Session session) {
    return HttpResponse.switching(protocol, headers, new SessionContent(session));
  }

  /** Classes of status codes, RFC 9110 section 15. */
  @Override
  public List<String> replyKinds() {
    return CLASSES;
  }

  @Override
  public List<String> applicationProtocols() {
    return List.of("http/1.1");
  }

  @Override
  public String name() {
    return "http";
  }

  @Override
  public Decoder<HttpRequest> decoder() {
    return contentBytesMax == WHOLE
        ? new HttpDecoder(limits.headBytesMax(), limits.bodyBytesMax(), false)
        : new HttpDecoder(limits.headBytesMax(), contentBytesMax, true);
  }

  @Override
  public Encoder<HttpRequest, HttpResponse> encoder() {
    return new HttpEncoder();
  }

  @Override
  public boolean isInline(HttpRequest request) {
    return inline.test(request);
  }

  /** Its peer is asked for the addresses, which other threads may want to know. */
  @Override
  public HttpRequest detach(HttpRequest request) {
    request.peer().address();
    request.peer().local();
    return request;
  }

  /** RFC 9112 §9.3.2: only requests with safe methods may be handled at once. */
  @Override
  public boolean isOrdered(HttpRequest request) {
    return !request.isSafe();
  }

  @Override
  public boolean isLast(HttpRequest request) {
    return !request.keepAlive() && !request.isGivenEarly(); // its content is still decoded
  }

  /** Without the query, which may hold what is secret. */
  @Override
  public String describe(HttpRequest request) {
    return request.method() + " " + request.path();
  }

  @Override
  public void drop(HttpResponse reply) {
    reply.drop();
  }
}
