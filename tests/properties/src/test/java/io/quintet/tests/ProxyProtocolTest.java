package io.quintet.tests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.http.Http;
import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Whose a connection is, with and without a proxy before the server. */
@ParameterizedClass
@EnumSource(Arrangement.class)
class ProxyProtocolTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

  @Parameter Arrangement arrangement;

  private Server start(boolean proxied) {
    return arrangement
        .of(Quintet.server(Http.codec(), ProxyProtocolTest::who))
        .option("proxyProtocol", proxied)
        .start();
  }

  private static HttpResponse who(HttpRequest request) {
    InetSocketAddress address = (InetSocketAddress) request.peer().address().orElseThrow();
    return HttpResponse.text(address.getAddress().getHostAddress() + " " + address.getPort());
  }

  private static byte[] binary(String command, String rest) {
    return HexFormat.of().parseHex(SIGNATURE + command + rest);
  }

  private static void assertSays(Server server, byte[] header, Function<Client, String> expected)
      throws IOException {
    try (Client client = new Client(server.port())) {
      client.send(header).send(GET + GET);
      String response = "HTTP/1.1 200 OK|" + expected.apply(client);
      assertEquals(response, client.receiveResponse());
      assertEquals(response, client.receiveResponse(), "and so for the next request");
    }
    try (Client client = new Client(server.port())) {
      for (byte one : header) {
        client.send(new byte[] {one});
      }
      String response = "HTTP/1.1 200 OK|" + expected.apply(client);
      assertEquals(response, client.send(GET).receiveResponse(), "sent byte by byte");
    }
  }

  private static void assertSays(Server server, byte[] header, String expected) throws IOException {
    assertSays(server, header, _ -> expected);
  }

  private static String itself(Client client) {
    return "127.0.0.1 " + client.localPort();
  }

  @Test
  void withoutAProxyItIsTheSocketsOwn() throws IOException {
    try (Server server = start(false)) {
      assertSays(server, new byte[0], ProxyProtocolTest::itself);
    }
  }

  @Test
  void aHeaderSaysWhoseTheConnectionIs() throws IOException {
    try (Server server = start(true)) {
      assertSays(
          server,
          "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n".getBytes(ISO_8859_1),
          "192.0.2.7 56324");
      assertSays(
          server,
          "PROXY TCP6 2001:db8::7 2001:db8::1 4000 443\r\n".getBytes(ISO_8859_1),
          "2001:db8:0:0:0:0:0:7 4000");
      assertSays(
          server, binary("21", "11000c" + "c0000207" + "c6336401" + "dc0401bb"), "192.0.2.7 56324");
      String six = "20010db8000000000000000000000007";
      assertSays(
          server,
          binary("21", "210027" + six + six + "0fa001bb" + "040000"),
          "2001:db8:0:0:0:0:0:7 4000");
    }
  }

  /** A proxy that listens on :: sends this for each IPv4 client. */
  @Test
  void anAddressMappedFromIpv4IsOneOfIpv6InTheHeader() throws IOException {
    try (Server server = start(true)) {
      for (String addresses :
          new String[] {
            "::ffff:192.0.2.1 ::ffff:192.0.2.2",
            "::FFFF:192.0.2.1 2001:db8::1",
            "::ffff:c000:201 ::1",
            "0:0:0:0:0:ffff:192.0.2.1 ::ffff:192.0.2.2",
          }) {
        assertSays(
            server, ("PROXY TCP6 " + addresses + " 1 2\r\n").getBytes(ISO_8859_1), "192.0.2.1 1");
      }
      assertSays(
          server,
          "PROXY TCP6 2001:db8::7 ::ffff:192.0.2.2 4000 443\r\n".getBytes(ISO_8859_1),
          "2001:db8:0:0:0:0:0:7 4000");
      assertSays(
          server,
          "PROXY TCP6 ::192.0.2.1 ::1 1 2\r\n".getBytes(ISO_8859_1),
          "0:0:0:0:0:0:c000:201 1");
      String mapped = "00000000000000000000ffffc0000201";
      assertSays(server, binary("21", "210024" + mapped + mapped + "00010002"), "192.0.2.1 1");
    }
  }

  @Test
  void aClientOfIpv4HasItsAddressAlsoOfASocketOfIpv6() throws IOException {
    try (Server server =
        arrangement
            .of(Quintet.server(Http.codec(), ProxyProtocolTest::who))
            .option("host", "::")
            .start()) {
      assertSays(server, new byte[0], ProxyProtocolTest::itself);
    }
  }

  @Test
  void aProxyThatDoesNotSayLeavesTheSocketsOwn() throws IOException {
    try (Server server = start(true)) {
      assertSays(server, "PROXY UNKNOWN\r\n".getBytes(ISO_8859_1), ProxyProtocolTest::itself);
      assertSays(server, binary("20", "000000"), ProxyProtocolTest::itself);
      assertSays(server, binary("21", "310004" + "00000000"), ProxyProtocolTest::itself);
    }
  }

  @Test
  void aConnectionWithoutAHeaderIsClosedAndCounted() throws IOException {
    byte[][] none = {
      GET.getBytes(ISO_8859_1),
      "PROXY TCP4 192.0.2.7 198.51.100.1 56324\r\n".getBytes(ISO_8859_1),
      "PROXY TCP4 2001:db8::7 198.51.100.1 56324 443\r\n".getBytes(ISO_8859_1),
      "PROXY TCP6 192.0.2.7 198.51.100.1 56324 443\r\n".getBytes(ISO_8859_1),
      "PROXY TCP6 ::1 198.51.100.1 56324 443\r\n".getBytes(ISO_8859_1),
      "PROXY TCP4 ::ffff:192.0.2.7 198.51.100.1 56324 443\r\n".getBytes(ISO_8859_1),
      "PROXY TCP4 192.0.2.7 ::ffff:198.51.100.1 56324 443\r\n".getBytes(ISO_8859_1),
      "PROXY TCP4 3221225991 198.51.100.1 56324 443\r\n".getBytes(ISO_8859_1),
      "PROXY TCP6 [::1] ::1 56324 443\r\n".getBytes(ISO_8859_1),
      "PROXY TCP6 fe80::1%lo ::1 56324 443\r\n".getBytes(ISO_8859_1),
      "PROXY TCP6 ::g ::1 56324 443\r\n".getBytes(ISO_8859_1),
      "PROXY TCP6 ::ffff:192.0.2.256 ::1 56324 443\r\n".getBytes(ISO_8859_1),
      "PROXY TCP4 192.0.2.07 198.51.100.1 56324 443\r\n".getBytes(ISO_8859_1),
      "PROXY TCP4 192.0.2.7 198.51.100.1 65536 443\r\n".getBytes(ISO_8859_1),
      "PROXY TCP4 192.0.2.7 198.51.100.1 056 443\r\n".getBytes(ISO_8859_1),
      "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\n".getBytes(ISO_8859_1),
      ("PROXY UNKNOWN " + "a".repeat(100) + "\r\n").getBytes(ISO_8859_1),
      binary("31", "000000"),
      binary("22", "000000"),
      binary("21", "110004" + "c0000207"),
      binary("21", "11ffff"),
    };
    try (Server server = start(true)) {
      for (byte[] bytes : none) {
        try (Client client = new Client(server.port())) {
          assertEquals(0, client.send(bytes).receiveAll().length);
        }
      }
      assertEquals(none.length, Stats.sum(server, "refusedUnproxied"));
    }
  }
}
