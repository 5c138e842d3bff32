package io.quintet.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;

/**
 * What a proxy sends in front of a connection that it forwards, and whose the server then takes it
 * for: the PROXY protocol, versions 1 and 2.
 *
 * @param bytes the header
 * @param host address of the client; empty where the header does not say
 */
record Introduction(byte[] bytes, String host) {
  private static final int KINDS = 5;
  private static final byte[] SIGNATURE = "\r\n\r\n\0\r\nQUIT\n".getBytes(ISO_8859_1);
  private static final int LOCAL = 0x20;
  private static final int PROXY = 0x21;
  private static final int TCP_4 = 0x11;
  private static final int SOURCE = 0xc0000207; // 192.0.2.7, RFC 5737
  private static final int TARGET = 0xc0000201;
  private static final int TARGET_PORT = 443;

  /** One of a client that has a port. */
  static Introduction drawn(Choices choices, int port) {
    return switch (choices.draw(KINDS)) {
      case 0 -> text("TCP4 192.0.2.7 192.0.2.1 " + port + " 443", "192.0.2.7");
      case 1 -> text("TCP6 2001:db8::7 2001:db8::1 " + port + " 443", "2001:db8:0:0:0:0:0:7");
      case 2 -> text("UNKNOWN", "");
      case 3 -> {
        ByteBuffer head = binary(PROXY, TCP_4, 12);
        head.putInt(SOURCE).putInt(TARGET).putShort((short) port).putShort((short) TARGET_PORT);
        yield new Introduction(head.array(), "192.0.2.7");
      }
      default -> new Introduction(binary(LOCAL, 0, 0).array(), "");
    };
  }

  private static Introduction text(String words, String host) {
    return new Introduction(("PROXY " + words + "\r\n").getBytes(ISO_8859_1), host);
  }

  private static ByteBuffer binary(int command, int kind, int length) {
    ByteBuffer head = ByteBuffer.allocate(SIGNATURE.length + 4 + length).put(SIGNATURE);
    return head.put((byte) command).put((byte) kind).putShort((short) length);
  }

  /** The header and what follows it. */
  byte[] with(byte[] stream) {
    return ByteBuffer.allocate(bytes.length + stream.length).put(bytes).put(stream).array();
  }
}
