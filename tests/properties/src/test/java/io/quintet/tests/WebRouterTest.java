package io.quintet.tests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import io.quintet.Server;
import io.quintet.http.HttpResponse;
import io.quintet.web.Cookie;
import io.quintet.web.Filter;
import io.quintet.web.Router;
import io.quintet.web.WebRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Who answers a request, and what becomes of one that nobody answers. */
class WebRouterTest {
  private static HttpResponse told(WebRequest request, String... parameters) {
    StringBuilder text = new StringBuilder(request.route().orElse("-"));
    for (String name : parameters) {
      text.append(' ').append(name).append('=').append(request.parameter(name));
    }
    return HttpResponse.text(text.toString());
  }

  private static Router.Builder routes() {
    return Router.builder()
        .get("/", WebRouterTest::told)
        .get("/private", WebRouterTest::told)
        .get("/todos", WebRouterTest::told)
        .post("/todos", WebRouterTest::told)
        .get("/todos/new", WebRouterTest::told)
        .get("/todos/{id}", request -> told(request, "id"))
        .delete("/todos/{id}", request -> told(request, "id"))
        .put("/todos/{id}/{part}", request -> told(request, "part", "id"))
        .get("/todos/{id}/tags", request -> told(request, "id"))
        .get("/files/{path...}", request -> told(request, "path"))
        .get("/files/readme", WebRouterTest::told)
        .get("/café/100%", WebRouterTest::told)
        .route("HEAD", "/own", _ -> HttpResponse.text("").withHeader("X-Own", "head"))
        .get("/own", WebRouterTest::told)
        .route("OPTIONS", "/options", WebRouterTest::told);
  }

  /** The status and the body, or the field Allow where there is one. */
  private static String ask(Server server, String method, String target) throws IOException {
    try (Client client = new Client(server.port())) {
      client.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      String answer = new String(client.receiveAll(), UTF_8);
      String status = answer.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length());
      String allow = answer.replaceAll("(?s).*\r\nAllow: ([^\r]*).*", "$1");
      return status
          + " "
          + (allow.equals(answer) ? answer.substring(answer.indexOf("\r\n\r\n") + 4) : allow)
              .strip();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /, 200 /",
    "GET, /todos, 200 /todos",
    "GET, /todos?a=b, 200 /todos",
    "GET, http://x/todos, 200 /todos",
    "POST, /todos, 200 /todos",
    "GET, /todos/7, 200 /todos/{id} id=7",
    "GET, /todos/new, 200 /todos/new",
    "DELETE, /todos/new, 200 /todos/{id} id=new",
    "GET, /todos/a%20b, 200 /todos/{id} id=a b",
    "GET, /todos/a+b, 200 /todos/{id} id=a+b",
    "GET, /todos/a%2Fb, 200 /todos/{id} id=a/b",
    "GET, /todos/%2541, 200 /todos/{id} id=%41",
    "GET, /todos/caf%C3%A9, 200 /todos/{id} id=café",
    "GET, /todos/{id}, 200 /todos/{id} id={id}",
    "PUT, /todos/7/tags, 200 /todos/{id}/{part} part=tags id=7",
    "GET, /todos/7/tags, 200 /todos/{id}/tags id=7",
    "GET, /files/, 200 /files/{path...} path=",
    "GET, /files/a/b//c/, 200 /files/{path...} path=a/b//c/",
    "GET, /files/readme, 200 /files/readme",
    "GET, /files/readme/x, 200 /files/{path...} path=readme/x",
    "GET, /caf%C3%A9/100%25, 200 /café/100%",
    "GET, /%70rivate, 200 /private",
    "GET, /private, 200 /private",
    "GET, /%54odos, 404 Nothing is found here.",
    "GET, /files, 404 Nothing is found here.",
    "GET, /files/a%2Fb, 404 Nothing is found here.",
    "GET, /todos/, 404 Nothing is found here.",
    "GET, //todos, 404 Nothing is found here.",
    "GET, /todos//tags, 404 Nothing is found here.",
    "GET, /private%2F, 404 Nothing is found here.",
    "GET, /TODOS, 404 Nothing is found here.",
    "get, /todos, '405 GET, HEAD, OPTIONS, POST'",
    "PUT, /todos/new, '405 DELETE, GET, HEAD, OPTIONS'",
    "GET, /todos/7/x, '405 OPTIONS, PUT'",
    "OPTIONS, /todos/7, '204 DELETE, GET, HEAD, OPTIONS'",
    "OPTIONS, /options, 200 /options",
    "OPTIONS, /nowhere, 404 Nothing is found here.",
    "OPTIONS, *, '204 DELETE, GET, HEAD, OPTIONS, POST, PUT'",
    "GET, /todos/../private, 400 the path has dot segments",
    "GET, /files/%2e%2E/x, 400 the path has dot segments",
    "GET, /files/., 400 the path has dot segments",
    "GET, /files/a%00, 400 the path has a NUL",
    "GET, /todos/%, 400 malformed percent-encoding: % without two hexadecimal digits",
    "GET, /todos/%C0%AE, 400 malformed percent-encoding: not UTF-8",
    "GET, /caf%C3%A9/100%, 400 malformed percent-encoding: % without two hexadecimal digits",
  })
  void aRequestIsAnsweredByTheRouteOfItsDecodedPath(String method, String target, String answer)
      throws IOException {
    try (Server server = routes().build().server().start()) {
      assertEquals(answer, ask(server, method, target));
    }
    // the same where handlers may answer later
    try (Server server =
        routes().filter((q, r, next) -> next.handle(q, r)).build().server().start()) {
      assertEquals(answer, ask(server, method, target));
    }
  }

  @Test
  void headIsAnsweredByARouteOfGet() throws IOException {
    try (Server server = routes().build().server().start();
        Client client = new Client(server.port())) {
      client.send("HEAD /todos/7 HTTP/1.1\r\nHost: x\r\n\r\nHEAD /own HTTP/1.1\r\nHost: x\r\n\r\n");
      String head = client.receiveHead();
      assertTrue(head.startsWith("HTTP/1.1 200 "), head);
      assertTrue(head.contains("\r\nContent-Length: 16\r\n"), head);
      assertTrue(client.receiveHead().contains("\r\nX-Own: head\r\n"));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Pattern.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"MULTI_PROCESS", "ADAPTIVE"})
  void handlersMayBlockOnAVirtualThreadAndAnswerLater(Pattern pattern) throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    CountDownLatch entered = new CountDownLatch(4);
    Router router =
        Router.builder()
            .routeBlocking(
                "GET",
                "/wait/{who}",
                request -> {
                  entered.countDown();
                  released.await();
                  assertTrue(Thread.currentThread().isVirtual());
                  return told(request, "who");
                })
            .routeBlocking("GET", "/form", request -> HttpResponse.text("" + request.form()))
            .routeBlocking(
                "GET",
                "/fail",
                _ -> {
                  throw new IOException("as asked for");
                })
            .routeLater(
                "GET",
                "/later",
                (request, reply) -> CompletableFuture.runAsync(() -> reply.send(told(request))))
            .build();
    try (Server server = router.server().pattern(pattern).start()) {
      List<Client> clients =
          List.of(
              new Client(server.port()),
              new Client(server.port()),
              new Client(server.port()),
              new Client(server.port()));
      for (int i = 0; i < clients.size(); i++) {
        clients.get(i).send("GET /wait/" + i + " HTTP/1.1\r\nHost: x\r\n\r\n");
      }
      entered.await(); // all at once, also where there is one loop
      released.countDown();
      for (int i = 0; i < clients.size(); i++) {
        assertEquals("HTTP/1.1 200 OK|/wait/{who} who=" + i, clients.get(i).receiveResponse());
        clients.get(i).close();
      }
      assertEquals("200 /later", ask(server, "GET", "/later"));
      assertEquals("415 the body is no form", ask(server, "GET", "/form"));
      assertEquals("500 The handler failed.", ask(server, "GET", "/fail"));
    }
  }

  @Test
  void aHandlerThatBlocksIsInterruptedWhenItsClientHasGone() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Router router =
        Router.builder()
            .routeBlocking(
                "GET",
                "/",
                _ -> {
                  entered.countDown();
                  try {
                    Thread.sleep(Duration.ofMinutes(2));
                  } catch (InterruptedException e) {
                    interrupted.countDown();
                    throw e;
                  }
                  return HttpResponse.text("");
                })
            .build();
    try (Server server = router.server().start()) {
      Client client = new Client(server.port());
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      entered.await();
      client.reset();
      assertTrue(interrupted.await(1, TimeUnit.MINUTES));
    }
  }

  @Test
  void errorPagesStandForWhatHasNoAnswer() throws IOException {
    Router router =
        Router.builder()
            .get(
                "/",
                _ -> {
                  throw new IllegalStateException("as asked for");
                })
            .get("/null", _ -> null)
            .get("/text", request -> HttpResponse.text(request.bodyText()))
            .errors(
                (request, status, message) ->
                    request.path().equals("/worse")
                        ? fails()
                        : HttpResponse.text(status, "<" + status + " " + message + ">"))
            .build();
    try (Server server = router.server().start()) {
      assertEquals("500 <500 The handler failed.>", ask(server, "GET", "/"));
      assertEquals("500 <500 The handler failed.>", ask(server, "GET", "/null"));
      assertEquals("404 <404 Nothing is found here.>", ask(server, "GET", "/x"));
      assertEquals("405 GET, HEAD, OPTIONS", ask(server, "POST", "/"));
      assertEquals("400 <400 the path has dot segments>", ask(server, "GET", "/a/.."));
      assertEquals("404 Nothing is found here.", ask(server, "GET", "/worse"));
      assertEquals(2, Stats.sum(server, "failures"));
    }
  }

  private static HttpResponse fails() {
    throw new IllegalStateException("as asked for");
  }

  @Test
  void filtersStandBeforeTheRoutesInTheirOrder() throws IOException {
    Router router =
        routes()
            .filter(Filter.ofResponse((_, response) -> response.withHeader("X-Outer", "outer")))
            .filter(
                (request, reply, next) -> {
                  if (request.path().startsWith("/private")) {
                    reply.send(HttpResponse.text(401, "who are you?"));
                  } else {
                    next.handle(request, reply);
                  }
                })
            .build();
    try (Server server = router.server().start()) {
      assertEquals("401 who are you?", ask(server, "GET", "/private"));
      assertEquals("401 who are you?", ask(server, "GET", "/%70rivat%65"));
      assertEquals("401 who are you?", ask(server, "GET", "/private%2Fx"));
      assertEquals("400 the path has dot segments", ask(server, "GET", "/todos/%2e./private"));
      assertEquals("200 /todos", ask(server, "GET", "/todos"));
      for (String target : List.of("/todos", "/private", "/nowhere")) {
        try (Client client = new Client(server.port())) {
          client.send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
          String head = client.receiveHead();
          assertTrue(head.contains("\r\nX-Outer: outer\r\n"), head);
        }
      }
    }
  }

  @Test
  void aFormIsReadAsTheQueryIs() throws IOException {
    Router router =
        Router.builder()
            .post(
                "/",
                request ->
                    HttpResponse.text(
                        request.form().first("a").orElse("-")
                            + request.form().all("a")
                            + request.query("a").orElse("-")
                            + request.query().all("b")
                            + request.contentType()))
            .build();
    try (Server server = router.server().start()) {
      assertEquals(
          "HTTP/1.1 200 OK|1 2[1 2, +]q[]application/x-www-form-urlencoded",
          post(server, "/?a=q", "Application/X-WWW-form-urlencoded; charset=utf-8", "a=1+2&a=%2B"));
      assertEquals(
          "HTTP/1.1 415 Unsupported Media Type|the body is no form\n",
          post(server, "/", "text/plain", "a=1"));
      assertEquals(
          "HTTP/1.1 400 Bad Request|malformed percent-encoding: not UTF-8\n",
          post(server, "/", "application/x-www-form-urlencoded", "a=%FF"));
    }
  }

  private static String post(Server server, String target, String type, String body)
      throws IOException {
    try (Client client = new Client(server.port())) {
      client.send(
          "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(target, type, body.length(), body));
      return client.receiveResponse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "a=1, 1",
    "'b=2; a=1; a=3', 1",
    "'b=a=9;a=1', 1",
    "a=, ''",
    "a=\"1\", \"1\"",
    "' a = 1 ;', 1",
    "'A=1; =2; a', -",
    "'', -",
    "'aa=1;;  b', -",
  })
  void aCookieIsFoundByItsName(String field, String value) throws IOException {
    Router router =
        Router.builder()
            .get("/", request -> HttpResponse.text(request.cookie("a").orElse("-")))
            .build();
    try (Server server = router.server().start();
        Client client = new Client(server.port())) {
      client.send("GET / HTTP/1.1\r\nHost: x\r\nX: a=0\r\ncookie: " + field + "\r\n\r\n");
      assertEquals("HTTP/1.1 200 OK|" + value, client.receiveResponse());
    }
  }

  @Test
  void aCookieIsSetAsRfc6265Says() {
    Cookie cookie = Cookie.of("id", "a1");
    assertEquals("id=a1; Path=/; HttpOnly; SameSite=Lax", cookie.toString());
    assertEquals(
        "id=a1; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
        cookie.keptFor(Duration.ofMinutes(1)).overTls().toString());
    assertEquals(
        List.of("Set-Cookie=id=a1; Path=/; HttpOnly; SameSite=Lax"),
        cookie.on(HttpResponse.of(204, List.of(), new byte[0])).headers().stream()
            .map(Object::toString)
            .toList());
    for (String name : List.of("", "a b", "a=", "a;", "é", "a\n")) {
      assertThrows(IllegalArgumentException.class, () -> Cookie.of(name, "v"), name);
    }
    for (String value : List.of(" ", "a;b", "a,b", "\"a\"", "a\\b", "é", "a\r\nX: y")) {
      assertThrows(IllegalArgumentException.class, () -> Cookie.of("a", value), value);
    }
    assertThrows(IllegalArgumentException.class, () -> cookie.keptFor(Duration.ofSeconds(-1)));
  }

  @Test
  void routesThatCannotBeMeantAreRefused() {
    for (String pattern :
        List.of(
            "",
            "todos",
            "/{",
            "/}",
            "/{}",
            "/a{b}",
            "/{a}b",
            "/{...}",
            "/{a...}/b",
            "/{a}/{a}",
            "/..",
            "/a/./b",
            "/{{a}}")) {
      Router.Builder builder = Router.builder();
      assertThrows(
          IllegalArgumentException.class, () -> builder.get(pattern, WebRouterTest::told), pattern);
    }
    assertThrows(
        IllegalArgumentException.class, () -> Router.builder().route("", "/", WebRouterTest::told));
    Router.Builder twice =
        Router.builder().get("/{a}/x", WebRouterTest::told).get("/{b}/x", WebRouterTest::told);
    Throwable why = assertThrows(IllegalArgumentException.class, twice::build);
    assertEquals("routes GET /{a}/x and GET /{b}/x match the same requests", why.getMessage());
  }
}
