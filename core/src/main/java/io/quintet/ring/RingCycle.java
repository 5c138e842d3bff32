package io.quintet.ring;

import io.quintet.ffi.linux.Linux;

/**
 * Enters a ring with what its sockets ask for, and tells each socket what has completed. One
 * thread.
 */
final class RingCycle {
  /** How long what was sent before close(2) may wait for a peer that takes nothing. */
  private static final long CLOSING_NANOS = 30_000_000_000L;

  /** How long an end waits for requests to end. */
  private static final long END_NANOS = 1_000_000_000L;

  private static final int TICK_MILLIS = 100;

  private final DirectCalls calls;
  private final SocketTable table;
  private final Readiness readiness;
  private final Ring ring;
  private final Requests requests;
  private final Receiver receiver;
  private final Sender sender;
  private final Accepter accepter;
  private final Pollers pollers;

  /** Sockets that were closed with bytes to send. */
  private final SocketList closing = new SocketList();

  RingCycle(
      DirectCalls calls,
      SocketTable table,
      Readiness readiness,
      Requests requests,
      Receiver receiver,
      Sender sender,
      Accepter accepter,
      Pollers pollers) {
    this.calls = calls;
    this.table = table;
    this.readiness = readiness;
    this.ring = requests.ring;
    this.requests = requests;
    this.receiver = receiver;
    this.sender = sender;
    this.accepter = accepter;
    this.pollers = pollers;
  }

  /** Has all requests of a socket end but those to send. */
  void cancel(RingSocket socket) {
    if (socket.kind == RingSocket.Kind.LISTENER) {
      accepter.cancel(socket);
    } else {
      receiver.cancel(socket);
    }
    pollers.cancel(socket);
  }

  /** Likewise, and waits until they have. */
  void stop(RingSocket socket) {
    boolean waits = socket.armed || socket.polled != RingSocket.NONE;
    long end = waits ? System.nanoTime() + END_NANOS : 0;
    socket.interest = 0;
    while ((socket.armed || socket.polled != RingSocket.NONE) && System.nanoTime() - end < 0) {
      cancel(socket);
      ring.await(1, TICK_MILLIS);
      reap();
    }
  }

  /** Sends what was gathered, and learns how that went. */
  void flush() {
    if (sender.hasPending()) {
      ring.submit();
      reap();
    }
  }

  /** Closes a socket once its bytes have gone. */
  void closeLater(RingSocket socket) {
    socket.kind = RingSocket.Kind.CLOSING;
    socket.interest = 0;
    socket.deadline = System.nanoTime() + CLOSING_NANOS;
    closing.add(socket);
    readiness.changed(socket);
  }

  /** As epoll_wait(2), and all that was gathered goes. */
  int await(long events, int eventsMax, int timeoutMillis) {
    readiness.refresh();
    adjust();
    boolean sleeps = readiness.isQuiet() && timeoutMillis != 0;
    boolean ticks = closing.size() > 0 && (timeoutMillis < 0 || timeoutMillis > TICK_MILLIS);
    int result = ring.await(sleeps ? 1 : 0, ticks ? TICK_MILLIS : timeoutMillis);
    reap();
    if (ring.hasOverflown()) {
      ring.await(0, 0);
      reap();
    }
    if (closing.size() > 0) {
      closeLate();
    }
    int count = readiness.collect(events, eventsMax);
    return count == 0 && isFailure(result) ? result : count;
  }

  private static boolean isFailure(int result) {
    return result < 0 && result != -Linux.EAGAIN() && result != -Linux.EBUSY();
  }

  /** Requests what the sockets' interests ask for. */
  private void adjust() {
    SocketList changed = readiness.takeChanged();
    for (int i = 0; i < changed.size(); i++) {
      adjust(changed.get(i));
    }
  }

  private void adjust(RingSocket socket) {
    switch (socket.kind) {
      case STREAM -> {
        if (receiver.adjust(socket)) {
          readiness.changed(socket);
        }
        boolean waits = socket.slot != RingSocket.NONE && !sender.isPending(socket);
        boolean writes = waits || (socket.interest & Linux.EPOLLOUT()) != 0;
        pollers.adjust(socket, socket.full && writes);
      }
      case LISTENER -> accepter.adjust(socket);
      case POLLED -> pollers.adjust(socket);
      case CLOSING -> pollers.adjust(socket, socket.full);
      case NONE -> {
        // nothing is asked for
      }
    }
  }

  /** Takes what has completed. */
  private void reap() {
    int available = ring.available();
    int first = ring.first();
    for (int i = 0; i < available; i++) {
      int index = first + i;
      complete(ring.userData(index), ring.result(index), ring.resultFlags(index));
    }
    ring.seen(first + available);
    sender.settle();
  }

  private void complete(long name, int result, int flags) {
    int kind = Requests.kind(name);
    if (kind == Requests.SEND) {
      sender.complete(Requests.number(name), result);
      return;
    }
    if (kind == Requests.CANCEL) {
      return;
    }
    if ((flags & Linux.IORING_CQE_F_MORE()) == 0) {
      requests.ended();
    }
    RingSocket socket = table.find(Requests.number(name));
    boolean current = socket != null && Requests.isOf(name, socket);
    switch (kind) {
      case Requests.RECEIVE -> {
        if (socket == null || !current) {
          receiver.completeForNobody(result, flags);
          return;
        }
        receiver.complete(socket, result, flags);
        if (socket.kind == RingSocket.Kind.CLOSING) {
          receiver.drop(socket);
        }
        if (!socket.armed || (socket.interest & Linux.EPOLLIN()) == 0) {
          readiness.changed(socket);
        }
      }
      case Requests.ACCEPT -> {
        RingSocket listener = current ? socket : null;
        if (accepter.complete(listener, result, flags) && listener != null) {
          readiness.changed(listener);
        }
      }
      default -> {
        if (socket != null && current) {
          completePoll(socket, result, flags);
        }
      }
    }
    if (socket != null && current) {
      readiness.list(socket);
    }
  }

  private void completePoll(RingSocket socket, int result, int flags) {
    pollers.complete(socket, result, flags);
    if (socket.kind != RingSocket.Kind.POLLED && (socket.pollBits & Linux.EPOLLOUT()) != 0) {
      socket.pollBits &= Readiness.FAILED;
      sender.writable(socket);
    }
    readiness.changed(socket);
  }

  /** Closes those whose bytes have gone, or will not. */
  private void closeLate() {
    long now = System.nanoTime();
    int kept = 0;
    for (int i = 0; i < closing.size(); i++) {
      RingSocket socket = closing.get(i);
      boolean failed = (socket.pollBits & Readiness.FAILED) != 0;
      boolean late = failed || now - socket.deadline > 0;
      if (socket.slot != RingSocket.NONE && (!late || sender.isPending(socket))) {
        closing.set(kept++, socket);
      } else {
        closeNow(socket);
      }
    }
    closing.cut(kept);
  }

  private void closeNow(RingSocket socket) {
    sender.drop(socket);
    pollers.cancel(socket);
    receiver.cancel(socket);
    socket.reset();
    calls.close(socket.fd);
  }

  /**
   * Ends all requests. Sockets that were closed with bytes to send have a second to send them.
   *
   * @return whether the kernel is done with all memory
   */
  boolean end() {
    long end = System.nanoTime() + END_NANOS;
    while (closing.size() > 0 && System.nanoTime() - end < 0) {
      adjust();
      ring.await(1, TICK_MILLIS);
      reap();
      closeLate();
    }
    for (int i = 0; i < closing.size(); i++) {
      closeNow(closing.get(i));
    }
    closing.cut(0);
    requests.cancelAll();
    while (requests.pending() > 0 && System.nanoTime() - end < END_NANOS) {
      ring.await(1, TICK_MILLIS);
      reap();
    }
    return requests.pending() == 0;
  }
}
