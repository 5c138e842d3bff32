package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Echo;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import io.quintet.testkit.SelfSigned;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** TLS as clients see it, under every arrangement. */
@ParameterizedClass
@EnumSource(Arrangement.class)
class TlsTest {
  private static final String PASSWORD = "secret";
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final HttpResponse HELLO = HttpResponse.text("Hello, World!");
  private static final int DEADLINE_MILLIS = 10_000;

  @TempDir private static Path folder;

  @Parameter Arrangement arrangement;

  /** Two names with a certificate each. */
  @BeforeAll
  static void keys() throws Exception {
    if (!Files.exists(store())) {
      SelfSigned.generate(store(), "a.example", PASSWORD);
      SelfSigned.generate(store(), "b.example", PASSWORD);
    }
  }

  private static Path store() {
    return folder.resolve("store.p12");
  }

  private static void writePem(Path to, String name) throws Exception {
    KeyStore keys = KeyStore.getInstance(store().toFile(), PASSWORD.toCharArray());
    PrivateKey key = (PrivateKey) keys.getKey(name, PASSWORD.toCharArray());
    Certificate certificate = keys.getCertificate(name);
    Files.writeString(
        to, pem("CERTIFICATE", certificate.getEncoded()) + pem("PRIVATE KEY", key.getEncoded()));
  }

  private static String pem(String kind, byte[] bytes) {
    return "-----BEGIN "
        + kind
        + "-----\n"
        + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(bytes)
        + "\n-----END "
        + kind
        + "-----\n";
  }

  private ServerBuilder secured(ServerBuilder builder) {
    return arrangement
        .of(builder)
        .option("tlsCertificate", store())
        .option("tlsPassword", PASSWORD);
  }

  private ServerBuilder http() {
    return secured(Quintet.server(Http.codec(), _ -> HELLO));
  }

  private static SSLSocket connect(Server server, String name, String... versions)
      throws Exception {
    return SecureClient.connect(server.port(), name, versions);
  }

  @Test
  void bothVersionsAreServedWithTheCertificateOfTheNameThatIsAskedFor() throws Exception {
    try (Server server = http().start()) {
      for (String version : List.of("TLSv1.2", "TLSv1.3")) {
        for (String name : List.of("a.example", "b.example")) {
          try (SSLSocket socket = connect(server, name, version)) {
            assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
            assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
            assertEquals(version, socket.getSession().getProtocol());
            assertEquals("CN=" + name, SecureClient.subject(socket));
            assertEquals("http/1.1", socket.getApplicationProtocol());
          }
        }
      }
    }
  }

  private static SSLContext ownContext() throws Exception {
    KeyStore keys = KeyStore.getInstance(store().toFile(), PASSWORD.toCharArray());
    KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
    own.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), null, null);
    return context;
  }

  @Test
  void enginesOfTheCallersOwnKnowTheirPeerAndSpeakTheCodecsProtocol() throws Exception {
    SSLContext context = ownContext();
    BlockingQueue<SocketAddress> peers = new LinkedBlockingQueue<>();
    ServerBuilder builder =
        arrangement
            .of(Quintet.server(Http.codec(), _ -> HELLO))
            .tls(
                peer -> {
                  peers.add(peer.address().orElseThrow());
                  return context.createSSLEngine();
                });
    try (Server server = builder.start();
        SSLSocket socket = connect(server, "b.example")) {
      assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
      assertEquals("CN=b.example", SecureClient.subject(socket));
      assertEquals("http/1.1", socket.getApplicationProtocol());
      assertEquals(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort()),
          peers.poll(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void anEngineThatCannotBeMadeEndsItsConnectionAlone() throws Exception {
    SSLContext context = ownContext();
    AtomicBoolean fails = new AtomicBoolean(true);
    ServerBuilder builder =
        arrangement
            .of(Quintet.server(Http.codec(), _ -> HELLO))
            .tls(
                _ -> {
                  if (fails.getAndSet(false)) {
                    throw new IllegalStateException("meant to fail");
                  }
                  return context.createSSLEngine();
                });
    try (Server server = builder.start()) {
      assertThrows(IOException.class, () -> connect(server, "a.example"));
      try (SSLSocket socket = connect(server, "a.example")) {
        assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
      }
    }
  }

  @Test
  void everyByteIsEchoedHoweverLargeTheStream() throws Exception {
    byte[] sent = new byte[3 << 20];
    new Random(7).nextBytes(sent);
    ServerBuilder echo = secured(Quintet.server(Echo.codec(), bytes -> bytes));
    try (Server server =
            echo.option("lowWatermarkBytes", 0).option("highWatermarkBytes", 9_000).start();
        SSLSocket socket = connectPlainly(server)) {
      Thread sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      socket.getOutputStream().write(sent);
                    } catch (IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      assertArrayEquals(sent, socket.getInputStream().readNBytes(sent.length));
      sender.join();
    }
  }

  private static SSLSocket connectPlainly(Server server) throws Exception {
    return connect(server, "a.example");
  }

  @Test
  void aDrainEndsASecuredConnectionInOrder() throws Exception {
    Server server = http().start();
    try (SSLSocket socket = connect(server, "a.example")) {
      assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
      assertTrue(server.drain());
      assertEquals(-1, socket.getInputStream().read()); // and not an end without a close_notify
    }
  }

  @Test
  void whoDoesNotSpeakTlsIsRefused() throws Exception {
    try (Server server = http().start();
        Client client = new Client(server.port())) {
      client.send(GET);
      assertThrows(IOException.class, () -> failOnEnd(client.receive(1_000)));
      try (SSLSocket socket = connect(server, "a.example")) {
        assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
      }
    }
  }

  private static void failOnEnd(byte[] received) throws IOException {
    assertTrue(received.length < 10, "no more than an alert");
    throw new IOException("ended");
  }

  @Test
  void whoDoesNotSpeakTlsIsToldSoHoweverMuchItSends() throws Exception {
    try (Server server = http().start();
        Client client = new Client(server.port())) {
      client.send("GET / HTTP/1.1\r\n".repeat(20_000));
      byte[] alert = client.receiveAll();
      assertEquals(21, alert[0], "an alert, RFC 8446 section 5.1");
    }
  }

  @Test
  void aHandshakeThatDoesNotGoOnIsCutAtTheDeadlineOfARequest() throws Exception {
    try (Server server =
            http().option("requestTimeoutMillis", 100).option("lingerTimeoutMillis", 50).start();
        Client client = new Client(server.port())) {
      client.send(new byte[] {22, 3, 1, 1, 0}); // the head of a record that never comes
      byte[] alerts = client.receiveAll();
      for (int at = 0; at < alerts.length; at += 5 + alerts[at + 4]) {
        assertEquals(21, alerts[at], "nothing but alerts, RFC 8446 section 5.1");
      }
    }
  }

  @Test
  void certificatesThatChangeAreReadAgain() throws Exception {
    Path pem = folder.resolve(arrangement + ".pem");
    writePem(pem, "a.example");
    try (Server server =
        arrangement
            .of(Quintet.server(Http.codec(), _ -> HELLO))
            .option("tlsCertificate", pem)
            .start()) {
      try (SSLSocket socket = connect(server, "a.example")) {
        assertEquals("CN=a.example", SecureClient.subject(socket));
      }
      writePem(pem, "b.example");
      Files.setLastModifiedTime(
          pem, FileTime.fromMillis(Files.getLastModifiedTime(pem).toMillis() + 10_000));
      Await.until(
          () -> {
            try (SSLSocket socket = connect(server, "a.example")) {
              return SecureClient.subject(socket).equals("CN=b.example");
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          },
          "the other certificate is shown");
    }
  }

  @Test
  void noVersionBelowTls12IsSpoken() throws Exception {
    Command.needs("openssl");
    try (Server server = http().start()) {
      for (String version : List.of("tls1", "tls1_1")) {
        Command.Result result =
            Command.run(
                "sh",
                "-c",
                "echo | openssl s_client -cipher ALL:@SECLEVEL=0 -"
                    + version
                    + " -connect 127.0.0.1:"
                    + server.port());
        assertTrue(result.err().contains("alert protocol version"), version + result.err());
      }
      assertThrows(SSLException.class, () -> connect(server, "a.example", "TLSv1.1").close());
    }
  }

  @Test
  void filesThatAreNoCertificatesEndTheStart() throws Exception {
    Path none = Files.writeString(folder.resolve(arrangement + ".none"), "nothing\n");
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> http().option("tlsCertificate", none).start());
    assertTrue(
        refused
            .getMessage()
            .startsWith(
                "option tlsCertificate is " + none + ", which is neither PEM nor PKCS#12; valid"),
        refused.getMessage());
  }
}
