package io.quintet.web;

import io.quintet.Quintet;
import io.quintet.ServerBuilder;
import io.quintet.codec.Codec;
import io.quintet.codec.ProtocolException;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.service.AsyncHandler;
import io.quintet.service.Handler;
import io.quintet.service.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds who answers a request, by its method and its decoded path. Immutable; any thread may use
 * it.
 *
 * <pre>{@code
 * Router router =
 *     Router.builder()
 *         .get("/", request -> HttpResponse.text("Hello, World!"))
 *         .get("/todos/{id}", request -> HttpResponse.text(request.parameter("id")))
 *         .build();
 * router.server().listen("127.0.0.1", 8080).start();
 * }</pre>
 *
 * <p>A pattern is matched segment by segment, each decoded: {@code /private} has {@code /%70rivate}
 * too, and a {@code %2F} does not part segments. {@code {name}} stands for one segment that is not
 * empty, {@code {name...}} at the end for the rest of the path, in which no segment may have a
 * slash. A literal goes before a parameter, and that before a rest. Paths with dot segments,
 * encoded or not, and with a NUL are answered with status 400.
 *
 * <p>A route of GET answers HEAD, RFC 9110 §9.3.2. Where a path has routes but none of the method,
 * the answer is 405 with Allow, §15.5.6; to OPTIONS it is 204 with Allow, §9.3.7.
 */
public final class Router implements AsyncHandler<HttpRequest, HttpResponse> {
  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int NO_CONTENT = 204;
  private static final byte[] NO_BODY = {};

  private final RouteTree routes;
  private final ErrorPages pages;

  /** Whether every request is answered before the handler returns. */
  private final boolean answersAtOnce;

  /** The filters and behind them the routes, or null if there are no filters. */
  private final @Nullable AsyncHandler<WebRequest, HttpResponse> filtered;

  private Router(Builder builder) {
    routes = new RouteTree(builder.routes);
    pages = new ErrorPages(builder.page);
    answersAtOnce =
        builder.filters.isEmpty() && builder.routes.stream().allMatch(Route::answersAtOnce);
    AsyncHandler<WebRequest, HttpResponse> chain =
        (request, reply) -> dispatch(request.request(), reply);
    for (Filter filter : builder.filters.reversed()) {
      AsyncHandler<WebRequest, HttpResponse> next = chain;
      chain = (request, reply) -> filter.handle(request, reply, next);
    }
    filtered = builder.filters.isEmpty() ? null : chain;
  }

  /**
   * Begins a router.
   *
   * @return a builder without routes
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * A server of this router with {@link Http#codec()}.
   *
   * @return a builder of a server
   */
  public ServerBuilder server() {
    return serverOf(Http.codec());
  }

  /**
   * A server of this router, whose error pages also stand for handlers that fail.
   *
   * @param codec one of {@link Http}
   * @return a builder of a server
   */
  public ServerBuilder serverOf(Codec<HttpRequest, HttpResponse> codec) {
    Codec<HttpRequest, HttpResponse> own = new PagesCodec(codec, pages);
    return answersAtOnce ? Quintet.server(own, this::answer) : Quintet.serverLater(own, this);
  }

  /** Answers a request whose route cannot answer later. */
  private HttpResponse answer(HttpRequest request) throws Exception {
    try {
      RouteMatch match = find(request);
      return match == null ? unrouted(request) : answer(request, match);
    } catch (ProtocolException refusal) {
      return pages.of(request, refusal);
    }
  }

  private static HttpResponse answer(HttpRequest request, RouteMatch match) throws Exception {
    Handler<? super WebRequest, HttpResponse> handler =
        Objects.requireNonNull(match.route().handler);
    return Objects.requireNonNull(
        handler.handle(new WebRequest(request, match)), "the handler's reply");
  }

  /**
   * Answers a request, perhaps after it has returned.
   *
   * @param request the request
   * @param reply where its reply goes
   * @throws Exception what a handler throws
   */
  @Override
  public void handle(HttpRequest request, Reply<HttpResponse> reply) throws Exception {
    try {
      if (filtered == null) {
        dispatch(request, reply);
      } else {
        filtered.handle(new WebRequest(request, null), reply);
      }
    } catch (ProtocolException refusal) {
      reply.send(pages.of(request, refusal));
    }
  }

  private void dispatch(HttpRequest request, Reply<HttpResponse> reply) throws Exception {
    try {
      RouteMatch match = find(request);
      if (match == null) {
        reply.send(unrouted(request));
      } else if (match.route().later != null) {
        match.route().later.handle(new WebRequest(request, match), reply);
      } else if (match.route().blocking) {
        block(request, match, reply);
      } else {
        reply.send(answer(request, match));
      }
    } catch (ProtocolException refusal) {
      reply.send(pages.of(request, refusal));
    }
  }

  /** Runs a handler that may block. */
  private void block(HttpRequest request, RouteMatch match, Reply<HttpResponse> reply) {
    Thread thread =
        Thread.ofVirtual()
            .name("quintet-web")
            .unstarted(
                () -> {
                  try {
                    reply.send(answer(request, match));
                  } catch (ProtocolException refusal) {
                    reply.send(pages.of(request, refusal));
                  } catch (Throwable failure) {
                    reply.fail(failure);
                  }
                });
    reply.onCancelled(thread::interrupt);
    thread.start();
  }

  private @Nullable RouteMatch find(HttpRequest request) {
    return routes.find(request.method(), request.path());
  }

  /** The answer to a request that no route has. */
  private HttpResponse unrouted(HttpRequest request) {
    String path = request.path();
    String allowed = path.equals("*") ? routes.allowed() : routes.allowed(path);
    if (allowed.isEmpty()) {
      return pages.of(request, NOT_FOUND, "Nothing is found here.");
    }
    if (request.method().equals("OPTIONS")) {
      return HttpResponse.of(NO_CONTENT, List.of(Map.entry("Allow", allowed)), NO_BODY);
    }
    return pages
        .of(request, METHOD_NOT_ALLOWED, "The method is not allowed here.")
        .withHeader("Allow", allowed);
  }

  /** A router that is made. One thread. */
  public static final class Builder {
    private final List<Route> routes = new ArrayList<>();
    private final List<Filter> filters = new ArrayList<>();
    private ErrorPage page = ErrorPage.PLAIN;

    private Builder() {}

    /**
     * Answers GET and HEAD.
     *
     * @param pattern for example {@code /todos/{id}}
     * @param handler answers before it returns
     * @return this
     */
    public Builder get(String pattern, Handler<? super WebRequest, HttpResponse> handler) {
      return route("GET", pattern, handler);
    }

    /**
     * Answers POST.
     *
     * @param pattern pattern
     * @param handler answers before it returns
     * @return this
     */
    public Builder post(String pattern, Handler<? super WebRequest, HttpResponse> handler) {
      return route("POST", pattern, handler);
    }

    /**
     * Answers PUT.
     *
     * @param pattern pattern
     * @param handler answers before it returns
     * @return this
     */
    public Builder put(String pattern, Handler<? super WebRequest, HttpResponse> handler) {
      return route("PUT", pattern, handler);
    }

    /**
     * Answers DELETE.
     *
     * @param pattern pattern
     * @param handler answers before it returns
     * @return this
     */
    public Builder delete(String pattern, Handler<? super WebRequest, HttpResponse> handler) {
      return route("DELETE", pattern, handler);
    }

    /**
     * Answers any one method.
     *
     * @param method method, case-sensitive
     * @param pattern pattern
     * @param handler answers before it returns, where the topology runs handlers; it must not block
     *     where that is a loop
     * @return this
     * @throws IllegalArgumentException if the pattern is malformed
     */
    public Builder route(
        String method, String pattern, Handler<? super WebRequest, HttpResponse> handler) {
      routes.add(Route.of(method, pattern, handler));
      return this;
    }

    /**
     * Answers any one method, perhaps later.
     *
     * @param method method, case-sensitive
     * @param pattern pattern
     * @param handler may answer after it has returned
     * @return this
     * @throws IllegalArgumentException if the pattern is malformed
     */
    public Builder routeLater(
        String method, String pattern, AsyncHandler<? super WebRequest, HttpResponse> handler) {
      routes.add(Route.later(method, pattern, handler));
      return this;
    }

    /**
     * Answers any one method on a virtual thread for each request, in all patterns: for handlers
     * that wait for files, databases or other servers.
     *
     * @param method method, case-sensitive
     * @param pattern pattern
     * @param handler may block; its thread is interrupted once nobody waits for the reply
     * @return this
     * @throws IllegalArgumentException if the pattern is malformed
     */
    public Builder routeBlocking(
        String method, String pattern, Handler<? super WebRequest, HttpResponse> handler) {
      routes.add(Route.blocking(method, pattern, handler));
      return this;
    }

    /**
     * Answers GET and HEAD with files, on a virtual thread for each request.
     *
     * @param prefix of the paths, for example {@code /static} for {@code /static/style.css}; {@code
     *     /} for all paths
     * @param files files
     * @return this
     */
    public Builder files(String prefix, StaticFiles files) {
      Objects.requireNonNull(files, "files");
      String folder = prefix.endsWith("/") ? prefix : prefix + "/";
      return routeBlocking(
          "GET", folder + "{path...}", request -> files.answer(request, request.parameter("path")));
    }

    /**
     * Puts a filter before the routes, and behind the filters that were put there before.
     *
     * @param filter filter
     * @return this
     */
    public Builder filter(Filter filter) {
      filters.add(Objects.requireNonNull(filter, "filter"));
      return this;
    }

    /**
     * Says what clients get in place of an answer.
     *
     * @param given makes the pages
     * @return this
     */
    public Builder errors(ErrorPage given) {
      page = Objects.requireNonNull(given, "an error page");
      return this;
    }

    /**
     * Makes the router.
     *
     * @return the router
     * @throws IllegalArgumentException if two routes match the same requests
     */
    public Router build() {
      return new Router(this);
    }
  }
}
