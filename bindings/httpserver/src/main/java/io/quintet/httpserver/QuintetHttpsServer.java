package io.quintet.httpserver;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.quintet.codec.Peer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** A server whose connections are secured as its configurator says; otherwise the plain one. */
final class QuintetHttpsServer extends HttpsServer {
  private final QuintetHttpServer server = new QuintetHttpServer(this, this::engineFor);
  private volatile @Nullable HttpsConfigurator configurator;

  @Override
  public void setHttpsConfigurator(HttpsConfigurator given) {
    configurator = Objects.requireNonNull(given, "null HttpsConfigurator");
  }

  @Override
  public @Nullable HttpsConfigurator getHttpsConfigurator() {
    return configurator;
  }

  /** Called on the loop that owns the connection. */
  private SSLEngine engineFor(Peer peer) {
    HttpsConfigurator chosen = configurator;
    if (chosen == null) {
      throw new IllegalStateException("a client has come before setHttpsConfigurator was called");
    }
    InetSocketAddress client =
        (InetSocketAddress)
            peer.address().orElseThrow(() -> new IllegalStateException("the client has gone"));
    SSLEngine engine =
        chosen.getSSLContext().createSSLEngine(client.getHostString(), client.getPort());
    engine.setUseClientMode(false);
    Parameters parameters = new Parameters(chosen, client);
    chosen.configure(parameters);
    parameters.applyTo(engine);
    return engine;
  }

  /** What a program asks for one connection. */
  private static final class Parameters extends HttpsParameters {
    private final HttpsConfigurator configurator;
    private final InetSocketAddress client;
    private @Nullable SSLParameters all;

    Parameters(HttpsConfigurator configurator, InetSocketAddress client) {
      this.configurator = configurator;
      this.client = client;
    }

    @Override
    public HttpsConfigurator getHttpsConfigurator() {
      return configurator;
    }

    @Override
    public InetSocketAddress getClientAddress() {
      return client;
    }

    @Override
    public void setSSLParameters(SSLParameters given) {
      all = given;
    }

    /** Those of the newer kind stand in place of single ones. */
    private void applyTo(SSLEngine engine) {
      if (all != null) {
        engine.setSSLParameters(all);
        return;
      }
      if (getCipherSuites() != null) {
        engine.setEnabledCipherSuites(getCipherSuites());
      }
      if (getProtocols() != null) {
        engine.setEnabledProtocols(getProtocols());
      }
      if (getNeedClientAuth()) {
        engine.setNeedClientAuth(true);
      } else if (getWantClientAuth()) {
        engine.setWantClientAuth(true);
      }
    }
  }

  @Override
  public void bind(InetSocketAddress address, int backlog) throws IOException {
    server.bind(address, backlog);
  }

  @Override
  public void start() {
    server.start();
  }

  @Override
  public void setExecutor(@Nullable Executor chosen) {
    server.setExecutor(chosen);
  }

  @Override
  public @Nullable Executor getExecutor() {
    return server.getExecutor();
  }

  @Override
  public void stop(int delay) {
    server.stop(delay);
  }

  @Override
  public HttpContext createContext(String path, HttpHandler handler) {
    return server.createContext(path, handler);
  }

  @Override
  public HttpContext createContext(String path) {
    return server.createContext(path);
  }

  @Override
  public void removeContext(String path) {
    server.removeContext(path);
  }

  @Override
  public void removeContext(HttpContext context) {
    server.removeContext(context);
  }

  @Override
  public InetSocketAddress getAddress() {
    return server.getAddress();
  }
}
