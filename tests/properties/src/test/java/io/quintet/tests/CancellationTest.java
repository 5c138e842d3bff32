package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Handlers are told that nobody waits for their reply, under every arrangement. */
@ParameterizedClass
@EnumSource(Arrangement.class)
class CancellationTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  @Parameter Arrangement arrangement;

  private ServerBuilder server(AsyncHandler<HttpRequest, HttpResponse> handler) {
    return arrangement.of(Quintet.serverLater(Http.codec(), handler));
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  @Test
  void aResetIsTold() throws Exception {
    CompletableFuture<Reply<HttpResponse>> taken = new CompletableFuture<>();
    CompletableFuture<Boolean> first = new CompletableFuture<>();
    CompletableFuture<Boolean> second = new CompletableFuture<>();
    AsyncHandler<HttpRequest, HttpResponse> handler =
        (request, reply) -> {
          reply.onCancelled(() -> first.complete(true));
          reply.onCancelled(() -> second.complete(first.isDone()));
          taken.complete(reply);
        };
    try (Server server = server(handler).start()) {
      try (Client client = new Client(server.port())) {
        client.send(GET);
        Reply<HttpResponse> reply = await(taken);
        client.reset();
        assertTrue(await(first), "the first is told");
        assertTrue(await(second), "the second behind it");
        CompletableFuture<Boolean> late = new CompletableFuture<>();
        reply.onCancelled(() -> late.complete(true));
        assertTrue(late.isDone(), "who asks later is told at once");
        reply.send(HttpResponse.text("to nobody"));
      }
    }
  }

  @Test
  void theEndOfItsTimeIsTold() throws Exception {
    CompletableFuture<Boolean> told = new CompletableFuture<>();
    try (Server server =
            server((request, reply) -> reply.onCancelled(() -> told.complete(true)))
                .option("handlerTimeoutMillis", 50)
                .start();
        Client client = new Client(server.port())) {
      client.send(GET);
      assertEquals(
          "HTTP/1.1 503 Service Unavailable|The request was not answered in time.\n",
          client.receiveResponse());
      assertTrue(await(told));
    }
  }

  @Test
  void whoHasAnsweredIsNotTold() throws Exception {
    CompletableFuture<Boolean> told = new CompletableFuture<>();
    CompletableFuture<Boolean> next = new CompletableFuture<>();
    AsyncHandler<HttpRequest, HttpResponse> handler =
        (request, reply) -> {
          if (request.path().equals("/next")) {
            reply.onCancelled(() -> next.complete(true));
            return;
          }
          reply.onCancelled(() -> told.complete(true));
          reply.send(HttpResponse.text("done"));
        };
    try (Server server = server(handler).start();
        Client client = new Client(server.port())) {
      client.send(GET);
      assertEquals("HTTP/1.1 200 OK|done", client.receiveResponse());
      client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
      client.endOutput();
      client.reset();
      assertTrue(await(next));
      assertEquals(false, told.isDone());
    }
  }
}
