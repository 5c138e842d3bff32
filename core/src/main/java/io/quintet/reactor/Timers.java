package io.quintet.reactor;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * What must happen in time. Each kind has one length, so its list stays sorted by appending: arming
 * and disarming is O(1) and allocates nothing. A list links slots, of which each has one deadline
 * at most. One thread.
 *
 * <p>A deadline is never early. It may be late by a {@link #SLACK}th of its length, so that a busy
 * connection, which arms its deadline anew with every request, seldom has to touch the list.
 */
public final class Timers {
  /** A kind that never passes. */
  static final long NEVER = 0;

  /** In place of a kind, where no deadline runs. */
  static final int NO_DEADLINE = -1;

  /** In place of a slot, where a list ends. */
  public static final int NO_SLOT = -1;

  private static final int SLACK = 128;
  private static final int FIRST = 64;

  private static final class Queue {
    private final long lengthNanos;
    private final long slackNanos;
    private int first = NO_SLOT;
    private int last = NO_SLOT;
    private int count;

    Queue(long lengthNanos) {
      this.lengthNanos = lengthNanos;
      this.slackNanos = lengthNanos / SLACK;
    }
  }

  private final Queue[] queues = new Queue[Deadline.values().length];

  // Of each slot: the kind of its deadline, when it passes, and its neighbours in the list.
  private byte[] kinds = new byte[0];
  private long[] ends = new long[0];
  private int[] earlier = new int[0];
  private int[] later = new int[0];

  /** Time that counts toward no deadline, so far. */
  private long forgivenNanos;

  /**
   * Deadlines of some lengths.
   *
   * @param lengthsNanos by the order of {@link Deadline}; {@link #NEVER} for a kind that never
   *     passes
   */
  Timers(long[] lengthsNanos) {
    for (int kind = 0; kind < queues.length; kind++) {
      queues[kind] = new Queue(lengthsNanos[kind]);
    }
    makeRoom(FIRST);
  }

  private void makeRoom(int slots) {
    int before = kinds.length;
    kinds = Arrays.copyOf(kinds, slots);
    Arrays.fill(kinds, before, slots, (byte) NO_DEADLINE);
    ends = Arrays.copyOf(ends, slots);
    earlier = Arrays.copyOf(earlier, slots);
    later = Arrays.copyOf(later, slots);
  }

  /** The kind of deadline that runs for a slot, or {@link #NO_DEADLINE}. */
  int kind(int slot) {
    return slot < kinds.length ? kinds[slot] : NO_DEADLINE;
  }

  /** Whether a kind of deadline is turned off. */
  boolean isOff(int kind) {
    return kind == NO_DEADLINE || queues[kind].lengthNanos == NEVER;
  }

  /** Starts a slot's deadline of a kind anew. */
  void arm(int slot, int kind, long time) {
    Queue queue = queues[kind];
    long now = time - forgivenNanos;
    if (kind(slot) == kind && ends[slot] - now >= queue.lengthNanos) {
      return; // it runs within the slack
    }
    disarm(slot);
    if (queue.lengthNanos == NEVER) {
      return;
    }
    if (slot >= kinds.length) {
      makeRoom(Math.max(2 * kinds.length, slot + 1));
    }
    kinds[slot] = (byte) kind;
    ends[slot] = now + queue.lengthNanos + queue.slackNanos;
    earlier[slot] = queue.last;
    later[slot] = NO_SLOT;
    if (queue.last == NO_SLOT) {
      queue.first = slot;
    } else {
      later[queue.last] = slot;
    }
    queue.last = slot;
    queue.count++;
  }

  /** How long a slot's deadline has left, in nanoseconds; 0 if none runs, or it has passed. */
  long left(int slot, long time) {
    return kind(slot) == NO_DEADLINE ? 0 : Math.max(ends[slot] - (time - forgivenNanos), 0);
  }

  /**
   * Starts a slot's deadline of a kind with the time that it had left elsewhere. What comes from
   * one loop one after the other mostly stands at the end of the list, where it is looked for.
   */
  void arm(int slot, int kind, long time, long leftNanos) {
    Queue queue = queues[kind];
    arm(slot, kind, time);
    if (kind(slot) == NO_DEADLINE) {
      return;
    }
    long end = time - forgivenNanos + Math.min(leftNanos, queue.lengthNanos + queue.slackNanos);
    int before = earlier[slot];
    while (before != NO_SLOT && ends[before] - end > 0) {
      before = earlier[before];
    }
    disarm(slot);
    kinds[slot] = (byte) kind;
    ends[slot] = end;
    int behind = before == NO_SLOT ? queue.first : later[before];
    earlier[slot] = before;
    later[slot] = behind;
    if (before == NO_SLOT) {
      queue.first = slot;
    } else {
      later[before] = slot;
    }
    if (behind == NO_SLOT) {
      queue.last = slot;
    } else {
      earlier[behind] = slot;
    }
    queue.count++;
  }

  /** Ends a slot's deadline, if one runs. */
  void disarm(int slot) {
    int kind = kind(slot);
    if (kind == NO_DEADLINE) {
      return;
    }
    Queue queue = queues[kind];
    int before = earlier[slot];
    int behind = later[slot];
    if (before == NO_SLOT) {
      queue.first = behind;
    } else {
      later[before] = behind;
    }
    if (behind == NO_SLOT) {
      queue.last = before;
    } else {
      earlier[behind] = before;
    }
    kinds[slot] = NO_DEADLINE;
    queue.count--;
  }

  /** How many deadlines of a kind run. */
  public int count(Deadline kind) {
    return queues[kind.ordinal()].count;
  }

  /** Whose deadline of a kind passes next, or {@link #NO_SLOT}. */
  public int first(Deadline kind) {
    return queues[kind.ordinal()].first;
  }

  /** So much of the time that has passed counts toward none of those that run. */
  void forgive(long nanos) {
    forgivenNanos += nanos;
  }

  /** Ends every deadline that has passed, tells whose it was, and gives how many. */
  int expire(long time, IntConsumer passed) {
    long now = time - forgivenNanos;
    int count = 0;
    for (Queue queue : queues) {
      int first;
      while ((first = queue.first) != NO_SLOT && ends[first] - now <= 0) {
        disarm(first);
        passed.accept(first);
        count++;
      }
    }
    return count;
  }

  /** Nanoseconds until the next deadline, at least 0; {@code Long.MAX_VALUE} if there is none. */
  long nanosToNext(long time) {
    long now = time - forgivenNanos;
    long least = Long.MAX_VALUE;
    for (Queue queue : queues) {
      if (queue.first != NO_SLOT) {
        least = Math.min(least, Math.max(ends[queue.first] - now, 0));
      }
    }
    return least;
  }
}
