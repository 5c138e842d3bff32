package io.quintet.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * A service to simulate: WebSockets that give each message back. Clients send texts and bytes,
 * whole and in fragments, pings and pongs between them, close frames, and what breaks the protocol.
 */
final class Chatting {
  private static final int FRAMES_MAX = 8;
  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  private static final byte[] UPGRADE =
      bytes(
          "GET /echo HTTP/1.1\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

  private static final String[] TEXTS = {
    "a", "hello", "", "gr\u00fc\u00df dich \ud83d\ude00", "x".repeat(126), "y".repeat(300)
  };

  private Chatting() {}

  static QuintetProperties<HttpRequest, HttpResponse> properties() {
    return QuintetProperties.of(Http.codec(), new Echoing(null)).streams(Chatting::stream);
  }

  private static byte[] stream(Choices choices) {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    if (choices.once(6)) {
      stream.writeBytes(bytes("GET /a HTTP/1.1\r\nHost: b\r\n\r\n"));
    }
    stream.writeBytes(UPGRADE);
    for (int frames = choices.draw(FRAMES_MAX); frames > 0; frames--) {
      say(choices, stream);
    }
    if (choices.draw(2) == 1) {
      stream.writeBytes(close(choices));
    }
    if (choices.once(12)) {
      byte[] bytes = stream.toByteArray();
      int at = choices.draw(bytes.length);
      if (choices.draw(2) == 0) {
        return Arrays.copyOf(bytes, at);
      }
      bytes[at] = (byte) choices.draw(256);
      return bytes;
    }
    return stream.toByteArray();
  }

  private static void say(Choices choices, ByteArrayOutputStream stream) {
    switch (choices.draw(24)) {
      case 0, 1, 2, 3, 4, 5 -> stream.writeBytes(Echoing.masked(TEXT, true, text(choices)));
      case 6, 7, 8 -> stream.writeBytes(Echoing.masked(BINARY, true, text(choices)));
      case 9, 10, 11, 12, 13, 14 -> fragments(choices, stream);
      case 15, 16, 17, 18 -> ping(choices, stream);
      case 19 -> stream.writeBytes(Echoing.masked(PONG, true, bytes("pong")));
      case 20 -> stream.writeBytes(Echoing.masked(TEXT, true, bytes(Echoing.FAIL)));
      case 21 -> stream.writeBytes(Echoing.masked(TEXT, true, bytes(Echoing.LEAVE)));
      case 22 -> stream.writeBytes(wrong(choices));
      default -> stream.writeBytes(close(choices));
    }
  }

  private static byte[] text(Choices choices) {
    String text = TEXTS[choices.draw(TEXTS.length)];
    return (text.length() > 5 ? text : text + choices.draw(100)).getBytes(UTF_8);
  }

  private static void ping(Choices choices, ByteArrayOutputStream stream) {
    stream.writeBytes(Echoing.masked(PING, true, bytes("ping " + choices.draw(100))));
  }

  /** A message in two to four frames, cut anywhere, also within a character. */
  private static void fragments(Choices choices, ByteArrayOutputStream stream) {
    byte[] message = text(choices);
    int opcode = choices.draw(2) == 0 ? TEXT : BINARY;
    int at = 0;
    for (int left = 1 + choices.draw(3); left > 0; left--) {
      int next = at + choices.draw(message.length - at + 1);
      stream.writeBytes(Echoing.masked(opcode, false, Arrays.copyOfRange(message, at, next)));
      opcode = CONTINUATION;
      at = next;
      if (choices.draw(2) == 1) {
        ping(choices, stream);
      }
    }
    byte[] rest = Arrays.copyOfRange(message, at, message.length);
    stream.writeBytes(Echoing.masked(CONTINUATION, true, rest));
  }

  private static byte[] close(Choices choices) {
    return switch (choices.draw(4)) {
      case 0 -> Echoing.masked(CLOSE, true, bytes("\u0003\u00e8"));
      case 1 -> Echoing.masked(CLOSE, true, new byte[0]);
      case 2 -> Echoing.masked(CLOSE, true, bytes("\u0003\u00e9going"));
      default -> Echoing.masked(CLOSE, true, bytes("\u000f\u00a1"));
    };
  }

  /** What breaks the protocol. */
  private static byte[] wrong(Choices choices) {
    return switch (choices.draw(9)) {
      case 0 -> Echoing.masked(CONTINUATION, true, bytes("no message has begun"));
      case 1 ->
          joined(Echoing.masked(TEXT, false, bytes("a")), Echoing.masked(TEXT, true, bytes("b")));
      case 2 -> Echoing.masked(3, true, bytes("no opcode"));
      case 3 -> Echoing.masked(PING, false, bytes("in fragments"));
      case 4 -> new byte[] {(byte) 0x81, 1, 'a'};
      case 5 -> Echoing.masked(TEXT, true, bytes("\u00c3("));
      case 6 -> Echoing.masked(BINARY, true, new byte[Echoing.MESSAGE_MAX + 1]);
      case 7 -> Echoing.masked(CLOSE, true, bytes("\u0003\u00ed"));
      default -> Echoing.masked(CLOSE, true, bytes("\u0003"));
    };
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
