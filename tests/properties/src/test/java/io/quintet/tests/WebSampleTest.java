package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The program that the README of quintet-web shows, by the JDK's client. */
@OwnProcesses
class WebSampleTest {
  private static final Path FOLDER = Document.ROOT.resolve("bindings/web");
  private static final int LINES_MAX = 60;

  @Test
  void theReadmeShowsTheProgram() throws Exception {
    String program = Files.readString(FOLDER.resolve("example/Todo.java"));
    assertTrue(program.lines().count() < LINES_MAX, program.lines().count() + " lines");
    List<String> shown =
        Document.of("bindings/web/README.md").blocks().stream()
            .filter(block -> block.language().equals("java") && block.code().contains("class Todo"))
            .map(Document.Block::code)
            .toList();
    assertEquals(List.of(program), shown);
  }

  @Test
  void itKeepsWhatIsToBeDone() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String[] line = {
      java,
      "--enable-native-access=ALL-UNNAMED",
      "-cp",
      System.getProperty("java.class.path"),
      FOLDER.resolve("example/Todo.java").toString(),
      FOLDER.resolve("example/public").toString(),
      "reuseport"
    };
    try (Command.Running running = new Command.Running(line);
        HttpClient client = HttpClient.newHttpClient()) {
      Await.until(
          () -> running.out().contains("listening on ") && running.out().endsWith("\n"),
          () -> running.out() + running.err());
      URI root =
          URI.create(
              "http://127.0.0.1:" + running.out().substring("listening on ".length()).strip());
      assertTrue(ask(client, root, "/").body().contains("todo.js"));
      assertEquals(
          "text/javascript; charset=utf-8",
          ask(client, root, "/todo.js").headers().firstValue("Content-Type").orElse(""));
      assertEquals("[]", ask(client, root, "/todos").body());
      BlockingQueue<String> events = new LinkedBlockingQueue<>();
      HttpRequest changes = HttpRequest.newBuilder(root.resolve("/changes")).build();
      HttpResponse<Stream<String>> stream =
          client.send(changes, HttpResponse.BodyHandlers.ofLines());
      Thread reader = Thread.ofVirtual().start(() -> stream.body().forEach(events::add));
      HttpRequest form =
          HttpRequest.newBuilder(root.resolve("/todos"))
              .header("Content-Type", "application/x-www-form-urlencoded")
              .POST(HttpRequest.BodyPublishers.ofString("text=buy+caf%C3%A9"))
              .build();
      HttpResponse<String> added = client.send(form, HttpResponse.BodyHandlers.ofString());
      String item = "{\"id\":\"1\",\"text\":\"buy café\"}";
      assertEquals(item, added.body());
      String cookie = added.headers().firstValue("Set-Cookie").orElse("");
      assertEquals("last=1; Path=/; HttpOnly; SameSite=Lax", cookie);
      assertEquals("event: added", events.poll(1, TimeUnit.MINUTES));
      assertEquals("data: " + item, events.poll(1, TimeUnit.MINUTES));
      assertEquals("[" + item + "]", ask(client, root, "/todos").body());
      assertEquals(item, ask(client, root, "/last", "Cookie", "a=b; last=1").body());
      assertEquals(404, ask(client, root, "/todos/2").statusCode());
      HttpRequest delete = HttpRequest.newBuilder(root.resolve("/todos/1")).DELETE().build();
      assertEquals(item, client.send(delete, HttpResponse.BodyHandlers.ofString()).body());
      assertEquals("[]", ask(client, root, "/todos").body());
      assertEquals(
          "nosniff",
          ask(client, root, "/last").headers().firstValue("X-Content-Type-Options").orElse("none"));
      Await.until(
          () -> running.err().contains("\"DELETE /todos/1 HTTP/1.1\" 200"), () -> running.err());
      client.shutdownNow();
      reader.join();
    }
  }

  private static HttpResponse<String> ask(
      HttpClient client, URI root, String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(root.resolve(path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
