package io.quintet.web;

import io.quintet.http.HttpResponse;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Lets pages of other origins use the routes: the CORS protocol of the Fetch standard, and its
 * preflight requests. A page of an origin that is not named gets no leave, and so its browser keeps
 * the response from it; a filter of this kind is no protection of the routes themselves.
 *
 * @param origins for example {@code https://app.example}, or {@code *} for all
 * @param methods that may be used
 * @param headers fields that a request may have, in any case
 * @param exposed fields of a response that a page may read
 * @param credentials whether cookies may go along; not for all origins
 * @param maxAge how long browsers keep what a preflight request was told, in whole seconds
 */
public record Cors(
    List<String> origins,
    List<String> methods,
    List<String> headers,
    List<String> exposed,
    boolean credentials,
    Duration maxAge)
    implements Filter {
  private static final int NO_CONTENT = 204;
  private static final int FORBIDDEN = 403;
  private static final String ALL = "*";

  /** Refuses cookies of all origins. */
  public Cors {
    origins = List.copyOf(origins);
    methods = List.copyOf(methods);
    headers = List.copyOf(headers);
    exposed = List.copyOf(exposed);
    if (credentials && origins.contains(ALL)) {
      throw new IllegalArgumentException("credentials cannot be allowed to all origins");
    }
  }

  /**
   * Lets pages of some origins use GET, HEAD, POST, PUT, PATCH and DELETE with a Content-Type.
   *
   * @param origins for example {@code https://app.example}, or {@code *} for all
   * @return the filter
   */
  public static Cors of(String... origins) {
    return new Cors(
        List.of(origins),
        List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
        List.of("Content-Type"),
        List.of(),
        false,
        Duration.ofMinutes(10));
  }

  /**
   * This filter, with cookies.
   *
   * @return another filter
   * @throws IllegalArgumentException if all origins are named
   */
  public Cors withCredentials() {
    return new Cors(origins, methods, headers, exposed, true, maxAge);
  }

  @Override
  public void handle(
      WebRequest request,
      Reply<HttpResponse> reply,
      AsyncHandler<? super WebRequest, HttpResponse> next)
      throws Exception {
    Optional<String> origin = request.header("Origin");
    boolean preflight =
        origin.isPresent()
            && request.method().equals("OPTIONS")
            && request.header("Access-Control-Request-Method").isPresent();
    if (preflight) {
      reply.send(preflight(origin.get()));
    } else {
      next.handle(request, new ChangedReply(reply, response -> allowing(response, origin)));
    }
  }

  private boolean isNamed(String origin) {
    return origins.contains(ALL) || origins.contains(origin);
  }

  private List<Map.Entry<String, String>> leave(String origin) {
    List<Map.Entry<String, String>> fields = new ArrayList<>();
    boolean all = origins.contains(ALL);
    fields.add(Map.entry("Access-Control-Allow-Origin", all ? ALL : origin));
    if (credentials) {
      fields.add(Map.entry("Access-Control-Allow-Credentials", "true"));
    }
    return fields;
  }

  private HttpResponse preflight(String origin) {
    if (!isNamed(origin)) {
      return HttpResponse.text(FORBIDDEN, "Pages of this origin may not ask.\n")
          .withHeader("Vary", "Origin");
    }
    List<Map.Entry<String, String>> fields = leave(origin);
    fields.add(Map.entry("Access-Control-Allow-Methods", String.join(", ", methods)));
    fields.add(Map.entry("Access-Control-Allow-Headers", String.join(", ", headers)));
    fields.add(Map.entry("Access-Control-Max-Age", Long.toString(maxAge.toSeconds())));
    fields.add(Map.entry("Vary", "Origin"));
    return HttpResponse.of(NO_CONTENT, fields, new byte[0]);
  }

  private HttpResponse allowing(HttpResponse response, Optional<String> origin) {
    List<Map.Entry<String, String>> fields = new ArrayList<>(response.headers());
    if (!origins.contains(ALL)) {
      fields.add(Map.entry("Vary", "Origin")); // also where there was none, RFC 9111 §4.1
    }
    if (origin.isPresent() && isNamed(origin.get())) {
      fields.addAll(leave(origin.get()));
      if (!exposed.isEmpty()) {
        fields.add(Map.entry("Access-Control-Expose-Headers", String.join(", ", exposed)));
      }
    }
    return response.withHeaders(fields);
  }
}
