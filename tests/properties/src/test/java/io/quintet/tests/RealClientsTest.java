package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The clients that people use against {@code quintet serve} under each pattern; each is skipped
 * where it is missing.
 */
@ParameterizedClass
@EnumSource(value = Pattern.class, mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
class RealClientsTest {
  @Parameter Pattern pattern;

  private static Command.Serving serving;

  @BeforeParameterizedClassInvocation
  static void serve(Pattern pattern) throws Exception {
    serving = Command.Serving.of(pattern);
  }

  @AfterParameterizedClassInvocation
  static void end() throws Exception {
    try (Command.Serving ending = serving) {
      assertEquals(0, ending.end("TERM").exit());
    }
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
    Command.needs("curl");
    assertEquals("Hello, World!", curl(serving.url("/")));
    String where = curl(serving.url("/where"));
    assertTrue(where.startsWith("{\"pattern\":\"" + pattern.id() + "\",\"process\":"), where);
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
    Command.needs("curl");
    byte[] upload = new byte[700_000];
    new Random(Seeded.SEED).nextBytes(upload);
    Path file = Files.write(folder.resolve("upload"), upload);
    Path back = folder.resolve("back");
    for (String header : new String[] {"X-Length: given", "Transfer-Encoding: chunked"}) {
      curl(
          "--header",
          header,
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
    Command.needs("wrk");
    Command.Result result = Command.run("wrk", "-t1", "-c64", "-d1s", serving.url("/"));
    assertEquals(0, result.exit(), result.err());
    assertTrue(
        !result.out().contains("Non-2xx") && !result.out().contains("Socket errors"), result.out());
    assertTrue(result.out().contains("requests in"), result.out());
  }

  @Test
  void wrkFindsNoErrorWithSixteenRequestsInAPipeline(@TempDir Path folder) throws Exception {
    Command.needs("wrk");
    Path script =
        Files.writeString(
            folder.resolve("pipeline.lua"),
            """
            init = function(args)
              local one = wrk.format("GET", "/")
              all = string.rep(one, 16)
            end
            request = function() return all end
            """);
    Command.Result result =
        Command.run("wrk", "-t1", "-c16", "-d1s", "-s", script.toString(), serving.url("/"));
    assertEquals(0, result.exit(), result.err());
    assertTrue(
        !result.out().contains("Non-2xx") && !result.out().contains("Socket errors"), result.out());
    assertTrue(result.out().contains("requests in"), result.out());
  }

  @Test
  void curlWaitsForLeaveToSendAndGetsIt() throws Exception {
    Command.needs("curl");
    String told =
        Command.run(
                "curl",
                "--silent",
                "--verbose",
                "--expect100-timeout",
                "20",
                "--max-time",
                "10",
                "--header",
                "Expect: 100-continue",
                "--data",
                "x=y",
                serving.url("/echo"))
            .err();
    assertTrue(told.contains("< HTTP/1.1 100 Continue"), told);
    assertTrue(told.contains("< HTTP/1.1 200 OK"), told);
  }

  @Test
  void abFindsNoErrorWithAndWithoutKeepAlive() throws Exception {
    Command.needs("ab");
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
    Command.needs("h2load");
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

  private CompletableFuture<Void> post(HttpClient client, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(serving.url("/echo")))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return client
        .sendAsync(request, HttpResponse.BodyHandlers.ofString())
        .thenAccept(response -> assertEquals(body, response.body()));
  }
}
