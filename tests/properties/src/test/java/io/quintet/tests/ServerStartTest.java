package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.InProcess;
import io.quintet.Options;
import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.ServerBuilder;
import io.quintet.codec.Line;
import io.quintet.ffi.LinuxException;
import io.quintet.http.Http;
import io.quintet.http.HttpResponse;
import io.quintet.testkit.Sizes;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How a server is described, and how a start fails. */
@Isolated("it looks at what this process has and does")
class ServerStartTest {
  @TempDir private static Path folder;

  private static final HttpResponse HELLO = HttpResponse.text("Hello, World!");

  @Test
  void aStartThatFailsLeavesNothingOpen() throws Exception {
    Quintet.server(Http.codec(), _ -> HELLO).start().close();
    try (Server first = Quintet.server(Http.codec(), _ -> HELLO).start()) {
      Map<String, String> before = Stats.descriptors();
      for (int i = 0; i < 20; i++) {
        LinuxException e =
            assertThrows(
                LinuxException.class,
                () ->
                    Quintet.server(Http.codec(), _ -> HELLO)
                        .listen("127.0.0.1", first.port())
                        .start());
        assertEquals(
            "bind 127.0.0.1:"
                + first.port()
                + ": EADDRINUSE (Address already in use): another process listens there; choose"
                + " another port, or 0 for a free one",
            e.getMessage());
      }
      Stats.awaitDescriptors(before);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "port | 70000 | option port is 70000; valid are 0 to 65535",
        "backlog | many | option backlog is many; valid is a whole number",
        "topology | ring | option topology is ring; valid are single-thread, multi-thread,",
        "loops | 2000 | option loops is 2000; valid are 0 to 1024",
        "policy | round-robin | option policy is round-robin; valid for single-thread are none",
        "steer | cpu | option steer is cpu; valid for single-thread is hash",
        "steer | north | option steer is north; valid are hash, cpu, load",
        "pin | maybe | option pin is maybe; valid are true, false",
        "host | fe80::1%none0 | option host is fe80::1%none0; valid is an address,",
        "host | 127.0.0.1%lo | option host is 127.0.0.1%lo; valid is an address,",
        "host | no.such.host.invalid | option host is no.such.host.invalid; valid is an address,",
        "lowWatermarkBytes | 2000000 | option lowWatermarkBytes is 2000000; valid are 0 to"
            + " highWatermarkBytes, which is 1048576",
        "highWatermarkBytes | 1000 | option lowWatermarkBytes is 262144; valid are 0 to"
            + " highWatermarkBytes, which is 1000",
        "ipv6Only | true | option ipv6Only is true; valid for host 127.0.0.1 is false",
        "tlsKey | k.pem | option tlsKey is k.pem; valid without tlsCertificate is none",
        "tlsPassword | secret | option tlsPassword is given; valid without tlsCertificate is none",
        "colour | red | option colour does not exist; the options are host, port,",
      })
  void aBadOptionIsRefusedInOneSentence(String name, String value, String sentence) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Quintet.server(Http.codec(), _ -> HELLO).option(name, value).start());
    assertTrue(e.getMessage().startsWith(sentence), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "single-thread | loops | 2 | is 2; valid for single-thread is 0, since it has one loop",
        "single-thread | workers | 4 | is 4; valid for single-thread is 0, since it has no workers",
        "single-thread | backends | 1 | is 1; valid for single-thread is 0, since it has no backends",
        "single-thread | workerQueueMax | 8 | is 8; valid for single-thread is 1024, since it has no",
        "single-thread | queueTimeoutMillis | 9 | is 9; valid for single-thread is 0, since it has no workers",
        "reuseport | queueTargetMillis | 5 | is 5; valid for reuseport is 0, since it has no workers",
        "multi-thread | workers | 2 | is 2; valid for multi-thread is 0, since it has no workers",
        "multi-thread | backendHangMillis | 0 | is 0; valid for multi-thread is 60000, since it has no",
        "load-balanced | loops | 2 | is 2; valid for load-balanced is 0, since it has one loop",
        "reuseport | backends | 2 | is 2; valid for reuseport is 0, since it has no backends",
        "reuseport | backendStartMillis | 9 | is 9; valid for reuseport is 30000, since it has no",
        "multi-process | loops | 2 | is 2; valid for multi-process is 0, since it has one loop",
        "multi-process | workers | 2 | is 2; valid for multi-process is 0, since it has no workers",
        "multi-process | steer | cpu | is cpu; valid for multi-process is hash",
        "specs/examples/blocking-handlers.json | workers | 9 | is 9; valid for blocking-handlers is 0,"
            + " since each request has one",
      })
  void anOptionThatAnArrangementHasNoUseForIsRefused(
      String topology, String name, String value, String sentence) {
    boolean file = topology.endsWith(".json");
    String id = file ? Path.of(System.getProperty("quintet.root"), topology).toString() : topology;
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Quintet.server(Http.codec(), _ -> HELLO)
                    .option("topology", id)
                    .option(name, value)
                    .start());
    assertTrue(e.getMessage().startsWith("option " + name + " " + sentence), e.getMessage());
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void theDefaultOfAnOptionIsNoneThatIsGiven(Pattern pattern) {
    Map<String, Object> defaults = Map.of("loops", 0, "workers", "0", "workerQueueMax", 1024);
    InProcess.backends(Quintet.server(Http.codec(), _ -> HELLO))
        .pattern(pattern)
        .options(defaults)
        .start()
        .close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "takeover | /run/x | option takeover is /run/x; valid is another path than that of option",
        "ipv6Only | true | option ipv6Only is true; valid for host unix:/run/x is false",
        "deferAcceptSeconds | 5 | option deferAcceptSeconds is 5; valid for host unix:/run/x is 0",
        "fastOpenMax | 8 | option fastOpenMax is 8; valid for host unix:/run/x is 0",
        "topology | reuseport | option host is unix:/run/x; valid for reuseport is an address,",
      })
  void anOptionThatAUnixSocketHasNotIsRefused(String name, String value, String sentence) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Quintet.server(Http.codec(), _ -> HELLO)
                    .option("host", "unix:/run/x")
                    .option(name, value)
                    .start());
    assertTrue(e.getMessage().startsWith(sentence), e.getMessage());
  }

  @Test
  void aServerThatTakesOverListensWhereItWasAskedTo() throws IOException {
    String path = folder.resolve("takeover").toString();
    String name = "unix:" + folder.resolve("socket");
    try (Server before = lines().option("takeover", path).start()) {
      int port = before.port();
      int other = port == 65535 ? 1024 : port + 1;
      String valid =
          "; valid with takeover " + path + " is what the server there listens on, 127.0.0.1:";
      for (Map.Entry<String, Object> asked :
          Map.<String, Object>of("port", other, "host", name).entrySet()) {
        IllegalArgumentException e =
            assertThrows(
                IllegalArgumentException.class,
                () ->
                    lines()
                        .option("takeover", path)
                        .option(asked.getKey(), asked.getValue())
                        .start());
        assertEquals(
            "option " + asked.getKey() + " is " + asked.getValue() + valid + port, e.getMessage());
      }
      assertEcho(port);
      try (Server after = lines().option("takeover", path).option("port", port).start()) {
        assertEquals(port, after.port());
        assertEcho(port);
      }
    }
  }

  private static ServerBuilder lines() {
    return Quintet.server(Line.codec(), line -> line);
  }

  private static void assertEcho(int port) throws IOException {
    try (Client client = new Client(port)) {
      assertEquals("x", client.send("x\r\n").receiveLine());
    }
  }

  @Test
  void aServerCanBeDescribedByAMapAlone() throws IOException {
    Map<String, Object> options = Map.of("host", "127.0.0.1", "port", "0", "backlog", 16L);
    assertEquals(16, Options.of(options).backlog());
    try (Server server = Quintet.server(Line.codec(), line -> line).options(options).start();
        Client client = new Client(server.port())) {
      assertEquals("x", client.send("x\r\n").receiveLine());
      assertEquals(Pattern.SINGLE_THREAD.id(), server.stats().get("topology"));
    }
  }

  @Test
  void anIpv6AddressIsServed() throws IOException {
    try (Server server = Quintet.server(Line.codec(), line -> line).listen("::1", 0).start()) {
      assertEquals("[::1]:" + server.port(), server.address().toString());
    }
  }

  @Test
  void aNameIsServedAtItsIpv4Address() throws IOException {
    try (Server server =
        Quintet.server(Line.codec(), line -> line).listen("localhost", 0).start()) {
      assertEquals("127.0.0.1:" + server.port(), server.address().toString());
    }
  }

  @ParameterizedTest
  @EnumSource(value = Pattern.class, mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void aLinkLocalAddressIsServedOnItsLink(Pattern pattern) throws IOException {
    Inet6Address local = linkLocal();
    assumeTrue(local != null, "skipped: no interface of this machine has a link-local address");
    String zone = NetworkInterface.getByIndex(local.getScopeId()).getName();
    String bare = local.getHostAddress().replaceAll("%.*", "");
    ServerBuilder builder =
        Quintet.server(Line.codec(), line -> line)
            .pattern(pattern)
            .options(Sizes.of(pattern.id(), 1));
    try (Server server = InProcess.backends(builder.listen(bare + "%" + zone, 0)).start();
        Socket client = new Socket(local, server.port())) {
      assertTrue(server.address().host().endsWith("%" + local.getScopeId()));
      client.getOutputStream().write("a\n".getBytes(StandardCharsets.US_ASCII));
      assertEquals('a', client.getInputStream().read());
    }
    LinuxException e =
        assertThrows(
            LinuxException.class,
            () -> Quintet.server(Line.codec(), line -> line).listen(bare, 0).start());
    assertTrue(
        e.getMessage().endsWith("a link-local address needs its interface, as in fe80::1%eth0"),
        e.getMessage());
  }

  private static @Nullable Inet6Address linkLocal() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet6Address && address.isLinkLocalAddress())
        .map(Inet6Address.class::cast)
        .findFirst()
        .orElse(null);
  }

  @Test
  void aConnectionsLastTransitionsAreExplained() throws IOException {
    try (Server server = Quintet.server(Line.codec(), line -> line).start();
        Client client = new Client(server.port())) {
      client.send("a\n");
      assertEquals("a", client.receiveLine());
      Map<Integer, String> all = server.explain();
      assertEquals(1, all.size());
      int connection = all.keySet().iterator().next();
      assertTrue(server.explain(connection).startsWith("connection:"), all.toString());
      assertTrue(server.explain(connection).endsWith(" idle"), all.toString());
      assertEquals("", server.explain(-1));
    }
  }
}
