package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Quintet;
import io.quintet.Server;
import io.quintet.codec.Line;
import io.quintet.ffi.Errno;
import io.quintet.ffi.LinuxException;
import io.quintet.kernel.World;
import io.quintet.specs.Disposition;
import io.quintet.specs.Specs;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A scenario is run over and over on the real kernel, and each time the next of its calls fails:
 * with each error that the call declares, once and for good. Nothing leaks, hangs or spins.
 */
class FaultIndexTest {
  /** Every so-manieth pair of call and error; {@code -Dquintet.stride=1} tries them all. */
  private static final int STRIDE = Integer.getInteger("quintet.stride", 7);

  private static final int CALLS_MAX = 2_000;
  private static final int WAIT_MILLIS = 60;
  private static final Map<String, Map<String, Disposition>> DECLARED = Specs.dispositions();

  @ParameterizedTest
  @ValueSource(strings = {"single-thread", "multi-thread", "load-balanced", "reuseport"})
  void noCallThatFailsMakesTheServerLeakHangOrSpin(String topology) throws Exception {
    List<String> calls = new ArrayList<>();
    FaultyWorld counting = FaultyWorld.counting(World.linux());
    scenario(topology, counting);
    int count = counting.calls();
    int runs = 0;
    int candidate = 0;
    for (int index = 0; index < count; index++) {
      // Which call it is shows when it fails; threads may order their calls otherwise each time.
      for (String errno :
          List.of(
              "EINTR",
              "EAGAIN",
              "EMFILE",
              "ENOMEM",
              "ECONNRESET",
              "EPIPE",
              "ENOTCONN",
              "EBADF",
              "EINVAL",
              "ECONNABORTED",
              "EPERM",
              "EIO")) {
        for (boolean persistent : new boolean[] {false, true}) {
          // Of these each says that the next call will do: without end they are a kernel's own bug.
          boolean passes = List.of("EINTR", "EAGAIN", "ECONNABORTED", "EPERM").contains(errno);
          if (!(persistent && passes) && candidate++ % STRIDE == 0) {
            String call = run(topology, index, Errno.valueOf(errno), persistent);
            runs += call.isEmpty() ? 0 : 1;
            calls.add(call);
          }
        }
      }
    }
    System.out.printf(
        "fault index of %s: %d calls, %d runs with a failing call (%s), nothing left open%n",
        topology, count, runs, String.join(" ", calls.stream().distinct().sorted().toList()));
    assertTrue(runs > 20, "most calls were reached");
  }

  /** Gives the call that failed, empty if it does not declare the error. */
  private static String run(String topology, int index, Errno errno, boolean persistent)
      throws Exception {
    FaultyWorld world = FaultyWorld.failing(World.linux(), index, errno, persistent);
    String what =
        topology + ": call " + index + " fails with " + errno + (persistent ? " for good" : "");
    List<String> before = descriptors();
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20), () -> scenario(topology, world), what + " hangs");
    Disposition disposition = DECLARED.getOrDefault(world.failed(), Map.of()).get(errno.name());
    if (disposition == null) {
      return ""; // what such a call returns it does not declare; that the server lived is enough
    }
    assertTrue(
        world.calls() < CALLS_MAX,
        what + " (" + world.failed() + "): it spins, " + world.calls() + " calls");
    assertEquals(before, descriptors(), what + " (" + world.failed() + ") leaves descriptors open");
    return world.failed();
  }

  /** Three clients, three requests each, then a drain. */
  private static void scenario(String topology, FaultyWorld world) {
    Server server;
    try {
      server =
          Quintet.server(Line.codec(), line -> line)
              .in(world)
              .options(
                  Map.of(
                      "topology", topology,
                      "loops", 2,
                      "workers", 2,
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
