package io.quintet.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quintet.codec.Output;

/**
 * A frame that is to be sent, RFC 6455 §5.2. A server's is not masked, and here each is a whole
 * message.
 *
 * @param opcode what it is, with {@link #COMPRESSED} where its payload is
 * @param payload what it carries
 */
record Frame(int opcode, byte[] payload) {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  /** Most bytes of a control frame. */
  static final int CONTROL_BYTES_MAX = 125;

  static final int FINAL = 0x80;

  /** The first reserved bit, RFC 7692 §6. */
  static final int COMPRESSED = 0x40;

  static final int RESERVED = 0x70;
  static final int LENGTH_16 = 126;
  static final int LENGTH_64 = 127;

  private static final int HEADER_BYTES = 4;

  /** A message as it is. */
  static Frame of(WebSocketMessage message) {
    return new Frame(message.isText() ? TEXT : BINARY, message.bytes());
  }

  /** A message in a compressed form. */
  static Frame deflated(WebSocketMessage message, byte[] form) {
    return new Frame(COMPRESSED | (message.isText() ? TEXT : BINARY), form);
  }

  /** A close frame; code 1005 stands for none. */
  static Frame close(int code, String reason) {
    if (code == CloseCode.NONE) {
      return new Frame(CLOSE, new byte[0]);
    }
    byte[] text = reason.getBytes(UTF_8);
    byte[] payload = new byte[2 + text.length];
    payload[0] = (byte) (code >> 8);
    payload[1] = (byte) code;
    System.arraycopy(text, 0, payload, 2, text.length);
    return new Frame(CLOSE, payload);
  }

  /** What it takes in a queue. */
  int size() {
    return payload.length + HEADER_BYTES;
  }

  void write(Output out) {
    int length = payload.length;
    out.put((byte) (FINAL | opcode));
    if (length < LENGTH_16) {
      out.put((byte) length);
    } else if (length < 1 << 16) {
      out.put((byte) LENGTH_16);
      out.put((byte) (length >> 8));
      out.put((byte) length);
    } else {
      out.put((byte) LENGTH_64);
      for (int shift = 56; shift >= 0; shift -= 8) {
        out.put((byte) ((long) length >> shift));
      }
    }
    out.put(payload);
  }
}
