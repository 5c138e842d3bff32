package io.quintet.testkit;

import io.quintet.Options;
import io.quintet.specs.Machine;
import io.quintet.specs.Transitions;
import io.quintet.trace.Counted;
import io.quintet.trace.Trace;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Judges what the machines of a simulated server do, by the virtual clock and by its options: a
 * deadline passes neither too early nor too late, a connection or listener takes no more at once
 * than its budget, and a listener's pause is as long as its tries were in vain. It sees the
 * transitions that are recorded; where none are, it says nothing.
 */
final class Conduct {
  /** A deadline is rounded up to a millisecond, and may be late by this part of its length. */
  private static final int SLACK = 128;

  /** What a turn may take: a deadline counts from its beginning, and is looked at in the next. */
  private static final long TURN_NANOS = 50_000_000L;

  private static final long MILLI = 1_000_000L;

  /** Units of the longest pause of a listener. */
  private static final int PAUSE_MAX = 8;

  /** Events that come when others that have something to do have had their turn. */
  private static final Set<String> BEHIND_OTHERS = Set.of("RESUME", "ROOM", "REPLY_READY");

  private static final String AFTER = "AFTER_";

  /** Where a connection is between two loops, and when it comes to the second. */
  private static final String MOVING = "moving";

  private static final String ARRIVING = "arriving";

  /** What a machine's table says, by the names that recorded transitions have. */
  private record Table(
      String id, Map<String, String> deadlines, Map<String, Set<String>> outcomes) {

    static Table of(Transitions<?, ?> transitions) {
      Machine machine = transitions.machine();
      Map<String, String> deadlines = new HashMap<>();
      machine
          .states()
          .forEach(
              (name, state) ->
                  state.after().keySet().forEach(deadline -> deadlines.put(name, deadline)));
      Map<String, Set<String>> outcomes =
          machine.actions().entrySet().stream()
              .collect(
                  Collectors.toMap(
                      action ->
                          action.getKey().replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT),
                      action -> Set.copyOf(action.getValue().outcomes())));
      return new Table(machine.id(), deadlines, outcomes);
    }
  }

  /** What a machine has come through. */
  private static final class Course {
    private final Table table;
    private final Turns.Task task;
    private String state;

    /** That from which it began to move. */
    private String before = "";

    /** When it came to that state, from another one, if that was seen. */
    private long since = Turns.NEVER;

    /** Likewise, before it left for another loop, where its deadline goes on. */
    private long restedSince = Turns.NEVER;

    /** What the last action may report, after which it goes on by itself. */
    private Set<String> expected = Set.of();

    /** Requests or connections that it took since others had their turn. */
    private int taken;

    /** Units of a listener's next pause, 0 if that is unknown. */
    private int pause;

    /** Units of the pause that it has now, likewise, and those that have passed. */
    private int paused;

    private int passed;

    Course(Table table, Turns.Task task, String state) {
      this.table = table;
      this.task = task;
      this.state = state;
    }
  }

  /** The loops that threads turn, as far as they were seen to. */
  private final Map<Turns.Task, Counted> loops = new IdentityHashMap<>();

  /** Connections whose handlers are not waited for any more, compared by identity. */
  private final Set<Object> givenUp = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Whether some transitions were not seen. */
  private boolean missed;

  private final SimulatedMachine machine;
  private final Map<String, Long> lengths;
  private final int requestBudget;
  private final int acceptBudget;

  /** When the first process was last asked to drain within some time, and within which. */
  private long drainAsked;

  private long drainNanos = Turns.NEVER;

  private final Map<Transitions<?, ?>, Table> tables = new IdentityHashMap<>();
  private final Map<Object, Course> courses = new IdentityHashMap<>();

  /** Whose transition was seen last. */
  private @Nullable Object last;

  /**
   * Nothing seen yet.
   *
   * @param lengths of deadlines in milliseconds, by the names that machines give them; 0 is never
   * @param requestBudget requests that a connection may handle at once
   * @param acceptBudget connections that a listener may accept at once
   */
  private Conduct(
      SimulatedMachine machine, Map<String, Integer> lengths, int requestBudget, int acceptBudget) {
    this.machine = machine;
    this.lengths =
        lengths.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, each -> each.getValue() * MILLI));
    this.requestBudget = requestBudget;
    this.acceptBudget = acceptBudget;
  }

  /** That of a server with such options. */
  static Conduct of(SimulatedMachine machine, Map<String, Object> given) {
    Options options = Options.of(given);
    Map<String, Integer> lengths = new HashMap<>();
    lengths.put("FIRST_BYTE", options.firstByteTimeoutMillis());
    lengths.put("HANDSHAKE", options.requestTimeoutMillis());
    lengths.put("IDLE", options.idleTimeoutMillis());
    lengths.put("REQUEST", options.requestTimeoutMillis());
    lengths.put("HANDLER", options.handlerTimeoutMillis());
    lengths.put("PING", options.pingIntervalMillis());
    lengths.put("CLOSING", options.closeTimeoutMillis());
    lengths.put("WRITE_STALL", options.writeStallTimeoutMillis());
    lengths.put("LINGER", options.lingerTimeoutMillis());
    lengths.put("PARTING", options.drainIdleMillis());
    lengths.put("ACCEPT_PAUSE", options.acceptPauseMillis());
    lengths.put("STARTUP", options.backendStartMillis());
    lengths.put("HEARTBEAT", options.backendSilenceMillis());
    lengths.put("SILENCE", options.backendSilenceMillis());
    lengths.put("HANG", options.backendHangMillis());
    lengths.put("BACKOFF", options.backendBackoffMillis());
    lengths.put("DRAIN", options.drainTimeoutMillis());
    lengths.put("DRAIN_DELAY", options.drainDelayMillis());
    return new Conduct(machine, lengths, options.requestBudget(), options.acceptBudget());
  }

  /** The drain of the first process is to be over within so many milliseconds from now on. */
  void drainsWithin(long millis) {
    drainAsked = machine.nanos();
    drainNanos = millis * MILLI;
  }

  /** How much later than at its deadline a drain may be over. */
  static long slackNanos(long lengthNanos) {
    return lengthNanos / SLACK + MILLI + TURN_NANOS;
  }

  /** Transitions of the thread that has the turn, which were taken since it was asked last. */
  void see(List<Trace.Entry> entries) {
    for (int i = 0; i < entries.size(); i++) {
      see(entries.get(i));
    }
  }

  private void see(Trace.Entry entry) {
    if (entry.afterGap()) {
      Turns.Task task = machine.turns().current();
      courses.values().removeIf(course -> course.task == task);
      missed = true;
    }
    Table table = tables.computeIfAbsent(entry.transitions(), Table::of);
    if (table.id.equals("loop") && entry.instance() instanceof Counted loop) {
      loops.put(machine.turns().current(), loop);
    }
    if (table.deadlines.isEmpty()) {
      last = entry.instance(); // a loop's or worker's, of which there are most
      return;
    }
    long now = machine.nanos();
    Course course = courses.get(entry.instance());
    if (course == null) {
      course = new Course(table, machine.turns().current(), entry.from());
      course.pause = missed ? 0 : 1;
      courses.put(entry.instance(), course);
    } else {
      judgeTime(course, entry, now);
    }
    if (last != entry.instance() || BEHIND_OTHERS.contains(entry.event())) {
      course.taken = 0;
      last = entry.instance();
    }
    judgeDrain(course, entry);
    judgeBudget(course, entry);
    judgePause(course, entry);
    if (entry.event().equals("REFUSED") && course.expected == table.outcomes.get("GIVE_UP")) {
      givenUp.add(entry.instance());
    }
    course.expected =
        entry
            .action()
            .map(action -> table.outcomes.getOrDefault(action, Set.of()))
            .orElse(Set.of());
    if (entry.event().equals("MOVE")) {
      course.restedSince = course.since;
    }
    if (entry.event().startsWith("WAS_")) {
      course.since = course.restedSince;
    } else if (entry.event().equals("AFTER_DRAIN")) {
      course.since = Turns.NEVER; // it passes once
    } else if (!entry.from().equals(entry.to())
        && !goesOn(table, entry)
        && !isOneMove(course, entry)) {
      course.since = now;
    }
    course.state = entry.to();
    if (entry.transitions().machine().states().get(entry.to()).end()) {
      courses.remove(entry.instance());
    }
  }

  /** These deadlines count from where they begin, through all states that have them. */
  private static boolean goesOn(Table table, Trace.Entry entry) {
    String deadline = table.deadlines.getOrDefault(entry.from(), "");
    return (table.id.equals("server") || deadline.equals("HANDSHAKE"))
        && deadline.equals(table.deadlines.get(entry.to()));
  }

  /** A connection that moves to another loop goes on there with what is left of its time. */
  private static boolean isOneMove(Course course, Trace.Entry entry) {
    if (entry.to().equals(MOVING)) {
      course.before = entry.from();
      return true;
    }
    boolean arrives = entry.to().equals(ARRIVING);
    return arrives || entry.from().equals(ARRIVING) && entry.to().equals(course.before);
  }

  private long length(Course course, String deadline) {
    long length = lengths.getOrDefault(deadline, 0L);
    boolean first = course.task.process == machine.first();
    return switch (deadline) {
      case "DRAIN" -> first ? Math.min(length, drainLeft(course.since)) : length;
      case "DRAIN_DELAY" -> first ? length : 0; // what a front tells to drain does so at once
      default -> length;
    };
  }

  /** Of a drain that began then. */
  private long drainLeft(long since) {
    return drainNanos == Turns.NEVER ? Turns.NEVER : Math.max(drainAsked - since, 0) + drainNanos;
  }

  /** Its time in a state that has a deadline is over now, one way or another. */
  private void judgeTime(Course course, Trace.Entry entry, long now) {
    String deadline = course.table.deadlines.get(course.state);
    if (deadline == null || !course.expected.isEmpty() || course.since == Turns.NEVER) {
      return; // it does not rest, or who knows since when
    }
    long length = length(course, deadline);
    if (length == 0 || course.task.process.frozenUntil + 1_000 * MILLI > course.since) {
      return;
    }
    long rested = now - course.since;
    String where = course.table.id + " in " + course.state;
    if (entry.event().startsWith(AFTER) && rested < length - TURN_NANOS) {
      wrong(where + ": the deadline " + deadline + " passed after " + millis(rested));
    }
    if (rested > length + slackNanos(length)) {
      wrong(where + ": the deadline " + deadline + " had not passed after " + millis(rested));
    }
  }

  /** A connection is to end soon only where its loop drains, however old it is. */
  private void judgeDrain(Course course, Trace.Entry entry) {
    Counted loop = loops.get(machine.turns().current());
    if (loop == null || !course.table.id.equals("connection") || !entry.event().equals("DRAIN")) {
      return;
    }
    loop.count(
        (name, number) -> {
          if (name.equals("draining") && number == 0) {
            wrong("a connection in " + entry.from() + " was drained, and its loop does not drain");
          }
        });
  }

  /** Whether a connection's handlers are not waited for any more. */
  boolean hasGivenUp(Object connection) {
    return givenUp.contains(connection);
  }

  private static String millis(long nanos) {
    return nanos / MILLI + " ms";
  }

  private void judgeBudget(Course course, Trace.Entry entry) {
    boolean request =
        course.table.id.equals("connection")
            && (entry.event().equals("REQUEST") || entry.event().equals("LAST_REQUEST"));
    boolean connection =
        course.table.id.equals("listener")
            && entry.event().equals("ACCEPTED")
            && !entry.from().equals("draining");
    if (!request && !connection) {
      return;
    }
    course.taken++;
    int most = request ? requestBudget : acceptBudget;
    if (course.taken > most) {
      wrong(course.table.id + " took " + course.taken + " at once, and its budget is " + most);
    }
  }

  /** Each time in vain a pause is twice as long, until a connection is accepted. */
  private void judgePause(Course course, Trace.Entry entry) {
    if (!course.table.id.equals("listener")) {
      return;
    }
    if (entry.action().filter("PAUSE"::equals).isPresent()) {
      course.paused = course.pause;
      course.passed = 0;
      course.pause = Math.min(2 * course.pause, PAUSE_MAX);
      return;
    }
    switch (entry.event()) {
      case "ACCEPTED" -> course.pause = 1;
      case "AGAIN" -> course.passed++;
      case "DUE" -> {
        int units = course.passed + 1;
        if (course.paused > 0 && units != course.paused) {
          wrong("a listener paused for " + units + " units in place of " + course.paused);
        }
        course.paused = 0;
      }
      case "AFTER_ACCEPT_PAUSE" -> {
        // a unit is over
      }
      default -> course.paused = 0; // it was told to go on, or to stand behind others
    }
  }

  private void wrong(String what) {
    machine.violation(what, null);
  }
}
