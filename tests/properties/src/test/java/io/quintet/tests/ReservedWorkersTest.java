package io.quintet.tests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.resp.Resp;
import io.quintet.resp.RespCommand;
import io.quintet.resp.RespReply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Short requests have workers of their own, however many long ones there are. */
class ReservedWorkersTest {
  private static final String RESERVED = "quintet-reserved-0";
  private static final String SERVES_ALL = "quintet-worker-0";

  private final List<Client> clients = new ArrayList<>();
  private final Map<String, String> threads = new ConcurrentHashMap<>();
  private final List<String> order = new CopyOnWriteArrayList<>();
  private final AtomicInteger held = new AtomicInteger();
  private final AtomicInteger asked = new AtomicInteger();
  private final CountDownLatch one = new CountDownLatch(1);
  private final CountDownLatch other = new CountDownLatch(1);

  @AfterEach
  void close() throws Exception {
    one.countDown();
    other.countDown();
    for (Client client : clients) {
      client.close();
    }
  }

  private void ran(String request) throws InterruptedException {
    threads.put(request, Thread.currentThread().getName());
    order.add(request);
    held.incrementAndGet();
    if (request.contains("ONE")) {
      one.await();
    } else if (request.contains("OTHER")) {
      other.await();
    }
  }

  private HttpResponse handle(HttpRequest request) throws InterruptedException {
    ran(request.path());
    return HttpResponse.text(200, "done\n");
  }

  private RespReply handle(RespCommand command) throws InterruptedException {
    ran(command.name());
    return new RespReply.Whole(1);
  }

  private static String example(String id) {
    return Path.of(System.getProperty("quintet.root"), "specs/examples", id + ".json").toString();
  }

  private static Map<String, Object> options(int workers) {
    return Map.of(
        "port",
        0,
        "topology",
        example("reserved-workers"),
        "workers",
        workers,
        "drainIdleMillis",
        10);
  }

  private Server http(int workers) {
    return Quintet.server(Http.codec(), this::handle)
        .shortRequests(HttpRequest.class, request -> request.path().startsWith("/short"))
        .options(options(workers))
        .start();
  }

  private ServerBuilder commands() {
    return Quintet.server(Resp.codec(), this::handle).options(options(2));
  }

  private Client asks(Server server, String request) throws Exception {
    Client client = new Client(server.port());
    clients.add(client);
    return client.send(request);
  }

  private Client get(Server server, String path) throws Exception {
    return asks(server, "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }

  private static void answers(Client client) throws Exception {
    assertTrue(client.receiveHead().startsWith("HTTP/1.1 200 "), "an answer");
    assertEquals("done\n", new String(client.receive(5), US_ASCII));
  }

  private void isRun(int requests) {
    Await.until(() -> held.get() == requests, requests + " requests are run");
  }

  private static long waiting(Server server, String which) {
    return (long) server.stats().get(which);
  }

  /** Long ones wait though a worker idles, which serves short ones meanwhile. */
  @Test
  void longRequestsLeaveReservedWorkersToShortOnes() throws Exception {
    try (Server server = http(2)) {
      Client first = get(server, "/ONE");
      isRun(1);
      Client second = get(server, "/long");
      Await.until(() -> waiting(server, "waiting") == 1, "the second waits");
      for (int i = 0; i < 3; i++) {
        answers(get(server, "/short" + i));
        assertEquals(RESERVED, threads.get("/short" + i));
      }
      assertEquals(1L, waiting(server, "waiting"), "a reserved worker idles beside a long one");
      assertEquals(0L, waiting(server, "waitingShort"));
      one.countDown();
      answers(first);
      answers(second);
      assertEquals(Map.of("/ONE", SERVES_ALL, "/long", SERVES_ALL), withoutShort());
      assertEquals(
          Map.of(RESERVED, true, SERVES_ALL, false),
          ((List<?>) server.stats().get("workers"))
              .stream()
                  .map(Map.class::cast)
                  .collect(
                      Collectors.toMap(each -> each.get("thread"), each -> each.get("reserved"))));
    }
  }

  private Map<String, String> withoutShort() {
    return threads.entrySet().stream()
        .filter(each -> !each.getKey().startsWith("/short"))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /** A short one takes any worker that is free, and who serves all takes the oldest first. */
  @Test
  void shortRequestsTakeAnyWorkerAndNobodyStarves() throws Exception {
    try (Server server = http(2)) {
      Client held = get(server, "/OTHER");
      isRun(1);
      Client brief = get(server, "/shortONE");
      isRun(2);
      Client longOne = get(server, "/long");
      Await.until(() -> waiting(server, "waiting") == 1, "the long one waits");
      Client late = get(server, "/short");
      Await.until(() -> waiting(server, "waitingShort") == 1, "the short one waits");
      assertEquals(2L, waiting(server, "waiting"));
      other.countDown();
      answers(held);
      answers(longOne);
      answers(late);
      assertEquals(List.of("/OTHER", "/shortONE", "/long", "/short"), order);
      assertEquals(RESERVED, threads.get("/shortONE"));
      assertEquals(SERVES_ALL, threads.get("/short"), "the reserved one is busy");
      one.countDown();
      answers(brief);
    }
  }

  /** Commands of a connection are handled in order: a long one then waits for another worker. */
  @Test
  void aLongRequestBehindAShortOneOfItsConnectionWaitsForAnotherWorker() throws Exception {
    try (Server server =
        commands()
            .shortRequests(RespCommand.class, command -> command.name().startsWith("SHORT"))
            .start()) {
      Client held = asks(server, "OTHER\r\n");
      isRun(1);
      Client client = asks(server, "SHORTONE\r\nLONG\r\n");
      isRun(2);
      Await.until(() -> Stats.sum(server, "requests") == 3, "all are decoded");
      one.countDown();
      assertEquals(":1", client.receiveLine());
      Await.until(
          () -> waiting(server, "waiting") == 1, "the long one waits beside an idle worker");
      other.countDown();
      assertEquals(":1", held.receiveLine());
      assertEquals(":1", client.receiveLine());
      assertEquals(RESERVED, threads.get("SHORTONE"));
      assertEquals(SERVES_ALL, threads.get("LONG"));
    }
  }

  @Test
  void aSingleWorkerServesAll() throws Exception {
    try (Server server = http(1)) {
      answers(get(server, "/long"));
      answers(get(server, "/short"));
      assertEquals(Map.of("/long", SERVES_ALL, "/short", SERVES_ALL), threads);
    }
  }

  /** It is counted and logged as a handler's failure, and the request is handled all the same. */
  @Test
  void aFunctionThatThrowsSaysThatNoneIsShort() throws Exception {
    try (Server server =
        commands()
            .shortRequests(
                RespCommand.class,
                command -> {
                  asked.incrementAndGet();
                  throw new IllegalStateException("of " + command.name());
                })
            .start()) {
      assertEquals(":1", asks(server, "PING\r\n").receiveLine());
      assertEquals(Map.of("PING", SERVES_ALL), threads);
      assertEquals(1, asked.get());
      Await.until(() -> Stats.sum(server, "failures") == 1, "the failure is counted");
    }
  }

  @Test
  void aServerThatIsNotToldWhichAreShortDoesNotStart() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> commands().start());
    assertEquals(
        "reserved-workers keeps workers for short requests; a server needs"
            + " ServerBuilder.shortRequests, which says which these are",
        refused.getMessage());
  }

  @Test
  void aServerThatServesIsRearrangedOnlyIfItWasTold() throws Exception {
    try (Server server =
        Quintet.server(Resp.codec(), this::handle)
            .pattern(Pattern.LOAD_BALANCED)
            .options(Map.of("port", 0, "workers", 2))
            .start()) {
      Map<String, Object> two = Map.of("workers", 2);
      assertThrows(
          IllegalArgumentException.class, () -> server.rearrange(example("reserved-workers"), two));
      assertEquals(":1", asks(server, "PING\r\n").receiveLine(), "it serves on");
      assertEquals("load-balanced", server.topology().id());
    }
    try (Server server =
        Quintet.server(Resp.codec(), this::handle)
            .shortRequests(RespCommand.class, command -> command.name().equals("GET"))
            .pattern(Pattern.LOAD_BALANCED)
            .options(Map.of("port", 0, "workers", 2))
            .start()) {
      server.rearrange(example("reserved-workers"), Map.of("workers", 2));
      assertEquals(":1", asks(server, "LAST\r\n").receiveLine());
      assertEquals(SERVES_ALL.replace('0', '2'), threads.get("LAST"));
    }
  }
}
