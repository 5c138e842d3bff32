package io.quintet.cli;

import io.quintet.trace.Counted;
import io.quintet.trace.Trace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a thread of a server under {@code quintet lab} does: its transitions as they are recorded,
 * its system calls, the handlers that it runs. It writes; one other thread reads.
 */
final class LabThread {
  /** Machines whose transitions are shown; turns of loops and workers are too fast for eyes. */
  static final Set<String> SHOWN = Set.of("connection", "listener", "backend", "control");

  private static final int EVENTS_MAX = 4_000;
  private static final int CALLS = 12;
  private static final ThreadLocal<LabThread> OWN = new ThreadLocal<>();

  final String name;
  private final IntUnaryOperator portOf;
  private final Map<Object, Integer> numbers = new IdentityHashMap<>();

  /** Instances whose transitions were seen here, as long as they are there. */
  private final Set<Object> known =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private final String[] calls = new String[CALLS];
  private List<Object[]> events = new ArrayList<>();
  private int instances;
  private long dropped;
  private long called;
  private String now = "starts";
  private long nowNanos = System.nanoTime();
  private long waitedNanos;
  private boolean waits;
  private boolean ended;

  /**
   * A thread that has not begun.
   *
   * @param name its name
   * @param portOf the client's port of a descriptor; 0 where it is no connection's
   */
  LabThread(String name, IntUnaryOperator portOf) {
    this.name = name;
    this.portOf = portOf;
  }

  /** The calling thread is this one. */
  void begin() {
    OWN.set(this);
    Trace.tell(this::transition);
  }

  /** The calling thread, which is this one, ends. */
  synchronized void end() {
    ended = true;
  }

  /** Whether it has ended and nothing of it is left to take. */
  synchronized boolean isOver() {
    return ended && events.isEmpty();
  }

  /** The one that the calling thread is; null where it is no server's. */
  static @Nullable LabThread own() {
    return OWN.get();
  }

  /** Whether a machine's instance had transitions here. */
  boolean knows(Object instance) {
    return known.contains(instance);
  }

  static long micros() {
    return System.nanoTime() / 1_000;
  }

  private synchronized void add(Object... event) {
    if (events.size() < EVENTS_MAX) {
      events.add(event);
    } else {
      dropped++;
    }
  }

  private void transition(Trace.Entry entry) {
    String machine = entry.transitions().machine().id();
    if (!SHOWN.contains(machine)) {
      return;
    }
    known.add(entry.instance());
    Integer number = numbers.get(entry.instance());
    if (number == null) {
      number = ++instances;
      numbers.put(entry.instance(), number);
      int[] fd = {-1};
      if (entry.instance() instanceof Counted counted) {
        counted.count((what, value) -> fd[0] = what.equals("fd") ? value : fd[0]);
      }
      add("b", micros(), name, number, machine, fd[0], fd[0] < 0 ? 0 : portOf.applyAsInt(fd[0]));
    }
    String told =
        String.join(
            "|", machine, entry.from(), entry.event(), entry.action().orElse(""), entry.to());
    add("t", micros(), name, number, told, entry.sequence());
    if (entry.to().equals("closed") || entry.to().equals("stopped")) {
      numbers.remove(entry.instance());
    }
  }

  /** A connection was accepted, owned or closed here. */
  void connection(String what, int fd, int port) {
    add(what, micros(), name, fd, port);
  }

  synchronized void begins(String what, boolean waiting) {
    now = what;
    waits = waiting;
    nowNanos = System.nanoTime();
  }

  /** The call, or the handler, that began last has ended; the thread goes on with what it did. */
  synchronized void ends(String told, String goesOn) {
    waitedNanos += waits ? System.nanoTime() - nowNanos : 0;
    waits = false;
    calls[(int) (called++ % CALLS)] = told;
    now = goesOn;
    nowNanos = System.nanoTime();
  }

  void handles(String what, int port) {
    begins("handler " + what, false);
    add("h", micros(), name, port, what);
  }

  void handled(String what, int port) {
    add("H", micros(), name, port);
    ends("handler " + what, "runs");
  }

  /** Takes out what happened since the last time. */
  synchronized List<Object[]> take() {
    List<Object[]> taken = events;
    events = new ArrayList<>();
    return taken;
  }

  /** What it does now, its last calls, and how long it has waited so far. */
  synchronized Map<String, Object> told() {
    long at = System.nanoTime();
    List<String> last = new ArrayList<>();
    for (long i = Math.max(0, called - CALLS); i < called; i++) {
      last.add(calls[(int) (i % CALLS)]);
    }
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("name", name);
    told.put("now", now);
    told.put("forMicros", (at - nowNanos) / 1_000);
    told.put("waited", (waitedNanos + (waits ? at - nowNanos : 0)) / 1_000);
    told.put("at", at / 1_000);
    told.put("called", called);
    told.put("dropped", dropped);
    told.put("calls", last);
    return told;
  }
}
