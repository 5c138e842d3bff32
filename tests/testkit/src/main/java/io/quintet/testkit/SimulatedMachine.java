package io.quintet.testkit;

import io.quintet.ffi.SocketAddress;
import io.quintet.trace.Trace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * A Linux machine in pure Java: processes, threads that take turns, sockets, and a clock that only
 * moves when everybody waits. All that is left to chance comes from one seed, so that a run can be
 * had again, byte for byte. One run at a time, on the thread that {@link #run} makes.
 */
public final class SimulatedMachine {
  /** A run broke a rule. */
  public static final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Far more than any run takes: who still runs then makes no calls, and cannot be stopped. */
  private static final long SECONDS_MAX = 60;

  /**
   * Steps on shared memory of one thread after the other, without a call: far more than any has.
   */
  private static final int TOUCHES_MAX = 20_000;

  /** Name of the unix socket of a server that has one for clients. */
  static final String LOCAL_NAME = "quintet-simulated";

  /** What the send buffer of a control socket holds by itself. */
  static final int PACKETS_MAX = 200;

  private static final long CALL_NANOS = 500;

  /** A thread's ring of transitions holds those of so many calls. */
  private static final int CALLS_UNHEARD_MAX = 64;

  private static final int FIRST_PORT = 32768;
  static final int FIRST_PROCESS = 1000;

  private final Choices choices;
  private final Settings settings;
  private final Faults faults;
  private final Story story;
  private final Turns turns;
  private final Map<Integer, PortGroup> ports = new HashMap<>();
  private final Map<String, ListeningSocket> unixNames = new HashMap<>();
  private final SimulatedFiles files = new SimulatedFiles();
  private final List<SimulatedProcess> processes = new ArrayList<>();
  private final SimulatedProcess first;
  private long nanos = 1_000_000_000L;
  private int nextPort = FIRST_PORT;
  private int steps;
  private int touches;
  private Runnable everyStep = () -> {};
  private Witness witness = Witness.NOBODY;
  private boolean over;
  private boolean struck;
  private boolean listenerBroken;
  private boolean loopBroken;
  private boolean frontBroken;
  private boolean killed;
  private boolean lackedDescriptors;
  private @Nullable Violation violation;

  /** Connections that were given to a process by accept4(2), and those of them that are closed. */
  long accepted;

  long closed;

  /** What recv(2) and send(2) have given and taken of all connections, also of those passed on. */
  long receivedBytes;

  long sentBytes;

  /** How often threads of the first process have begun to wait for events, by their names. */
  final Map<String, Long> sleeps = new HashMap<>();

  /** Whether a server without descriptors sheds clients, so that none of its listeners waits. */
  boolean sheds;

  /** Bytes queued for a connection above which it is not read, and at which it is read again. */
  long highWatermark = Long.MAX_VALUE;

  long lowWatermark = Long.MAX_VALUE;

  /**
   * Bytes that a loop queues for all of its connections, above which it reads none that has some.
   */
  long bufferBytesMax = Long.MAX_VALUE;

  /** The server's ends of connections that were accepted, by the ports of their clients. */
  private final Map<Integer, StreamSocket> ends = new HashMap<>();

  /** Messages that wait in a control socket at most. */
  int packetsMax = PACKETS_MAX;

  SimulatedMachine(Choices choices, Settings settings, Story story) {
    this.choices = choices;
    this.settings = settings;
    this.story = story;
    this.faults = new Faults(choices, settings.faults());
    this.first = process();
    this.turns = new Turns(this, first);
    story.by(() -> turns.current().name);
  }

  /**
   * What a machine is like.
   *
   * @param descriptorsMax limit of open files of a process, RLIMIT_NOFILE
   * @param bufferBytes bytes that a connection holds on its way, each direction
   * @param migratesRequests net.ipv4.tcp_migrate_req
   * @param stepsMax calls and steps of a run; one that needs more is taken to spin
   * @param switchOnce another thread may go on once in so many calls
   * @param cutsOnce a part of the bytes is received or sent once in so many calls
   * @param strict whether a close(2) of what is not open breaks a rule
   * @param faults which calls fail how often
   */
  record Settings(
      int descriptorsMax,
      int bufferBytes,
      boolean migratesRequests,
      int stepsMax,
      int switchOnce,
      int cutsOnce,
      boolean strict,
      Faults.Rates faults) {}

  /** Runs something on a machine, on a thread of its own, and waits for the end. */
  static void run(
      Choices choices, Settings settings, Story story, Consumer<SimulatedMachine> script) {
    CompletableFuture<Void> end = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("simulation")
        .start(
            () -> {
              try {
                SimulatedMachine machine = new SimulatedMachine(choices, settings, story);
                machine.play(script);
                end.complete(null);
              } catch (Throwable failure) {
                end.completeExceptionally(failure);
              }
            });
    try {
      end.get(SECONDS_MAX, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new Violation("somebody runs on and on without a call", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private void play(Consumer<SimulatedMachine> script) {
    try {
      script.accept(this);
    } catch (RuntimeException | Error failure) {
      if (violation == null) {
        violation(failure.toString(), failure);
      }
    } finally {
      end();
      turns.unwind();
      story.transitions();
      Trace.dropOwn();
    }
    if (violation != null) {
      throw violation;
    }
  }

  /**
   * A world for the first process.
   *
   * @return its kernels and threads are simulated
   */
  SimulatedWorld world() {
    return new SimulatedWorld(this, first);
  }

  /** Another process, in which a server may start. */
  SimulatedWorld anotherWorld() {
    return new SimulatedWorld(this, process());
  }

  SimulatedProcess first() {
    return first;
  }

  SimulatedProcess process() {
    SimulatedProcess made =
        new SimulatedProcess(this, FIRST_PROCESS + processes.size(), settings.descriptorsMax());
    processes.add(made);
    return made;
  }

  List<SimulatedProcess> processes() {
    return processes;
  }

  /** SIGKILL: what it has open is closed, and its threads unwind when their turn comes. */
  void kill(SimulatedProcess process) {
    if (!process.onExit().isDone()) {
      story.tell("process " + process.id + " is killed");
      process.descriptions().forEach(each -> breakConnections(each, false));
      witness.kills(process);
      killed = true;
      process.dead = true;
      process.exit(128 + 9);
    }
  }

  /** Whether a backend was killed or may end, so that nobody may be left who could serve. */
  boolean hasLostBackend() {
    return killed || processes.stream().anyMatch(SimulatedProcess::mayEnd);
  }

  /** Whether a process was killed. */
  boolean hasKilled() {
    return killed;
  }

  /** None of its threads gets a turn for a while. */
  void freeze(SimulatedProcess process, long forNanos) {
    story.tell("process " + process.id + " stands still for " + forNanos / 1_000_000L + " ms");
    process.frozenUntil = nanos + forNanos;
  }

  /** Time passes for which the current thread, and none other, does something without a call. */
  void work(long forNanos) {
    clockTo(nanos + forNanos);
    turns.current().process.frozenUntil = nanos; // who had a deadline meanwhile is late
  }

  /** A connection could not be accepted for want of a descriptor. */
  void lacksDescriptors() {
    lackedDescriptors = true;
  }

  /** Whether that happened. */
  boolean lackedDescriptors() {
    return lackedDescriptors;
  }

  /** Those that a process has, or that are on their way to it. */
  void breakConnections(Description description, boolean mayDrain) {
    if (description instanceof StreamSocket stream) {
      broke(stream, mayDrain);
    } else if (description instanceof PacketSocket packet) {
      packet.passed().forEach(each -> breakConnections(each, mayDrain));
    }
  }

  Choices choices() {
    return choices;
  }

  Settings settings() {
    return settings;
  }

  Faults faults() {
    return faults;
  }

  Story story() {
    return story;
  }

  Turns turns() {
    return turns;
  }

  long nanos() {
    return nanos;
  }

  void clockTo(long time) {
    if (time > nanos) {
      story.tell("... " + (time - nanos) / 1_000_000L + " ms pass");
      witness.timePasses();
      nanos = time;
    }
  }

  /** A call begins: others may go first, unless the process is dead. */
  void enter(SimulatedProcess process) {
    if (process.dead) {
      throw new SimulatedProcess.Killed();
    }
    step();
    if (steps % CALLS_UNHEARD_MAX == 0) {
      story.transitions();
    }
    nanos += CALL_NANOS;
    if (isInterrupted()) {
      turns.giveWay();
      if (process.dead) {
        throw new SimulatedProcess.Killed();
      }
    }
  }

  /** Whether another thread may go on now. */
  boolean isInterrupted() {
    return choices.interrupts(settings.switchOnce());
  }

  Witness witness() {
    return witness;
  }

  /** Who sees what happens, from now on. */
  void witness(Witness given) {
    witness = given;
    turns.witnessed();
  }

  void everyStep(Runnable what) {
    everyStep = what;
  }

  /**
   * A thread is about to take a step on memory that threads share. Who takes one after the other
   * and makes no call waits for what does not come; it is ended here, since no call of its own ends
   * it.
   */
  void touch() {
    touches++;
    if (touches > TOUCHES_MAX) {
      violation("no end after " + TOUCHES_MAX + " steps without a call: somebody spins", null);
      end();
      throw new SimulatedProcess.Killed();
    }
  }

  void step() {
    steps++;
    touches = 0;
    everyStep.run();
    if (steps > settings.stepsMax() && violation == null) {
      violation("no end after " + steps + " calls: somebody spins", null);
    }
    if (violation != null && !over) {
      end();
    }
  }

  private void end() {
    over = true;
    processes.forEach(process -> process.dead = true);
  }

  boolean isOver() {
    return over;
  }

  int steps() {
    return steps;
  }

  /** Keeps the first violation; the run ends with it. */
  void violation(String what, @Nullable Throwable cause) {
    if (violation == null && !over) {
      story.tell("VIOLATION: " + what);
      violation = new Violation(what, cause);
    }
  }

  /** Throws the violation, if there is one. */
  void check() {
    if (violation != null) {
      throw violation;
    }
  }

  /**
   * An error that does not pass was put into a call: what concerns it need not go well.
   *
   * @param process whose call it was
   * @param description what it was about
   * @param loop that of the loop whose call it was, if it was a loop's
   */
  void struck(
      SimulatedProcess process, @Nullable Description description, @Nullable EpollInstance loop) {
    if (description instanceof StreamSocket stream) {
      broke(stream, false);
      return;
    }
    struck = true;
    if (process != first) {
      process.isBroken = true;
      process.descriptions().forEach(each -> breakConnections(each, true));
    } else if (description instanceof ListeningSocket listener && listener.isForClients()) {
      listenerBroken = true;
    } else if (description instanceof PacketSocket control) {
      partedFrom(control.peer().process());
    } else if (isOfLoop(description) && loop != null) {
      loop.isBroken = true;
      loopBroken |= processes.size() == 1;
      frontBroken |= processes.size() > 1;
    } else if (description != null && !(description instanceof Description.Fresh)) {
      frontBroken = true;
    }
  }

  /** The front closes its socket to a backend, which drains then; nobody's connection breaks. */
  private void partedFrom(int backend) {
    for (SimulatedProcess process : processes) {
      if (process.id == backend) {
        process.parted();
      }
    }
  }

  private static boolean isOfLoop(@Nullable Description description) {
    return description instanceof EpollInstance || description instanceof Description.Counter;
  }

  private static void broke(StreamSocket stream, boolean mayDrain) {
    if (stream.client() != null) {
      stream.client().connectionBroke(mayDrain);
    }
  }

  /** Whether such an error struck what is no client's. */
  boolean isStruck() {
    return struck;
  }

  /** Whether one struck a listener for clients: who is not accepted may never be. */
  boolean isListenerBroken() {
    return listenerBroken;
  }

  /** Whether one struck what a loop or worker of the first and only process needs. */
  boolean isLoopBroken() {
    return loopBroken;
  }

  /** Whether one struck what the only loop of a front needs, or that who is no loop uses. */
  boolean isFrontBroken() {
    return frontBroken;
  }

  @Nullable Violation violation() {
    return violation;
  }

  // Names.

  int freePort() {
    return nextPort++;
  }

  PortGroup port(int port) {
    return ports.computeIfAbsent(port, _ -> new PortGroup(this));
  }

  SimulatedFiles files() {
    return files;
  }

  /** A process has accepted a connection. */
  void isAccepted(StreamSocket end) {
    SimulatedClient client = end.client();
    if (client != null) {
      ends.put(client.ownPort(), end);
    }
  }

  /** The engine of a connection from such an address, counted if it is known which one that is. */
  SSLEngine secured(SSLEngine engine, Optional<java.net.SocketAddress> address) {
    StreamSocket end = ends.get(SimulatedClient.portOf(address.orElse(null)));
    return end == null ? engine : end.securedBy(engine);
  }

  Map<String, ListeningSocket> unixNames() {
    return unixNames;
  }

  /** A connection from outside to a port of the machine; null if nobody listens there. */
  @Nullable ListeningSocket listenerOf(SocketAddress address) {
    return switch (address) {
      case SocketAddress.Inet4 inet -> port(inet.port()).choose();
      case SocketAddress.UnixAbstract unix -> unixNames.get(unix.name());
      case SocketAddress.UnixPath unix ->
          files.has(unix.path()) ? unixNames.get(unix.path()) : null;
      default -> null;
    };
  }
}
