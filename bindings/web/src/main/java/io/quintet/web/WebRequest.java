package io.quintet.web;

import io.quintet.codec.Peer;
import io.quintet.codec.ProtocolException;
import io.quintet.http.HttpRequest;
import io.quintet.http.PercentEncoding;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request that a {@link Router} has taken. Immutable as {@link HttpRequest} is; any thread may
 * read it. What is malformed is told by a {@link ProtocolException}, which a handler need not
 * catch: the client gets an error page with its status.
 */
public final class WebRequest {
  private static final int UNSUPPORTED_MEDIA_TYPE = 415;
  private static final String FORM = "application/x-www-form-urlencoded";

  private final HttpRequest request;
  private final @Nullable RouteMatch match;

  WebRequest(HttpRequest request, @Nullable RouteMatch match) {
    this.request = request;
    this.match = match;
  }

  /**
   * The request as the codec gives it.
   *
   * @return the request
   */
  public HttpRequest request() {
    return request;
  }

  /**
   * The method. A route of GET gets HEAD too.
   *
   * @return for example {@code GET}
   */
  public String method() {
    return request.method();
  }

  /**
   * The path, decoded.
   *
   * @return for example {@code /café}
   * @throws ProtocolException with code 400 if it is malformed
   */
  public String path() {
    return request.decodedPath();
  }

  /**
   * A parameter of the path, decoded.
   *
   * @param name as it stands in braces in the route's pattern
   * @return its value; not empty, unless it is the rest of the path
   * @throws IllegalArgumentException if the route has no such parameter
   */
  public String parameter(String name) {
    if (match == null) {
      throw new IllegalArgumentException("no route was found yet that had a parameter " + name);
    }
    return match.value(name);
  }

  /**
   * The pattern of the route.
   *
   * @return for example {@code /todos/{id}}; empty in a filter
   */
  public Optional<String> route() {
    return match == null ? Optional.empty() : Optional.of(match.route().pattern);
  }

  /**
   * The fields of the query.
   *
   * @return names and values, decoded
   * @throws ProtocolException with code 400 if the query is malformed
   */
  public Parameters query() {
    return request.query().isEmpty() ? Parameters.NONE : new Parameters(request.queryParameters());
  }

  /**
   * The first field of the query that has a name.
   *
   * @param name name, decoded
   * @return its value, decoded
   * @throws ProtocolException with code 400 if the query is malformed
   */
  public Optional<String> query(String name) {
    return request.queryParameter(name);
  }

  /**
   * The fields of a form, {@code application/x-www-form-urlencoded}.
   *
   * @return names and values, decoded
   * @throws ProtocolException with code 415 if the body is something else, with 400 if it is
   *     malformed
   * @throws IllegalStateException if the body is still to come
   */
  public Parameters form() {
    if (!contentType().equals(FORM)) {
      throw new ProtocolException(UNSUPPORTED_MEDIA_TYPE, "the body is no form");
    }
    return new Parameters(PercentEncoding.decodeForm(request.bodyText()));
  }

  /**
   * The media type of the body, without its parameters.
   *
   * @return in lower case, for example {@code application/json}; empty if none is named
   */
  public String contentType() {
    String field = request.header("Content-Type").orElse("");
    int semicolon = field.indexOf(';');
    String type = semicolon < 0 ? field : field.substring(0, semicolon);
    return type.strip().toLowerCase(Locale.ROOT);
  }

  /**
   * The first cookie of a name, RFC 6265 §4.2.
   *
   * @param name name, case-sensitive
   * @return its value, as it was sent
   */
  public Optional<String> cookie(String name) {
    return Cookie.find(request, name);
  }

  /**
   * The first header field of a name.
   *
   * @param name name, in any case
   * @return its value without surrounding white space
   */
  public Optional<String> header(String name) {
    return request.header(name);
  }

  /**
   * The body.
   *
   * @return its bytes, not to be changed; empty if there is none
   * @throws IllegalStateException if it is still to come
   */
  public byte[] body() {
    return request.body();
  }

  /**
   * The body as text, {@link HttpRequest#bodyText}.
   *
   * @return its characters
   * @throws ProtocolException with code 400 or 415 if it is no text
   * @throws IllegalStateException if it is still to come
   */
  public String bodyText() {
    return request.bodyText();
  }

  /**
   * Who sent it.
   *
   * @return the other end of the connection
   */
  public Peer peer() {
    return request.peer();
  }

  @Override
  public String toString() {
    return request.toString();
  }
}
