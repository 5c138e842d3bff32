package io.quintet.web;

import io.quintet.http.HttpResponse;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Reply;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adds fields that keep browsers from what pages seldom need. A field that a response has already
 * stands. Over TLS, Strict-Transport-Security (RFC 6797) is added too.
 *
 * @param fields names and values
 */
public record SecurityHeaders(Map<String, String> fields) implements Filter {
  private static final String TRANSPORT = "Strict-Transport-Security";

  /** Keeps the order of the fields. */
  public SecurityHeaders {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /**
   * Content of the same origin alone, in no frame, of the type that is said; nothing is told to
   * other origins; TLS for a year once it was used.
   *
   * @return the filter
   */
  public static SecurityHeaders strict() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
    fields.put("X-Content-Type-Options", "nosniff");
    fields.put("X-Frame-Options", "DENY");
    fields.put("Referrer-Policy", "same-origin");
    fields.put("Cross-Origin-Opener-Policy", "same-origin");
    fields.put(TRANSPORT, "max-age=31536000");
    return new SecurityHeaders(fields);
  }

  /**
   * This filter with another value of a field.
   *
   * @param name name, as {@link #strict} writes it
   * @param value value; an empty one leaves the field out
   * @return another filter
   */
  public SecurityHeaders with(String name, String value) {
    Map<String, String> others = new LinkedHashMap<>(fields);
    others.put(name, value);
    others.values().removeIf(String::isEmpty);
    return new SecurityHeaders(others);
  }

  @Override
  public void handle(
      WebRequest request,
      Reply<HttpResponse> reply,
      AsyncHandler<? super WebRequest, HttpResponse> next)
      throws Exception {
    boolean secure = request.peer().session().isPresent();
    next.handle(request, new ChangedReply(reply, response -> secured(response, secure)));
  }

  private HttpResponse secured(HttpResponse response, boolean secure) {
    List<Map.Entry<String, String>> all = new ArrayList<>(response.headers());
    fields.forEach(
        (name, value) -> {
          boolean there = all.stream().anyMatch(field -> field.getKey().equalsIgnoreCase(name));
          if (!there && (secure || !name.equals(TRANSPORT))) {
            all.add(Map.entry(name, value));
          }
        });
    return response.withHeaders(all);
  }
}
