package io.quintet.ring;

import io.quintet.ffi.linux.Linux;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Accepts for the listeners of a ring: one multishot accept each, while they are waited for. One
 * thread.
 */
final class Accepter {
  private static final int FIRST = 16;

  private final Requests requests;
  private final DirectCalls calls;

  Accepter(Requests requests, DirectCalls calls) {
    this.requests = requests;
    this.calls = calls;
  }

  /** Begins or ends accepting as the listener's interest asks. */
  void adjust(RingSocket listener) {
    boolean wanted = (listener.interest & Linux.EPOLLIN()) != 0;
    if (!wanted) {
      cancel(listener);
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

  private static void add(RingSocket listener, int fd) {
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
      listener.look = fd >= 0;
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
