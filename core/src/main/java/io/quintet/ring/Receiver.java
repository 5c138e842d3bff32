package io.quintet.ring;

import io.quintet.ffi.Memory;
import io.quintet.ffi.linux.Linux;

/**
 * Receives for the connections of a ring: one multishot receive each, while they are waited for.
 * One thread.
 */
final class Receiver {
  private final Requests requests;
  private final ReceiveBuffers buffers;
  private final DirectCalls calls;

  Receiver(Requests requests, ReceiveBuffers buffers, DirectCalls calls) {
    this.requests = requests;
    this.buffers = buffers;
    this.calls = calls;
  }

  /** Begins or ends receiving as the socket's interest asks. Whether it has to be asked again. */
  boolean adjust(RingSocket socket) {
    boolean wanted = (socket.interest & Linux.EPOLLIN()) != 0;
    if (!wanted) {
      cancel(socket);
      keep(socket);
      return false;
    }
    if (socket.armed || socket.ended || socket.error != 0 || socket.keptFrom < socket.kept.length) {
      return false;
    }
    if (!buffers.hasFree()) {
      return true;
    }
    long entry = requests.begin(Requests.RECEIVE, Linux.IORING_OP_RECV(), socket);
    Ring.flags(entry, Linux.IOSQE_BUFFER_SELECT());
    Ring.priority(entry, Linux.IORING_RECV_MULTISHOT());
    Ring.group(entry, ReceiveBuffers.GROUP);
    socket.armed = true;
    socket.cancelled = false;
    return false;
  }

  void cancel(RingSocket socket) {
    if (socket.armed && !socket.cancelled) {
      requests.cancel(Requests.RECEIVE, socket);
      socket.cancelled = true;
    }
  }

  /** Takes what has arrived for a socket that nobody reads at the moment out of the buffers. */
  private void keep(RingSocket socket) {
    if (socket.head == RingSocket.NONE) {
      return;
    }
    int left = socket.kept.length - socket.keptFrom;
    int length = left - socket.taken;
    for (int id = socket.head; id != RingSocket.NONE; id = buffers.next(id)) {
      length += buffers.length(id);
    }
    byte[] kept = new byte[length];
    System.arraycopy(socket.kept, socket.keptFrom, kept, 0, left);
    int at = left;
    while (socket.head != RingSocket.NONE) {
      int id = socket.head;
      int count = buffers.length(id) - socket.taken;
      Memory.copy(buffers.address(id) + socket.taken, kept, at, count);
      at += count;
      dropHead(socket);
    }
    socket.kept = kept;
    socket.keptFrom = 0;
  }

  private void dropHead(RingSocket socket) {
    int id = socket.head;
    socket.head = buffers.next(id);
    socket.taken = 0;
    buffers.giveBack(id);
  }

  /** A receive of a socket that was closed has completed. */
  void completeForNobody(int result, int flags) {
    if ((flags & Linux.IORING_CQE_F_BUFFER()) != 0) {
      int id = flags >>> Linux.IORING_CQE_BUFFER_SHIFT();
      buffers.filled(id, result);
      buffers.giveBack(id);
    }
  }

  /** A receive has completed. */
  void complete(RingSocket socket, int result, int flags) {
    if ((flags & Linux.IORING_CQE_F_BUFFER()) != 0) {
      int id = flags >>> Linux.IORING_CQE_BUFFER_SHIFT();
      buffers.filled(id, result);
      if (result <= 0) {
        buffers.giveBack(id);
      } else if (socket.head == RingSocket.NONE) {
        socket.head = id;
        socket.newest = id;
      } else {
        buffers.link(socket.newest, id);
        socket.newest = id;
      }
    }
    if ((flags & Linux.IORING_CQE_F_MORE()) == 0) {
      socket.armed = false;
      socket.cancelled = false;
      if (result == 0) {
        socket.ended = true;
      } else if (result == -Linux.ENOBUFS()) {
        buffers.grow();
      } else if (result < 0 && !isPassing(result)) {
        socket.error = result;
      }
    }
  }

  private static boolean isPassing(int error) {
    return error == -Linux.ECANCELED() || error == -Linux.EAGAIN() || error == -Linux.EINTR();
  }

  /** As recv(2). */
  long receive(RingSocket socket, long buffer, long length, int flags) {
    if (socket.hasReceived()) {
      return take(socket, buffer, length);
    }
    if (socket.error != 0) {
      int error = socket.error;
      socket.error = 0;
      socket.pollBits = 0; // it is told now
      socket.ended = true; // as the kernel has it behind an error
      return error;
    }
    if (socket.ended) {
      return 0;
    }
    if (socket.armed) {
      return -Linux.EAGAIN();
    }
    long result = calls.recv(socket.fd, buffer, length, flags | Linux.MSG_DONTWAIT());
    socket.ended = result == 0 && length > 0;
    if (result < 0 && !isPassing((int) result)) {
      socket.pollBits = 0; // it has been told
    }
    return result;
  }

  private long take(RingSocket socket, long buffer, long length) {
    long count = Math.min(length, socket.kept.length - socket.keptFrom);
    if (count > 0) {
      Memory.copy(socket.kept, socket.keptFrom, buffer, (int) count);
      socket.keptFrom += (int) count;
    }
    while (count < length && socket.head != RingSocket.NONE) {
      int id = socket.head;
      int left = buffers.length(id) - socket.taken;
      long piece = Math.min(left, length - count);
      Memory.copy(buffers.address(id) + socket.taken, buffer + count, piece);
      count += piece;
      socket.taken += (int) piece;
      if (piece == left) {
        dropHead(socket);
      }
    }
    return count;
  }

  /** Drops what has arrived and was not taken. */
  void drop(RingSocket socket) {
    while (socket.head != RingSocket.NONE) {
      dropHead(socket);
    }
    socket.kept = RingSocket.NOTHING;
    socket.keptFrom = 0;
  }
}
