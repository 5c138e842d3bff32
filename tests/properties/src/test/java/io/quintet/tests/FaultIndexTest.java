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
import io.quintet.specs.Disposition;
import io.quintet.specs.Specs;
import io.quintet.testkit.FaultyWorld;
import io.quintet.testkit.Sizes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
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
import java.util.concurrent.TimeUnit;
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

  private static final String FAILURE = "error: the request failed\n";
  private static final int CLIENTS = 3;
  private static final int REQUESTS = 3;
  private static final int WAIT_MILLIS = 60;

  /** How long backends that may never start are waited for. */
  private static final int START_MILLIS = 300;

  private static final int DEADLINE_MILLIS = 60_000;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void noCallThatFailsMakesTheServerLeakHangOrSpin(Pattern pattern) throws Exception {
    FaultyWorld counting = FaultyWorld.counting(World.linux());
    scenario(pattern, counting, false, DEADLINE_MILLIS);
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

  private static String run(Pattern pattern, int index, int error, boolean persistent)
      throws Exception {
    return run(pattern, index, error, persistent, persistent ? START_MILLIS : DEADLINE_MILLIS);
  }

  /** Gives the call that failed, empty if none did; backends start within the time, or not. */
  private static String run(
      Pattern pattern, int index, int error, boolean persistent, int startMillis) throws Exception {
    FaultyWorld world = FaultyWorld.failing(World.linux(), index, error, persistent);
    String what =
        pattern.id() + ": error " + error + " of call " + index + (persistent ? ", for good" : "");
    List<String> before = descriptors();
    Seen seen =
        Assertions.assertTimeoutPreemptively(
            Duration.ofSeconds(60),
            () -> scenario(pattern, world, persistent, startMillis),
            what + " hangs");
    if (!seen.started && world.failed().isEmpty() && startMillis < DEADLINE_MILLIS) {
      return run(pattern, index, error, persistent, DEADLINE_MILLIS); // the machine is busy
    }
    String call = world.failed() + " with " + world.errno();
    assertTrue(
        world.calls() < CALLS_MAX,
        what + " (" + call + "): it spins, calls " + world.callsByName());
    judge(world, seen, persistent, what + " (" + call + ")");
    // A backend that was killed is a thread here, and ends a little later than its front.
    Await.until(
        () -> before.equals(descriptors()), what + " (" + call + ") leaves descriptors open");
    return world.failed();
  }

  /**
   * What came of a run.
   *
   * @param started whether the server did
   * @param answered of three clients, how many replies each got
   * @param drained whether all that was there ended in time
   */
  private record Seen(boolean started, List<Integer> answered, boolean drained) {
    long lost() {
      return answered.stream().filter(count -> count < REQUESTS).count();
    }
  }

  /**
   * An error that passes takes nothing from anybody, one that ends a connection takes no more than
   * that, and who is left is drained in time.
   */
  private static void judge(FaultyWorld world, Seen seen, boolean persistent, String what) {
    Disposition disposition = world.disposition();
    if (disposition == null) {
      assertTrue(seen.started && seen.lost() == 0, what + " fails nothing, and yet: " + seen);
      assertTrue(persistent || seen.drained, what + " fails nothing, and yet: " + seen);
    } else if (persistent || disposition == Disposition.FATAL) {
      return; // whoever makes that call is gone; nothing hangs and nothing is left open
    } else if (seen.started) {
      boolean closes = disposition == Disposition.CLOSE || disposition == Disposition.PAUSE_OR_SHED;
      assertTrue(seen.lost() <= (closes ? 1 : 0), what + " loses clients: " + seen);
      assertTrue(seen.drained, what + " holds the drain up: " + seen);
    } else {
      // A server that cannot wait for its listener does not start.
      assertEquals("epoll_ctl", world.failed(), what + " ends the start");
    }
  }

  /** Three clients, three requests each, then a drain. */
  private static Seen scenario(
      Pattern pattern, FaultyWorld world, boolean persistent, int startMillis) throws IOException {
    Server server;
    try {
      server =
          Quintet.server(Line.codec(), line -> line)
              .in(InProcess.in(world))
              .options(Sizes.of(pattern.id(), 2))
              .options(
                  pattern == Pattern.MULTI_PROCESS
                      ? Map.of("backendStartMillis", startMillis)
                      : Map.of())
              .options(
                  Map.of(
                      "topology", pattern.id(),
                      "acceptPauseMillis", 20,
                      "lingerTimeoutMillis", 20,
                      "readBufferBytes", 4096,
                      "outputBufferBytes", 4096,
                      "drainTimeoutMillis", persistent ? WAIT_MILLIS : DEADLINE_MILLIS))
              .start();
    } catch (LinuxException | IllegalStateException refused) {
      return new Seen(
          false, List.of(), false); // loudly and completely: the descriptors are counted
    }
    List<Integer> answered = new ArrayList<>();
    boolean drained;
    try {
      for (int i = 0; i < CLIENTS; i++) {
        answered.add(ask(server.port(), i, world, persistent));
      }
    } finally {
      drained = server.drain();
    }
    assertEquals("stopped", server.stats().get("state"));
    return new Seen(true, answered, drained);
  }

  /** Gives how many requests were answered. */
  private static int ask(int port, int number, FaultyWorld world, boolean persistent) {
    StringBuilder text = new StringBuilder();
    int answered = 0;
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(WAIT_MILLIS);
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), DEADLINE_MILLIS);
      for (int i = 0; i < REQUESTS; i++) {
        String line = number + "." + i + "\n";
        socket.getOutputStream().write(line.getBytes(StandardCharsets.US_ASCII));
        int length = text.length() + line.length();
        if (!receive(socket, text, length, world, persistent)) {
          break;
        }
        answered++;
      }
    } catch (IOException e) {
      // a server with a broken call may lose a client; how many, is judged
    }
    assertTrue(isAnswer(text.toString(), number, world), "client " + number + " got " + text);
    return answered;
  }

  /**
   * Replies in order; where a worker is gone, a failure stands in place of the one that it owed.
   */
  private static boolean isAnswer(String got, int number, FaultyWorld world) {
    String all = "";
    for (int i = 0; i <= REQUESTS; i++) {
      String line = number + "." + i + "\n";
      boolean fails = world.disposition() == Disposition.FATAL && (all + FAILURE).startsWith(got);
      if (fails || i < REQUESTS && (all + line).startsWith(got)) {
        return true;
      }
      all += line;
    }
    return false;
  }

  /**
   * Reads on until so much is there; waits only shortly where the server may be broken for good.
   */
  private static boolean receive(
      Socket socket, StringBuilder text, int length, FaultyWorld world, boolean persistent)
      throws IOException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DEADLINE_MILLIS);
    while (text.length() < length) {
      try {
        int next = socket.getInputStream().read();
        if (next < 0) {
          return false;
        }
        text.append((char) next);
      } catch (SocketTimeoutException late) {
        boolean broken =
            world.disposition() != null && (persistent || world.disposition() == Disposition.FATAL);
        if (broken || System.nanoTime() > end) {
          return false;
        }
      }
    }
    return true;
  }

  /** Sockets, epoll instances and eventfds; the JVM opens files as it likes. */
  private static List<String> descriptors() {
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
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return open;
  }
}
