package io.quintet.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quintet.ffi.Errno;
import io.quintet.ffi.Events;
import io.quintet.ffi.Memory;
import io.quintet.ffi.SocketAddress;
import io.quintet.ffi.SocketOption;
import io.quintet.ffi.linux.Linux;
import io.quintet.kernel.Kernel;
import io.quintet.kernel.LinuxKernel;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever sequence of calls is made, the simulated kernel answers as Linux does. */
class AgreementTest {
  private static final int SEQUENCES = Integer.getInteger("quintet.sequences", 10_000);
  private static final int CALLS_MAX = 30;
  private static final int HANDLES = 6;
  private static final long SEED = Long.getLong("quintet.seed", 1);

  /** No process here can have so many descriptors. */
  private static final int NEVER_OPEN = 900_000;

  /** The calls that sequences are made of. */
  private enum Call {
    LISTENER,
    CLIENT,
    CONNECT,
    ACCEPT,
    SEND,
    RECEIVE,
    SHUTDOWN,
    CLOSE,
    EVENTFD,
    SIGNAL,
    READ,
    EPOLL,
    ADD,
    CHANGE,
    REMOVE,
    WAIT,
    DUPLICATE,
    NO_DELAY
  }

  /** A call with its arguments: which descriptors, and one number. */
  private record Step(Call call, int first, int second, int number) {}

  private static final int[] INTERESTS = {
    Linux.EPOLLIN(),
    Linux.EPOLLOUT(),
    Linux.EPOLLIN() | Linux.EPOLLOUT() | Linux.EPOLLRDHUP(),
    Linux.EPOLLIN() | Linux.EPOLLET(),
    Linux.EPOLLIN() | Linux.EPOLLOUT() | Linux.EPOLLET(),
    Linux.EPOLLIN() | Linux.EPOLLONESHOT(),
    Linux.EPOLLIN() | Linux.EPOLLEXCLUSIVE(),
    0
  };

  /** One of the two kernels, with the descriptors that the sequence has. */
  private static final class Side implements AutoCloseable {
    private final Kernel kernel;
    private final int[] descriptors = new int[HANDLES];
    private final boolean[] eventfds = new boolean[HANDLES];
    private final boolean[] epolls = new boolean[HANDLES];

    /** Sockets that were never connected; what shutdown(2) leaves of them is not simulated. */
    private final boolean[] fresh = new boolean[HANDLES];

    private final Arena arena = Arena.ofConfined();
    private final long memory = arena.allocate(1024, 8).address();
    private SocketAddress address = new SocketAddress.Inet4(0x7f000001, 1);

    Side(Kernel kernel) {
      this.kernel = kernel;
      Arrays.fill(descriptors, NEVER_OPEN);
    }

    String make(Step step) {
      int fd = descriptors[step.first];
      int other = descriptors[step.second];
      return switch (step.call) {
        case LISTENER -> opened(step.first, listener());
        case CLIENT -> {
          int type = Linux.SOCK_STREAM() | Linux.SOCK_CLOEXEC();
          String made = opened(step.first, kernel.socket(Linux.AF_INET(), type, 0));
          fresh[step.first] = true;
          yield made;
        }
        case CONNECT -> {
          int result = kernel.connect(fd, address);
          fresh[step.first] &= result != 0;
          yield said(result);
        }
        case ACCEPT ->
            opened(step.second, kernel.accept4(fd, Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC()));
        case SEND ->
            said(
                (int)
                    kernel.send(
                        fd,
                        memory,
                        1 + step.number % 40,
                        Linux.MSG_NOSIGNAL() | Linux.MSG_DONTWAIT()));
        case RECEIVE ->
            said((int) kernel.recv(fd, memory, 1 + step.number % 50, Linux.MSG_DONTWAIT()));
        case SHUTDOWN -> fresh[step.first] ? "" : said(kernel.shutdown(fd, step.number % 3));
        case CLOSE -> {
          int result = kernel.close(fd);
          descriptors[step.first] = NEVER_OPEN;
          yield said(result);
        }
        case EVENTFD -> {
          String made =
              opened(
                  step.first,
                  kernel.eventfd(step.number % 2, Linux.EFD_NONBLOCK() | Linux.EFD_CLOEXEC()));
          eventfds[step.first] = true;
          yield made;
        }
        case SIGNAL ->
            eventfds[step.first] && fd != NEVER_OPEN ? said((int) kernel.signal(fd)) : "";
        case READ ->
            eventfds[step.first] || fd == NEVER_OPEN
                ? said((int) kernel.read(fd, memory, 4 + step.number % 2 * 4L))
                : "";
        case EPOLL -> {
          String made = opened(step.first, kernel.epollCreate1(Linux.EPOLL_CLOEXEC()));
          epolls[step.first] = true;
          yield made;
        }
        case ADD -> controlled(Linux.EPOLL_CTL_ADD(), fd, other, step);
        case CHANGE -> controlled(Linux.EPOLL_CTL_MOD(), fd, other, step);
        case REMOVE -> controlled(Linux.EPOLL_CTL_DEL(), fd, other, step);
        case WAIT -> waited(fd);
        case DUPLICATE -> {
          boolean eventfd = eventfds[step.first];
          boolean epoll = epolls[step.first];
          boolean unconnected = fresh[step.first];
          String made = opened(step.second, kernel.dup(fd));
          if (!made.equals("EBADF")) {
            eventfds[step.second] = eventfd;
            epolls[step.second] = epoll;
            fresh[step.second] = unconnected;
          }
          yield made;
        }
        case NO_DELAY -> said(kernel.setOption(fd, SocketOption.TCP_NODELAY, true));
      };
    }

    private int listener() {
      int type = Linux.SOCK_STREAM() | Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC();
      int fd = kernel.socket(Linux.AF_INET(), type, 0);
      kernel.setOption(fd, SocketOption.SO_REUSEADDR, true);
      assertEquals(0, kernel.bind(fd, new SocketAddress.Inet4(0x7f000001, 0)));
      assertEquals(0, kernel.listen(fd, 64));
      address = kernel.name(fd);
      return fd;
    }

    /** A descriptor takes the place of another one, which is closed. */
    private String opened(int handle, int result) {
      if (result >= 0) {
        if (descriptors[handle] != NEVER_OPEN) {
          kernel.close(descriptors[handle]);
        }
        descriptors[handle] = result;
        eventfds[handle] = false;
        epolls[handle] = false;
        fresh[handle] = false;
        return "a descriptor";
      }
      return said(result);
    }

    private String controlled(int operation, int epoll, int fd, Step step) {
      if (epolls[step.second]) {
        return ""; // instances that watch instances are of no use here
      }
      Memory.putInt(memory, INTERESTS[step.number % INTERESTS.length]);
      Memory.putLong(memory + Events.DATA_OFFSET, step.second);
      return said(kernel.epollCtl(epoll, operation, fd, memory));
    }

    private String waited(int fd) {
      int count = kernel.epollWait(fd, memory, 16, 0);
      if (count < 0) {
        return said(count);
      }
      List<String> events = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        long at = memory + i * Events.EVENT_BYTES;
        events.add(Memory.getLong(at + Events.DATA_OFFSET) + ":" + Memory.getInt(at));
      }
      events.sort(null);
      return events.toString();
    }

    private static String said(int result) {
      return result < 0 ? Errno.of(-result).map(Errno::name).orElse("?") : Integer.toString(result);
    }

    @Override
    public void close() {
      for (int fd : descriptors) {
        if (fd != NEVER_OPEN) {
          kernel.close(fd);
        }
      }
      arena.close();
    }
  }

  @Test
  void everySequenceOfCallsIsAnsweredAsLinuxAnswersIt() {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "skipped: this is not Linux");
    int calls = 0;
    int known = 0;
    for (int i = 0; i < SEQUENCES; i++) {
      List<Step> steps = sequence(new SplittableRandom(SEED + i));
      List<String> linux = new ArrayList<>();
      try (Side side = new Side(new LinuxKernel())) {
        steps.forEach(step -> linux.add(side.make(step)));
      }
      List<String> simulated = simulated(steps);
      for (int at = 0; at < steps.size(); at++) {
        if (!linux.get(at).equals(simulated.get(at))) {
          String difference =
              KnownDifferences.reason(steps.get(at).call.name(), linux.get(at), simulated.get(at));
          assertTrue(
              !difference.isEmpty(),
              "seed " + (SEED + i) + "\n" + story(steps.subList(0, at + 1), linux, simulated));
          known++;
          break; // what follows may differ for the same reason
        }
        calls++;
      }
    }
    System.out.printf(
        "%,d sequences from seed %d, %,d calls: Linux and the simulation agree; %d known"
            + " differences of %d kinds%n",
        SEQUENCES, SEED, calls, known, KnownDifferences.count());
  }

  private static List<Step> sequence(SplittableRandom random) {
    List<Step> steps = new ArrayList<>();
    // A beginning from which most calls make sense.
    steps.add(new Step(Call.LISTENER, 0, 0, 0));
    steps.add(new Step(Call.EPOLL, 1, 0, 0));
    Call[] calls = Call.values();
    int count = random.nextInt(CALLS_MAX - 2);
    for (int i = 0; i < count; i++) {
      steps.add(
          new Step(
              calls[random.nextInt(calls.length)],
              random.nextInt(HANDLES),
              random.nextInt(HANDLES),
              random.nextInt(1 << 20)));
    }
    return steps;
  }

  private static List<String> simulated(List<Step> steps) {
    List<String> results = new ArrayList<>();
    SimulatedMachine.Settings settings =
        new SimulatedMachine.Settings(
            1024, 1 << 20, false, Integer.MAX_VALUE, 0, 0, false, Faults.Rates.NONE);
    SimulatedMachine.run(
        Choices.plainOfSeed(1).again(new int[0]),
        settings,
        Story.untold(),
        machine -> {
          try (Side side = new Side(machine.world().kernel())) {
            steps.forEach(step -> results.add(side.make(step)));
          }
        });
    return results;
  }

  private static String story(List<Step> steps, List<String> linux, List<String> simulated) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < steps.size(); i++) {
      text.append(steps.get(i)).append(": Linux ").append(linux.get(i));
      text.append(", simulated ").append(simulated.get(i)).append('\n');
    }
    return text.toString();
  }
}
