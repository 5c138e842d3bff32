package io.quintet.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quintet.codec.Peer;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.service.Handler;
import io.quintet.websocket.WebSocket;
import io.quintet.websocket.WebSocketListener;
import io.quintet.websocket.WebSocketMessage;
import io.quintet.websocket.WebSocketSettings;
import io.quintet.websocket.WebSockets;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket that gives each message back, in one simulated run: judges how its listeners are
 * called. Who sends {@link #LEAVE} has it closed, and at {@link #FAIL} the listener throws. What
 * has ended is sent to on and on, since others may have it yet: that goes nowhere.
 */
final class Echoing implements Handler<HttpRequest, HttpResponse> {
  static final int MESSAGE_MAX = 400;
  static final String FAIL = "fail";
  static final String LEAVE = "leave";
  private static final int FAILED = 1011;
  private static final int LEFT = 4_000;
  private static final WebSocketSettings SETTINGS =
      WebSocketSettings.of(Map.of("messageBytesMax", MESSAGE_MAX));

  private final @Nullable SimulatedMachine machine;
  private final List<Dialogue> dialogues = new ArrayList<>();

  Echoing(@Nullable SimulatedMachine machine) {
    this.machine = machine;
  }

  /** One that judges what happens on a machine. */
  Echoing in(SimulatedMachine where) {
    return new Echoing(where);
  }

  /** The code with which a text has its WebSocket closed; 0 if it has not. */
  static int closing(byte[] text) {
    return switch (new String(text, UTF_8)) {
      case FAIL -> FAILED;
      case LEAVE -> LEFT;
      default -> 0;
    };
  }

  /** A frame of a client's. */
  static byte[] masked(int opcode, boolean last, byte[] payload) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write((last ? 0x80 : 0) | opcode);
    if (payload.length > 125) {
      bytes.write(0x80 | 126);
      bytes.write(payload.length >> 8);
      bytes.write(payload.length);
    } else {
      bytes.write(0x80 | payload.length);
    }
    byte[] key = {0x37, (byte) 0xfa, 0x21, 0x3d};
    bytes.writeBytes(key);
    for (int i = 0; i < payload.length; i++) {
      bytes.write(payload[i] ^ key[i % key.length]);
    }
    return bytes.toByteArray();
  }

  @Override
  public HttpResponse handle(HttpRequest request) {
    if (!request.path().equals("/echo")) {
      return HttpResponse.text(request.path());
    }
    return WebSockets.acceptWith(request, SETTINGS, new Dialogue(request.peer()));
  }

  private synchronized void opened(Dialogue dialogue) {
    dialogues.add(dialogue);
  }

  /** Somebody has kept what is gone. */
  private void sendToEnded() {
    List<Dialogue> all;
    synchronized (this) {
      all = List.copyOf(dialogues);
    }
    for (Dialogue each : all) {
      WebSocket ended = each.ended;
      if (ended != null) {
        ended.sendText("too late");
      }
    }
  }

  private void require(boolean holds, String otherwise) {
    if (machine != null && !holds) {
      machine.violation(otherwise, null);
    }
  }

  /** Whether each was told of its end, after all that happened. */
  void end() {
    for (Dialogue each : dialogues) {
      require(each.ended != null, "a listener was not told of the end: " + each);
    }
  }

  /** Whether what listeners got of a client is what it sent. */
  void check(int port, List<ClientFrames.Told> messages) {
    for (Dialogue each : dialogues) {
      if (each.port == port) {
        int count = each.messages.size();
        boolean right = count <= messages.size();
        for (int i = 0; right && i < count; i++) {
          WebSocketMessage got = each.messages.get(i);
          ClientFrames.Told sent = messages.get(i);
          right =
              got.isText() == (sent.kind() == ClientFrames.Kind.TEXT)
                  && Arrays.equals(got.bytes(), sent.payload());
        }
        require(right, "a listener got " + each.messages + " for " + messages);
      }
    }
  }

  /** The listener of one WebSocket. */
  private final class Dialogue implements WebSocketListener {
    private final int port;
    private final List<WebSocketMessage> messages = new ArrayList<>();
    private boolean isOpened;
    private boolean isCalled;
    private boolean hasFailed;
    private volatile @Nullable WebSocket ended;

    Dialogue(Peer peer) {
      this.port =
          switch (peer.address().orElse(null)) {
            case InetSocketAddress inet -> inet.getPort();
            case UnixDomainSocketAddress local ->
                Integer.parseInt(local.getPath().getFileName().toString());
            case null, default -> 0;
          };
    }

    private void begins(String call) {
      require(!isCalled, call + " is called beside another call of the listener: " + this);
      require(isOpened, call + " is called before opened: " + this);
      require(ended == null, call + " is called behind closed: " + this);
      isCalled = true;
    }

    @Override
    public void opened(WebSocket socket) {
      require(!isOpened && messages.isEmpty(), "opened is called again: " + this);
      isOpened = true;
      Echoing.this.opened(this);
    }

    @Override
    public void message(WebSocket socket, WebSocketMessage message) {
      begins("message");
      require(!hasFailed, "a message is given behind a failure: " + this);
      messages.add(message);
      switch (message.isText() ? closing(message.bytes()) : 0) {
        case FAILED -> {
          isCalled = false;
          throw new IllegalStateException("it was asked to");
        }
        case LEFT -> socket.close(LEFT, "");
        default -> socket.send(message);
      }
      sendToEnded();
      isCalled = false;
    }

    @Override
    public void failed(WebSocket socket, Throwable cause) {
      begins("failed");
      hasFailed = true;
      isCalled = false;
      require(cause instanceof IllegalStateException, "a listener failed: " + cause);
    }

    @Override
    public void closed(WebSocket socket, int code, String reason) {
      begins("closed");
      ended = socket;
      isCalled = false;
      socket.sendText("too late");
    }

    @Override
    public String toString() {
      return "the WebSocket of client " + port + " with " + messages;
    }
  }
}
