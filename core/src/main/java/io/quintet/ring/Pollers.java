package io.quintet.ring;

import io.quintet.ffi.Memory;
import io.quintet.ffi.linux.Linux;
import io.quintet.ffi.linux.io_uring_sqe;

/** Polls for the sockets of a ring what receives and sends do not tell. One thread. */
final class Pollers {
  private static final long EVENTS = io_uring_sqe.poll32_events$offset();
  private static final long LENGTH = io_uring_sqe.len$offset();
  private static final int ASKED =
      Linux.EPOLLIN() | Linux.EPOLLOUT() | Linux.EPOLLPRI() | Linux.EPOLLRDHUP();

  private final Requests requests;

  Pollers(Requests requests) {
    this.requests = requests;
  }

  /** Polls a connection: for room, or, while nothing is received, for its failure. */
  void adjust(RingSocket socket, boolean room) {
    if (room) {
      poll(socket, Linux.EPOLLOUT(), false);
    } else if (!socket.armed && socket.error == 0 && socket.polled == RingSocket.NONE) {
      poll(socket, 0, false);
    }
  }

  /** Polls a descriptor that is nothing but polled. */
  void adjust(RingSocket socket) {
    poll(socket, socket.interest & ASKED, (socket.interest & Linux.EPOLLET()) != 0);
  }

  private void poll(RingSocket socket, int events, boolean edges) {
    if (socket.polled == events || (socket.pollBits & Readiness.FAILED) != 0) {
      return;
    }
    if (socket.polled != RingSocket.NONE) {
      if ((events & ~socket.polled) != 0 || socket.kind == RingSocket.Kind.POLLED) {
        cancel(socket); // and anew once it has ended
      }
      return;
    }
    long entry = requests.begin(Requests.POLL, Linux.IORING_OP_POLL_ADD(), socket);
    Memory.putInt(entry + EVENTS, events);
    Memory.putInt(entry + LENGTH, edges ? Linux.IORING_POLL_ADD_MULTI() : 0);
    socket.polled = events;
    socket.pollCancelled = false;
  }

  void cancel(RingSocket socket) {
    if (socket.polled != RingSocket.NONE && !socket.pollCancelled) {
      requests.cancel(Requests.POLL, socket);
      socket.pollCancelled = true;
    }
  }

  void complete(RingSocket socket, int result, int flags) {
    if ((flags & Linux.IORING_CQE_F_MORE()) == 0) {
      socket.polled = RingSocket.NONE;
      socket.pollCancelled = false;
    }
    if (result > 0) {
      socket.pollBits |= result;
      socket.told = false;
    } else if (result != -Linux.ECANCELED()) {
      socket.pollBits |= Linux.EPOLLERR();
    }
  }
}
