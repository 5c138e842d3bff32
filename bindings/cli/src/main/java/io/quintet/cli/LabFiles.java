package io.quintet.cli;

import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The files of the lab's pages, and what its servers have in common. */
final class LabFiles {
  /** Who asks by another name may be a page of another site. */
  static final HttpResponse NOT_OWN =
      HttpResponse.text(403, "The lab answers to 127.0.0.1 and localhost.\n");

  private static final String POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'";
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8");

  private LabFiles() {}

  static HttpResponse of(String name) throws IOException {
    byte[] bytes = HtmlReport.resource("lab/" + name).getBytes(StandardCharsets.UTF_8);
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    return HttpResponse.of(200, type, bytes).withHeader("Content-Security-Policy", POLICY);
  }

  static HttpResponse json(String text) {
    return HttpResponse.of(200, "application/json", text.getBytes(StandardCharsets.UTF_8));
  }

  /** Whether the request is of this machine's own browser, by the name that it calls. */
  static boolean isOwn(HttpRequest request) {
    String host = request.header("Host").orElse("");
    return host.startsWith("127.0.0.1:") || host.startsWith("localhost:");
  }

  /** What is answered where nothing else is. */
  static HttpResponse otherwise(HttpRequest request) {
    return request.path().equals(Icon.PATH)
        ? Icon.get()
        : HttpResponse.text(404, "There is no such page.\n");
  }
}
