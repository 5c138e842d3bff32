package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import io.quintet.testkit.SelfSigned;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLSocket;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A transport layer that a jar brings: the one of core/docs/layers.md. */
@ParameterizedClass
@EnumSource(Arrangement.class)
class LayerTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String HELLO = "HTTP/1.1 200 OK|Hello, World!";
  private static final byte[] GREETING = {LayerJar.HELLO};

  @TempDir private static Path folder;
  private static LayerJar layer;

  @Parameter Arrangement arrangement;

  @BeforeAll
  static void pack() throws IOException {
    layer = LayerJar.in(folder);
  }

  @AfterAll
  static void leave() throws IOException {
    layer.close();
  }

  private ServerBuilder http() {
    return arrangement.of(
        Quintet.server(
            Http.codec(),
            request ->
                HttpResponse.text(
                    request.path().equals("/who")
                        ? ((InetSocketAddress) request.peer().address().orElseThrow())
                            .getAddress()
                            .getHostAddress()
                        : "Hello, World!")));
  }

  /** A client that was admitted. */
  private static Client admitted(Server server) throws IOException {
    Client client = new Client(server.port());
    return client.send(LayerJar.answer(challenge(client)));
  }

  private static byte[] challenge(Client client) throws IOException {
    return client.send(GREETING).receive(LayerJar.BYTES);
  }

  @Test
  void whoKnowsTheSecretIsServedAlsoWithARequestRightBehindTheAnswer() throws IOException {
    try (Server server = layer.start(http())) {
      for (int i = 0; i < 4; i++) {
        try (Client client = admitted(server)) {
          assertEquals(HELLO, client.send(GET).receiveResponse());
          assertEquals(HELLO, client.send(GET).receiveResponse());
        }
        try (Client client = new Client(server.port())) {
          client.send(LayerJar.answer(challenge(client), GET + GET));
          assertEquals(HELLO, client.receiveResponse());
          assertEquals(HELLO, client.receiveResponse());
        }
        try (Client client = new Client(server.port())) {
          for (byte one : LayerJar.answer(challenge(client), GET)) {
            client.send(new byte[] {one});
          }
          assertEquals(HELLO, client.receiveResponse(), "sent byte by byte");
        }
      }
      assertEquals(0, Stats.sum(server, "refusedUnadmitted"));
    }
  }

  @Test
  void whoDoesNotKnowItIsClosedAndNobodyElseIs() throws IOException {
    try (Server server = layer.start(http());
        Client other = admitted(server)) {
      assertEquals(HELLO, other.send(GET).receiveResponse());
      for (int i = 0; i < 4; i++) {
        try (Client client = new Client(server.port())) {
          byte[] answer = LayerJar.answer(challenge(client), GET);
          answer[i * 7] ^= 1;
          assertEquals(0, client.send(answer).receiveAll().length, "nothing is said to it");
        }
        assertEquals(HELLO, other.send(GET).receiveResponse());
      }
      try (Client client = new Client(server.port())) {
        assertEquals(0, client.send(GET).receiveAll().length, "it has not said hello");
      }
      assertEquals(5, Stats.sum(server, "refusedUnadmitted"));
      assertEquals(HELLO, other.send(GET).receiveResponse());
    }
  }

  @Test
  void whoIsTooSlowIsClosedAtTheDeadlineWithoutAWordOfTheProtocol() throws IOException {
    ServerBuilder builder =
        http().option("requestTimeoutMillis", 100).option("lingerTimeoutMillis", 50);
    try (Server server = layer.start(builder)) {
      for (int length : new int[] {1, LayerJar.BYTES}) { // no answer, and one that is not whole
        try (Client client = new Client(server.port())) {
          byte[] said = Arrays.copyOf(GREETING, length);
          assertTrue(
              client.send(said).receiveAll().length <= LayerJar.BYTES, "a challenge at most");
        }
      }
      assertEquals(2, Stats.sum(server, "refusedLate"));
    }
  }

  @Test
  void whoLeavesInTheMiddleLeavesNothingBehind() throws IOException {
    try (Server server = layer.start(http())) {
      for (int i = 0; i < 4; i++) {
        try (Client client = new Client(server.port())) {
          challenge(client);
          if (i % 2 == 0) {
            client.send(new byte[LayerJar.BYTES]).reset();
          }
        }
      }
      Await.until(() -> Stats.sum(server, "open") == 0, "no connection is left");
      try (Client client = admitted(server)) {
        assertEquals(HELLO, client.send(GET).receiveResponse());
      }
    }
  }

  @Test
  void aProxysHeaderComesBeforeItAndTlsBehind() throws Exception {
    Path store = folder.resolve("store.p12");
    if (!Files.exists(store)) {
      SelfSigned.generate(store, "a.example", "secret");
    }
    ServerBuilder builder =
        http()
            .option("proxyProtocol", true)
            .option("tlsCertificate", store)
            .option("tlsPassword", "secret");
    try (Server server = layer.start(builder);
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      plain.setSoTimeout(60_000);
      plain.getOutputStream().write("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n".getBytes());
      plain.getOutputStream().write(GREETING);
      byte[] challenge = plain.getInputStream().readNBytes(LayerJar.BYTES);
      plain.getOutputStream().write(LayerJar.answer(challenge));
      try (SSLSocket socket = SecureClient.over(plain, "a.example")) {
        assertEquals("HTTP/1.1 200 OK", SecureClient.get(socket));
        assertEquals("CN=a.example", SecureClient.subject(socket));
      }
    }
  }

  @Test
  void itsTransitionsAreInTheFlightRecorder() throws Exception {
    Path file = folder.resolve("layer.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("io.quintet.Transition");
      recording.start();
      try (Server server = layer.start(http());
          Client client = admitted(server)) {
        assertEquals(HELLO, client.send(GET).receiveResponse());
        try (Client other = new Client(server.port())) {
          challenge(other);
        }
        Await.until(() -> Stats.sum(server, "open") == 1, "the other is gone");
      }
      recording.dump(file);
    }
    Set<String> taken =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("io.quintet.Transition"))
            .filter(event -> event.getString("machine").equals(LayerJar.ID))
            .map(LayerTest::taken)
            .collect(Collectors.toSet());
    assertTrue(
        taken.containsAll(
            Set.of(
                "greeting RECEIVED GREET greeting",
                "drawing COMPUTED CHALLENGE challenged",
                "checking RIGHT  admitted",
                "challenged LOST  abandoned")),
        taken.toString());
  }

  private static String taken(RecordedEvent event) {
    return String.join(
        " ",
        List.of(
            event.getString("from"),
            event.getString("event"),
            event.getString("action"),
            event.getString("to")));
  }
}
