package io.quintet.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.ffi.Memory;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which headers of a proxy are whole, which are none, and whom they name, byte by byte. */
class ProxyHeaderRulesTest {
  private static final String SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";
  private static final String PORTS = "\u0001\u0002\u0003\u0004";
  private static final String FOUR = "\u00c0\u0000\u0002\u0001\u00c0\u0000\u0002\u0002";

  private final List<String> sources = new ArrayList<>();

  private final Transport.Owner owner =
      new Transport.Owner() {
        @Override
        public void take(byte[] bytes, int offset, int length) {
          throw new IllegalStateException("a header is not answered");
        }

        @Override
        public void comesFrom(@Nullable InetSocketAddress source) {
          sources.add(
              source == null
                  ? "unsaid"
                  : source.getAddress().getHostAddress() + " " + source.getPort());
        }

        @Override
        public void computed() {
          throw new IllegalStateException("nothing is computed");
        }
      };

  private Transport transport(int room) {
    return new Transport(List.of(new ProxyHeader()), owner, room);
  }

  private static Transport.Outcome receive(Transport transport, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    try (Arena arena = Arena.ofConfined()) {
      long address = arena.allocate(Math.max(bytes.length, 1)).address();
      for (int i = 0; i < bytes.length; i++) {
        Memory.putByte(address + i, bytes[i]);
      }
      transport.receive(address, bytes.length);
    }
    return transport.goOn();
  }

  /** What it says whose the connection is; what follows it is left. Also byte by byte. */
  private void says(String expected, String header) {
    Transport whole = transport(5_000);
    assertEquals(Transport.Outcome.ESTABLISHED, receive(whole, header + "GET"));
    assertEquals("GET", new String(whole.rest(), StandardCharsets.ISO_8859_1));
    Transport pieces = transport(5_000);
    for (int i = 0; i < header.length() - 1; i++) {
      assertEquals(
          Transport.Outcome.INCOMPLETE, receive(pieces, header.substring(i, i + 1)), "byte " + i);
      assertEquals(5_000 - i - 1, pieces.room());
    }
    assertEquals(
        Transport.Outcome.ESTABLISHED, receive(pieces, header.substring(header.length() - 1)));
    assertEquals(0, pieces.rest().length);
    assertEquals(List.of(expected, expected), sources);
    sources.clear();
  }

  private static String binary(int command, int kind, String addresses) {
    return SIGNATURE
        + (char) command
        + (char) kind
        + (char) (addresses.length() >> 8)
        + (char) (addresses.length() & 0xff)
        + addresses;
  }

  private Transport.Outcome outcome(String header) {
    return receive(transport(5_000), header);
  }

  @Test
  void aHeaderInTextNamesWhoseItIs() {
    says("192.0.2.1 65535", "PROXY TCP4 192.0.2.1 192.0.2.2 65535 0\r\n");
    says("2001:db8:0:0:0:0:0:1 1", "PROXY TCP6 2001:db8::1 ::1 1 443\r\n");
    says("unsaid", "PROXY UNKNOWN\r\n");
    says("unsaid", "PROXY UNKNOWN whatever it says\r\n");
  }

  @Test
  void aBinaryHeaderNamesWhoseItIs() {
    says("192.0.2.1 258", binary(0x21, 0x11, FOUR + PORTS));
    says("192.0.2.1 258", binary(0x21, 0x11, FOUR + PORTS + "extensions"));
    String six = "\u0020\u0001" + "\0".repeat(13) + "\u0001";
    says("2001:0:0:0:0:0:0:1 258", binary(0x21, 0x21, six + six + PORTS));
    says("unsaid", binary(0x20, 0x11, FOUR + PORTS));
    says("unsaid", binary(0x20, 0, ""));
    says("unsaid", binary(0x21, 0x31, "a unix name"));
  }

  @Test
  void nothingIsNoHeaderYet() {
    assertEquals(Transport.Outcome.INCOMPLETE, outcome(""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
        "PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 65536 1\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 x 1\r\n",
        "PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2 1 2\r\n",
        "PROXY TCP4 ::1 192.0.2.2 1 2\r\n",
        "PROXY TCP6 192.0.2.1 ::1 1 2\r\n",
        "PROXY TCP6 ::1 192.0.2.1 1 2\r\n",
        "PROXY TCP6 ::x ::1 1 2\r\n",
        "PROXY TCP6 ::1::2 ::1 1 2\r\n",
        "PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n"
      })
  void whatIsNoHeaderInTextIsRejected(String text) {
    assertEquals(Transport.Outcome.REJECTED, outcome(text));
    assertEquals(List.of(), sources);
  }

  @Test
  void aLineIsAsLongAsItMayBe() {
    String most = "PROXY UNKNOWN " + "x".repeat(107 - 16);
    assertEquals(Transport.Outcome.ESTABLISHED, outcome(most + "\r\n"));
    assertEquals(Transport.Outcome.REJECTED, outcome(most + "x\r\n"));
    assertEquals(Transport.Outcome.INCOMPLETE, outcome(most + "\r"));
    assertEquals(Transport.Outcome.REJECTED, outcome(most + "xx"));
  }

  @Test
  void whatIsNoBinaryHeaderIsRejected() {
    assertEquals(Transport.Outcome.REJECTED, outcome(binary(0x22, 0x11, FOUR + PORTS)));
    assertEquals(Transport.Outcome.REJECTED, outcome(binary(0x11, 0x11, FOUR + PORTS)));
    assertEquals(Transport.Outcome.REJECTED, outcome(binary(0x21, 0x11, FOUR + "\0\0\0")));
    assertEquals(Transport.Outcome.REJECTED, outcome(binary(0x21, 0x21, FOUR + PORTS)));
    assertEquals(Transport.Outcome.REJECTED, outcome(SIGNATURE.substring(0, 11) + "x"));
  }

  @Test
  void aBinaryHeaderIsAsLongAsItMayBe() {
    assertEquals(Transport.Outcome.ESTABLISHED, outcome(binary(0x20, 0, "x".repeat(4_080))));
    assertEquals(Transport.Outcome.REJECTED, outcome(binary(0x20, 0, "x".repeat(4_081))));
    assertEquals(
        Transport.Outcome.REJECTED, outcome(binary(0x20, 0, "x".repeat(40_000)).substring(0, 16)));
  }

  @Test
  void noMoreIsReceivedThanThereIsRoomFor() {
    assertEquals(100, transport(100).room());
    assertEquals(2 * Tls.RECORD_BYTES_MAX, transport(1 << 20).room());
  }
}
