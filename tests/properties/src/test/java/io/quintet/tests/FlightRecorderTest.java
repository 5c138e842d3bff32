package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the flight recorder gets to see of a server. */
class FlightRecorderTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final List<String> EVENTS =
      List.of("Accept", "Refusal", "Deadline", "Turn", "Handler", "Pause", "Failure", "Transition");

  @TempDir private Path folder;

  private final HeldClock clock = new HeldClock();

  private HttpResponse slow(HttpRequest request) throws InterruptedException {
    if (request.path().equals("/fails")) {
      throw new IllegalStateException("on purpose");
    }
    TimeUnit.MILLISECONDS.sleep(30); // what is under test: a handler that holds its loop up
    clock.pass(30);
    return HttpResponse.text("slow");
  }

  @Test
  void connectionsRefusalsDeadlinesAndSlowHandlersAreEvents() throws Exception {
    Path file = folder.resolve("quintet.jfr");
    String thread;
    try (Recording recording = new Recording()) {
      EVENTS.forEach(event -> recording.enable("io.quintet." + event));
      recording.start();
      try (Server server =
          Quintet.server(Http.codec(), this::slow)
              .option("connectionsMax", 1)
              .option("idleTimeoutMillis", 50)
              .in(clock)
              .start()) {
        clock.hold();
        thread =
            (String)
                ((java.util.Map<?, ?>) ((List<?>) server.stats().get("loops")).get(0))
                    .get("thread");
        try (Client client = new Client(server.port())) {
          assertEquals("HTTP/1.1 200 OK|slow", client.send(GET).receiveResponse());
          client.send("GET /fails HTTP/1.1\r\nHost: a\r\n\r\n").receiveResponse();
          try (Client other = new Client(server.port())) {
            assertTrue(other.receiveAllText().startsWith("HTTP/1.1 503 "), "one more");
          }
          clock.pass(60);
          assertEquals(0, client.receiveAll().length, "it was idle for too long");
        }
      }
      recording.dump(file);
    }
    List<RecordedEvent> events =
        RecordingFile.readAllEvents(file).stream().filter(e -> isOf(e, thread)).toList();
    assertEquals(2, events.stream().filter(e -> isA(e, "Accept")).count(), events.toString());
    assertEquals(1, events.stream().filter(e -> isA(e, "Refusal")).count(), events.toString());
    assertTrue(events.stream().anyMatch(e -> isA(e, "Deadline")), events.toString());
    assertTrue(events.stream().anyMatch(e -> isA(e, "Turn")), events.toString());
    RecordedEvent handler =
        events.stream().filter(e -> isA(e, "Handler")).findFirst().orElseThrow();
    assertTrue(handler.getDuration().toMillis() >= 20, handler.toString());
    assertEquals("GET /", handler.getString("request"));
    RecordedEvent failure =
        events.stream().filter(e -> isA(e, "Failure")).findFirst().orElseThrow();
    assertEquals("GET /fails", failure.getString("what"));
    assertEquals("java.lang.IllegalStateException: on purpose", failure.getString("cause"));
    List<String> transitions =
        events.stream()
            .filter(e -> isA(e, "Transition"))
            .filter(e -> e.getString("machine").equals("connection"))
            .map(FlightRecorderTest::transition)
            .toList();
    assertTrue(
        transitions.containsAll(
            List.of(
                "fresh READABLE READ serving",
                "serving REQUEST HANDLE serving",
                "flushing CLEAR  idle",
                "idle AFTER_IDLE END_OUTPUT lingering")),
        transitions.toString());
  }

  private static String transition(RecordedEvent event) {
    return String.join(
        " ",
        event.getString("from"),
        event.getString("event"),
        event.getString("action"),
        event.getString("to"));
  }

  private static boolean isA(RecordedEvent event, String name) {
    return event.getEventType().getName().equals("io.quintet." + name);
  }

  /** Other servers of the tests' process have events too. */
  private static boolean isOf(RecordedEvent event, String thread) {
    return event.getThread() != null && thread.equals(event.getThread().getJavaName());
  }
}
