package io.quintet.testkit;

import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.util.List;

/** A service to simulate: content of known length comes back as it comes, other is not read. */
final class StreamingThrough {
  private StreamingThrough() {}

  static QuintetProperties<HttpRequest, HttpResponse> properties() {
    return QuintetProperties.of(Http.streaming(Http.Limits.DEFAULT, 1_000), StreamingThrough::pass)
        .samples(
            "GET /a HTTP/1.1\r\nHost: b\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 50\r\n\r\n" + "hello".repeat(10),
            "POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5\r\nhello\r\n0\r\n\r\n",
            "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello");
  }

  private static HttpResponse pass(HttpRequest request) {
    return request
        .header("Content-Length")
        .map(Long::parseLong)
        .map(length -> HttpResponse.streaming(200, List.of(), request.content(), length))
        .orElseGet(() -> HttpResponse.text(request.path()));
  }
}
