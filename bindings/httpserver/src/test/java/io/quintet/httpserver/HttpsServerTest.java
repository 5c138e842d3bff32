package io.quintet.httpserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.quintet.testkit.SelfSigned;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The documented behaviour of HttpsServer: the JDK's own, and Quintet's. */
@ParameterizedClass
@EnumSource(HttpServerTest.Provider.class)
class HttpsServerTest {
  private static final String PASSWORD = "quintet";
  private static final String NAME = "localhost";

  @TempDir private static Path folder;

  /** One who is known to itself, as a server and as a client. */
  private static SSLContext known;

  /** One who knows it and has no certificate. */
  private static SSLContext unknown;

  @Parameter HttpServerTest.Provider provider;

  private HttpsServer server;
  private final BlockingQueue<HttpExchange> exchanges = new LinkedBlockingQueue<>();
  private final BlockingQueue<HttpsParameters> configured = new LinkedBlockingQueue<>();

  @BeforeAll
  static void makeCertificate() throws Exception {
    Path store = folder.resolve("store.p12");
    SelfSigned.generate(store, NAME, PASSWORD);
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
    own.init(keys, PASSWORD.toCharArray());
    known = context(keys, own.getKeyManagers());
    unknown = context(keys, new KeyManager[0]);
  }

  private static SSLContext context(KeyStore trusted, KeyManager[] own) throws Exception {
    KeyStore others = KeyStore.getInstance("PKCS12");
    others.load(null, null);
    others.setCertificateEntry(NAME, trusted.getCertificate(NAME));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(others);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own, trust.getTrustManagers(), null);
    return context;
  }

  @BeforeEach
  void create() throws Exception {
    server = provider.createSecure(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    HttpContext context = server.createContext("/");
    context.setHandler(
        exchange -> {
          exchanges.add(exchange);
          byte[] path = exchange.getRequestURI().getPath().getBytes();
          exchange.sendResponseHeaders(200, path.length);
          exchange.getResponseBody().write(path);
          exchange.close();
        });
    assertSame(server, context.getServer());
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void start(Consumer<HttpsParameters> configure) {
    HttpsConfigurator configurator =
        new HttpsConfigurator(known) {
          @Override
          public void configure(HttpsParameters parameters) {
            configured.add(parameters);
            configure.accept(parameters);
          }
        };
    server.setHttpsConfigurator(configurator);
    assertSame(configurator, server.getHttpsConfigurator());
    server.start();
  }

  private String get(SSLContext context) throws Exception {
    URI uri = URI.create("https://" + NAME + ":" + server.getAddress().getPort() + "/path");
    try (HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60)).build(),
              HttpResponse.BodyHandlers.ofString());
      assertEquals(200, response.statusCode());
      return response.body();
    }
  }

  private HttpsExchange lastExchange() throws InterruptedException {
    return assertInstanceOf(HttpsExchange.class, exchanges.poll(60, TimeUnit.SECONDS));
  }

  @Test
  void anExchangeHasTheSessionOfItsConnection() throws Exception {
    start(_ -> {});
    assertEquals("/path", get(unknown));
    HttpsExchange exchange = lastExchange();
    assertEquals("TLSv1.3", exchange.getSSLSession().getProtocol());
    assertThrows(
        SSLPeerUnverifiedException.class, () -> exchange.getSSLSession().getPeerPrincipal());
    assertEquals(200, exchange.getResponseCode());
  }

  @Test
  void aConfiguratorIsAskedForEachConnectionAndKnowsItsClient() throws Exception {
    start(parameters -> parameters.setProtocols(new String[] {"TLSv1.2"}));
    get(unknown);
    assertEquals("TLSv1.2", lastExchange().getSSLSession().getProtocol());
    HttpsParameters parameters = configured.poll(60, TimeUnit.SECONDS);
    assertTrue(parameters.getClientAddress().getAddress().isLoopbackAddress());
    assertSame(server.getHttpsConfigurator(), parameters.getHttpsConfigurator());
  }

  @Test
  void aClientMustHaveACertificateWhereThatIsAsked() throws Exception {
    start(parameters -> parameters.setNeedClientAuth(true));
    assertThrows(IOException.class, () -> get(unknown));
    assertEquals("/path", get(known));
    assertEquals("CN=" + NAME, lastExchange().getSSLSession().getPeerPrincipal().getName());
  }

  @Test
  void parametersOfTheNewerKindStandInPlaceOfSingleOnes() throws Exception {
    start(
        parameters -> {
          SSLParameters all = known.getDefaultSSLParameters();
          all.setProtocols(new String[] {"TLSv1.2"});
          all.setWantClientAuth(true);
          parameters.setSSLParameters(all);
        });
    get(known);
    assertEquals("TLSv1.2", lastExchange().getSSLSession().getProtocol());
    assertEquals("/path", get(unknown));
  }

  @Test
  void aServerIsBoundOnce() {
    assertThrows(BindException.class, () -> server.bind(server.getAddress(), 0));
    assertThrows(NullPointerException.class, () -> server.setHttpsConfigurator(null));
  }
}
