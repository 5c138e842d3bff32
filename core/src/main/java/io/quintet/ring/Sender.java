package io.quintet.ring;

import io.quintet.ffi.Memory;
import io.quintet.ffi.linux.Linux;

/**
 * Sends for the connections of a ring. Small sends gather and go when the ring is entered next;
 * each has then gone, wholly or in part, so that no buffer is with the kernel any longer. What the
 * socket did not take waits here until it is writable. One thread.
 */
final class Sender {
  private static final int PENDING_MAX = 2048;

  private final Requests requests;
  private final SendBuffers buffers;
  private final DirectCalls calls;

  private final Readiness readiness;

  /** Slots that were submitted, or will be when the ring is entered. */
  private final int[] pending = new int[PENDING_MAX];

  private int pendingCount;

  Sender(Requests requests, SendBuffers buffers, DirectCalls calls, Readiness readiness) {
    this.requests = requests;
    this.buffers = buffers;
    this.calls = calls;
    this.readiness = readiness;
  }

  boolean hasPending() {
    return pendingCount > 0;
  }

  /** Whether bytes wait for the ring to be entered. */
  boolean isPending(RingSocket socket) {
    return socket.slot != RingSocket.NONE && buffers.entries[socket.slot] != 0;
  }

  /** Whether so many bytes go through the ring: behind others, or since they are few. */
  boolean takes(RingSocket socket, long length) {
    if (socket.full || length > SendBuffers.BUFFER_BYTES) {
      return false;
    }
    int slot = socket.slot;
    return slot == RingSocket.NONE
        || !requests.ring.isTaken(buffers.marks[slot])
            && buffers.to[slot] + length <= SendBuffers.BUFFER_BYTES;
  }

  /** Takes bytes that it {@link #takes}. False where no slot is left. */
  boolean gather(RingSocket socket, long address, int length) {
    int slot = socket.slot;
    if (slot == RingSocket.NONE) {
      slot = buffers.take(socket);
      if (slot == RingSocket.NONE) {
        return false;
      }
      socket.slot = slot;
      submit(socket);
    }
    Memory.copy(address, buffers.address(slot) + buffers.to[slot], length);
    buffers.to[slot] += length;
    Ring.bytes(buffers.entries[slot], buffers.address(slot), buffers.to[slot]);
    return true;
  }

  private void submit(RingSocket socket) {
    int slot = socket.slot;
    long entry = requests.send(slot, socket.fd);
    buffers.entries[slot] = entry;
    buffers.marks[slot] = requests.ring.mark();
    Ring.bytes(entry, buffers.address(slot) + buffers.from[slot], left(slot));
    pending[pendingCount++] = slot;
  }

  private int left(int slot) {
    return buffers.to[slot] - buffers.from[slot];
  }

  /** Sends without the ring, as send(2). */
  long sendDirectly(RingSocket socket, long address, long length, int flags) {
    long result = calls.send(socket.fd, address, length, flags | Linux.MSG_DONTWAIT());
    socket.full = result == -Linux.EAGAIN() || result >= 0 && result < length;
    if (result < 0 && !socket.full) {
      socket.pollBits = 0; // what has failed has been told
    }
    if (result < length) {
      readiness.changed(socket);
    }
    return result;
  }

  /** A send has gone in part, or not at all. */
  void complete(int slot, int result) {
    RingSocket socket = buffers.owners[slot];
    if (socket == null) {
      return;
    }
    buffers.entries[slot] = 0;
    buffers.from[slot] += Math.max(result, 0);
    if (result >= 0 || result == -Linux.EAGAIN()) {
      socket.full = true;
      readiness.changed(socket);
    } else {
      socket.sendError = result;
      done(socket);
    }
  }

  /** Behind an entry of the ring and what {@link #complete} was told: all others have gone. */
  void settle() {
    int kept = 0;
    for (int i = 0; i < pendingCount; i++) {
      int slot = pending[i];
      RingSocket socket = buffers.owners[slot];
      if (socket == null || buffers.entries[slot] == 0) {
        continue; // it was completed
      }
      if (requests.ring.isTaken(buffers.marks[slot])) {
        done(socket);
      } else {
        pending[kept++] = slot;
      }
    }
    pendingCount = kept;
  }

  private void done(RingSocket socket) {
    buffers.giveBack(socket.slot);
    socket.slot = RingSocket.NONE;
    if (socket.shutdown != RingSocket.NONE) {
      calls.shutdown(socket.fd, socket.shutdown);
      socket.shutdown = RingSocket.NONE;
    }
    readiness.changed(socket);
  }

  /** The socket is writable again. */
  void writable(RingSocket socket) {
    socket.full = false;
    if (socket.slot != RingSocket.NONE) {
      submit(socket);
    }
  }

  /** Gives up what was not sent. */
  void drop(RingSocket socket) {
    if (socket.slot != RingSocket.NONE) {
      buffers.giveBack(socket.slot);
      socket.slot = RingSocket.NONE;
    }
  }
}
