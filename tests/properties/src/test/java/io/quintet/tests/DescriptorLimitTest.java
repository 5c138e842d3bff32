package io.quintet.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quintet.Pattern;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A server whose process may have 64 descriptors, and 200 clients: it waits without spinning, goes
 * on when a connection closes, and serves all of them in the end.
 */
@OwnProcesses
class DescriptorLimitTest {
  private static final int DESCRIPTORS = 64;
  private static final int CLIENTS = 200;
  private static final long WATCHED_NANOS = 1_000_000_000L;
  private static final long DEADLINE_NANOS = 60_000_000_000L;
  private static final int CALLS_A_SECOND_MAX = 100;
  private static final int SERVED = 2_000;

  @BeforeAll
  static void tools() throws Exception {
    for (String tool : List.of("prlimit", "strace")) {
      Command.needs(tool);
    }
  }

  /** Clients that have sent a line each, and those of them that have their answer. */
  private static final class Crowd implements AutoCloseable {
    private final Selector selector = Selector.open();
    private final List<SocketChannel> all = new ArrayList<>();
    private final Deque<SocketChannel> answered = new ArrayDeque<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(64);
    private int served;

    Crowd(int port) throws IOException {
      for (int i = 0; i < CLIENTS; i++) {
        SocketChannel client =
            SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        all.add(client);
        client.write(ByteBuffer.wrap("hello\n".getBytes(StandardCharsets.US_ASCII)));
        client.configureBlocking(false);
        client.register(selector, SelectionKey.OP_READ);
      }
    }

    /** Takes the answers that are there, or come within a time. Gives how many. */
    int take(long nanos) throws IOException {
      int before = served;
      selector.select(Math.max(TimeUnit.NANOSECONDS.toMillis(nanos), 1));
      for (SelectionKey key : selector.selectedKeys()) {
        SocketChannel client = (SocketChannel) key.channel();
        assertEquals(6, client.read(buffer.clear()), "a whole answer");
        key.cancel();
        answered.add(client);
        served++;
      }
      selector.selectedKeys().clear();
      selector.selectNow(); // forgets the cancelled
      return served - before;
    }

    @Override
    public void close() throws IOException {
      for (SocketChannel client : all) {
        client.close();
      }
      selector.close();
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void aServerWithoutDescriptorsWaitsAndServesAllInTheEnd(Pattern pattern, @TempDir Path folder)
      throws Exception {
    try (Command.Serving server = limited(pattern);
        Crowd crowd = new Crowd(server.port)) {
      long end = System.nanoTime() + DEADLINE_NANOS;
      while (crowd.take(WATCHED_NANOS) > 0 || crowd.served == 0 && System.nanoTime() < end) {
        // until no more are answered
      }
      int first = crowd.served;
      assertTrue(first > 0 && first < CLIENTS, first + " were served while nobody left");
      int calls = callsOfASecond(server.pid, folder.resolve("calls"));
      assertTrue(calls < CALLS_A_SECOND_MAX, calls + " system calls in a second of waiting");
      List<Long> recoveries = serveAll(crowd);
      assertEquals(CLIENTS, crowd.served);
      recoveries.sort(null);
      System.out.printf(
          "%s: %d of %d served at first, %d system calls in a second of waiting, a close is"
              + " followed by another client's answer after %.1f ms (at most %.1f)%n",
          pattern.id(),
          first,
          CLIENTS,
          calls,
          recoveries.get(recoveries.size() / 2) / 1e6,
          recoveries.getLast() / 1e6);
      assertEquals(0, server.end("TERM").exit());
    }
  }

  /**
   * Clients that come as others go, each with one request, and how many others are served while one
   * waits.
   */
  private static final class Coming implements AutoCloseable {
    private final InetSocketAddress address;
    private final Selector selector = Selector.open();
    private final ByteBuffer buffer = ByteBuffer.allocate(64);
    private int served;
    private int most;

    Coming(int port) throws IOException {
      address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    void come() throws IOException {
      SocketChannel client = SocketChannel.open(address);
      client.write(ByteBuffer.wrap("hello\n".getBytes(StandardCharsets.US_ASCII)));
      client.configureBlocking(false);
      client.register(selector, SelectionKey.OP_READ, served);
    }

    /** For each that has its answer and goes, another one comes. */
    void goOn() throws IOException {
      long end = System.nanoTime() + DEADLINE_NANOS;
      while (served < SERVED && System.nanoTime() < end) {
        selector.select(1);
        List<SelectionKey> answered = List.copyOf(selector.selectedKeys());
        selector.selectedKeys().clear();
        for (SelectionKey key : answered) {
          assertEquals(6, ((SocketChannel) key.channel()).read(buffer.clear()), "a whole answer");
          count(key);
          served++;
          key.channel().close();
          come();
        }
      }
      selector.keys().forEach(this::count);
    }

    private void count(SelectionKey key) {
      most = Math.max(most, served - (Integer) key.attachment());
    }

    @Override
    public void close() throws IOException {
      for (SelectionKey key : List.copyOf(selector.keys())) {
        key.channel().close();
      }
      selector.close();
    }
  }

  /** However long the queues are, a listener that waits for a descriptor gets every second one. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ADAPTIVE")
  void whoWaitsForADescriptorHasItsTurnWhileOthersComeAndGo(Pattern pattern) throws Exception {
    try (Command.Serving server = limited(pattern)) {
      try (Coming clients = new Coming(server.port)) {
        for (int i = 0; i < CLIENTS; i++) {
          clients.come();
        }
        clients.goOn();
        System.out.printf(
            "%s: of %d clients at any time, %d served, at most %d while another one waited%n",
            pattern.id(), CLIENTS, clients.served, clients.most);
        assertTrue(clients.served >= SERVED, clients.served + " were served");
        assertTrue(clients.most < 4 * CLIENTS, clients.most + " were served while one waited");
      }
      assertEquals(0, server.end("TERM").exit());
    }
  }

  private static Command.Serving limited(Pattern pattern) throws IOException {
    String limit = "--nofile=" + DESCRIPTORS + ":" + DESCRIPTORS;
    boolean processes = pattern == Pattern.MULTI_PROCESS;
    List<String> arguments = Command.Serving.arguments(pattern, processes ? 1 : 2);
    arguments.addAll(List.of("--protocol", "line"));
    return Command.Serving.under(List.of("prlimit", limit), arguments.toArray(String[]::new));
  }

  /** One after the other leaves. Gives how long it took until somebody else was served. */
  private static List<Long> serveAll(Crowd crowd) throws IOException {
    List<Long> recoveries = new ArrayList<>();
    long end = System.nanoTime() + DEADLINE_NANOS;
    while (crowd.served < CLIENTS && System.nanoTime() < end) {
      long began = System.nanoTime();
      crowd.answered.removeFirst().close();
      while (crowd.take(WATCHED_NANOS) == 0 && System.nanoTime() < end) {
        // it is on its way
      }
      recoveries.add(System.nanoTime() - began);
    }
    return recoveries;
  }

  /** What a server that waits asks of the kernel, of all that a loop calls, with its backends. */
  private static int callsOfASecond(long pid, Path calls) throws Exception {
    List<Long> pids = new ArrayList<>(List.of(pid));
    ProcessHandle.of(pid).orElseThrow().children().map(ProcessHandle::pid).forEach(pids::add);
    try (Strace strace = new Strace(calls, pids, "trace=%net,%desc")) {
      long end = System.nanoTime() + WATCHED_NANOS;
      int before = strace.calls();
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      return strace.calls() - before;
    }
  }
}
