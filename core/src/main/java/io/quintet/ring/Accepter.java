package io.quintet.ring;

import io.quintet.ffi.linux.Linux;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Accepts for the listeners of a ring: one multishot accept each, while they are waited for. Where
 * descriptors may become scarce it only polls, since a connection that was accepted and has to wait
 * would keep a descriptor from those whose turn it is. One thread.
 */
final class Accepter {
  private static final int FIRST = 16;

  /** Descriptors that must be left: twice as many as usual queues of listen(2) are long. */
  private static final int SPARE = 8192;

  private final Requests requests;
  private final DirectCalls calls;
  private final Pollers pollers;
  private final int descriptorsMax;

  /** The highest number that was accepted, of which the lower ones are likely used. */
  private int highest;

  Accepter(Requests requests, DirectCalls calls, Pollers pollers, int descriptorsMax) {
    this.requests = requests;
    this.calls = calls;
    this.pollers = pollers;
    this.descriptorsMax = descriptorsMax;
  }

  /** Begins or ends accepting as the listener's interest asks. */
  void adjust(RingSocket listener) {
    boolean wanted = (listener.interest & Linux.EPOLLIN()) != 0;
    if (!wanted) {
      cancel(listener);
      pollers.cancel(listener);
    } else if (descriptorsMax - highest < SPARE) {
      cancel(listener);
      pollers.adjust(listener);
    } else if (!listener.armed && !listener.look) {
      long entry = requests.begin(Requests.ACCEPT, Linux.IORING_OP_ACCEPT(), listener);
      Ring.priority(entry, Linux.IORING_ACCEPT_MULTISHOT());
      Ring.callFlags(entry, Linux.SOCK_NONBLOCK() | Linux.SOCK_CLOEXEC());
      listener.armed = true;
      listener.cancelled = false;
    }
  }

  void cancel(RingSocket listener) {
    if (listener.armed && !listener.cancelled) {
      requests.cancel(Requests.ACCEPT, listener);
      listener.cancelled = true;
    }
  }

  /** An accept has completed, of a listener that may be closed. Whether it was the last. */
  boolean complete(@Nullable RingSocket listener, int result, int flags) {
    if (listener == null) {
      if (result >= 0) {
        calls.close(result);
      }
      return false;
    }
    if (result >= 0) {
      add(listener, result);
    }
    if ((flags & Linux.IORING_CQE_F_MORE()) != 0) {
      return false;
    }
    listener.armed = false;
    listener.cancelled = false;
    listener.look |= result < 0 && result != -Linux.ECANCELED();
    return true;
  }

  private void add(RingSocket listener, int fd) {
    highest = Math.max(highest, fd);
    if (listener.acceptedTo == listener.accepted.length) {
      int room = Math.max(FIRST, 2 * listener.acceptedTo);
      listener.accepted = Arrays.copyOf(listener.accepted, room);
    }
    listener.accepted[listener.acceptedTo++] = fd;
  }

  /** As accept4(2): where none has been accepted, only that call can say that nobody waits. */
  int accept(RingSocket listener, int flags) {
    int fd = take(listener);
    if (fd == RingSocket.NONE) {
      fd = calls.accept4(listener.fd, flags);
      listener.look = fd < 0 && fd != -Linux.EAGAIN();
    }
    return fd;
  }

  private static int take(RingSocket listener) {
    if (!listener.hasAccepted()) {
      return RingSocket.NONE;
    }
    int fd = listener.accepted[listener.acceptedFrom++];
    if (!listener.hasAccepted()) {
      listener.acceptedFrom = 0;
      listener.acceptedTo = 0;
    }
    return fd;
  }

  /** Closes what was accepted and not taken. */
  void drop(RingSocket listener) {
    while (listener.hasAccepted()) {
      calls.close(take(listener));
    }
  }
}
