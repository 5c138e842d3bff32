package io.quintet.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.quintet.codec.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP request, checked, with its body or, by {@link Http#streaming}, with content that is still
 * to come. Immutable but for the body, which is handed out uncopied; any thread may read it. Texts
 * are made when they are asked for.
 */
public final class HttpRequest {
  private final byte[] head;
  private final int methodEnd;
  private final int targetEnd;
  private final int fieldsStart;
  private final int minorVersion;
  private final boolean keepAlive;
  private final byte[] body;
  private final List<Map.Entry<String, String>> trailers;
  private final Peer peer;

  /** The content that is to come, or null if the body is here. */
  private final @Nullable HttpContent streamed;

  private final boolean upgradeOffered;

  /** The content where what follows depends on the answer, or null. */
  private final @Nullable HttpContent undecided;

  /** A request whose head was found well-formed; {@code head} ends with an empty line. */
  HttpRequest(
      HttpHead parsed,
      byte[] head,
      byte[] body,
      List<Map.Entry<String, String>> trailers,
      Peer peer,
      @Nullable HttpContent given,
      boolean streams) {
    this.head = head;
    this.methodEnd = parsed.methodEnd;
    this.targetEnd = parsed.targetEnd;
    this.fieldsStart = parsed.fieldsStart;
    this.minorVersion = parsed.minorVersion;
    this.keepAlive = parsed.keepAlive;
    this.body = body;
    this.trailers = trailers;
    this.peer = peer;
    this.streamed = streams ? given : null;
    this.undecided = given;
    this.upgradeOffered = parsed.upgradeOffered && given != null;
  }

  /**
   * The method, case-sensitive, RFC 9110 §9.1.
   *
   * @return for example {@code GET}
   */
  public String method() {
    return text(0, methodEnd);
  }

  boolean isHead() {
    return methodEnd == 4 && head[0] == 'H' && head[1] == 'E' && head[2] == 'A' && head[3] == 'D';
  }

  /** RFC 9110 §9.2.1. */
  boolean isSafe() {
    return switch (method()) {
      case "GET", "HEAD", "OPTIONS", "TRACE" -> true;
      default -> false;
    };
  }

  /**
   * The target, RFC 9112 §3.2: a path and perhaps a query, as they were sent, or {@code *} of
   * OPTIONS. Where a whole URI was sent its authority is the field Host instead, §3.2.2.
   *
   * @return for example {@code /work?micros=50}
   */
  public String target() {
    return text(methodEnd + 1, targetEnd);
  }

  /**
   * The target up to the query.
   *
   * @return for example {@code /work}
   */
  public String path() {
    int mark = queryMark();
    return text(methodEnd + 1, mark < 0 ? targetEnd : mark);
  }

  /**
   * What follows the first question mark of the target.
   *
   * @return for example {@code micros=50}, or empty
   */
  public Optional<String> query() {
    int mark = queryMark();
    return mark < 0 ? Optional.empty() : Optional.of(text(mark + 1, targetEnd));
  }

  /**
   * The path with its percent-encoding decoded, {@link PercentEncoding}. Code that decides by the
   * path, as who may see what, looks at this form: {@code /%70rivate} is {@code /private}. A {@code
   * %2F} is decoded too, so that what was one segment may look like two; where that matters, part
   * {@link #path()} first. Dot segments stay.
   *
   * @return for example {@code /café} for {@code /caf%C3%A9}
   * @throws io.quintet.codec.ProtocolException with code 400 if it is malformed; a handler that
   *     throws it has its client told so
   */
  public String decodedPath() {
    return PercentEncoding.decode(path());
  }

  /**
   * The fields of the query, decoded by {@link PercentEncoding#decodeForm}.
   *
   * @return names and values in their order, as often as they were given; empty without a query
   * @throws io.quintet.codec.ProtocolException with code 400 if it is malformed
   */
  public List<Map.Entry<String, String>> queryParameters() {
    return query().map(PercentEncoding::decodeForm).orElse(List.of());
  }

  /**
   * The first field of the query that has a name.
   *
   * @param name name, decoded
   * @return its value, decoded
   * @throws io.quintet.codec.ProtocolException with code 400 if the query is malformed
   */
  public Optional<String> queryParameter(String name) {
    for (Map.Entry<String, String> field : queryParameters()) {
      if (field.getKey().equals(name)) {
        return Optional.of(field.getValue());
      }
    }
    return Optional.empty();
  }

  private int queryMark() {
    for (int i = methodEnd + 1; i < targetEnd; i++) {
      if (head[i] == '?') {
        return i;
      }
    }
    return -1;
  }

  /**
   * The minor version of HTTP/1.
   *
   * @return 0 or 1
   */
  public int minorVersion() {
    return minorVersion;
  }

  /**
   * Whether the connection may carry another request, RFC 9112 §9.3.
   *
   * @return whether it may
   */
  public boolean keepAlive() {
    return keepAlive;
  }

  /**
   * The first header field of a name.
   *
   * @param name name, in any case
   * @return its value without surrounding white space
   */
  public Optional<String> header(String name) {
    for (int at = fieldsStart; head[at] != '\r'; at = nextField(at)) {
      int colon = colon(at);
      if (colon - at == name.length() && text(at, colon).equalsIgnoreCase(name)) {
        return Optional.of(value(colon));
      }
    }
    return Optional.empty();
  }

  /**
   * All header fields in the order in which they were sent.
   *
   * @return names as they were sent, and values without surrounding white space
   */
  public List<Map.Entry<String, String>> headers() {
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    for (int at = fieldsStart; head[at] != '\r'; at = nextField(at)) {
      int colon = colon(at);
      fields.add(Map.entry(text(at, colon), value(colon)));
    }
    return List.copyOf(fields);
  }

  /**
   * The body.
   *
   * @return its bytes, not to be changed; empty if there is none
   * @throws IllegalStateException if it is still to come
   */
  public byte[] body() {
    if (streamed != null) {
      throw new IllegalStateException("the body is still to come; content() publishes it");
    }
    return body;
  }

  /**
   * The body as text, in the charset of the field Content-Type, RFC 9110 §8.3.2, or in UTF-8 if
   * that names none. Nothing is replaced: bytes that are no text of the charset are refused.
   *
   * @return its characters; empty if there is no body
   * @throws io.quintet.codec.ProtocolException with code 400 if it is malformed, with 415 if the
   *     charset is unknown; a handler that throws it has its client told so
   * @throws IllegalStateException if it is still to come
   */
  public String bodyText() {
    byte[] bytes = body();
    return PercentEncoding.text(bytes, bytes.length, ContentType.charset(this), "body");
  }

  /**
   * The body in parts. Those of a request that was given before they came are published on the
   * loop's thread, so who takes them must not block it; where the client goes away, or sends what
   * is no body, the publisher fails.
   *
   * @return a publisher for one subscriber; {@link io.quintet.codec.Streams#reading} makes a stream
   *     of it for a thread that may block
   */
  public Flow.Publisher<byte[]> content() {
    return streamed == null ? new WholeBody(body) : streamed;
  }

  /**
   * Whether the client would go on in another protocol, RFC 9110 §7.8, so that {@link
   * HttpResponse#switching} may be the answer.
   *
   * @return false unless the codec is {@link Http#streaming}, and for a request with content
   */
  public boolean offersUpgrade() {
    return upgradeOffered && streamed != null;
  }

  /**
   * Whether the client would go on in another protocol, so that {@link Http#beginning} may be the
   * answer.
   *
   * @return false for a request with content
   */
  public boolean offersSession() {
    return upgradeOffered;
  }

  /** The request is answered. */
  void answered() {
    if (undecided != null) {
      undecided.drop();
    }
  }

  /** The request is answered by a change of protocols. */
  void upgraded() {
    Objects.requireNonNull(undecided, "it was offered").upgrade();
  }

  /** Whether it was given before all of it has come or is known. */
  boolean isGivenEarly() {
    return undecided != null;
  }

  /**
   * The fields that followed a chunked body, RFC 9110 §6.5.
   *
   * @return names as they were sent, and values without surrounding white space; empty while the
   *     body is still to come
   */
  public List<Map.Entry<String, String>> trailers() {
    return streamed == null ? trailers : streamed.trailers();
  }

  /**
   * Who sent it.
   *
   * @return the other end of the connection
   */
  public Peer peer() {
    return peer;
  }

  @Override
  public String toString() {
    return method() + " " + target() + " HTTP/1." + minorVersion;
  }

  private int colon(int at) {
    int i = at;
    while (head[i] != ':') {
      i++;
    }
    return i;
  }

  private int nextField(int at) {
    int i = at;
    while (head[i] != '\n') {
      i++;
    }
    return i + 1;
  }

  private String value(int colon) {
    int from = colon + 1;
    int to = nextField(colon) - 2;
    while (from < to && HttpHead.isBlank(head[from])) {
      from++;
    }
    while (to > from && HttpHead.isBlank(head[to - 1])) {
      to--;
    }
    return text(from, to);
  }

  private String text(int from, int to) {
    return new String(head, from, to - from, ISO_8859_1);
  }
}
