package io.quintet.tests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.resp.Resp;
import io.quintet.resp.RespCommand;
import io.quintet.resp.RespReply;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A request that has waited too long for a worker is answered in its handler's place. */
class QueueTimeoutTest {
  private static final String SLOW = "/slow";
  private static final String LATE = "The request was not answered in time.\n";

  private final List<String> handled = new CopyOnWriteArrayList<>();
  private final CountDownLatch until = new CountDownLatch(1);
  private final HeldClock clock = new HeldClock();

  private HttpResponse handle(HttpRequest request) throws InterruptedException {
    handled.add(request.path());
    if (request.path().equals(SLOW)) {
      until.await();
    }
    return HttpResponse.text(200, "done\n");
  }

  private RespReply handle(RespCommand command) throws InterruptedException {
    handled.add(command.name());
    if (command.name().equals("SLOW")) {
      until.await();
    }
    return new RespReply.Whole(1);
  }

  private static byte[] get(String path) {
    return ("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").getBytes(US_ASCII);
  }

  private static Map<String, Object> options(String id, String limit) {
    Path file = Path.of(System.getProperty("quintet.root"), "specs/examples", id + ".json");
    String topology = file.toFile().exists() ? file.toString() : id;
    return Map.of("port", 0, "topology", topology, "workers", 1, limit, 200);
  }

  private void isHeld() {
    Await.until(() -> handled.size() == 1, "the slow one is handled");
  }

  private static void waits(Server server, int requests) {
    Await.until(
        () ->
            ((List<?>) server.stats().get("workers"))
                        .stream().mapToLong(each -> (long) ((Map<?, ?>) each).get("load")).sum()
                    + (long) server.stats().get("waiting")
                >= requests,
        "the others wait");
  }

  private static String receiveResponse(Client client, String text) throws Exception {
    String head = client.receiveHead();
    assertEquals(text, new String(client.receive(text.length()), US_ASCII));
    return head.substring(0, head.indexOf('\r'));
  }

  @ParameterizedTest
  @ValueSource(strings = {"load-balanced", "shared-queue", "bounded-queues", "stealing-workers"})
  void oneThatWaitedTooLongIsNotHandledAndItsConnectionGoesOn(String id) throws Exception {
    try (Server server =
            Quintet.server(Http.codec(), this::handle)
                .options(options(id, "queueTimeoutMillis"))
                .in(clock.world())
                .start();
        Client slow = new Client(server.port());
        Client late = new Client(server.port());
        Client brief = new Client(server.port())) {
      clock.hold();
      slow.send(get(SLOW));
      isHeld();
      late.send(get("/late"));
      waits(server, 2);
      clock.pass(150);
      brief.send(get("/brief"));
      waits(server, 3);
      clock.pass(100);
      until.countDown();
      assertEquals("HTTP/1.1 200 OK", receiveResponse(slow, "done\n"));
      assertEquals("HTTP/1.1 503 Service Unavailable", receiveResponse(late, LATE));
      assertEquals("HTTP/1.1 200 OK", receiveResponse(brief, "done\n"));
      assertEquals(
          "HTTP/1.1 200 OK", receiveResponse(late.send(get("/again")), "done\n"), "it goes on");
      assertEquals(List.of(SLOW, "/brief", "/again"), handled);
      assertEquals(1, Stats.sum(server, "refusedStale"));
    } finally {
      until.countDown();
    }
  }

  /** Commands of one connection are handled behind one another, where each waits for the other. */
  @Test
  void oneThatWaitedBehindAnotherOfItsConnectionIsRefusedToo() throws Exception {
    try (Server server =
            Quintet.server(Resp.codec(), this::handle)
                .options(options("load-balanced", "queueTimeoutMillis"))
                .in(clock.world())
                .start();
        Client client = new Client(server.port())) {
      clock.hold();
      client.send("SLOW\r\n");
      isHeld();
      clock.passBehind(250, client, "BEHIND\r\n".getBytes(US_ASCII));
      until.countDown();
      assertEquals(":1", client.receiveLine());
      assertEquals("-ERR the command took too long", client.receiveLine());
      assertEquals(":1", client.send("NEXT\r\n").receiveLine());
      assertEquals(List.of("SLOW", "NEXT"), handled);
    } finally {
      until.countDown();
    }
  }

  /** The queue stands: for more than 100 ms none has waited for less than the target. */
  @Test
  void aQueueThatStandsIsCut() throws Exception {
    try (Server server =
            Quintet.server(Http.codec(), this::handle)
                .options(options("shared-queue", "queueTargetMillis"))
                .in(clock.world())
                .start();
        Client slow = new Client(server.port());
        Client late = new Client(server.port())) {
      clock.hold();
      slow.send(get(SLOW));
      isHeld();
      late.send(get("/late"));
      waits(server, 2);
      clock.pass(201);
      until.countDown();
      assertEquals("HTTP/1.1 200 OK", receiveResponse(slow, "done\n"));
      assertEquals("HTTP/1.1 503 Service Unavailable", receiveResponse(late, LATE));
      assertTrue(handled.equals(List.of(SLOW)), handled.toString());
    } finally {
      until.countDown();
    }
  }
}
