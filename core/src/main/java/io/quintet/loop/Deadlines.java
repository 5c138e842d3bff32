package io.quintet.loop;

import io.quintet.reactor.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * What must happen in time. Each kind has one length, so its list stays sorted by appending: arming
 * and disarming is O(1) and allocates nothing. One thread.
 *
 * <p>A deadline is never early. It may be late by a {@link #SLACK}th of its length, so that a busy
 * connection, which arms its deadline anew with every request, seldom has to touch the list.
 */
final class Deadlines {
  /** A kind that never passes. */
  static final long NEVER = 0;

  private static final int SLACK = 128;

  private static final class Queue {
    private final long lengthNanos;
    private final long slackNanos;
    private @Nullable Registration<?, ?> first;
    private @Nullable Registration<?, ?> last;
    private int count;

    Queue(long lengthNanos) {
      this.lengthNanos = lengthNanos;
      this.slackNanos = lengthNanos / SLACK;
    }
  }

  private final Queue[] queues = new Queue[Deadline.values().length];

  /** Time that counts toward no deadline, so far. */
  private long forgivenNanos;

  /**
   * Deadlines of some lengths.
   *
   * @param lengthsNanos by the order of {@link Deadline}; {@link #NEVER} for a kind that never
   *     passes
   */
  Deadlines(long[] lengthsNanos) {
    for (int kind = 0; kind < queues.length; kind++) {
      queues[kind] = new Queue(lengthsNanos[kind]);
    }
  }

  /** Starts a registration's deadline of a kind anew. */
  void arm(Registration<?, ?> registration, int kind, long time) {
    Queue queue = queues[kind];
    long now = time - forgivenNanos;
    if (registration.deadlineKind == kind
        && registration.deadlineNanos - now >= queue.lengthNanos) {
      return; // it runs within the slack
    }
    disarm(registration);
    if (queue.lengthNanos == NEVER) {
      return;
    }
    registration.deadlineKind = (byte) kind;
    registration.deadlineNanos = now + queue.lengthNanos + queue.slackNanos;
    registration.earlier = queue.last;
    if (queue.last == null) {
      queue.first = registration;
    } else {
      queue.last.later = registration;
    }
    queue.last = registration;
    queue.count++;
  }

  /** Ends a registration's deadline, if one runs. */
  void disarm(Registration<?, ?> registration) {
    if (registration.deadlineKind == Registration.NO_DEADLINE) {
      return;
    }
    Queue queue = queues[registration.deadlineKind];
    Registration<?, ?> earlier = registration.earlier;
    Registration<?, ?> later = registration.later;
    if (earlier == null) {
      queue.first = later;
    } else {
      earlier.later = later;
    }
    if (later == null) {
      queue.last = earlier;
    } else {
      later.earlier = earlier;
    }
    registration.earlier = null;
    registration.later = null;
    registration.deadlineKind = Registration.NO_DEADLINE;
    queue.count--;
  }

  /** How many deadlines of a kind run. */
  int count(Deadline kind) {
    return queues[kind.ordinal()].count;
  }

  /** Whose deadline of a kind passes next, if one runs. */
  @Nullable Registration<?, ?> first(Deadline kind) {
    return queues[kind.ordinal()].first;
  }

  /** So much of the time that has passed counts toward none of those that run. */
  void forgive(long nanos) {
    forgivenNanos += nanos;
  }

  /** Fires every deadline that has passed, and gives how many. */
  int expire(long time) {
    long now = time - forgivenNanos;
    int fired = 0;
    for (Queue queue : queues) {
      Registration<?, ?> first;
      while ((first = queue.first) != null && first.deadlineNanos - now <= 0) {
        disarm(first);
        first.deadlinePassed();
        fired++;
      }
    }
    return fired;
  }

  /** Nanoseconds until the next deadline, at least 0; {@code Long.MAX_VALUE} if there is none. */
  long nanosToNext(long time) {
    long now = time - forgivenNanos;
    long least = Long.MAX_VALUE;
    for (Queue queue : queues) {
      if (queue.first != null) {
        least = Math.min(least, Math.max(queue.first.deadlineNanos - now, 0));
      }
    }
    return least;
  }
}
