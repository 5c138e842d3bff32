package io.quintet.httpserver;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Peer;
import io.quintet.ffi.LinuxException;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.service.Reply;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** A server; its contexts may be changed at any time, by any thread. */
final class QuintetHttpServer extends HttpServer {
  private static final Executor HERE = Runnable::run;
  private static final Http.Limits LIMITS = new Http.Limits(60_000, Integer.MAX_VALUE - 8);
  private static final HttpResponse NO_CONTEXT =
      HttpResponse.of(
          404,
          "text/html",
          "<h1>404 Not Found</h1>No context found for request".getBytes(ISO_8859_1));
  private static final HttpResponse NO_URI =
      HttpResponse.of(
              400,
              "text/html",
              "<h1>400 Bad Request</h1>URISyntaxException thrown".getBytes(ISO_8859_1))
          .endingConnection();
  private static final HttpResponse STOPPED =
      HttpResponse.text(503, "The server has stopped.\n").endingConnection();

  /** What programs know as the server: this one, or the one with TLS that it is within. */
  private final HttpServer self;

  private final @Nullable Function<Peer, SSLEngine> engines;
  private final Map<String, QuintetHttpContext> contexts = new ConcurrentHashMap<>();
  private final CompletableFuture<Void> started = new CompletableFuture<>();

  /** Exchanges at work, besides the one party that waits for them. */
  private final Phaser exchanges = new Phaser(1);

  /** Whether that party waits, or has waited. */
  private final AtomicBoolean stopping = new AtomicBoolean();

  private Executor executor = HERE;
  private @Nullable Executor given;
  private @Nullable Server server;
  private @Nullable InetSocketAddress local;
  private volatile boolean stopped;

  /** A plain one. */
  QuintetHttpServer() {
    self = this;
    engines = null;
  }

  /** One whose connections are secured. */
  QuintetHttpServer(HttpServer self, Function<Peer, SSLEngine> engines) {
    this.self = self;
    this.engines = engines;
  }

  @Override
  public void bind(InetSocketAddress address, int backlog) throws IOException {
    if (server != null) {
      throw new BindException("HttpServer already bound");
    }
    if (address.isUnresolved()) {
      throw new SocketException("Unresolved address: " + address.getHostString());
    }
    ServerBuilder builder =
        Quintet.serverLater(Http.codec(LIMITS), this::accept)
            .option("handlerTimeoutMillis", 0)
            .listen(address.getAddress().getHostAddress(), address.getPort());
    String pattern = System.getProperty("io.quintet.httpserver.pattern");
    if (pattern != null) {
      builder.option("topology", pattern);
    }
    if (engines != null) {
      builder.tls(engines);
    }
    if (backlog > 0) {
      builder.option("backlog", backlog);
    }
    try {
      server = builder.start();
      local = (InetSocketAddress) server.address().toJdk();
    } catch (LinuxException e) {
      BindException failure = new BindException(e.getMessage());
      failure.initCause(e);
      throw failure;
    }
  }

  @Override
  public void start() {
    getAddress(); // only a server that is bound is started
    if (!started.complete(null) || stopped) {
      throw new IllegalStateException("server in wrong state");
    }
    executor = given == null ? HERE : given;
  }

  @Override
  public void setExecutor(@Nullable Executor chosen) {
    if (started.isDone()) {
      throw new IllegalStateException("server already started");
    }
    given = chosen;
  }

  @Override
  public @Nullable Executor getExecutor() {
    return given;
  }

  /** New exchanges are refused; those at work have the time that is given to end. */
  @Override
  public void stop(int delay) {
    if (delay < 0) {
      throw new IllegalArgumentException("negative delay parameter");
    }
    stopped = true;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(delay);
    try {
      int phase = stopping.getAndSet(true) ? exchanges.getPhase() : exchanges.arriveAndDeregister();
      if (delay > 0 && !exchanges.isTerminated()) {
        exchanges.awaitAdvanceInterruptibly(phase, delay, TimeUnit.SECONDS);
      }
    } catch (TimeoutException e) {
      // their time is over
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (server != null) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      server.drainWithin(hasBackends(server) ? left : 1);
    }
  }

  /** Exchanges are at work in other processes then, and have what is left of their time there. */
  private static boolean hasBackends(Server server) {
    return server.stats().get("backends") instanceof List<?> backends && !backends.isEmpty();
  }

  @Override
  public HttpContext createContext(String path, HttpHandler handler) {
    HttpContext context = createContext(path);
    context.setHandler(handler);
    return context;
  }

  @Override
  public HttpContext createContext(String path) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("Illegal value for path or protocol");
    }
    QuintetHttpContext context = new QuintetHttpContext(self, path);
    if (contexts.putIfAbsent(path, context) != null) {
      throw new IllegalArgumentException("cannot add context to list");
    }
    return context;
  }

  @Override
  public void removeContext(String path) {
    if (contexts.remove(Objects.requireNonNull(path)) == null) {
      throw new IllegalArgumentException("context not found");
    }
  }

  @Override
  public void removeContext(HttpContext context) {
    if (!contexts.remove(context.getPath(), context)) {
      throw new IllegalArgumentException("context not found");
    }
  }

  @Override
  public InetSocketAddress getAddress() {
    if (local == null) {
      throw new IllegalStateException("server in wrong state");
    }
    return local;
  }

  // Exchanges.

  /** A request that comes before the start waits for it. */
  private void accept(HttpRequest request, Reply<HttpResponse> reply) {
    if (started.isDone()) {
      dispatch(request, reply);
    } else {
      started.thenRun(() -> dispatch(request, reply));
    }
  }

  /** Like the JDK's server it looks at the decoded path, so that no spelling of it is another. */
  private void dispatch(HttpRequest request, Reply<HttpResponse> reply) {
    URI uri;
    try {
      uri = new URI(request.target());
    } catch (URISyntaxException e) {
      reply.send(NO_URI);
      return;
    }
    QuintetHttpContext context = contextOf(Objects.requireNonNullElse(uri.getPath(), ""));
    if (stopped || exchanges.register() < 0) {
      reply.send(STOPPED);
    } else if (context == null) {
      ended();
      reply.send(NO_CONTEXT);
    } else {
      Exchange exchange =
          new Exchange(request, uri, reply, context, getAddress(), given != null, this::ended);
      try {
        executor.execute(exchange::run);
      } catch (RuntimeException | Error refused) {
        exchange.fail(refused);
      }
    }
  }

  private void ended() {
    exchanges.arriveAndDeregister();
  }

  /** The context with the longest path that the request's path begins with. */
  private @Nullable QuintetHttpContext contextOf(String path) {
    QuintetHttpContext best = null;
    for (QuintetHttpContext context : contexts.values()) {
      if (path.startsWith(context.getPath())
          && (best == null || context.getPath().length() > best.getPath().length())) {
        best = context;
      }
    }
    return best;
  }
}
