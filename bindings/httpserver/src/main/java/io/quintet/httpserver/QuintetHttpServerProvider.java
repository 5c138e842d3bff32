package io.quintet.httpserver;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import com.sun.net.httpserver.spi.HttpServerProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Makes HTTP servers on Quintet for programs written against the JDK's own interface; the JDK finds
 * it by {@link java.util.ServiceLoader}.
 *
 * <p>The pattern is the system property {@code io.quintet.httpserver.pattern}, the id of a pattern
 * or the file of a topology; {@code single-thread} unless it is set. Without an executor a handler
 * runs where the pattern has it run.
 */
public final class QuintetHttpServerProvider extends HttpServerProvider {
  /** Called by the JDK. */
  public QuintetHttpServerProvider() {}

  @Override
  public HttpServer createHttpServer(@Nullable InetSocketAddress address, int backlog)
      throws IOException {
    QuintetHttpServer server = new QuintetHttpServer();
    if (address != null) {
      server.bind(address, backlog);
    }
    return server;
  }

  @Override
  public HttpsServer createHttpsServer(@Nullable InetSocketAddress address, int backlog)
      throws IOException {
    QuintetHttpsServer server = new QuintetHttpsServer();
    if (address != null) {
      server.bind(address, backlog);
    }
    return server;
  }
}
