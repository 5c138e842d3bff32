package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.ffi.Errno;
import io.quintet.ffi.Events;
import io.quintet.ffi.Memory;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.LinuxKernel;
import io.quintet.kernel.World;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A kernel over a ring is told from one over epoll by nothing that a loop could see: both serve the
 * same clients by the same calls, in step, and whatever is ready with one becomes so with the
 * other.
 */
class RingAgreementTest {
  private static final int SEQUENCES = Integer.getInteger("quintet.ring.sequences", 300);
  private static final long SEED = Long.getLong("quintet.seed", 1);
  private static final int CALLS_MAX = 60;
  private static final int CLIENTS = 4;
  private static final int ROOM = 1 << 20;
  private static final long PATIENCE_NANOS = 10_000_000_000L;
  private static final int[] INTERESTS = {
    Linux.EPOLLIN(), Linux.EPOLLIN(), Linux.EPOLLIN() | Linux.EPOLLOUT(), Linux.EPOLLOUT(), 0
  };

  private enum Call {
    CONNECT,
    ACCEPT,
    CLIENT_SENDS,
    CLIENT_READS,
    CLIENT_ENDS,
    CLIENT_CLOSES,
    CLIENT_RESETS,
    RECEIVE,
    SEND,
    SEND_MUCH,
    CHANGE,
    REMOVE,
    END,
    CLOSE
  }

  /** A call with its arguments: which client, and a number. */
  private record Step(Call call, int client, int number) {}

  /** A server on one kernel, and its clients. */
  private static final class Side implements AutoCloseable {
    private final Kernel clients = new LinuxKernel();
    private final Kernel kernel;
    private final Arena arena = Arena.ofConfined();
    private final long memory = arena.allocate(ROOM, 8).address();
    private final int listener;
    private final int epoll;
    private final int[] near = new int[CLIENTS];
    private final int[] far = new int[CLIENTS];
    private final boolean[] registered = new boolean[CLIENTS];

    /** Connections whose failure send(2) would tell: a ring tells it when it has tried. */
    private final boolean[] unsendable = new boolean[CLIENTS];

    private final boolean[] ended = new boolean[CLIENTS];
    private int waiting;

    Side(Kernel kernel) {
      this.kernel = kernel;
      int type = Linux.SOCK_STREAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
      listener = kernel.socket(Linux.AF_INET(), type, 0);
      assertEquals(0, kernel.bind(listener, new SocketAddress.Inet4(0x7f000001, 0)));
      assertEquals(0, kernel.listen(listener, 64));
      epoll = kernel.epollCreate1(Linux.EPOLL_CLOEXEC());
      assertTrue(epoll >= 0, () -> "epoll_create1: " + Errno.describe(epoll));
      assertEquals(0, control(Linux.EPOLL_CTL_ADD(), listener, Linux.EPOLLIN(), CLIENTS));
      Arrays.fill(near, -1);
      Arrays.fill(far, -1);
    }

    private int control(int operation, int fd, int interest, int data) {
      Memory.putInt(memory, interest);
      Memory.putLong(memory + Events.DATA_OFFSET, data);
      return kernel.epollCtl(epoll, operation, fd, memory);
    }

    String make(Step step) {
      int client = step.client;
      int fd = near[client];
      int other = far[client];
      return switch (step.call) {
        case CONNECT -> connect(client);
        case ACCEPT -> accept(client);
        case CLIENT_SENDS -> other < 0 ? "" : clientSends(client, 1 + step.number % 30_000);
        case CLIENT_READS -> other < 0 ? "" : clientReads(client);
        case CLIENT_ENDS -> other < 0 ? "" : said(clients.shutdown(other, Linux.SHUT_WR()));
        case CLIENT_CLOSES -> other < 0 || fd < 0 ? "" : clientCloses(client);
        case CLIENT_RESETS -> other < 0 || fd < 0 ? "" : clientResets(client);
        case RECEIVE -> fd < 0 ? "" : receive(client, 1 + step.number % 40_000);
        case SEND -> fd < 0 || unsendable[client] ? "" : send(client, 1 + step.number % 3000);
        case SEND_MUCH ->
            fd < 0 || unsendable[client] ? "" : send(client, 1 + step.number % 100_000);
        case CHANGE -> fd < 0 ? "" : change(client, INTERESTS[step.number % INTERESTS.length]);
        case REMOVE -> fd < 0 || !registered[client] ? "" : remove(client);
        case END -> fd < 0 ? "" : end(client);
        case CLOSE -> fd < 0 ? "" : close(client);
      };
    }

    private String connect(int client) {
      if (near[client] >= 0 || far[client] >= 0 || waiting > 0) {
        return "";
      }
      far[client] = clients.socket(Linux.AF_INET(), Linux.SOCK_STREAM() | Linux.SOCK_CLOEXEC(), 0);
      waiting++;
      return said(clients.connect(far[client], kernel.name(listener)));
    }

    private String accept(int client) {
      if (near[client] >= 0 || far[client] < 0 && waiting > 0) {
        return "";
      }
      int result = kernel.accept4(listener, Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC());
      if (result < 0) {
        return said(result);
      }
      waiting--;
      near[client] = result;
      registered[client] = true;
      return "accepted, " + control(Linux.EPOLL_CTL_ADD(), result, Linux.EPOLLIN(), client);
    }

    private String clientSends(int client, int length) {
      int flags = Linux.MSG_NOSIGNAL() | Linux.MSG_DONTWAIT();
      return said(clients.send(far[client], memory, length, flags));
    }

    /** All that has come and comes, until nothing does; how much differs with the room. */
    private String clientReads(int client) {
      long result;
      do {
        result = clients.recv(far[client], memory, ROOM, Linux.MSG_DONTWAIT());
      } while (result > 0);
      return "";
    }

    private String clientCloses(int client) {
      clientReads(client);
      int result = clients.close(far[client]);
      unsendable[client] = true;
      far[client] = -1;
      return said(result);
    }

    private String clientResets(int client) {
      clients.setOption(far[client], SocketOption.SO_LINGER, new SocketOption.Linger(true, 0));
      return clientCloses(client);
    }

    private String send(int client, int length) {
      long result = kernel.send(near[client], memory, length, Linux.MSG_NOSIGNAL());
      return result >= 0 ? "sent" : said(result);
    }

    private String end(int client) {
      ended[client] = true;
      return said(kernel.shutdown(near[client], Linux.SHUT_WR()));
    }

    private String change(int client, int interest) {
      unsendable[client] |= !registered[client] && ended[client];
      int operation = registered[client] ? Linux.EPOLL_CTL_MOD() : Linux.EPOLL_CTL_ADD();
      registered[client] = true;
      return said(control(operation, near[client], interest, client));
    }

    /** As one that moves to another kernel: with all that has arrived. */
    private String remove(int client) {
      registered[client] = false;
      int removed = control(Linux.EPOLL_CTL_DEL(), near[client], 0, client);
      return said(removed) + ", " + receive(client, ROOM);
    }

    /** So much, which may come in pieces. */
    private String receive(int client, int most) {
      long count = 0;
      long result;
      do {
        result = kernel.recv(near[client], memory, most - count, 0);
        count += Math.max(result, 0);
      } while (result > 0 && count < most);
      return count > 0 ? Long.toString(count) : said(result);
    }

    private String close(int client) {
      int result = kernel.close(near[client]);
      near[client] = -1;
      registered[client] = false;
      if (far[client] >= 0) {
        clients.close(far[client]);
        far[client] = -1;
      }
      unsendable[client] = false;
      ended[client] = false;
      return said(result);
    }

    /** What is ready now. */
    String ready() {
      int count = kernel.epollWait(epoll, memory, 16, 0);
      List<String> events = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        long at = memory + i * Events.EVENT_BYTES;
        events.add(Memory.getLong(at + Events.DATA_OFFSET) + ":" + Memory.getInt(at));
      }
      events.sort(null);
      return count < 0 ? said(count) : events.toString();
    }

    private static String said(long result) {
      return result < 0
          ? Errno.of((int) -result).map(Errno::name).orElse("?")
          : Long.toString(result);
    }

    @Override
    public void close() {
      for (int i = 0; i < CLIENTS; i++) {
        if (near[i] >= 0) {
          kernel.close(near[i]);
        }
        if (far[i] >= 0) {
          clients.close(far[i]);
        }
      }
      kernel.close(listener);
      kernel.close(epoll);
      arena.close();
    }
  }

  private Kernel ring;

  @BeforeEach
  void needsARing() {
    try {
      ring = World.linux().loopKernel("io_uring");
    } catch (IllegalArgumentException e) {
      assumeTrue(false, e.getMessage());
    }
  }

  @Test
  void whatIsReadyWithOneBecomesReadyWithTheOther() {
    int calls = 0;
    for (int i = 0; i < SEQUENCES; i++) {
      List<Step> steps = sequence(new SplittableRandom(SEED + i));
      List<String> story = new ArrayList<>();
      try (Side linux = new Side(new LinuxKernel());
          Side other = new Side(World.linux().loopKernel("io_uring"))) {
        for (Step step : steps) {
          String expected = linux.make(step);
          String found = other.make(step);
          story.add(step + ": Linux " + expected + ", ring " + found);
          assertEquals(expected, found, "seed " + (SEED + i) + "\n" + String.join("\n", story));
          agree(linux, other, SEED + i, story);
          calls++;
        }
      }
    }
    System.out.printf("%,d sequences from seed %d, %,d calls agree%n", SEQUENCES, SEED, calls);
  }

  private static void agree(Side linux, Side other, long seed, List<String> story) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    String expected;
    String found;
    do {
      expected = linux.ready();
      found = other.ready();
    } while (!expected.equals(found) && System.nanoTime() - end < 0);
    story.add("  ready: Linux " + expected + ", ring " + found);
    if (!expected.equals(found)) {
      fail("seed " + seed + "\n" + String.join("\n", story));
    }
  }

  private static List<Step> sequence(SplittableRandom random) {
    List<Step> steps = new ArrayList<>();
    Call[] calls = Call.values();
    int count = random.nextInt(CALLS_MAX);
    for (int i = 0; i < count; i++) {
      int client = random.nextInt(CLIENTS);
      if (i % 4 == 0) {
        steps.add(new Step(Call.CONNECT, client, 0));
        steps.add(new Step(Call.ACCEPT, client, 0));
      }
      Call call = calls[random.nextInt(calls.length)];
      steps.add(new Step(call, random.nextInt(CLIENTS), random.nextInt(1 << 20)));
      if (call == Call.SEND || call == Call.SEND_MUCH) {
        steps.add(new Step(Call.CLIENT_READS, steps.getLast().client, 0));
      }
    }
    return steps;
  }

  /** A send is taken when it is gathered, so what close(2) finds unsent goes nevertheless. */
  @Test
  void whatWasTakenArrivesInOrderAlsoBehindClose() {
    try (Side side = new Side(ring)) {
      connect(side);
      SplittableRandom random = new SplittableRandom(SEED);
      long taken = 0;
      long result;
      do {
        int length = 1 + random.nextInt(5000);
        for (int i = 0; i < length; i++) {
          Memory.putByte(side.memory + i, (byte) ((taken + i) % 251));
        }
        result = side.kernel.send(side.near[0], side.memory, length, Linux.MSG_NOSIGNAL());
        taken += Math.max(result, 0);
        if (random.nextInt(3) == 0) {
          side.ready();
        }
      } while (result >= 0);
      assertEquals(-Linux.EAGAIN(), result);
      assertEquals(0, side.kernel.shutdown(side.near[0], Linux.SHUT_WR()));
      assertEquals(0, side.kernel.close(side.near[0]));
      side.near[0] = -1;
      assertEquals(taken, read(side), "of what was taken");
    }
  }

  /** A client connects and is accepted. */
  private static void connect(Side side) {
    side.connect(0);
    String accepted;
    do {
      side.ready();
      accepted = side.accept(0);
    } while (!accepted.startsWith("accepted"));
  }

  /** Reads what comes to a client, to its end. */
  private static long read(Side side) {
    long read = 0;
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (System.nanoTime() - end < 0) {
      side.ready();
      long result = side.clients.recv(side.far[0], side.memory, ROOM, Linux.MSG_DONTWAIT());
      for (int i = 0; i < result; i++) {
        assertEquals((byte) ((read + i) % 251), Memory.getByte(side.memory + i), "at " + read);
      }
      read += Math.max(result, 0);
      if (result == 0) {
        return read;
      }
    }
    return -1;
  }

  /** Who is not read feels it: no more arrives than socket buffers and what was on its way. */
  @Test
  void aClientThatIsNotReadCannotSendOn() {
    try (Side side = new Side(ring)) {
      connect(side);
      side.ready();
      side.change(0, 0);
      side.ready();
      long sent = 0;
      long result;
      do {
        result = side.clients.send(side.far[0], side.memory, ROOM, Linux.MSG_DONTWAIT());
        sent += Math.max(result, 0);
        assertTrue(sent < 64L * ROOM, "nobody reads, and it sends on");
        side.ready();
      } while (result > 0);
      assertEquals(-Linux.EAGAIN(), result);
      side.change(0, Linux.EPOLLIN());
      long end = System.nanoTime() + PATIENCE_NANOS;
      long read = 0;
      while (read < sent && System.nanoTime() - end < 0) {
        side.ready();
        read += Math.max(0, side.kernel.recv(side.near[0], side.memory, 60_000, 0));
      }
      assertEquals(sent, read);
    }
  }
}
