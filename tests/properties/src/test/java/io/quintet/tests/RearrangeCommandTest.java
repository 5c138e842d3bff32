package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A server in a process of its own is rearranged by the command and by its admin port. */
class RearrangeCommandTest {
  private static HttpResponse<String> ask(
      Command.Serving serving, String method, String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(serving.admin + path))
            .timeout(Duration.ofSeconds(30))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void theCommandChangesThePatternAndTopShowsIt() throws Exception {
    try (Command.Serving serving = Command.Serving.of(Pattern.SINGLE_THREAD, "--admin", "0");
        Client client = new Client(serving.port)) {
      Command.Result done =
          Command.quintet("rearrange", serving.admin, "multi-thread", "--loops", "3");
      assertEquals("", done.err());
      assertTrue(
          done.out().matches("rearranged from single-thread to multi-thread in \\d+ ms\n"),
          done.out());
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertEquals("HTTP/1.1 200 OK|Hello, World!", client.receiveResponse());
      Command.Result top = Command.quintet("top", "--count", "1", "--millis", "50", serving.admin);
      assertTrue(top.out().startsWith("multi-thread, http, 127.0.0.1:"), top.out());
      assertTrue(top.out().contains("rearranged from single-thread to multi-thread"), top.out());
      assertTrue(
          ask(serving, "GET", "/metrics")
              .body()
              .contains("quintet_rearrangements_total{outcome=\"done\"} 1.0"));
      Command.Result refused = Command.quintet("rearrange", serving.admin, "multi-process");
      assertEquals(1, refused.exit());
      assertTrue(refused.err().contains("those of one process"), refused.err());
      assertEquals(0, serving.end("TERM").exit());
    }
  }

  @Test
  void theAdminPortRefusesWhatItShould() throws Exception {
    try (Command.Serving serving = Command.Serving.of(Pattern.SINGLE_THREAD, "--admin", "0")) {
      String path = "/rearrange?pattern=reuseport&loops=2";
      assertEquals(405, ask(serving, "GET", path).statusCode());
      assertEquals(403, ask(serving, "POST", path, "Origin", "http://example.com").statusCode());
      for (String wrong : List.of("", "?pattern=/etc/passwd.json", "?pattern=reuseport&port=1")) {
        assertEquals(400, ask(serving, "POST", "/rearrange" + wrong).statusCode(), wrong);
      }
      HttpResponse<String> done = ask(serving, "POST", path);
      assertEquals(200, done.statusCode(), done.body());
      assertTrue(done.body().contains("\"to\":\"reuseport\""), done.body());
      assertEquals(0, serving.end("TERM").exit());
    }
  }
}
