package io.quintet.cli;

import io.quintet.http.HttpResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The little picture that browsers ask every server for. */
final class Icon {
  /** What they ask for where a page names none. */
  static final String PATH = "/favicon.ico";

  private static final HttpResponse ANSWER = answer();

  private Icon() {}

  static HttpResponse get() {
    return ANSWER;
  }

  private static HttpResponse answer() {
    try {
      byte[] icon = HtmlReport.resource("icon.svg").getBytes(StandardCharsets.UTF_8);
      return HttpResponse.of(200, "image/svg+xml", icon)
          .withHeader("Cache-Control", "max-age=86400");
    } catch (IOException e) {
      throw new UncheckedIOException("the jar lacks icon.svg", e);
    }
  }
}
