package io.quintet.ring;

import io.quintet.ffi.LinuxException;
import io.quintet.ffi.Rings;
import io.quintet.ffi.linux.Linux;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that are to be sent: one slot a socket that has some. The slot that came back last is used
 * next, since it is in the processor's cache. One thread.
 */
final class SendBuffers {
  static final int BUFFER_BYTES = 16 << 10;
  private static final int SLOTS = 1024;

  /** Apart by more than their size, so that their beginnings lie in different cache sets. */
  private static final long STRIDE = BUFFER_BYTES + 64;

  private final Rings calls;
  private final long first;
  private final int[] free = IntStream.range(0, SLOTS).map(i -> SLOTS - 1 - i).toArray();
  private int freeCount = SLOTS;

  /** Whose bytes they are. */
  final @Nullable RingSocket[] owners = new RingSocket[SLOTS];

  /** What of the slot is not sent yet. */
  final int[] from = new int[SLOTS];

  final int[] to = new int[SLOTS];

  /** The submission that refers to it, while the kernel has not taken it; else 0. */
  final long[] entries = new long[SLOTS];

  /** The ring's mark behind that submission. */
  final int[] marks = new int[SLOTS];

  private SendBuffers(Rings calls, long first) {
    this.calls = calls;
    this.first = first;
  }

  /**
   * Makes the buffers.
   *
   * @throws LinuxException if there is no memory for them
   */
  static SendBuffers of(Rings calls) {
    int flags = Linux.MAP_PRIVATE() | Linux.MAP_ANONYMOUS() | Linux.MAP_NORESERVE();
    long first = LinuxException.check(calls.map(STRIDE * SLOTS, flags, -1, 0), "mmap");
    return new SendBuffers(calls, first);
  }

  /** A slot, or -1 where all are in use. */
  int take(RingSocket owner) {
    if (freeCount == 0) {
      return -1;
    }
    int slot = free[--freeCount];
    owners[slot] = owner;
    from[slot] = 0;
    to[slot] = 0;
    return slot;
  }

  void giveBack(int slot) {
    owners[slot] = null;
    entries[slot] = 0;
    free[freeCount++] = slot;
  }

  /** How many are in use. */
  int used() {
    return SLOTS - freeCount;
  }

  long address(int slot) {
    return first + slot * STRIDE;
  }

  void unmap() {
    calls.unmap(first, STRIDE * SLOTS);
  }
}
