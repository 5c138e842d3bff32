package io.quintet.tests;

import static io.quintet.websocket.Deflated.deflated;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import io.quintet.websocket.HeldMemory;
import io.quintet.websocket.WebSocket;
import io.quintet.websocket.WebSocketListener;
import io.quintet.websocket.WebSocketMessage;
import io.quintet.websocket.WebSocketSettings;
import io.quintet.websocket.WebSockets;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets with the JDK's client, under every arrangement. */
@ParameterizedClass
@EnumSource(Arrangement.class)
class WebSocketTest {
  private static final WebSocketListener ECHO = WebSocket::send;
  private static final int DEADLINE_SECONDS = 60;
  private static final int PARTS = 120;
  private static final int PART_BYTES = 100_000;
  private static final String UPGRADE =
      "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

  @Parameter Arrangement arrangement;

  private Server server(WebSocketListener listener) {
    return server(WebSocketSettings.DEFAULT, listener);
  }

  private Server server(WebSocketSettings settings, WebSocketListener listener) {
    return server(settings, listener, Map.of());
  }

  private Server server(
      WebSocketSettings settings, WebSocketListener listener, Map<String, ?> options) {
    return arrangement
        .of(
            Quintet.server(
                Http.codec(),
                request ->
                    request.path().equals("/plain")
                        ? HttpResponse.text("plain")
                        : WebSockets.acceptWith(request, settings, listener)))
        .options(options)
        .start();
  }

  private static java.net.http.WebSocket.Builder builder(HttpClient client) {
    return client.newWebSocketBuilder();
  }

  private static URI uri(Server server) {
    return URI.create("ws://127.0.0.1:" + server.port() + "/chat");
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  @Test
  void messagesComeBack() throws Exception {
    byte[] large = new byte[700_000];
    new Random(1).nextBytes(large);
    String text = "Zwölf Boxkämpfer \uD83D\uDE00 ".repeat(5000);
    try (Server server = server(ECHO);
        HttpClient client = HttpClient.newHttpClient()) {
      Heard heard = new Heard();
      java.net.http.WebSocket socket = await(builder(client).buildAsync(uri(server), heard));
      await(socket.sendText("", true));
      await(socket.sendText("hello", true));
      await(socket.sendBinary(ByteBuffer.wrap(large), true));
      await(socket.sendText(text.substring(0, 7), false));
      await(socket.sendText(text.substring(7), true));
      assertEquals("", heard.next());
      assertEquals("hello", heard.next());
      assertArrayEquals(large, (byte[]) heard.next());
      assertEquals(text, heard.next());
      await(socket.sendClose(1000, "enough"));
      assertEquals("1000 ", await(heard.closed));
    }
  }

  @Test
  void eachSideSaysWhyItCloses() throws Exception {
    CompletableFuture<String> closed = new CompletableFuture<>();
    WebSocketListener listener =
        new WebSocketListener() {
          @Override
          public void message(WebSocket socket, WebSocketMessage message) {
            socket.close(4321, message.text());
            socket.sendText("behind the end");
          }

          @Override
          public void closed(WebSocket socket, int code, String reason) {
            closed.complete(code + " " + reason);
          }
        };
    try (Server server = server(listener);
        HttpClient client = HttpClient.newHttpClient()) {
      Heard heard = new Heard();
      java.net.http.WebSocket socket = await(builder(client).buildAsync(uri(server), heard));
      await(socket.sendText("done", true));
      assertEquals("4321 done", await(heard.closed));
      assertEquals("4321 ", await(closed));
    }
  }

  @Test
  void pingsAreAnsweredBothWays() throws Exception {
    CompletableFuture<String> ponged = new CompletableFuture<>();
    WebSocketListener listener =
        new WebSocketListener() {
          @Override
          public void opened(WebSocket socket) {
            socket.ping("there?".getBytes());
          }

          @Override
          public void message(WebSocket socket, WebSocketMessage message) {}

          @Override
          public void ponged(WebSocket socket, byte[] payload) {
            ponged.complete(new String(payload));
          }
        };
    try (Server server = server(listener);
        HttpClient client = HttpClient.newHttpClient()) {
      Heard heard = new Heard();
      java.net.http.WebSocket socket = await(builder(client).buildAsync(uri(server), heard));
      assertEquals("there?", await(ponged));
      await(socket.sendPing(ByteBuffer.wrap("here?".getBytes())));
      assertEquals("here?", await(heard.ponged));
      socket.abort();
    }
  }

  @Test
  void anyThreadSends() throws Exception {
    CompletableFuture<WebSocket> opened = new CompletableFuture<>();
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    WebSocketListener listener =
        new WebSocketListener() {
          @Override
          public void opened(WebSocket socket) {
            opened.complete(socket);
          }

          @Override
          public void message(WebSocket socket, WebSocketMessage message) {}

          @Override
          public void closed(WebSocket socket, int code, String reason) {
            closed.complete(code);
          }
        };
    try (Server server = server(listener);
        HttpClient client = HttpClient.newHttpClient()) {
      Heard heard = new Heard();
      java.net.http.WebSocket socket = await(builder(client).buildAsync(uri(server), heard));
      WebSocket other = await(opened);
      assertTrue(other.isOpen());
      for (int i = 0; i < 1000; i++) {
        other.sendText("message " + i);
      }
      for (int i = 0; i < 1000; i++) {
        assertEquals("message " + i, heard.next());
      }
      socket.abort();
      assertEquals(1006, await(closed));
    }
  }

  @Test
  void aListenerThatThrowsEndsItsWebSocketAlone() throws Exception {
    WebSocketListener listener =
        (socket, message) -> {
          if (message.text().equals("fail")) {
            throw new IllegalStateException("as asked for");
          }
          socket.send(message);
        };
    try (Server server = server(listener);
        HttpClient client = HttpClient.newHttpClient()) {
      Heard first = new Heard();
      Heard second = new Heard();
      java.net.http.WebSocket one = await(builder(client).buildAsync(uri(server), first));
      java.net.http.WebSocket other = await(builder(client).buildAsync(uri(server), second));
      await(one.sendText("fail", true));
      assertEquals("1011 ", await(first.closed));
      await(other.sendText("go on", true));
      assertEquals("go on", second.next());
      other.abort();
      Await.until(() -> Stats.sum(server, "failures") == 1, "the failure is counted");
    }
  }

  @Test
  void aDrainSays1001() throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    Heard heard = new Heard();
    long begun;
    try (Server server = server(ECHO)) {
      java.net.http.WebSocket socket = await(builder(client).buildAsync(uri(server), heard));
      await(socket.sendText("last", true));
      assertEquals("last", heard.next());
      begun = System.nanoTime();
    }
    assertEquals("1001 ", await(heard.closed));
    assertTrue(System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(8), "it did not wait");
    client.close();
  }

  /** More than the socket takes and the watermark lets through. */
  @Test
  void whoEndsItsHalfGetsAllThatIsQueued() throws Exception {
    CompletableFuture<WebSocket> queued = new CompletableFuture<>();
    WebSocketListener listener =
        new WebSocketListener() {
          @Override
          public void opened(WebSocket socket) {
            for (int i = 0; i < PARTS; i++) {
              socket.sendBinary(new byte[PART_BYTES]);
            }
            queued.complete(socket);
          }

          @Override
          public void message(WebSocket socket, WebSocketMessage message) {}
        };
    try (Server server = server(listener);
        Socket client = new Socket()) {
      client.setReceiveBufferSize(4096);
      client.setSoTimeout(DEADLINE_SECONDS * 1000);
      client.connect(new InetSocketAddress("127.0.0.1", server.port()));
      client.getOutputStream().write(UPGRADE.getBytes());
      await(queued);
      client.shutdownOutput();
      long received = client.getInputStream().transferTo(OutputStream.nullOutputStream());
      assertTrue(received > (long) PARTS * PART_BYTES, received + " bytes");
    }
  }

  @Test
  void otherRequestsAreAnsweredAsEver() throws Exception {
    try (Server server = server(ECHO)) {
      try (Client client = new Client(server.port())) {
        client.send(
            "GET /plain HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
        assertEquals("HTTP/1.1 200 OK|plain", client.receiveResponse());
        client.send("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
        assertEquals("HTTP/1.1 200 OK|plain", client.receiveResponse());
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertEquals(
            "HTTP/1.1 426 Upgrade Required|A WebSocket of version 13 is served here.\n",
            client.receiveResponse());
      }
    }
  }

  @Test
  void subprotocolsAndOriginsAreChosen() throws Exception {
    WebSocketSettings settings =
        WebSocketSettings.of(
            Map.of(
                "subprotocols", List.of("b", "a"),
                "origins", List.of("https://example.com")));
    try (Server server = server(settings, ECHO);
        HttpClient client = HttpClient.newHttpClient()) {
      java.net.http.WebSocket socket =
          await(
              builder(client)
                  .subprotocols("a", "b")
                  .header("Origin", "https://example.com")
                  .buildAsync(uri(server), new Heard()));
      assertEquals("b", socket.getSubprotocol());
      socket.abort();
      CompletableFuture<java.net.http.WebSocket> refused =
          builder(client)
              .header("Origin", "https://example.org")
              .buildAsync(uri(server), new Heard());
      CompletionException failure = assertThrows(CompletionException.class, refused::join);
      WebSocketHandshakeException cause = (WebSocketHandshakeException) failure.getCause();
      assertEquals(403, cause.getResponse().statusCode());
    }
  }

  /**
   * A client that compresses: what it sends comes back so, and however it ends, nothing is kept.
   */
  @ParameterizedTest
  @ValueSource(strings = {"messages", "context"})
  void compressedMessagesComeBackAndNoMemoryIsKept(String deflate) throws Exception {
    Queue<WebSocket> ended = new ConcurrentLinkedQueue<>();
    WebSocketListener listener =
        new WebSocketListener() {
          @Override
          public void message(WebSocket socket, WebSocketMessage message) {
            if (message.bytes().length == 1) {
              throw new IllegalStateException("as asked for");
            }
            socket.send(message);
          }

          @Override
          public void closed(WebSocket socket, int code, String reason) {
            ended.add(socket);
          }
        };
    WebSocketSettings settings =
        WebSocketSettings.of(Map.of("deflate", deflate, "messageBytesMax", 100_000));
    byte[] text = "abcdefgh".repeat(5000).getBytes();
    byte[] compressed = deflated(text);
    byte[][] ends = {
      {}, // the connection is lost behind a message
      {0x41, (byte) 0x82, 0, 0, 0, 0, (byte) 0xf2, 0x48}, // or in one
      {(byte) 0xc1, (byte) 0x81, 0, 0, 0, 0, 7}, // no block
      {(byte) 0xc9, (byte) 0x80, 0, 0, 0, 0}, // a compressed ping
      {(byte) 0x82, (byte) 0x81, 0, 0, 0, 0, 0}, // the listener throws
      {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xe8}, // it says goodbye
      masked(0xc2, deflated(new byte[100_001])), // it is too big
    };
    try (Server server = server(settings, listener, Map.of("closeTimeoutMillis", 100))) {
      for (byte[] end : ends) {
        try (Socket client = new Socket("127.0.0.1", server.port())) {
          client.setSoTimeout(DEADLINE_SECONDS * 1000);
          DataInputStream in = upgraded(client);
          for (int i = 0; i < 3; i++) {
            client.getOutputStream().write(masked(0xc1, compressed));
            assertArrayEquals(text, message(in));
            if (deflate.equals("context")) {
              break; // the next one repeats this, and the client reads each by itself
            }
          }
          client.getOutputStream().write(end);
        }
      }
      Await.until(() -> ended.size() == ends.length, "each has ended");
      try (Socket client = new Socket("127.0.0.1", server.port())) {
        client.setSoTimeout(DEADLINE_SECONDS * 1000);
        DataInputStream in = upgraded(client);
        client.getOutputStream().write(masked(0xc1, compressed));
        assertArrayEquals(text, message(in));
        client.getOutputStream().write(masked(0x41, new byte[] {(byte) 0xf2, 0x48}));
        Thread leaving = Thread.startVirtualThread(() -> leave(client));
        assertTrue(server.drain(), "the drain has ended in time");
        leaving.join();
      }
    }
    Await.until(() -> ended.size() == ends.length + 1, "the drain has ended the last");
    Await.until(() -> ended.stream().noneMatch(HeldMemory::isNative), "its memory is freed");
  }

  private static DataInputStream upgraded(Socket client) throws IOException {
    String offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";
    client.getOutputStream().write((UPGRADE.stripTrailing() + "\r\n" + offer).getBytes());
    DataInputStream in = new DataInputStream(client.getInputStream());
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    assertTrue(head.indexOf("Sec-WebSocket-Extensions: permessage-deflate") > 0, head.toString());
    return in;
  }

  /** Closes when the server has nothing more to say. */
  private static void leave(Socket client) {
    try (client) {
      client.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] message(DataInputStream in) throws Exception {
    assertEquals(0xc1, in.readUnsignedByte());
    int length = in.readUnsignedByte();
    byte[] carried = new byte[(length == 126 ? in.readUnsignedShort() : length) + 4];
    in.readFully(carried, 0, carried.length - 4);
    carried[carried.length - 1] = -1;
    carried[carried.length - 2] = -1;
    Inflater inflater = new Inflater(true);
    inflater.setInput(carried);
    byte[] text = new byte[1 << 20];
    int count = inflater.inflate(text);
    inflater.end();
    return Arrays.copyOf(text, count);
  }

  /** A frame of 126 to 65535 bytes, or of less, with a key of zeros. */
  private static byte[] masked(int first, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(8 + payload.length).put((byte) first);
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else {
      frame.put((byte) 0xfe).putShort((short) payload.length);
    }
    frame.putInt(0).put(payload);
    return Arrays.copyOf(frame.array(), frame.position());
  }

  /** What a client of the JDK has heard. */
  private static final class Heard implements java.net.http.WebSocket.Listener {
    private final Queue<Object> messages = new ConcurrentLinkedQueue<>();
    private final StringBuilder text = new StringBuilder();
    private final java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    final CompletableFuture<String> closed = new CompletableFuture<>();
    final CompletableFuture<String> ponged = new CompletableFuture<>();

    Object next() {
      Await.until(() -> !messages.isEmpty(), "a message");
      return messages.remove();
    }

    @Override
    public CompletableFuture<?> onText(
        java.net.http.WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        messages.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletableFuture<?> onBinary(
        java.net.http.WebSocket socket, ByteBuffer data, boolean last) {
      byte[] part = new byte[data.remaining()];
      data.get(part);
      bytes.writeBytes(part);
      if (last) {
        messages.add(bytes.toByteArray());
        bytes.reset();
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletableFuture<?> onPong(java.net.http.WebSocket socket, ByteBuffer message) {
      byte[] said = new byte[message.remaining()];
      message.get(said);
      ponged.complete(new String(said));
      socket.request(1);
      return null;
    }

    @Override
    public CompletableFuture<?> onClose(java.net.http.WebSocket socket, int code, String reason) {
      closed.complete(code + " " + reason);
      return null;
    }

    @Override
    public void onError(java.net.http.WebSocket socket, Throwable error) {
      closed.complete(error.toString());
    }
  }
}
