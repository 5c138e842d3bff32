package io.quintet.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.quintet.codec.ProtocolException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a proxy sends in front of the bytes of a connection that it forwards, to tell whose they
 * are: the PROXY protocol, versions 1 and 2 (HAProxy, doc/proxy-protocol.txt). One thread.
 */
final class ProxyHeader implements Layer {
  /** Longest header of version 1, with its CR LF. */
  static final int TEXT_BYTES_MAX = 107;

  /** Longest header of version 2 that is taken: its length would allow more of extensions. */
  static final int BYTES_MAX = 4096;

  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

  private static final byte[] SIGNATURE = "\r\n\r\n\0\r\nQUIT\n".getBytes(ISO_8859_1);
  private static final byte[] TEXT_START = "PROXY ".getBytes(ISO_8859_1);
  private static final int FIXED_BYTES = 16;
  private static final int VERSION_AND_COMMAND = 12;
  private static final int FAMILY_AND_TRANSPORT = 13;
  private static final int LENGTH = 14;
  private static final int LOCAL = 0x20;
  private static final int PROXY = 0x21;
  private static final int TCP_4 = 0x11;
  private static final int TCP_6 = 0x21;

  private byte[] bytes = {};
  private @Nullable InetSocketAddress source;

  @Override
  public Transport.Outcome goOn(Transport transport) {
    bytes = transport.received();
    if (bytes.length == 0) {
      return Transport.Outcome.INCOMPLETE;
    }
    try {
      int length = startsLike(SIGNATURE) ? readBinary() : readText();
      if (length == 0) {
        return Transport.Outcome.INCOMPLETE;
      }
      transport.leave(Arrays.copyOfRange(bytes, length, bytes.length));
      transport.owner().comesFrom(source);
      return Transport.Outcome.ESTABLISHED;
    } catch (ProtocolException e) {
      return Transport.Outcome.REJECTED;
    }
  }

  private boolean startsLike(byte[] start) {
    int compared = Math.min(bytes.length, start.length);
    return Arrays.equals(bytes, 0, compared, start, 0, compared);
  }

  /** Gives the length of the header, or 0 while it is not whole. */
  private int readBinary() {
    if (bytes.length < FIXED_BYTES) {
      return 0;
    }
    int command = bytes[VERSION_AND_COMMAND] & 0xff;
    int kind = bytes[FAMILY_AND_TRANSPORT] & 0xff;
    int length = FIXED_BYTES + ((short) SHORTS.get(bytes, LENGTH) & 0xffff);
    if ((command != LOCAL && command != PROXY) || length > BYTES_MAX) {
      throw malformed();
    }
    if (bytes.length < length) {
      return 0;
    }
    if (command == PROXY && kind == TCP_4) {
      source = address(length, 4);
    } else if (command == PROXY && kind == TCP_6) {
      source = address(length, 16);
    }
    return length;
  }

  /** The source of two addresses and two ports. */
  private InetSocketAddress address(int length, int each) {
    int ports = FIXED_BYTES + 2 * each;
    require(length >= ports + 4);
    byte[] bits = Arrays.copyOfRange(bytes, FIXED_BYTES, FIXED_BYTES + each);
    try {
      int port = (short) SHORTS.get(bytes, ports) & 0xffff;
      return new InetSocketAddress(InetAddress.getByAddress(bits), port);
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of 4 or 16 bytes is one", e);
    }
  }

  private int readText() {
    require(startsLike(TEXT_START));
    int end = 0;
    while (end < bytes.length && bytes[end] != '\n') {
      end++;
    }
    require(end < TEXT_BYTES_MAX);
    if (end == bytes.length) {
      return 0;
    }
    require(bytes[end - 1] == '\r');
    String[] words = new String(bytes, 0, end - 1, ISO_8859_1).split(" ", -1);
    if (!words[1].equals("UNKNOWN")) {
      boolean ipv4 = words[1].equals("TCP4");
      require(words.length == 6 && (ipv4 || words[1].equals("TCP6")));
      source = address(words[2], ipv4, port(words[4]));
      address(words[3], ipv4, port(words[5])); // this end of it; only checked
    }
    return end + 1;
  }

  private static InetSocketAddress address(String literal, boolean ipv4, int port) {
    // Its class says nothing of its family: Java has one mapped from IPv4 as an Inet4Address.
    require(literal.matches(ipv4 ? "[0-9.]+" : "[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*"));
    try {
      InetAddress address = InetAddress.ofLiteral(literal);
      require(!ipv4 || address.getHostAddress().equals(literal));
      return new InetSocketAddress(address, port);
    } catch (IllegalArgumentException e) {
      throw malformed();
    }
  }

  private static int port(String digits) {
    require(digits.matches("0|[1-9][0-9]{0,4}"));
    int port = Integer.parseInt(digits);
    require(port <= 65535);
    return port;
  }

  private static void require(boolean condition) {
    if (!condition) {
      throw malformed();
    }
  }

  private static ProtocolException malformed() {
    return new ProtocolException(400, "malformed header of the PROXY protocol");
  }
}
