package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import io.quintet.testkit.SelfSigned;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What connections that are encrypted hold, and nobody can decrypt yet, counts as queued. */
class TlsBuffersTest {
  private static final String PASSWORD = "secret";
  private static final int HANDSHAKE = 22;
  private static final int APPLICATION_DATA = 23;
  private static final int HEAD_BYTES = 5;

  @TempDir private static Path folder;

  @BeforeAll
  static void keys() throws Exception {
    SelfSigned.generate(store(), "a.example", PASSWORD);
  }

  private static Path store() {
    return folder.resolve("store.p12");
  }

  private static Server start(String topology, Map<String, Object> counts) {
    return Quintet.server(Http.codec(), _ -> HttpResponse.text("Hello, World!"))
        .option("topology", topology)
        .options(counts)
        .option("port", 0)
        .option("tlsCertificate", store())
        .option("tlsPassword", PASSWORD)
        .start();
  }

  /** The beginning of a record that says that it is longer. */
  private static void sendPart(Socket socket, int type, int bytes) throws IOException {
    byte[] part = new byte[HEAD_BYTES + bytes];
    part[0] = (byte) type;
    part[1] = 3;
    part[2] = 3;
    part[3] = 0x40;
    socket.getOutputStream().write(part);
  }

  private static void awaitQueued(Server server, long bytes) {
    Await.until(
        () -> Stats.sum(server, "queuedBytes") == bytes,
        () -> "queued are " + bytes + " bytes and not " + Stats.sum(server, "queuedBytes"));
  }

  @Test
  void aRecordOfAHandshakeThatIsNotWholeIsQueued() throws Exception {
    try (Server server = start("single-thread", Map.of());
        Socket one = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      sendPart(one, HANDSHAKE, 10_000);
      awaitQueued(server, HEAD_BYTES + 10_000);
      try (Socket other = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        sendPart(other, HANDSHAKE, 300);
        awaitQueued(server, 2 * HEAD_BYTES + 10_300);
      }
      awaitQueued(server, HEAD_BYTES + 10_000);
      one.shutdownOutput();
      awaitQueued(server, 0);
    }
  }

  @Test
  void aRecordOfARequestThatIsNotWholeIsQueued() throws Exception {
    try (Server server = start("single-thread", Map.of());
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), server.port());
        SSLSocket socket = SecureClient.over(plain, "a.example")) {
      assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
      awaitQueued(server, 0);
      sendPart(plain, APPLICATION_DATA, 8_000);
      awaitQueued(server, HEAD_BYTES + 8_000);
      plain.getOutputStream().write(new byte[16_384 - 8_000]); // whole, and what it cannot be
      awaitQueued(server, 0);
    }
  }

  @Test
  void itIsQueuedWhereTheConnectionIs() throws Exception {
    try (Server server = start("multi-thread", Map.of("loops", 2));
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), server.port());
        SSLSocket socket = SecureClient.over(plain, "a.example")) {
      assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
      sendPart(plain, APPLICATION_DATA, 8_000);
      awaitQueued(server, HEAD_BYTES + 8_000);
      server.rearrange("single-thread", Map.of());
      Await.until(() -> Stats.each(server, "loops", "open").size() == 1, "one loop is left");
      awaitQueued(server, HEAD_BYTES + 8_000);
      leave(plain);
      awaitQueued(server, 0);
    }
  }

  private static void leave(Socket client) throws Exception {
    client.close();
  }
}
