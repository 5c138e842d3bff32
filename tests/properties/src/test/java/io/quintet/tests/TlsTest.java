package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Echo;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import io.quintet.service.Reply;
import io.quintet.testkit.SelfSigned;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
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
import java.util.concurrent.CompletableFuture;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS as clients see it, under every arrangement. */
@ParameterizedClass
@EnumSource(Arrangement.class)
class TlsTest {
  private static final String PASSWORD = "secret";
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final HttpResponse HELLO = HttpResponse.text("Hello, World!");
  private static final int DEADLINE_MILLIS = 60_000;

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
          peers.poll(60, TimeUnit.SECONDS));
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
    new Random(Seeded.SEED).nextBytes(sent);
    ServerBuilder echo = secured(Quintet.server(Echo.codec(), bytes -> bytes));
    try (Server server =
            echo.option("lowWatermarkBytes", 0).option("highWatermarkBytes", 9_000).start();
        SSLSocket socket = connectPlainly(server)) {
      CompletableFuture<Void> sender =
          CompletableFuture.runAsync(
              () -> {
                try {
                  socket.getOutputStream().write(sent);
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              },
              Thread::startVirtualThread);
      assertArrayEquals(sent, socket.getInputStream().readNBytes(sent.length));
      sender.get();
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
  void aRequestInPlainTextIsToldThatThePortSpeaksTls() throws Exception {
    try (Server server = http().start()) {
      for (String plain :
          List.of(GET, "POST /x HTTP/1.1\r\nContent-Length: 9\r\n\r\n", "G", "\r\n")) {
        try (Client client = new Client(server.port())) {
          String answer = client.send(plain).receiveAllText();
          assertTrue(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
          assertTrue(answer.endsWith("plain request was sent to a port that speaks TLS\n"), answer);
        }
      }
      assertRefusedInsecure(4, server);
      try (SSLSocket socket = connect(server, "a.example")) {
        assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
      }
    }
  }

  @Test
  void whoSpeaksNeitherTlsNorTextIsRefused() throws Exception {
    try (Server server = http().start()) {
      for (byte[] bytes :
          List.of(
              new byte[] {22, 3, 1, 0, 4, 99, 0, 0, 0}, // no handshake message
              new byte[] {22, 9, 9, 0, 4, 1, 0, 0, 0}, // no version
              new byte[] {(byte) 0x80, 46, 1, 3, 1, 0, 21, 0, 0, 0, 16})) { // SSL 2.0
        try (Client client = new Client(server.port())) {
          byte[] answer = client.send(bytes).endOutput().receiveAll();
          assertTrue(answer.length < 20, "no more than alerts");
        }
      }
      try (SSLSocket socket = connect(server, "a.example")) {
        assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
      }
    }
  }

  /** A client that says in TLS that nothing follows, and keeps its socket open. */
  private SSLSocket halfClosed(Server server, String version, String request) throws Exception {
    SSLSocket socket = connect(server, "a.example", version);
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    socket.shutdownOutput();
    return socket;
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aCloseNotifyIsTheEndOfTheStream(String version) throws Exception {
    ServerBuilder builder =
        http()
            .option("idleTimeoutMillis", 0)
            .option("requestTimeoutMillis", 0)
            .option("lingerTimeoutMillis", 60_000);
    try (Server server = builder.start()) {
      for (String request : List.of(GET, GET + GET + "GET / HT", "", "GET /", UNFINISHED)) {
        try (SSLSocket socket = halfClosed(server, version, request)) {
          String answer = new String(socket.getInputStream().readAllBytes());
          int answers = answer.split("Hello, World!", -1).length - 1;
          assertEquals(request.split("GET / HTTP/1.1", -1).length - 1, answers, answer);
        }
        Await.until(() -> Stats.sum(server, "open") == 0, "the connection is closed");
      }
    }
  }

  private static final String UNFINISHED =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1234";

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aReplyThatComesLaterStillReachesWhoHasSaidThatNothingFollows(String version)
      throws Exception {
    BlockingQueue<Reply<HttpResponse>> replies = new LinkedBlockingQueue<>();
    ServerBuilder late =
        secured(Quintet.serverLater(Http.codec(), (_, reply) -> replies.add(reply)));
    try (Server server = late.start();
        SSLSocket socket = halfClosed(server, version, GET)) {
      replies.take().send(HELLO);
      assertEquals("HTTP/1.1 200 OK", SecureClient.response(socket));
    }
  }

  @Test
  void anEndWithoutCloseNotifyMakesNoRequestWhole() throws Exception {
    AtomicBoolean handled = new AtomicBoolean();
    ServerBuilder builder =
        secured(
            Quintet.server(
                Http.codec(),
                _ -> {
                  handled.set(true);
                  return HELLO;
                }));
    try (Server server = builder.start()) {
      for (String request :
          List.of(
              UNFINISHED,
              "POST / HTTP/1.1\r\nHost: a\r\n" + "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
              "GET / HTTP/1.1\r\nHost: a\r\n")) {
        try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), server.port());
            SSLSocket socket = SecureClient.over(plain, "a.example")) {
          socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
          plain.shutdownOutput();
          Await.until(() -> Stats.sum(server, "open") == 0, "the connection is closed");
        }
        assertFalse(handled.get(), request);
      }
    }
  }

  @Test
  void aClientsRenegotiationIsRefused() throws Exception {
    try (Logged log = new Logged();
        Server server = http().start();
        SSLSocket socket = connect(server, "a.example", "TLSv1.2")) {
      assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
      socket.startHandshake();
      assertEquals(-1, readOrEnd(socket));
      assertRefusedInsecure(1, server);
      assertFalse(log.with("TLS as it should: another handshake on the same").isEmpty());
    }
  }

  private static void assertRefusedInsecure(long count, Server server) {
    assertEquals(count, Stats.sum(server, "refusedInsecure"));
  }

  private static int readOrEnd(SSLSocket socket) {
    try {
      return socket.getInputStream().read();
    } catch (IOException e) {
      return -1;
    }
  }

  @Test
  void keysMayBeUpdatedNowAndThenAndNotWithoutContent() throws Exception {
    try (Server server = http().start();
        SSLSocket socket = connect(server, "a.example", "TLSv1.3")) {
      for (int i = 0; i < 100; i++) {
        socket.startHandshake(); // in TLS 1.3 a KeyUpdate that asks for another
        assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
      }
      try {
        for (int i = 0; i < 100; i++) {
          socket.startHandshake();
        }
      } catch (IOException e) {
        // the server has ended it
      }
      assertEquals(-1, readOrEnd(socket));
      assertRefusedInsecure(1, server);
    }
  }

  @Test
  void aNameWithAFinalDotIsRefusedWithAReason() throws Exception {
    Command.needs("openssl");
    try (Logged log = new Logged();
        Server server = http().start()) {
      Command.run(
          "sh",
          "-c",
          "echo | openssl s_client -servername a.example. -connect 127.0.0.1:" + server.port());
      Await.until(
          () -> !log.with("Illegal server name, type=host_name(0), name=a.example.").isEmpty(),
          "a line that says why");
    }
  }

  @Test
  void whoDoesNotSpeakTlsIsToldSoHoweverMuchItSends() throws Exception {
    try (Server server = http().start()) {
      try (Client client = new Client(server.port())) {
        client.send("GET / HTTP/1.1\r\n".repeat(20_000));
        String answer = client.receiveAllText();
        assertTrue(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
      }
      try (Client client = new Client(server.port())) {
        byte[] bytes = new byte[300_000];
        new Random(Seeded.SEED).nextBytes(bytes);
        bytes[0] = 22; // a record of the handshake, and not of it
        byte[] alert = client.send(bytes).receiveAll();
        assertEquals(21, alert[0], "an alert, RFC 8446 section 5.1");
      }
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
