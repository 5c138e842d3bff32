package io.quintet.ring;

import io.quintet.ffi.LinuxException;
import io.quintet.ffi.Memory;
import io.quintet.ffi.Rings;
import io.quintet.ffi.linux.Linux;
import io.quintet.ffi.linux.io_uring_buf;
import io.quintet.ffi.linux.io_uring_buf_ring;

/**
 * Buffers that the kernel chooses from when bytes arrive, in one ring of provided buffers: those of
 * all sockets of a loop. Few at first, so that they stay in the processor's cache; more where they
 * ran out. One thread.
 */
final class ReceiveBuffers {
  static final int GROUP = 0;
  static final int BUFFER_BYTES = 16 << 10;
  private static final int BUFFERS_MAX = 1024;
  private static final int BUFFERS_FIRST = 64;

  /** Apart by more than their size, so that their beginnings lie in different cache sets. */
  private static final long STRIDE = BUFFER_BYTES + 64;

  private static final long ENTRY_BYTES = io_uring_buf.sizeof();
  private static final long RING_BYTES = ENTRY_BYTES * BUFFERS_MAX;

  private final Rings calls;
  private final long ring;
  private final long first;
  private final int[] next = new int[BUFFERS_MAX];
  private final int[] lengths = new int[BUFFERS_MAX];
  private int count;
  private int free;
  private short tail;

  private ReceiveBuffers(Rings calls, long ring, long first) {
    this.calls = calls;
    this.ring = ring;
    this.first = first;
  }

  /**
   * Makes the buffers.
   *
   * @throws LinuxException if there is no memory for them, or the ring takes none
   */
  static ReceiveBuffers of(Rings calls, Ring owner) {
    int flags = Linux.MAP_PRIVATE() | Linux.MAP_ANONYMOUS() | Linux.MAP_NORESERVE();
    long ring = LinuxException.check(calls.map(RING_BYTES, flags, -1, 0), "mmap");
    long first = calls.map(STRIDE * BUFFERS_MAX, flags, -1, 0);
    long result = first < 0 ? first : owner.provide(ring, BUFFERS_MAX, GROUP);
    ReceiveBuffers made = new ReceiveBuffers(calls, ring, first);
    if (result < 0) {
      made.unmap();
      LinuxException.check(result, "io_uring_register of buffers");
    }
    made.grow();
    return made;
  }

  /** Provides more, twice as many as there are, up to the most. */
  void grow() {
    int wanted = Math.min(BUFFERS_MAX, Math.max(BUFFERS_FIRST, 2 * count));
    while (count < wanted) {
      provide(count++);
    }
  }

  private void provide(int id) {
    long entry = ring + (tail & BUFFERS_MAX - 1) * ENTRY_BYTES;
    Memory.putLong(entry, first + id * STRIDE);
    Memory.putInt(entry + io_uring_buf.len$offset(), BUFFER_BYTES);
    Memory.putShort(entry + io_uring_buf.bid$offset(), (short) id);
    tail++;
    free++;
    Memory.putShortRelease(ring + io_uring_buf_ring.tail$offset(), tail);
  }

  /** Whether the kernel has one to fill. */
  boolean hasFree() {
    return free > 0;
  }

  /** How many somebody here holds. */
  int held() {
    return count - free;
  }

  /** Takes what the kernel has filled. */
  void filled(int id, int length) {
    free--;
    lengths[id] = length;
    next[id] = -1;
  }

  void giveBack(int id) {
    provide(id);
  }

  long address(int id) {
    return first + id * STRIDE;
  }

  int length(int id) {
    return lengths[id];
  }

  int next(int id) {
    return next[id];
  }

  void link(int id, int following) {
    next[id] = following;
  }

  /** Once nothing that the kernel has taken refers to them. */
  void unmap() {
    if (first >= 0) {
      calls.unmap(first, STRIDE * BUFFERS_MAX);
    }
    calls.unmap(ring, RING_BYTES);
  }
}
