package io.quintet.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.ffi.linux.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Flags, addresses and calls print as strace prints them. */
class PrintingTest {
  @Test
  void flagsPrintByName() {
    int bits = Linux.EPOLLIN() | Linux.EPOLLRDHUP();
    assertEquals("EPOLLIN|EPOLLRDHUP", FlagSet.EPOLL.format(bits));
    assertEquals("EPOLLIN|EPOLLET", FlagSet.EPOLL.format(Linux.EPOLLIN() | Linux.EPOLLET()));
    assertEquals("EPOLLIN|0x800", FlagSet.EPOLL.format(Linux.EPOLLIN() | 0x800));
    assertEquals("0", FlagSet.EPOLL.format(0));
    assertEquals("EPOLL_CTL_MOD", FlagSet.EPOLL_CTL.format(Linux.EPOLL_CTL_MOD()));
    assertEquals("0x63", FlagSet.EPOLL_CTL.format(99));
  }

  @Test
  void addressesPrintAndSurviveTheKernelsLayout() {
    assertRoundTrip("127.0.0.1:8080", SocketAddress.inet("127.0.0.1", 8080));
    assertRoundTrip("[::1]:65535", SocketAddress.inet("::1", 65535));
    assertRoundTrip("[2001:db8::1:0:0:1]:1", SocketAddress.inet("2001:db8:0:0:1:0:0:1", 1));
    assertRoundTrip("[2001:db8:0:1:1:1:1:1]:1", SocketAddress.inet("2001:db8:0:1:1:1:1:1", 1));
    assertRoundTrip("[::]:0", SocketAddress.inet("::", 0));
    assertRoundTrip("[::1]:0", SocketAddress.inet("[::1]", 0));
    assertRoundTrip("unix:/run/a.sock", new SocketAddress.UnixPath("/run/a.sock"));
    assertRoundTrip("unix:@a", new SocketAddress.UnixAbstract("a"));
    assertRoundTrip("unnamed AF_UNIX", new SocketAddress.Unnamed(Linux.AF_UNIX()));
  }

  @Test
  void anAddressMappedFromIpv4PrintsAsSuchAndIsTheSamePeers() {
    SocketAddress mapped = new SocketAddress.Inet6(0, 0xffff_c000_0201L, 80, 0);
    assertRoundTrip("[::ffff:192.0.2.1]:80", mapped);
    assertEquals(SocketAddress.inet("192.0.2.1", 80), mapped.unmapped());
    assertEquals(SocketAddress.inet("192.0.2.1", 80).toJdk(), mapped.toJdk());
    assertRoundTrip("[::c000:201]:80", new SocketAddress.Inet6(0, 0xc000_0201L, 80, 0));
    assertRoundTrip("[::1:ffff:0:1]:80", new SocketAddress.Inet6(0, 0x1_ffff_0000_0001L, 80, 0));
    for (String other : List.of("::1", "2001:db8::ffff:c000:201", "192.0.2.1")) {
      SocketAddress address = SocketAddress.inet(other, 80);
      assertEquals(address, address.unmapped());
    }
  }

  @Test
  void aZoneIsKept() throws Exception {
    int loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress()).getIndex();
    String name = NetworkInterface.getByIndex(loopback).getName();
    String here = "fe80::1%" + loopback;
    for (String given : List.of(here, "fe80::1%" + name, "[fe80::1%" + name + "]")) {
      SocketAddress.Inet6 address = (SocketAddress.Inet6) SocketAddress.inet(given, 80);
      assertEquals(loopback, address.scope(), given);
      assertEquals(here, address.host());
      assertRoundTrip("[" + here + "]:80", address);
      assertEquals(address, SocketAddress.inet(address.host(), 80));
      InetSocketAddress jdk = (InetSocketAddress) address.toJdk();
      assertEquals(loopback, ((Inet6Address) jdk.getAddress()).getScopeId());
    }
    assertEquals(0, ((SocketAddress.Inet6) SocketAddress.inet("fe80::1", 80)).scope());
    for (String wrong : List.of("fe80::1%none0", "127.0.0.1%" + name, "fe80::1%", "localhost%1")) {
      assertThrows(IllegalArgumentException.class, () -> SocketAddress.inet(wrong, 80), wrong);
    }
  }

  @Test
  void aNameStandsForItsFirstIpv4Address() {
    assertEquals("127.0.0.1:80", SocketAddress.inet("localhost", 80).toString());
    assertEquals("[::1]:80", SocketAddress.inet("::1", 80).toString());
  }

  private static void assertRoundTrip(String printed, SocketAddress address) {
    assertEquals(printed, address.toString());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(SocketAddress.BYTES_MAX, 8);
      int length = address.write(memory.address());
      assertEquals(address, SocketAddress.read(memory.address(), length));
    }
  }

  @Test
  void aCallPrintsAsStracePrintsIt() {
    assertEquals(
        "accept4(7, SOCK_NONBLOCK|SOCK_CLOEXEC) = 9",
        Strace.line(9, "accept4(%d, %s)", 7, FlagSet.ACCEPT.format(0x80800)));
    assertEquals(
        "close(-1) = -1 EBADF (Bad file descriptor)",
        Strace.line(-Errno.EBADF.number(), "close(%d)", -1));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom("GET / HTTP/1.1\r\nHost: a-longer-name.example\r\n");
      assertEquals("\"GET / HTTP/1.1\\r\\nHost: a-longer-n\"...", Strace.bytes(text.address(), 45));
    }
  }

  @Test
  void tracingShowsEveryCallWhenItIsOn() throws Exception {
    List<String> on = traced("-Dquintet.trace=strace");
    for (String thread : List.of("main", "another one", "#\\d+")) {
      String caller = "\\[pid \\d+<" + thread + ">\\] ";
      assertTrue(isIn(on, caller + "eventfd2\\(0, EFD_CLOEXEC\\) = \\d+"), "" + on);
      assertTrue(isIn(on, caller + "close\\(\\d+\\) = 0"), "" + on);
    }
    assertEquals(6, on.size(), "" + on);
    assertEquals(1, on.stream().map(line -> line.split("<")[0]).distinct().count(), "one process");
    assertEquals(List.of(), traced("-Dquintet.trace=off"));
  }

  private static boolean isIn(List<String> lines, String pattern) {
    return lines.stream().anyMatch(line -> line.matches(pattern));
  }

  /** Standard error of a process in which three threads make two calls each. */
  private static List<String> traced(String property) throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String modules = System.getProperty("jdk.module.path", "");
    String classes = System.getProperty("java.class.path", "");
    String path = modules.isEmpty() ? classes : modules + ":" + classes;
    Process process =
        new ProcessBuilder(
                java,
                property,
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                Path.of(System.getProperty("quintet.jextract"), "../target/classes")
                    + ":"
                    + Path.of(System.getProperty("quintet.jextract"), "../target/test-classes")
                    + ":"
                    + path,
                "io.quintet.ffi.TwoCalls")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<String> lines = process.errorReader().lines().toList();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), "" + lines);
    return lines;
  }
}
