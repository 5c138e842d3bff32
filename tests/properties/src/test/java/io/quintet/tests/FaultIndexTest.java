package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.InProcess;
import io.quintet.Pattern;
import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import io.quintet.ffi.LinuxException;
import io.quintet.kernel.World;
import io.quintet.specs.Specs;
import io.quintet.testkit.FaultyWorld;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A scenario is run over and over on the real kernel, and each time the next of its calls fails:
 * with each error that the call declares, once and for good. Nothing leaks, hangs or spins.
 */
@Isolated("it looks at what this process has and does")
class FaultIndexTest {
  /** Every so-manieth pair of call and error; {@code -Dquintet.stride=1} tries them all. */
  private static final int STRIDE = Integer.getInteger("quintet.stride", 13);

  private static final int CALLS_MAX = 2_000;

  /** No call declares more. */
  private static final int ERRORS_MAX =
      Specs.dispositions().values().stream().mapToInt(Map::size).max().orElseThrow();

  private static final int WAIT_MILLIS = 60;

  @ParameterizedTest
  @EnumSource
  void noCallThatFailsMakesTheServerLeakHangOrSpin(Pattern pattern) throws Exception {
    FaultyWorld counting = FaultyWorld.counting(World.linux());
    scenario(pattern, counting);
    // Threads make some calls more or fewer each time; a call that is not reached fails nothing.
    int count = counting.calls();
    Set<String> failed = new TreeSet<>();
    int runs = 0;
    int candidate = 0;
    for (int index = 0; index < count; index++) {
      for (boolean persistent : new boolean[] {false, true}) {
        for (int error = 0; error < ERRORS_MAX; error++) {
          if (candidate++ % STRIDE == 0) {
            String call = run(pattern, index, error, persistent);
            runs += call.isEmpty() ? 0 : 1;
            failed.add(call);
          }
        }
      }
    }
    failed.remove("");
    System.out.printf(
        "fault index of %s: %d calls, %d runs in which one fails (%s), nothing left open%n",
        pattern.id(), count, runs, String.join(" ", failed));
    assertTrue(runs > count / STRIDE, "most calls were reached");
  }

  /** Gives the call that failed, empty if none did. */
  private static String run(Pattern pattern, int index, int error, boolean persistent)
      throws Exception {
    FaultyWorld world = FaultyWorld.failing(World.linux(), index, error, persistent);
    String what =
        pattern.id() + ": error " + error + " of call " + index + (persistent ? ", for good" : "");
    List<String> before = descriptors();
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20), () -> scenario(pattern, world), what + " hangs");
    String call = world.failed() + " with " + world.errno();
    assertTrue(
        world.calls() < CALLS_MAX,
        what + " (" + call + "): it spins, calls " + world.callsByName());
    // A backend that was killed is a thread here, and ends a little later than its front.
    long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    while (!before.equals(descriptors()) && System.nanoTime() < end) {
      Thread.yield();
    }
    assertEquals(before, descriptors(), what + " (" + call + ") leaves descriptors open");
    return world.failed();
  }

  /** Three clients, three requests each, then a drain. */
  private static void scenario(Pattern pattern, FaultyWorld world) {
    Server server;
    try {
      server =
          Quintet.server(Line.codec(), line -> line)
              .in(InProcess.in(world))
              .options(
                  Map.of(
                      "topology", pattern.id(),
                      "loops", 2,
                      "workers", 2,
                      "backends", 2,
                      "backendStartMillis", 300,
                      "acceptPauseMillis", 20,
                      "lingerTimeoutMillis", 20,
                      "readBufferBytes", 4096,
                      "outputBufferBytes", 4096,
                      "drainTimeoutMillis", 100))
              .start();
    } catch (LinuxException | IllegalStateException refused) {
      return; // loudly and completely: the descriptors are counted
    }
    try {
      for (int i = 0; i < 3; i++) {
        ask(server.port());
      }
    } finally {
      server.drain();
    }
    assertEquals("stopped", server.stats().get("state"));
  }

  private static void ask(int port) {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(WAIT_MILLIS);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), WAIT_MILLIS);
      for (int i = 0; i < 3; i++) {
        socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
        if (socket.getInputStream().readNBytes(6).length < 6) {
          return;
        }
      }
    } catch (IOException e) {
      // a server with a broken call may lose a client
    }
  }

  /** Sockets, epoll instances and eventfds; the JVM opens files as it likes. */
  private static List<String> descriptors() throws IOException {
    List<String> open = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : all.toList()) {
        try {
          String target = Files.readSymbolicLink(fd).toString();
          if (!target.startsWith("/")) {
            open.add(fd.getFileName() + " " + target);
          }
        } catch (NoSuchFileException e) {
          // it was that of the listing itself
        }
      }
    }
    return open;
  }
}
