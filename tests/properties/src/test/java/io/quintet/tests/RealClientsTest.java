package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The clients that people use against {@code quintet serve}; each is skipped where it is missing.
 */
class RealClientsTest {
  private static Command.Serving serving;

  @BeforeAll
  static void serve() throws Exception {
    serving = new Command.Serving();
  }

  @AfterAll
  static void end() throws Exception {
    try (Command.Serving ending = serving) {
      assertEquals(0, ending.end("TERM").exit());
    }
  }

  private static void needs(String program) throws Exception {
    assumeTrue(Command.isInstalled(program), "skipped: " + program + " is not installed");
  }

  private static String curl(String... arguments) throws Exception {
    String[] line = new String[arguments.length + 3];
    line[0] = "curl";
    line[1] = "--silent";
    line[2] = "--show-error";
    System.arraycopy(arguments, 0, line, 3, arguments.length);
    Command.Result result = Command.run(line);
    assertEquals(0, result.exit(), result.err());
    return result.out();
  }

  @Test
  void curlReadsEveryRoute() throws Exception {
    needs("curl");
    assertEquals("Hello, World!", curl(serving.url("/")));
    String where =
        "{\"pattern\":\"single-thread\",\"process\":"
            + serving.pid
            + ",\"thread\":\"quintet-loop-0\",\"number\":0}\n";
    assertEquals(where, curl(serving.url("/where")));
    assertEquals("done\n", curl(serving.url("/work?micros=100")));
    assertEquals("done\n", curl(serving.url("/sleep?millis=1")));
    assertEquals("x=y", curl("--data", "x=y", serving.url("/echo")));
    assertEquals("There is no such route.\n", curl(serving.url("/nowhere")));
    assertEquals(
        "405 400",
        curl("--output", "/dev/null", "--write-out", "%{http_code}", serving.url("/echo"))
            + " "
            + curl(
                "--output", "/dev/null", "--write-out", "%{http_code}", serving.url("/work?x=1")));
    String head = curl("--head", serving.url("/"));
    assertTrue(head.startsWith("HTTP/1.1 200 OK\r\n"), head);
    assertTrue(head.contains("\r\nContent-Length: 13\r\n"), head);
  }

  @Test
  void curlGetsItsUploadBackWithALengthAndInChunks(@TempDir Path folder) throws Exception {
    needs("curl");
    byte[] upload = new byte[700_000];
    new Random(3).nextBytes(upload);
    Path file = Files.write(folder.resolve("upload"), upload);
    Path back = folder.resolve("back");
    for (String header : new String[] {"X-Length: given", "Transfer-Encoding: chunked"}) {
      curl(
          "--header",
          header,
          "--header",
          "Expect:",
          "--data-binary",
          "@" + file,
          "--output",
          back.toString(),
          serving.url("/echo"));
      assertArrayEquals(upload, Files.readAllBytes(back));
    }
  }

  @Test
  void wrkFindsNoError() throws Exception {
    needs("wrk");
    Command.Result result = Command.run("wrk", "-t1", "-c64", "-d1s", serving.url("/"));
    assertEquals(0, result.exit(), result.err());
    assertTrue(
        !result.out().contains("Non-2xx") && !result.out().contains("Socket errors"), result.out());
    assertTrue(result.out().contains("requests in"), result.out());
  }

  @Test
  void abFindsNoErrorWithAndWithoutKeepAlive() throws Exception {
    needs("ab");
    for (String[] mode : new String[][] {{"-k"}, {"-v1"}}) {
      Command.Result result =
          Command.run("ab", "-q", mode[0], "-n", "2000", "-c", "20", serving.url("/"));
      assertEquals(0, result.exit(), result.err());
      assertTrue(result.out().contains("Failed requests:        0"), result.out());
      assertTrue(result.out().contains("Complete requests:      2000"), result.out());
    }
  }

  @Test
  void h2loadFindsNoErrorInHttp1Mode() throws Exception {
    needs("h2load");
    Command.Result result =
        Command.run("h2load", "--h1", "-n", "2000", "-c", "20", "-m", "8", serving.url("/"));
    assertEquals(0, result.exit(), result.err());
    assertTrue(result.out().contains("2000 succeeded, 0 failed, 0 errored"), result.out());
  }

  @Test
  void theHttpClientOfTheJdkIsServed() {
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      CompletableFuture<?>[] replies =
          IntStream.range(0, 200)
              .mapToObj(i -> post(client, "body " + i))
              .toArray(CompletableFuture[]::new);
      CompletableFuture.allOf(replies).orTimeout(20, java.util.concurrent.TimeUnit.SECONDS).join();
    }
  }

  private static CompletableFuture<Void> post(HttpClient client, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(serving.url("/echo")))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return client
        .sendAsync(request, HttpResponse.BodyHandlers.ofString())
        .thenAccept(response -> assertEquals(body, response.body()));
  }
}
