package io.quintet.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was counted of a service until some moment. Immutable. */
public final class Counts {
  /** What happens to every service. */
  public enum Number {
    ACCEPTED("accepted"),
    MOVED("moved"),
    REQUESTS("requests"),
    RECEIVED_BYTES("receivedBytes"),
    SENT_BYTES("sentBytes"),
    WAKE_UPS("wakeUps"),
    SYSTEM_CALLS("systemCalls"),
    PAUSES("pauses"),
    FAILURES("failures");

    private static final Number[] ALL = values();
    private final String label;

    Number(String label) {
      this.label = label;
    }
  }

  private static final Refusal[] REFUSALS = Refusal.values();
  private static final int REFUSED = Number.ALL.length;
  private static final int REPLIES = REFUSED + REFUSALS.length;
  private static final long MICROS = 1_000;
  private static final long MILLIS = 1_000_000;
  private static final long SECONDS = 1_000_000_000;

  /** Durations of requests are counted up to each of these, in nanoseconds, and beyond. */
  private static final long[] BOUNDS = {
    50 * MICROS,
    100 * MICROS,
    250 * MICROS,
    500 * MICROS,
    MILLIS,
    2_500 * MICROS,
    5 * MILLIS,
    10 * MILLIS,
    25 * MILLIS,
    50 * MILLIS,
    100 * MILLIS,
    250 * MILLIS,
    500 * MILLIS,
    SECONDS,
    2_500 * MILLIS,
    5 * SECONDS,
    10 * SECONDS
  };

  private final long[] values;
  private final List<String> kinds;

  private Counts(long[] values, List<String> kinds) {
    this.values = values;
    this.kinds = kinds;
  }

  /** Where each number stands: all of one service stand alike. */
  static int indexOf(Number number) {
    return number.ordinal();
  }

  static int indexOf(Refusal why) {
    return REFUSED + why.ordinal();
  }

  static int indexOfReplies(int kind) {
    return REPLIES + kind;
  }

  /** Of those requests that took so long. */
  static int indexOfDuration(long nanos, int kinds) {
    int bucket = 0;
    while (bucket < BOUNDS.length && nanos > BOUNDS[bucket]) {
      bucket++;
    }
    return REPLIES + kinds + bucket;
  }

  /** Of how long all requests took together, in nanoseconds. */
  static int indexOfDurations(int kinds) {
    return REPLIES + kinds + BOUNDS.length + 1;
  }

  /** How many numbers there are. */
  public static int size(int kinds) {
    return indexOfDurations(kinds) + 1;
  }

  /** As they are read one by one. */
  public static Counts of(Counter[] counters, List<String> kinds) {
    long[] values = new long[counters.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = counters[i].get();
    }
    return new Counts(values, kinds);
  }

  /** As {@link #copyTo} has laid them down. */
  public static Counts of(long[] values, List<String> kinds) {
    return new Counts(Arrays.copyOf(values, size(kinds.size())), kinds);
  }

  /** Lays them down at the front of an array. */
  public void copyTo(long[] target) {
    System.arraycopy(values, 0, target, 0, values.length);
  }

  private long get(int index) {
    return values[index];
  }

  long get(Number number) {
    return values[number.ordinal()];
  }

  /** The same, but for one of them. */
  public Counts with(Number number, long value) {
    long[] changed = values.clone();
    changed[number.ordinal()] = value;
    return new Counts(changed, kinds);
  }

  /**
   * Nothing, of a service.
   *
   * @param replyKinds kinds of its replies
   * @return all 0
   */
  public static Counts none(List<String> replyKinds) {
    return new Counts(new long[size(replyKinds.size())], replyKinds);
  }

  /**
   * Both together.
   *
   * @param other counted of the same service
   * @return the sums
   */
  public Counts plus(Counts other) {
    long[] sums = values.clone();
    for (int i = 0; i < sums.length; i++) {
      sums[i] += other.values[i];
    }
    return new Counts(sums, kinds);
  }

  /**
   * Up to which lengths the durations of requests are counted, beside those that took longer.
   *
   * @return nanoseconds, ascending
   */
  public static List<Long> durationBoundsNanos() {
    return list(BOUNDS, 0, BOUNDS.length);
  }

  /**
   * By name.
   *
   * @return numbers, but for {@code replies}, a map by kind, and {@code durations}, a list of how
   *     many requests took up to each of {@link #durationBoundsNanos()} and more than the one
   *     before it, with those beyond the last at the end; {@code durationNanos} is their sum
   */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    for (Number number : Number.ALL) {
      map.put(number.label, get(number));
    }
    for (Refusal why : REFUSALS) {
      map.put(why.counter(), get(indexOf(why)));
    }
    Map<String, Long> replies = new LinkedHashMap<>();
    for (int i = 0; i < kinds.size(); i++) {
      replies.put(kinds.get(i), get(indexOfReplies(i)));
    }
    map.put("replies", Collections.unmodifiableMap(replies));
    map.put("durations", list(values, indexOfReplies(kinds.size()), BOUNDS.length + 1));
    map.put("durationNanos", get(indexOfDurations(kinds.size())));
    return map;
  }

  private static List<Long> list(long[] from, int first, int count) {
    List<Long> list = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      list.add(from[first + i]);
    }
    return Collections.unmodifiableList(list);
  }
}
