package io.quintet.ring;

import io.quintet.ffi.Events;
import io.quintet.ffi.Memory;
import io.quintet.ffi.linux.Linux;

/**
 * Which sockets of a ring are ready, and for which of them something has changed. Readiness is
 * level-triggered, as epoll(7) has it: a socket remains ready until it is found not to be. One
 * thread.
 */
final class Readiness {
  static final int FAILED = Linux.EPOLLERR() | Linux.EPOLLHUP();

  /** Those that may be ready, in the order in which they became so. */
  private final SocketList ready = new SocketList();

  /** Where the next look at them begins, since there may be more than are asked for. */
  private int from;

  /** Those whose requests may have to change. */
  private SocketList changed = new SocketList();

  private SocketList changing = new SocketList();

  /** Its requests may have to change, and it may be ready. */
  void changed(RingSocket socket) {
    if (!socket.changed) {
      socket.changed = true;
      changed.add(socket);
    }
    list(socket);
  }

  /** It may be ready. */
  void list(RingSocket socket) {
    if (!socket.listed && bits(socket) != 0) {
      socket.listed = true;
      socket.told = false;
      ready.add(socket);
    }
  }

  boolean isQuiet() {
    return ready.size() == 0 && changed.size() == 0;
  }

  /** Leaves out those that are not ready any more. */
  void refresh() {
    int kept = 0;
    for (int i = 0; i < ready.size(); i++) {
      RingSocket socket = ready.get(i);
      if (socket.kind == RingSocket.Kind.POLLED && socket.told) {
        socket.pollBits = 0; // it is asked anew
        socket.listed = false;
        changed(socket);
        continue;
      }
      if (socket.kind == RingSocket.Kind.LISTENER && socket.pollBits != 0) {
        socket.pollBits = 0;
        changed(socket);
      }
      if (bits(socket) != 0) {
        ready.set(kept++, socket);
      } else {
        socket.listed = false;
      }
    }
    ready.cut(kept);
  }

  /** Takes those that have changed. */
  SocketList takeChanged() {
    SocketList taken = changed;
    changed = changing;
    changed.cut(0);
    changing = taken;
    for (int i = 0; i < taken.size(); i++) {
      taken.get(i).changed = false;
    }
    return taken;
  }

  /** Writes an epoll_event for each that is ready, and gives how many. */
  int collect(long events, int eventsMax) {
    int size = ready.size();
    int first = size > eventsMax ? from % size : 0;
    int count = 0;
    int looked = 0;
    while (looked < size && count < eventsMax) {
      RingSocket socket = ready.get((first + looked++) % size);
      int bits = bits(socket);
      if (bits != 0) {
        long event = events + count++ * Events.EVENT_BYTES;
        Memory.putInt(event, bits);
        Memory.putLong(event + Events.DATA_OFFSET, socket.data);
        socket.told = true;
      }
    }
    from = first + looked;
    return count;
  }

  /** What epoll_wait(2) would say of a socket. */
  private static int bits(RingSocket socket) {
    int asked = socket.interest | FAILED;
    return switch (socket.kind) {
      case POLLED -> socket.pollBits & asked;
      case LISTENER -> listenerBits(socket) & asked;
      case STREAM -> streamBits(socket) & asked;
      case NONE, CLOSING -> 0;
    };
  }

  private static int listenerBits(RingSocket socket) {
    return socket.look || socket.hasAccepted()
        ? socket.pollBits | Linux.EPOLLIN()
        : socket.pollBits;
  }

  private static int streamBits(RingSocket socket) {
    int bits = socket.pollBits & FAILED;
    if (socket.hasReceived()) {
      bits |= Linux.EPOLLIN();
    }
    if (socket.ended) {
      bits |= Linux.EPOLLIN() | Linux.EPOLLRDHUP();
    }
    if (!socket.full || socket.sendError != 0) {
      bits |= Linux.EPOLLOUT();
    }
    return socket.error == 0 ? bits : bits | Linux.EPOLLIN() | FAILED;
  }
}
